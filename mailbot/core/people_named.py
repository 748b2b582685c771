"""Names with a sign beside them that their owners are meant to take part."""

from __future__ import annotations

import re
from dataclasses import dataclass

from mailbot.core.clauses import Clause
from mailbot.core.lexicon import Found, fold
from mailbot.core.names import EMAIL, NameWords, checked_email, has_given, parts_in_address
from mailbot.core.people_sender import resembles, signing_at
from mailbot.core.phrases import Passage, Words
from mailbot.core.requests import Person

_BULLET = re.compile(r"[ \t]*(?:[-*•·–—>]+|\d{1,2}[.)]|[a-z][.)])?[ \t]*")
_CELL = re.compile(r"\t+|\s*[|;]\s*| {3,}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """Somebody named in the text."""

    person: Person
    start: int
    end: int
    #: why this is taken for somebody who takes part: ``list``, ``address``, ``relation``, ``title``, ``copy``, ``form``
    sign: str
    #: the mail that is answered names both: whoever got it stands near to this one
    vouched: bool = False


def by_address(emails: list[tuple[str, int, int]], taken: set[int], raw: str, found: list[Named]) -> list[Named]:
    """Words before an address that is made of them, whatever else they mean: "Lieve Claes (lieve.claes@…)"."""
    more = []
    for number, (written, at, _) in enumerate(emails):
        before = next((b for b in _before(raw, at) if parts_in_address(b.group(1), written)), None)
        if number in taken or before is None:
            continue
        if any(n.start < before.end(1) and before.start(1) < n.end for n in found):
            continue
        taken.add(number)
        name = before.group(1)
        person = Person(name=name if name != name.lower() else _in_capitals(name), email=checked_email(written))
        more.append(Named(person=person, start=before.start(1), end=before.end(1), sign="address"))
    return more


def _before(raw: str, at: int) -> list[re.Match[str]]:
    """What may be the name before an address: all words with capitals, or the last four, three or two in small letters."""
    found = [pattern.search(raw, max(0, at - 60), at) for pattern in (_BEFORE_ADDRESS, *_SMALL_BEFORE)]
    return [match for match in found if match is not None and _begins_name(match[1])]


def _begins_name(name: str) -> bool:
    """Not "aan sofie claes": a little word belongs to a name where it is written with a capital."""
    first = name.split()[0]
    return not first.islower() or len(first) > _LITTLE


#: letters of the longest word that no address tells of
_LITTLE = 3


def _in_capitals(name: str) -> str:
    return " ".join(word[0].upper() + word[1:] for word in name.split())


_BEFORE_ADDRESS = re.compile(r"((?:[^\W\d_a-zß-öø-ÿ][\w'’\-]+ ){1,3}[^\W\d_a-zß-öø-ÿ][\w'’\-]+)[\s(<,:\[]{1,4}$")
_SMALL_BEFORE = [re.compile(rf"\b((?:[^\W\d_][\w'’\-]+ ){{{n}}}[^\W\d_][\w'’\-]+) ?[(<\[]$") for n in (3, 2, 1)]


def closing_at(body: Passage, names: NameWords) -> int:
    """Where the closing begins: names under it sign the mail."""
    length = len(body.text.raw)
    for found in reversed(body.of("language.closings")):
        clause = body.clause_at(found.start)
        alone = clause is not None and found.start - clause.start < 25 and found.start > 40
        if alone and length - found.start < 160 and not EMAIL.search(body.text.raw, found.end):
            return found.start
    return signing_at(body.text.raw, names)


def greeting_end(body: Passage) -> int:
    """Where the greeting ends: names in it are those that the mail is written to."""
    for found in body.of("language.greetings"):
        if found.start < _OPENING:
            pause = _PAUSE.search(body.text.raw, found.end, found.end + _GREETING)
            # "hallo ik kom graag met mijn zus": nothing parts the greeting from the text.
            if pause and any(f.meaning == "intent.register" and f.start < pause.start() for f in body.found):
                return found.end
            return pause.end() if pause else found.end
    return 0


_OPENING = 6
_GREETING = 60
_PAUSE = re.compile(r"(?<!\b\w)(?<!\bDr)[.](?=\s)|[,!;:\n]")


#: a name at the end of the text, behind a pause: its writer's
_PAUSED = re.compile(r"[^\w\s'’\"(&+-]\s*$|\n\s*$")
_LAST_WORDS = 4


def signs_off(body: Passage, at: int, to: int) -> bool:
    """Whether a name ends the text, behind a pause or words of farewell."""
    raw = body.text.raw
    rest = raw[to:].strip()
    if len(rest.split()) > _LAST_WORDS or "\n\n" in rest or rest[:1].islower():
        return False
    closes = any(f.end <= at and not raw[f.end : at].strip(" ,\n") for f in body.of("language.closings"))
    return closes or _PAUSED.search(raw, max(0, at - 4), at) is not None


def address_near(
    emails: list[tuple[str, int, int]],
    taken: set[int],
    name: str,
    start: int,
    stop: int,
    raw: str,
    spans: list[tuple[str, int, int]],
) -> str | None:
    """The address that goes with a name: on its line, before the next name."""
    line_end = raw.find("\n", stop)
    following = min((s for _, s, _ in spans if s >= stop), default=len(raw))
    best = None
    for number, (written, at, _) in enumerate(emails):
        if number in taken:
            continue
        near = (
            stop <= at < following
            and not _FULL_STOP.search(raw[stop:at])
            and (at - stop < 60 or line_end == -1 or at < line_end)
        )
        if near and at - stop < 160:
            best = number
            break
        if resembles(name, written) and not _of_another(name, written, spans):
            best = number
            break
    if best is None:
        return None
    taken.add(best)
    return checked_email(emails[best][0])


def _of_another(name: str, written: str, spans: list[tuple[str, int, int]]) -> bool:
    """Of one family, the address is theirs whose first name is in it too."""
    return not parts_in_address(name, written) and any(parts_in_address(other, written) for other, _, _ in spans)


_FULL_STOP = re.compile(r"[.!?]\s+\w")


def sign_of(
    body: Passage, names: NameWords, raw: str, name: str, start: int, stop: int, email: str | None
) -> str | None:
    clause = body.clause_at(start)
    if email is None and only_told(body, clause, start):
        return None
    if email is not None:
        return "address"
    line_start = raw.rfind("\n", 0, start) + 1
    line_end = raw.find("\n", stop)
    line = raw[line_start : len(raw) if line_end == -1 else line_end]
    bullet = _BULLET.match(raw, line_start)
    lead = raw[bullet.end() if bullet else line_start : start].strip(" .")
    marked = bool(bullet and bullet.group().strip())
    if (marked or len(_CELL.split(line)) > 2) and (not lead or fold(lead) in names.honorific):
        return "list"
    before = fold(raw[max(0, start - 60) : start]).split()
    if before and before[-1].strip(".") in names.honorific:
        return "title"
    near = [
        f
        for f in body.of("person.relation", "person.behalf", "person.with")
        if 0 <= start - f.end < 25
        and (f.meaning != "person.behalf" or has_given(name, names))
        and not _SENTENCE_END.search(raw[f.end : start])
    ]
    # "Patrick Dubois, notre directeur": a comma between them.
    after = [f for f in body.of("person.relation") if 0 <= f.start - stop < 25 and raw[stop : stop + 1] == ","]
    if near or after:
        return "relation"
    if clause is not None and _tied_to_registering(body, clause, raw, start):
        return "clause"
    for phrase in body.of(*_OBJECT_OF):
        between = raw[phrase.end : start]
        if phrase.end <= start and len(between) < 22 and not re.search(r"[.,;:!?()\n]", between):
            return "object"
    return None


def names_a_thing(words: Words, names: NameWords, name: str, start: int) -> bool:
    """Whether an article or a noun stands before what looks like a name: "the training Fire Safety", "de Trefdag"."""
    if has_given(name, names):
        return False
    folded, body = words.body.text.folded, words.body
    before = _WORD_BEFORE.search(folded, max(0, start - 40), start)
    if before is None:
        return False
    word = before.group(1)
    if word in names.honorific or word in names.particle - names.article or words.has("person.and", word):
        return False
    if word in names.article and any(lexicon.has("person.article", word) for lexicon in words.lexicons):
        return True
    leading = ("person.relation", "person.with", "person.behalf", "person.name-is", "person.me", *_OBJECT_OF)
    if any(words.has(kind, word) for kind in ("language.words", "person.neither", "person.nor")):
        return False  # "bitte Grazyna Nowicka", "können Sie Agron Hoxha"
    led = any(f.end == before.end(1) for f in body.of(*leading, "intent.register"))
    # In German every noun has a capital.
    shouts = any(lexicon.language == "de" for lexicon in words.lexicons)
    return not led and (shouts or len(word) >= _NOUN)


#: a word that stands right before, and the letters of the shortest that may be a noun
_WORD_BEFORE = re.compile(r"([^\W_]+)[ '\"]{1,2}$")
_NOUN = 4


def only_told(body: Passage, clause: Clause | None, start: int) -> bool:
    """Somebody who recommended it, or whose words are given: "ma collègue Sylvie m'a dit que …"."""
    if clause is None:
        return False
    before = any(_leads_to(body, clause, f, start) for f in body.within(clause, "person.source"))
    if in_a_story(body, clause, start):
        return True
    after = [f.start for f in body.within(clause, "clause.reported", "person.speaker") if f.start > start]
    wished = [f.start for f in body.within(clause, *WISHES) if f.start > start]
    if body.within(clause, "clause.past") and not body.within(clause, *WISHES[:-1]):
        return True  # "ma dame et moi, on a eu chaud l'an passé"
    # "Meryem was er zaterdag en zij zei dat …": nothing is wanted between.
    return before or any(at - start < _SPEAKER or not any(wish < at for wish in wished) for at in after)


def in_a_story(body: Passage, clause: Clause, start: int) -> bool:
    """An ancestor, somebody dead, on the list already, or who "wanted to come but has lessons then"; never where
    something is given up: whoever died may have been registered."""
    if body.of("intent.cancel", "intent.absent", "intent.replace"):
        return False
    if any(f.start <= start < f.end + _KIN for f in body.within(clause, "person.ancestor")):
        return True
    said = [f for f in body.of("person.dead", "person.on-list", "person.would-have") if 0 < f.start - start < _SAID]
    wished = [f.start for f in body.of(*WISHES, "intent.comes") if f.start > start]
    return any(
        clause.start <= f.start < clause.end
        and not any(at < f.start for at in wished)
        and (f.meaning != "person.would-have" or _but_follows(body, f.end))
        for f in said
    )


def _but_follows(body: Passage, end: int) -> bool:
    """ "…, hat aber an dem Tag Unterricht", and nothing is wanted after it: "…, also tragen Sie sie ein"."""
    wished = body.of(*WISHES)
    return any(
        0 <= f.start - end < _SAID and not any(0 <= w.start - f.start < _SAID for w in wished)
        for f in body.of("clause.but", "clause.then")
    )


#: characters of what somebody is to the sender, and from a name to what is said of its owner
_KIN, _SAID = 30, 80


def _leads_to(body: Passage, clause: Clause, source: Found, start: int) -> bool:
    """ "Via deze weg schrijf ik Zoé in": what is wished stands between, so that she is no source."""
    wished = body.within(clause, *WISHES)
    return source.start < start and not any(source.end <= f.start < start for f in wished)


_SENTENCE_END = re.compile(r"\n\s*\n|[!?;]|(?<!\b\w)\.\s")

WISHES = (
    "intent.register",
    "intent.register-other",
    "intent.register-noun",
    "intent.comes",
    "intent.cancel",
    "intent.absent",
    "intent.replace",
    "person.me",
)

#: characters from a name to the verb that makes its owner the speaker
_SPEAKER = 40


def _tied_to_registering(body: Passage, clause: Clause, raw: str, start: int) -> bool:
    """ "Enrol myself and two of my staff, X and Y": after what registers, behind a comma, a colon or a word for "and"."""
    signs = [f for f in body.within(clause, *_OBJECT_OF, "intent.register") if f.start < start]
    if not signs:
        return False
    return bool(_TIED.search(raw[max(clause.start, start - 8) : start]))


_TIED = re.compile(r"(?:[,:(]|\b(?:et|en|and|und|plus)\b|&)\s*(?:\w{1,5}\.?\s)?$")

#: what is done to somebody who is named right after it: "annuler l'inscription de Claire Petit"
_OBJECT_OF = ("intent.register-noun", "intent.register-other", "intent.registered", "intent.cancel", "intent.replace")
