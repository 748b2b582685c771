"""Who of those told in one breath takes part: after "with", beside the sender, as object or subject of the wish."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from mailbot.core.lexicon import Found
from mailbot.core.names import NameWords, as_person, has_given, same_name
from mailbot.core.people_named import Named, only_told
from mailbot.core.people_told import Breath, Told, breaths_in, name_after, says_me_after
from mailbot.core.phrases import Words, overlaps
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
    #: and comes with them: "my colleague X and I would like to attend"
    comes_along: bool = False
    #: the name that the sender gives for himself or herself
    own_name: str | None = None
    #: every stretch that tells of somebody without a name
    spans: tuple[tuple[int, int], ...] = ()
    #: those who are said not to come
    away: tuple[tuple[int, int], ...] = ()


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
#: characters between what is wanted and for whom, behind a colon: "anmelden für den Kurs: Ilse Brandt"
_COLON = 60
#: characters between those told and the phrase: "Anna en Piet [zouden graag] …"
_NEAR = 16


def beside(words: Words, names: NameWords, start: int, end: int) -> Beside:
    named: list[Named] = []
    spans: list[tuple[int, int]] = []
    away: list[Told] = []
    unnamed, counted, with_sender, comes_along, own = 0, 0, False, False, None
    for breath in (_as_governed(words, breath) for breath in breaths_in(words, names, start, end)):
        own = own or next((one.name for one in breath.told if one.name and _is_me(words, one)), None)
        if only_told(words.body, words.body.clause_at(breath.start), breath.start):
            continue
        sign = _sign(words, names, breath)
        if sign is None or sign == "away":
            # "Gérard ne vient pas, il boude": told of, and not meant.
            away += [one for one in breath.told if sign and one.name]
            if sign is None and (added := _added(words, breath)):
                unnamed += added
                spans.append((breath.start, breath.end))
            continue
        if any(one.name is None and not one.is_sender for one in breath.told):
            spans.append((breath.start, breath.end))
        with_sender = with_sender or (breath.with_sender and len(breath.told) > 1)
        comes_along = comes_along or (breath.with_sender and len(breath.told) > 1 and _come_together(words, breath))
        with_sender = with_sender or (sign == "with" and not _names_before(words, breath, named))
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
        comes_along=comes_along,
        own_name=as_person(own, names) if own else None,
        spans=tuple(spans),
        away=tuple((one.start, one.end) for one in away),
    )


def _come_together(words: Words, breath: Breath) -> bool:
    """ "My colleague Jane Wood and I would like to attend": whatever else is told of the sender is of another day."""
    clause = words.body.clause_at(breath.start)
    if clause is None or clause.negated or clause.past or clause.giving_up:
        return False
    wished = words.body.within(clause, "intent.register", "intent.comes", "intent.present")
    away = words.body.within(clause, "person.elsewhere", "intent.cancel", "intent.absent")
    return bool(wished) and not away


def _as_governed(words: Words, breath: Breath) -> Breath:
    """ "Ik zorg voor mijn vader en ik wil …": what stands behind a preposition is not told beside "ik"."""
    last, *before = reversed(breath.told)
    told = [word for word, start, _ in words.body.text.tokens if start == last.start]
    lead = [word for word, _, end in words.body.text.tokens if end == breath.start - 1]
    goes_on = words.body.text.folded[last.end : last.end + 2].strip(" ").isalpha()
    if not (before and last.is_sender and goes_on and told and words.has("person.nominative", told[0])):
        return breath
    if not lead or not (len(lead[0]) <= _PREPOSITION or words.has("person.for", lead[0])):
        return breath
    rest = tuple(reversed(before))
    return Breath(told=rest, start=breath.start, end=rest[-1].end, cut=True)


def _added(words: Words, breath: Breath) -> int:
    """ "Mme Zoé Petit + fille": how many come with somebody named."""
    return sum(
        one.name is not None
        and other.bare
        and other.name is None
        and words.body.text.folded[one.end : other.start].strip() in _PLUS
        for one, other in pairwise(breath.told)
    )


_PLUS = ("+", "&")


def _is_name(words: Words, names: NameWords, one: Told, sign: str) -> bool:
    """A single word beside what is wanted is a place or a thing as often; known first names are none."""
    name = one.name or ""
    told_by_kin = one.start != words.body.text.flat.find(name, one.start)
    if " " in name or told_by_kin or sign in {"beside", "with", "listed"}:
        return True
    return has_given(name, names)


def _sign(words: Words, names: NameWords, breath: Breath) -> str | None:
    """Why those in the breath take part; None where nothing tells it."""
    body, folded = words.body, words.body.text.folded
    others = [one for one in breath.told if not one.is_sender]
    if not others:
        return None
    if breath.with_sender:
        # "A pharmacist living in Uccle and I have …", "alleen ik, Mathieu komt niet"
        alone = len(breath.told) == 2 and folded[breath.told[0].end : breath.told[1].start].strip() == ","
        return None if alone or _is_place(words, names, others[0]) else "beside"
    if not all(one.sure for one in others):
        return None
    if any(_leads(words, f, breath) and _comes(words, f, breath) for f in body.of("person.with")):
        return "with"
    if all(" " in (one.name or "") for one in others) and any(
        _leads(words, f, breath) for f in body.of("person.namely")
    ):
        return "listed"
    if folded[: breath.start].rstrip()[-1:] in ("&", "+"):
        return "beside"
    behalf = any(_leads(words, f, breath) for f in body.of("person.behalf"))
    if behalf and any(one.name and not has_given(one.name, names) for one in others):
        return None  # on behalf of a house
    if any(one.bare and one.name is None for one in others):
        return "object" if behalf else None  # "namens schepen …"
    if folded[: breath.start].rstrip(" \n-")[-1:] in (":", "="):
        wanted = any(0 < breath.start - f.end < _COLON for f in body.of(*_OBJECT))
        if len(breath.told) > 1 or (wanted and " " in (breath.told[0].name or "")):
            return "listed"
    before = [word for word, start, _ in body.text.tokens if start < breath.start][-1:]
    if before and words.has("person.for", before[0]) and folded[breath.start - 1] == " " and _wanted(words, breath):
        return "object"
    if (sign := _subject(words, breath)) in {"away", "absent"}:
        return sign
    if _behind_subject(words, breath):
        return "object"
    for f in body.of(*_OBJECT):
        if (f.end <= breath.start and _is_little(words, folded[f.end : breath.start])) or (
            f.start < breath.start < f.end and not breath.cut and not _of_a_thing(words, breath)
        ):
            return "object"
    return sign


def _subject(words: Words, breath: Breath) -> str | None:
    """What those told do, where a phrase says it right after them."""
    if breath.cut:
        return None
    body, folded = words.body, words.body.text.folded
    told_of = body.of("intent.not-register")  # "ma femme vient de découvrir votre affiche"
    for f in body.of(*_WISHES):
        if overlaps(f, told_of):
            continue
        between = folded[breath.end : f.start] if f.start >= breath.end else "."
        if len(between) <= _NEAR and not set(between) & set(".!?\n:;") and len(between.split()) <= 1:
            clause = body.clause_at(f.start)
            if f.meaning == "intent.absent":
                return "absent"
            if f.meaning == "intent.cancel" and not between.strip():
                return "object"  # "ge moogt Mia Claes schrappen, ze weet niet …"
            return "away" if clause is not None and clause.negated else "subject"
    return "absent" if _begins_absence(words, breath) else None


def _behind_subject(words: Words, breath: Breath) -> bool:
    """ "Schrijf je Mats Maes op?", "Können Sie Ilse Brandt abmelden?": the subject stands before, so that this is the object."""
    body = words.body
    clause = body.clause_at(breath.start)
    before = [word for word, _, end in body.text.tokens if end == breath.start - 1]
    if clause is None or breath.cut or not before or not any(words.has(kind, before[0]) for kind in _SUBJECTS):
        return False
    inside = [word for word, at, _ in body.text.tokens if clause.start <= at < clause.end]
    own = any(words.has("person.self", word) for word in inside)
    return not own and bool(body.within(clause, *_OBJECT, "intent.absent"))


_SUBJECTS = ("person.you", "person.nominative")


def _begins_absence(words: Words, breath: Breath) -> bool:
    """ "Zoé Petit van ons team is ziek en kan niet komen": the subject of all that is said, where nothing else is wanted."""
    body = words.body
    clause = body.clause_at(breath.start)
    if clause is None or body.of("intent.register", "intent.replace") or " " not in (breath.told[0].name or ""):
        return False
    absent = [f.end for f in body.within(clause, "intent.absent") if f.start > breath.end]
    lead = body.text.folded[clause.start : breath.start].split()
    inside = [w for w, start, _ in body.text.tokens if clause.start <= start < max(absent, default=clause.start)]
    return (
        bool(absent)
        and len(breath.told) == 1
        and len(lead) <= _TITLE_WORDS
        and not any(words.has("person.first", word) for word in inside)
    )


#: words of a title before a name
_TITLE_WORDS = 1


def _is_place(words: Words, names: NameWords, one: Told) -> bool:
    """A single word behind a preposition, and no first name that is known."""
    if one.name is None or " " in one.name or has_given(one.name, names):
        return False
    before = [word for word, _, end in words.body.text.tokens if end == one.start - 1]
    return bool(before) and len(before[0]) <= _PREPOSITION


def _leads(words: Words, found: Found, breath: Breath) -> bool:
    """Whether those told stand right after "with", at most an article between."""
    between = words.body.text.folded[found.end : breath.start].strip(" '") if found.end <= breath.start else "…"
    return not between or (len(between) < _ARTICLE and words.has("person.article", between))


_ARTICLE = 4


def _wanted(words: Words, breath: Breath) -> bool:
    """Whether something is wanted in the clause: "une place pour ma voisine", "ook voor Karin"."""
    clause = words.body.clause_at(breath.start)
    wishes = words.body.within(clause, *_WISHES) if clause is not None else ()
    return any(f.end <= breath.start for f in wishes) if breath.cut else bool(wishes)


def _is_me(words: Words, one: Told) -> bool:
    return one.is_sender or says_me_after(words, one.end)


def _names_before(words: Words, breath: Breath, named: list[Named]) -> bool:
    """ "Jan komt met Piet": whom they come with is Jan, and not the sender."""
    clause = words.body.clause_at(breath.start)
    return clause is None or any(clause.start <= one.start < breath.start for one in named)


def _is_little(words: Words, between: str) -> bool:
    """Nothing, or "svp", "aussi": no article, and no end of a sentence."""
    told = between.split()
    return (
        len(told) <= 1
        and not set(between) & set(".,!?\n:;(")
        and not any(words.has("person.article", word) or words.has("person.and", word) for word in told)
        and all(len(word) > _PREPOSITION or word == "l'" for word in told)
    )


_PREPOSITION = 2


#: characters of a clause before a "with" that begins it: "- "
_BEGINS = 4


def _comes(words: Words, found: Found, breath: Breath) -> bool:
    """Whether somebody comes with them: "take me off pilates with Nadia" tells of a teacher.

    "With a teenager who never looks up, your evening is what I need" tells why.
    """
    clause = words.body.clause_at(found.start)
    if clause is None or words.body.within(clause, "intent.cancel"):
        return False
    after = words.body.text.folded[breath.end :].lstrip(" ,").partition(" ")[0]
    begins = found.start - clause.start < _BEGINS and not words.has("person.who", after)
    return begins or bool(words.body.within(clause, *_WISHES))


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
    theirs = words.body.of("person.called")
    kin = [f.end for f in words.body.of("person.relation")]
    for phrase in words.body.of("person.name-is"):
        if overlaps(phrase, theirs) or any(0 <= phrase.start - at <= 1 for at in kin):
            continue  # "hij heet …", "mijn zoon heet …"
        given = name_after(words, names, phrase.end) if phrase.start >= start else None
        if given is not None:
            return as_person(given, names)
    return None
