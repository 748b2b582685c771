"""Whom a mail is about: the sender, or those it names."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from mailbot.core.message import IncomingMessage
from mailbot.core.names import (
    EMAIL,
    NameWords,
    as_person,
    checked_email,
    folded_parts,
    has_given,
    initial_in_address,
    is_private,
    names_domain,
    names_in,
    parts_in_address,
    same_name,
)
from mailbot.core.people_attending import number_told, sender_takes_part
from mailbot.core.people_beside import Beside, beside, name_given, told_already
from mailbot.core.people_copied import copied, with_copy_address
from mailbot.core.people_form import form_person, labelled_name
from mailbot.core.people_named import (
    Named,
    address_near,
    by_address,
    closing_at,
    greeting_end,
    names_a_thing,
    only_told,
    sign_of,
)
from mailbot.core.people_pronoun import meant_by_pronoun
from mailbot.core.people_replaced import replaced_in
from mailbot.core.people_rows import rows_in, unread_rows, within
from mailbot.core.people_second import second_of_two
from mailbot.core.people_sender import resembles, sender_of
from mailbot.core.people_stories import only_in_stories
from mailbot.core.people_tied import first_names, joined
from mailbot.core.people_told import says_me_after
from mailbot.core.people_typed import with_typed_name
from mailbot.core.people_unread import of_a_house, unread_names
from mailbot.core.people_writer import houses_behind, writer_among
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
    #: names of those who stand in one breath with the sender: "my neighbour X and I"
    beside: frozenset[str] = frozenset()
    #: more will come, whose names are sent later
    names_follow: bool = False
    #: how many are told of beside those who are named
    untold: int = 0
    #: where names stand that nothing was read of
    unread: tuple[tuple[int, int], ...] = ()
    #: somebody is spoken of by what he or she is to the sender
    related: bool = False
    #: the sender writes for a house of which others are part: "our", "we"
    together: bool = False
    #: the sender writes from an address as anybody may have one, and not from that of a house
    private: bool = False
    form: bool = False
    #: the sender is named as those who are registered are, and not only under the text
    names_self: bool = False
    #: somebody comes in another's place, and nothing tells in whose
    place_unclear: bool = False
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
        own_form = _fills_in(message, form.person, sender)
        if own_form and form.person.email is None:
            form = replace(form, person=replace(form.person, email=sender.email))
        private = is_private(sender.email, names)
        return People(sender=sender, others=(form,), with_sender=own_form, private=private, form=True)
    own = {address.casefold() for address in own_addresses}
    start, end = greeting_end(body), closing_at(body, names)
    told = beside(words, names, start, end)
    own_name = told.own_name or name_given(words, names, start)
    sender = _with_own_name(sender, own_name, shown=bool(message.sender and message.sender.name))
    sender = with_typed_name(sender, message, words, names)
    named = _named(message, words, names, sender, own, start, end)
    named += [n for n in told.named if not told_already(n, named)]
    named = sorted((n for n in named if not _is_host(n.person, hosts)), key=lambda n: n.start)
    named = [n for n in named if n.sign not in _LOOSE or not names_a_thing(words, names, n.person.name or "", n.start)]
    named = [n for n in named if n.sign not in _LOOSE or not _is_announced(n.person.name or "", names, announced)]
    named = [n for n in named if n.sign not in _LOOSE or not of_a_house(words, names, n.start)]
    named = [n for n in named if n.person.email or not names_domain(n.person.name or "", sender.email)]
    named = [n for n in named if not _stays_as_it_is(words, n)]
    named = [_of_the_family(_in_full(n, words, names, end), sender, message) for n in named]
    named = _with_addresses(named, body.text.flat, own | {(sender.email or "").casefold()})
    if all(_names_sender(n.person, sender) for n in named):
        second = second_of_two(words, names, told, sender, start, end)
        named += [second] if second is not None else []
    if all(_names_sender(n.person, sender) for n in named):
        meant = meant_by_pronoun(words, names, sender, start, end, hosts)
        named += [with_copy_address(meant, message, own, names)] if meant is not None else []
    stories = only_in_stories(words, named)
    named = [n for n in named if n not in stories]
    replaced = replaced_in(words, names, named, sender, start, end, hosts)
    named = replaced.named
    labelled = labelled_name(body.text.raw, words, names)
    if labelled is not None:
        named = [*(n for n in named if not told_already(n, [labelled])), labelled]
    signing = [n for n in named if says_me_after(words, n.end)]
    if labelled is not None and _fills_in(message, labelled.person, sender):
        signing.append(labelled)
    writer = writer_among(message, words, names, named, sender, end) if not signing else None
    signing += [writer] if writer else []
    if signing and sender.name is None:
        sender = replace(sender, name=signing[0].person.name)
    me, others = _parted([n for n in named if n not in signing], sender)
    me += signing
    if not (message.sender and message.sender.name):
        fuller = (n.person.name for n in me if n.person.name and _says_more(n.person.name, sender.name or ""))
        sender = replace(sender, name=next(fuller, sender.name))
    others = [n for n in others if n not in houses_behind(words, names, me, others)]
    doubtful = tuple(
        (n.start, n.end) for n in others if _shouted(body.text.raw) or _behind_a_name(words, names, n, others)
    )
    others = [replace(n, vouched=_in_quote(n.person.name, message)) for n in others]
    number = max(filter(None, (number_told(words), told.number)), default=None)
    return People(
        sender=sender,
        others=tuple(others)[:MOST_PEOPLE],
        with_sender=told.comes_along or sender_takes_part(words, me, others, number, told=told.with_sender),
        number=number,
        unnamed=any(not only_told(body, body.clause_at(f.start), f.start) for f in body.of("person.unnamed")),
        beside=frozenset(n.person.name for n in told.named if n.sign == "beside" and n.person.name),
        names_follow=bool(body.of("person.names-follow")),
        untold=_untold(told, others),
        unread=tuple(
            (at, to)
            for at, to in (
                *unread_names(words, names, named, sender.name, start, end),
                *doubtful,
                *((n.start, n.end) for n in stories if not same_name(n.person.name, sender.name)),
                *_unread_rows(body.text.raw, names, named, end),
            )
            if not any(a <= at < b for a, b in told.away)
            and not _is_announced(body.text.raw[at:to], names, announced)
            and not any(same_name(body.text.raw[at:to], host) for host in hosts)
        ),
        related=bool(body.of("person.relation", "person.behalf")),
        together=words.written("person.we"),
        private=is_private(sender.email, names),
        names_self=writer is not None or labelled in signing or any(n.sign == "table" for n in me),
        place_unclear=replaced.unclear,
        evidence=tuple(_evidence(n) for n in others),
    )


def _in_quote(name: str | None, message: IncomingMessage) -> bool:
    """ "Mme Lahaye et M. Quinet sont inscrits", in the mail that is answered."""
    parts = folded_parts(name or "")
    return bool(parts) and set(parts) <= set(folded_parts(message.quoted_text[:_QUOTE]))


_QUOTE = 2000


def _unread_rows(raw: str, names: NameWords, named: list[Named], end: int) -> tuple[tuple[int, int], ...]:
    listed = any(n.sign in {"list", "table"} for n in named)
    return unread_rows(raw, names, end, [n.start for n in named]) if listed else ()


def _with_addresses(named: list[Named], raw: str, own: set[str]) -> list[Named]:
    """The address in the text that is made of the name, for those who have none yet."""
    known = {(n.person.email or "").casefold() for n in named}
    free = [m.group() for m in EMAIL.finditer(raw) if m.group().casefold() not in own | known]
    owners = {address: _owners(named, address) for address in free}
    fitting = [(n, [address for address in free if owners[address] == [n]]) for n in named]
    return [
        replace(n, person=replace(n.person, email=checked_email(found[0]))) if found and n.person.email is None else n
        for n, found in fitting
    ]


def _owners(named: list[Named], address: str) -> list[Named]:
    """Whom an address may belong to: "z.petit@" to each Petit whose first name begins so."""
    able = [
        n
        for n in named
        if parts_in_address(n.person.name or "", address) or initial_in_address(n.person.name or "", address)
    ]
    in_full = [n for n in able if resembles((n.person.name or "").split()[0], address)]
    return in_full if len(in_full) == 1 else able


def _is_announced(name: str, names: NameWords, announced: frozenset[str]) -> bool:
    """Whether all its words but the small ones stand in the announcement: "La Halle", "De Wieken"."""
    longer = {part for part in folded_parts(name) if part not in names.particle | names.article}
    # "als Familie zur Nacht der Brettspiele"
    around = len(longer & announced) >= _TITLE and not has_given(name, names)
    return around or (bool(longer) and longer <= announced)


#: words of a title in what looks like a name
_TITLE = 2


def _shouted(raw: str) -> bool:
    """Whether the mail is in capitals, where they tell nothing of names."""
    letters = [c for c in raw if c.isalpha()]
    return sum(c.isupper() for c in letters) > _SHOUTED * len(letters)


_SHOUTED = 0.6


def _behind_a_name(words: Words, names: NameWords, named: Named, others: list[Named]) -> bool:
    """ "Edgard Lannoy, Natagora Condroz": what stands behind a comma may be a house as well as the next of a list."""
    if (
        named.person.email
        or named.sign in {"list", "table", "form", "copy"}
        or has_given(named.person.name or "", names)
    ):
        return False
    ends = {one.end for one in others if has_given(one.person.name or "", names)}
    return any(words.body.text.raw[end : named.start].strip() == "," for end in ends if end < named.start)


def _stays_as_it_is(words: Words, named: Named) -> bool:
    """ "Sa sœur Zoé reste inscrite": nothing is wanted for her."""
    clause = words.body.clause_at(named.start)
    return clause is not None and clause.unchanged


def _in_full(named: Named, words: Words, names: NameWords, end: int) -> Named:
    """The whole name where it stands elsewhere: "mon collègue Driss …, Driss Hamdaoui de son nom complet"."""
    short = named.person.name
    if short is None or " " in short:
        return named
    aside = _FAMILY_ASIDE.match(words.body.text.flat, named.end)
    if aside is not None and parts_in_address(f"{short} {aside[1]}", aside[2]):
        email = named.person.email or checked_email(aside[2])
        return replace(named, person=replace(named.person, name=f"{short} {aside[1]}", email=email))
    whole = next((n for n, at, _ in names_in(words.body.text.flat, names) if at < end and n.split()[0] == short), None)
    person = as_person(whole, names) if whole else None
    return replace(named, person=replace(named.person, name=person)) if person else named


def _of_the_family(named: Named, sender: Person, message: IncomingMessage) -> Named:
    """ "Meine Frau Maria und ich", signed "Hubert und Maria Schyns"."""
    short, own = named.person.name, (sender.name or "").split()
    if short is None or " " in short or len(own) < _FULL:
        return named
    closing = f"{message.new_text[-_CLOSING:]}\n{message.signature}"
    whole = f"{short} {own[-1]}"
    signed = re.search(rf"(?<!\w){re.escape(whole)}(?!\w)", closing)
    return replace(named, person=replace(named.person, name=whole)) if signed else named


#: words of a name with its family's, and characters at the end of a text in which people sign
_FULL, _CLOSING = 2, 160


#: "Koen (Vandersmissen, koen.vandersmissen@…)"
_FAMILY_ASIDE = re.compile(rf"\s?\(([^\W\d_a-zß-öø-ÿ][\w'’ \-]{{1,30}}),? ({EMAIL.pattern})\)")


def _untold(told: Beside, others: list[Named]) -> int:
    """How many told of are named nowhere: "my two children …: Finn and Lotta" names both."""
    aside = any(same_name(n.person.name, told.own_name) for n in others)  # "mijn vriend en ik (Bert Maes)"
    elsewhere = [n for n in others if not any(start <= n.start < end for start, end in told.spans)]
    return max(0, told.unnamed - len(elsewhere) - aside)


#: signs that a word of the announcement itself outweighs
_LOOSE = frozenset({"joined", "clause", "object", "title", "relation", "beside", "with", "listed", "subject", "absent"})


def _with_own_name(sender: Person, told: str | None, *, shown: bool) -> Person:
    """The name that the text gives for its writer, where nothing else names one, or where it says more."""
    if told is None or (shown and sender.name is not None and not _says_more(told, sender.name)):
        return sender
    return replace(sender, name=told)


def _says_more(told: str, known: str) -> bool:
    initials = [any(len(part) == 1 for part in folded_parts(name)) for name in (told, known)]
    return same_name(told, known) and (len(told.split()) > len(known.split()) or initials == [False, True])


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


def _names_sender(person: Person, sender: Person) -> bool:
    """As ``_is_sender``, or by the sender's name with another address."""
    return _is_sender(person, sender) or same_name(person.name, sender.name)


