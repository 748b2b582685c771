"""Names that one recognises by another: tied by 'and', of one family, or after what somebody is to the sender."""

from __future__ import annotations

import re
from itertools import pairwise

from mailbot.core.lexicon import fold
from mailbot.core.names import EMAIL, NameWords, as_person, has_given
from mailbot.core.people_named import Named, address_near, only_told, signs_off
from mailbot.core.phrases import Passage
from mailbot.core.requests import Person


def first_names(body: Passage, raw: str, names: NameWords, found: list[Named], begin: int, end: int) -> list[Named]:
    """Somebody called by one name right after what he or she is: "mon collègue Karim"."""
    more = []
    for phrase in body.of("person.relation"):
        match = _ONE_NAME.match(raw, phrase.end)
        if match is None or not begin <= match.start(1) < end or any(n.start <= match.start(1) < n.end for n in found):
            continue
        if body.text.folded[phrase.start : phrase.end] in names.honorific:
            continue  # "Frau Goor" is a title here
        told = body.text.folded[: phrase.start].rpartition("\n")[2].split()[-3:]
        mine = " " in body.text.raw[phrase.start : phrase.end] or any(word in names.mine for word in told)
        if not mine and (not has_given(match.group(1), names) or signs_off(body, phrase.start, match.end(1))):
            continue  # "Pfleger Tobi" below signs
        person = as_person(match.group(1), names)
        if only_told(body, body.clause_at(match.start(1)), match.start(1)) or match.group(1).isupper():
            continue
        if person is not None and len(person) > 2:
            more.append(Named(person=Person(name=person), start=match.start(1), end=match.end(1), sign="relation"))
    return more


def called_by_kin(body: Passage, names: NameWords, begin: int, end: int) -> list[tuple[int, str]]:
    """Every first name right after what somebody is to the sender, whatever is said of him or her: "our Mats"."""
    ends = [phrase.end for phrase in body.of("person.relation")]
    # "Notre petit Gaspard", "onze Mats"
    mine = [at for at, (word, _, _) in enumerate(body.text.tokens) if word in names.mine]
    ends += [end for at in mine for _, _, end in body.text.tokens[at : at + _MINE_WORDS]]
    matches = [_ONE_NAME.match(body.text.flat, end) for end in ends]
    return [
        (match.start(1), match.group(1))
        for match in matches
        if match is not None and begin <= match.start(1) < end and has_given(match.group(1), names)
    ]


#: "my" and an adjective
_MINE_WORDS = 2
_ONE_NAME = re.compile(
    r"[ ]{1,2}([^\W\d_a-zß-öø-ÿ][^\W\d_]+(?:-[^\W\d_a-zß-öø-ÿ][^\W\d_]+)*)(?![\w'’\-@])(?!\s+[^\W\d_a-zß-öø-ÿ])"
)


def joined(
    found: list[Named],
    spans: list[tuple[str, int, int]],
    raw: str,
    names: NameWords,
    emails: list[tuple[str, int, int]],
    taken: set[int],
) -> list[Named]:
    """Names tied by "and" or a comma: to one another, or to one that is known already."""
    more: list[Named] = []
    known = {n.start for n in found}
    more += _same_family(spans, raw, names)
    for (_, s1, e1), (_, s2, e2) in pairwise(spans):
        between = re.sub(r"[()<>]", "", EMAIL.sub("", fold(raw[e1:s2])))
        if not names.tie.fullmatch(between):
            continue
        # In a line "Name, address, school" a comma ties nothing.
        if not any(c.isalpha() or c in "&+" for c in between) and "@" in raw[e1:s2]:
            continue
        for start, stop in ((s1, e1), (s2, e2)):
            if start not in known and (person := as_person(raw[start:stop], names)):
                known.add(start)
                email = address_near(emails, taken, person, start, stop, raw, spans)
                more.append(Named(person=Person(name=person, email=email), start=start, end=stop, sign="joined"))
    return more


def _same_family(spans: list[tuple[str, int, int]], raw: str, names: NameWords) -> list[Named]:
    """ "Angelika und Kurt Roderburg": two first names before one family name."""
    more: list[Named] = []
    for name, start, stop in spans:
        before = _FIRST_NAME.search(raw, max(0, start - 40), start)
        if before is None or before.end() > start or not names.tie.fullmatch(fold(raw[before.end(1) : start])):
            continue
        if not re.search(r"[\w&+]", raw[before.end(1) : start]):
            continue  # a comma ties no family
        first = before.group(1)
        if fold(first) in names.no_name or fold(first) in names.organisation:
            continue
        for given, at, to in ((first, before.start(1), before.end(1)), (name.split()[0], start, stop)):
            person = as_person(f"{given} {' '.join(name.split()[1:])}", names)
            if person is not None:
                more.append(Named(person=Person(name=person), start=at, end=to, sign="joined"))
    return more


#: one word that may be a first name, at the end of a stretch that is tied to a full name
_FIRST_NAME = re.compile(r"(?<![\w'’\-] )(?<![\w'’\-])([^\W\d_a-zß-öø-ÿ][^\W\d_]{1,20})\s*(?:[,;&+/]|\b\w{1,3}\b)\s*$")
