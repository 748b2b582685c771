"""Whom a mail is about: the sender, or those it names."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from mailbot.core.message import IncomingMessage
from mailbot.core.names import EMAIL, NameWords, as_person, folded_parts, names_in, same_name
from mailbot.core.people_attending import number_told, sender_takes_part
from mailbot.core.people_copied import copied, with_copy_address
from mailbot.core.people_form import form_person
from mailbot.core.people_named import Named, address_near, by_address, closing_at, sign_of
from mailbot.core.people_rows import rows_in, within
from mailbot.core.people_sender import sender_of
from mailbot.core.people_tied import first_names, joined
from mailbot.core.phrases import Words
from mailbot.core.requests import Evidence, Person

#: nobody registers more in one mail without a person having looked
MOST_PEOPLE = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    sender: Person
    #: those named beside the sender, in the order of the text
    others: tuple[Named, ...] = ()
    #: the sender is one of those meant
    with_sender: bool = True
    #: how many are told to come; None where no number is said
    number: int | None = None
    #: companions are spoken of without names
    unnamed: bool = False
    #: somebody is spoken of by what he or she is to the sender
    related: bool = False
    #: the sender writes for a house of which others are part: "our", "we"
    together: bool = False
    form: bool = False
    evidence: tuple[Evidence, ...] = ()


def people_of(
    message: IncomingMessage,
    words: Words,
    names: NameWords,
    *,
    own_addresses: Iterable[str],
    hosts: tuple[str, ...] = (),
    announced: frozenset[str] = frozenset(),
) -> People:
    """``hosts``: names in the event itself (speakers, contact persons), who are never participants here.

    ``announced``: the other words of the announcement, folded.
    """
    body = words.body
    sender = sender_of(message, words, names)
    form = form_person(body.text.raw, words, sender)
    if form is not None:
        return People(sender=sender, others=(form,), with_sender=_is_sender(form.person, sender), form=True)
    own = {address.casefold() for address in own_addresses}
    named = [n for n in _named(message, words, names, sender, own) if not _is_host(n.person, hosts)]
    named = [n for n in named if n.sign not in _LOOSE or not announced & set(folded_parts(n.person.name or ""))]
    me, others = _parted(named, sender)
    number = number_told(words)
    return People(
        sender=sender,
        others=tuple(others)[:MOST_PEOPLE],
        with_sender=sender_takes_part(words, me, others, number),
        number=number,
        unnamed=bool(body.of("person.unnamed")),
        related=bool(body.of("person.relation", "person.behalf")),
        together=any(words.has("person.we", word) for word, _, _ in body.text.tokens),
        evidence=tuple(_evidence(n) for n in others),
    )


#: signs that a word of the announcement itself outweighs
_LOOSE = frozenset({"joined", "clause", "object", "title", "relation"})


def _evidence(named: Named) -> Evidence:
    return Evidence(
        field="person",
        text=named.person.name or named.person.email or "",
        rule=f"people.{named.sign}",
        start=named.start,
        end=named.end,
    )


def _is_host(person: Person, hosts: tuple[str, ...]) -> bool:
    return bool(person.name) and any(same_name(person.name, host) for host in hosts)


def _is_sender(person: Person, sender: Person) -> bool:
    if person.email and sender.email:
        return person.email.casefold() == sender.email.casefold()
    return same_name(person.name, sender.name)


def _parted(named: list[Named], sender: Person) -> tuple[list[Named], list[Named]]:
    me = [n for n in named if _is_sender(n.person, sender) or same_name(n.person.name, sender.name)]
    last = max((n.end for n in named if n not in me), default=0)
    # A rank and a name below everybody else sign the mail.
    signing = [n for n in me if n.sign == "title" and n.start > last > 0]
    others: list[Named] = []
    for candidate in named:
        if candidate in me or any(_same_person(candidate.person, o.person) for o in others):
            continue
        others.append(candidate)
    return [n for n in me if n not in signing], others


def _same_person(one: Person, other: Person) -> bool:
    if one.email and other.email:
        return one.email.casefold() == other.email.casefold()
    return same_name(one.name, other.name)


def _named(message: IncomingMessage, words: Words, names: NameWords, sender: Person, own: set[str]) -> list[Named]:
    """Everybody named with a sign that a person who takes part is meant, each with the address given nearby."""
    body = words.body
    raw = body.text.flat
    end = closing_at(body)
    rows = rows_in(body.text.raw, names, words.lexicons, end)
    listed = [
        Named(person=Person(name=row.name, email=row.email), start=row.start, end=row.end, sign=row.sign)
        for row in rows
    ]
    spans = [
        (name, start, stop)
        for name, start, stop in names_in(raw, names)
        if start < end and not within(start, rows, body.text.raw)
    ]
    emails = [
        (m.group(), m.start(), m.end())
        for m in EMAIL.finditer(raw)
        if m.group().casefold() not in own
        and m.group().casefold() != (sender.email or "").casefold()
        and not within(m.start(), rows, body.text.raw)
    ]
    found: list[Named] = list(listed)
    taken: set[int] = set()
    for name, start, stop in spans:
        email = address_near(emails, taken, name, start, stop, raw, spans)
        sign = sign_of(body, names, raw, name, start, stop, email)
        if sign is None:
            continue
        person = as_person(name, names, email)
        if person is None:
            continue
        found.append(Named(person=Person(name=person, email=email), start=start, end=stop, sign=sign))
    found += by_address(emails, taken, raw, found)
    found += first_names(body, raw, names, found, end)
    found += joined(found, spans, raw, names, emails, taken)
    found += copied(message, body, names, sender, own, found)
    found.sort(key=lambda n: n.start)
    return [with_copy_address(n, message, own) for n in found]