def _fills_in(message: IncomingMessage, person: Person, sender: Person) -> bool:
    """Whether the form is about its sender: the same one, or nobody else is known to have written."""
    unknown = sender.name is None and not (message.sender and message.sender.name)
    return _is_sender(person, sender) or (unknown and person.email is None)


def _parted(named: list[Named], sender: Person) -> tuple[list[Named], list[Named]]:
    me = [n for n in named if _names_sender(n.person, sender)]
    last = max((n.end for n in named if n not in me), default=0)
    # A rank and a name below everybody else sign the mail.
    signing = [n for n in me if n.sign == "title" and n.start > last > 0]
    others: list[Named] = []
    for candidate in named:
        if candidate in me:
            continue
        known = next((i for i, one in enumerate(others) if _same_person(candidate.person, one.person)), None)
        if known is None:
            others.append(candidate)
        elif others[known].person.email is None and candidate.person.email is not None:
            others[known] = replace(others[known], person=replace(others[known].person, email=candidate.person.email))
    return [n for n in me if n not in signing], others


def _same_person(one: Person, other: Person) -> bool:
    if one.email and other.email:
        return one.email.casefold() == other.email.casefold()
    return same_name(one.name, other.name)


def _named(
    message: IncomingMessage, words: Words, names: NameWords, sender: Person, own: set[str], begin: int, end: int
) -> list[Named]:
    """Everybody named with a sign that a person who takes part is meant, each with the address given nearby."""
    body = words.body
    raw = body.text.flat
    rows = rows_in(body.text.raw, names, words.lexicons, end)
    listed = [
        Named(person=Person(name=row.name, email=row.email), start=row.start, end=row.end, sign=row.sign)
        for row in rows
    ]
    spans = [
        (name, start, stop)
        for name, start, stop in names_in(raw, names)
        if begin <= start < end and not within(start, rows, body.text.raw)
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
    found += first_names(body, raw, names, found, begin, end)
    found += joined(found, spans, raw, names, emails, taken)
    found += copied(message, body, names, sender, own, found)
    found.sort(key=lambda n: n.start)
    return [with_copy_address(n, message, own, names) for n in found]
