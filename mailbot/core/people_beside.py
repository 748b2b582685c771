"""Who of those told in one breath takes part: after "with", beside the sender, as object or subject of the wish."""

from __future__ import annotations

from dataclasses import dataclass

from mailbot.core.lexicon import Found
from mailbot.core.names import NameWords, as_person, has_given, same_name
from mailbot.core.people_named import Named, only_told
from mailbot.core.people_told import Breath, Told, breaths_in, name_after
from mailbot.core.phrases import Words
from mailbot.core.requests import Person


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """What the breaths of a mail tell."""

    named: tuple[Named, ...] = ()
    #: how many are meant and not named
    unnamed: int = 0
    #: how many are told in a breath that counts: "me and two neighbours" are three
    number: int | None = None
    #: the sender is told among those meant
    with_sender: bool = False
    #: the name that the sender gives for himself or herself
    own_name: str | None = None
    #: every stretch that tells of somebody without a name
    spans: tuple[tuple[int, int], ...] = ()


#: what is wanted for somebody, or said of somebody, right beside the phrase
_WISHES = (
    "intent.register",
    "intent.register-other",
    "intent.register-noun",
    "intent.cancel",
    "intent.absent",
    "intent.comes",
    "intent.present",
    "intent.replace",
)
_OBJECT = ("intent.register", "intent.register-other", "intent.cancel", "intent.replace", "person.behalf")
#: characters between those told and the phrase: "Anna en Piet [zouden graag] …"
_NEAR = 16


def beside(words: Words, names: NameWords, start: int, end: int) -> Beside:
    named: list[Named] = []
    spans: list[tuple[int, int]] = []
    unnamed, counted, with_sender, own = 0, 0, False, None
    for breath in breaths_in(words, names, start, end):
        own = own or next((one.name for one in breath.told if one.is_sender and one.name), None)
        if only_told(words.body, words.body.clause_at(breath.start), breath.start):
            continue
        sign = _sign(words, breath)
        if sign is None:
            continue
        if any(one.name is None and not one.is_sender for one in breath.told):
            spans.append((breath.start, breath.end))
        with_sender = with_sender or (breath.with_sender and len(breath.told) > 1)
        with_sender = with_sender or (sign == "with" and _speaks_first(words, breath))
        if any(one.number > 1 for one in breath.told):
            counted = max(counted, sum(one.number for one in breath.told))
        for one in breath.told:
            if one.is_sender or one.number > 1:
                continue
            if one.name is None:
                unnamed += 0 if sign == "absent" else 1
            elif (person := as_person(one.name, names)) is not None and _is_name(words, names, one, sign):
                at = words.body.text.flat.find(one.name, one.start)
                named.append(Named(person=Person(name=person), start=at, end=at + len(one.name), sign=sign))
    return Beside(
        named=tuple(named),
        unnamed=unnamed,
        number=counted or None,
        with_sender=with_sender,
        own_name=as_person(own, names) if own else None,
        spans=tuple(spans),
    )


def _is_name(words: Words, names: NameWords, one: Told, sign: str) -> bool:
    """A single word beside what is wanted is a place or a thing as often; known first names are none."""
    name = one.name or ""
    told_by_kin = one.start != words.body.text.flat.find(name, one.start)
    if " " in name or told_by_kin or sign in {"beside", "with", "listed"}:
        return True
    return has_given(name, names)


def _sign(words: Words, breath: Breath) -> str | None:
    """Why those in the breath take part; None where nothing tells it."""
    body, folded = words.body, words.body.text.folded
    others = [one for one in breath.told if not one.is_sender]
    if not others:
        return None
    if breath.with_sender:
        return "beside"
    if not all(one.sure for one in others):
        return None
    if any(_leads(words, f, breath) and _comes(words, f) for f in body.of("person.with")):
        return "with"
    if folded[: breath.start].rstrip()[-1:] in ("&", "+"):
        return "beside"
    if any(one.bare and one.name is None for one in others):
        return None
    if len(breath.told) > 1 and folded[: breath.start].rstrip(" \n-")[-1:] in (":", "="):
        return "listed"
    for f in body.of(*_OBJECT):
        if (f.end <= breath.start and not folded[f.end : breath.start].strip(" '")) or (
            f.start < breath.start < f.end and not _of_a_thing(words, breath)
        ):
            return "object"
    for f in body.of(*_WISHES):
        between = folded[breath.end : f.start] if f.start >= breath.end else "."
        if len(between) <= _NEAR and not set(between) & set(".!?\n:;") and len(between.split()) <= 1:
            clause = body.clause_at(f.start)
            if f.meaning == "intent.absent":
                return "absent"
            # "Gérard ne vient pas, il boude": told of, and not meant.
            return None if clause is not None and clause.negated else "subject"
    return None


def _leads(words: Words, found: Found, breath: Breath) -> bool:
    """Whether those told stand right after "with", at most an article between."""
    between = words.body.text.folded[found.end : breath.start].strip(" '") if found.end <= breath.start else "…"
    return not between or (len(between) < _ARTICLE and words.has("person.article", between))


_ARTICLE = 4


def _speaks_first(words: Words, breath: Breath) -> bool:
    """ "Ik kom met mijn dochter": whoever comes with somebody comes too."""
    clause = words.body.clause_at(breath.start)
    return clause is not None and any(
        words.has("person.first", word) and clause.start <= start < breath.start
        for word, start, _ in words.body.text.tokens
    )


#: characters of a clause before a "with" that begins it: "- "
_BEGINS = 4


def _comes(words: Words, found: Found) -> bool:
    """Whether somebody comes with them: "take me off pilates with Nadia" tells of a teacher."""
    clause = words.body.clause_at(found.start)
    if clause is None or words.body.within(clause, "intent.cancel"):
        return False
    return found.start - clause.start < _BEGINS or bool(words.body.within(clause, *_WISHES))


def _of_a_thing(words: Words, breath: Breath) -> bool:
    """An article or another small word before it: "deelnemen aan de Trefdag Bibliotheken"."""
    before = [word for word, start, _ in words.body.text.tokens if start < breath.start][-1:]
    return bool(before) and (len(before[0]) < 3 or words.has("person.article", before[0]))


def told_already(named: Named, others: list[Named]) -> bool:
    """Whether somebody was found before, under this name or at this place."""
    return any(
        same_name(named.person.name, one.person.name) or (one.start < named.end and named.start < one.end)
        for one in others
    )


def name_given(words: Words, names: NameWords, start: int) -> str | None:
    """The name that the writer gives as his or her own: "mijn naam is …", "je soussigné, M. …"."""
    for phrase in words.body.of("person.name-is"):
        given = name_after(words, names, phrase.end) if phrase.start >= start else None
        if given is not None:
            return as_person(given, names)
    return None
