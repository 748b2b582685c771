"""The second of two who come, where another sentence names him or her: "ons beiden … Hij heet …", "we willen allebei"."""

from __future__ import annotations

from mailbot.core.names import NameWords, as_person, has_given, names_in, same_name
from mailbot.core.people_beside import Beside
from mailbot.core.people_named import Named, only_told
from mailbot.core.people_told import name_after
from mailbot.core.phrases import Words
from mailbot.core.requests import Person

#: characters between what somebody is to the sender and the name
_NEAR = 3


def second_of_two(words: Words, names: NameWords, told: Beside, sender: Person, start: int, end: int) -> Named | None:
    """For a mail in which nobody is named as one who comes; None where more than one may be meant."""
    if not words.body.of("person.both") or told.unnamed > 1:
        return None
    found = _called(words, names, start, end)
    if not found and not told.unnamed:
        found = _told_of(words, names, sender, start, end)
    return found[0] if len({one.person.name for one in found}) == 1 else None


def _called(words: Words, names: NameWords, start: int, end: int) -> list[Named]:
    """ "Her name is …"."""
    found = []
    for phrase in words.body.of("person.called"):
        written = name_after(words, names, phrase.end) if start <= phrase.start < end else None
        person = as_person(written, names) if written else None
        if written is not None and person is not None:
            at = words.body.text.flat.find(written, phrase.end)
            found.append(Named(person=Person(name=person), start=at, end=at + len(written), sign="called"))
    return found


def _told_of(words: Words, names: NameWords, sender: Person, start: int, end: int) -> list[Named]:
    """The only one named who is near to the sender: "my colleague X told me of it. We would both like to come"."""
    body = words.body
    kin = body.of("person.relation")
    spans = [(n, at, to) for n, at, to in names_in(body.text.flat, names) if start <= at < end]
    near = [span for span in spans if any(0 < span[1] - f.end <= _NEAR for f in kin)]
    others = [span for span in spans if has_given(span[0], names) and not same_name(span[0], sender.name)]
    if any(span not in near for span in others):
        return []
    return [
        Named(person=Person(name=person), start=at, end=to, sign="called")
        for name, at, to in near
        if only_told(body, body.clause_at(at), at) and (person := as_person(name, names)) is not None
    ]
