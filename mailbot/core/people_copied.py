"""Who stands in copy, or wrote a mail that was passed on: their addresses, and those meant by them."""

from __future__ import annotations

import re
from dataclasses import replace

from mailbot.core.lexicon import fold
from mailbot.core.message import Address, IncomingMessage
from mailbot.core.names import NameWords, as_person, checked_email, folded_parts, same_name
from mailbot.core.people_named import Named
from mailbot.core.phrases import Passage
from mailbot.core.requests import Person


def copied(
    message: IncomingMessage, body: Passage, names: NameWords, sender: Person, own: set[str], found: list[Named]
) -> list[Named]:
    """Those in copy whom the text means by name: "mon collègue Omar", with Omar in Cc."""
    more = []
    folded = body.text.folded
    for address in message.cc:
        if address.email.casefold() in own or address.email.casefold() == (sender.email or "").casefold():
            continue
        name = as_person(address.name, names, address.email) if address.name else None
        if name is None:
            continue
        first = folded_parts(name)[0]
        match = re.search(rf"\b{re.escape(first)}\b", folded) or _spoken_of_as_copied(body)
        if match and not any(same_name(n.person.name, name) for n in found):
            more.append(
                Named(
                    person=Person(name=name, email=checked_email(address.email)),
                    start=match.start(),
                    end=match.end(),
                    sign="copy",
                )
            )
    return more


def _spoken_of_as_copied(body: Passage) -> re.Match[str] | None:
    """ "Mon collègue en copie": the one in Cc is meant without being named."""
    for found in body.of("person.in-copy"):
        clause = body.clause_at(found.start)
        if clause is not None and body.within(clause, "person.relation"):
            return re.compile(".+", re.DOTALL).match(body.text.folded, found.start, found.end)
    return None


def with_copy_address(named: Named, message: IncomingMessage, own: set[str], names: NameWords) -> Named:
    """The address from Cc or To for somebody whose name or address there fits; of a mail passed on, its writer's name too."""
    if named.person.email is not None or named.person.name is None:
        return named
    for address in (*message.cc, *message.to):
        if address.email.casefold() in own:
            continue
        if (address.name and same_name(address.name, named.person.name)) or _all_in_address(named.person.name, address):
            return replace(named, person=replace(named.person, email=checked_email(address.email)))
    if message.forwarded or message.quoted_text:
        for match in _WRITTEN_BY.finditer(message.quoted_text[:_QUOTE_HEAD]):
            if match[2].casefold() not in own and same_name(match[1], named.person.name):
                whole = as_person(match[1].partition(":")[2] or match[1], names, match[2])
                fuller = whole if whole and len(whole.split()) > len(named.person.name.split()) else named.person.name
                return replace(named, person=replace(named.person, name=fuller, email=checked_email(match[2])))
    return named


#: "Name <address>" in the header of a mail that was passed on
_WRITTEN_BY = re.compile(r"([^\n<:\"]{3,50}?)\"?\s*<([^<>\s@]+@[^<>\s]+)>")
_QUOTE_HEAD = 600


def _all_in_address(name: str, address: Address) -> bool:
    local = re.sub(r"[^a-z]", "", fold(address.email.partition("@")[0]))
    parts = [re.sub(r"[^a-z]", "", p) for p in folded_parts(name)]
    return all(p in local for p in (parts[0], parts[-1])) if parts else False
