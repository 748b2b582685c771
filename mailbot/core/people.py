"""Whom a mail is about: the sender, or those it names."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import pairwise

from mailbot.core.clauses import Clause
from mailbot.core.lexicon import Found, fold
from mailbot.core.message import Address, IncomingMessage
from mailbot.core.names import (
    EMAIL,
    NameWords,
    as_person,
    checked_email,
    folded_parts,
    names_in,
    parts_in_address,
    same_name,
)
from mailbot.core.people_rows import label_of, rows_in, within
from mailbot.core.phrases import Passage, Words
from mailbot.core.requests import Evidence, Person

#: nobody registers more in one mail without a person having looked
MOST_PEOPLE = 40

_BULLET = re.compile(r"[ \t]*(?:[-*•·–—>]+|\d{1,2}[.)]|[a-z][.)])?[ \t]*")
_CELL = re.compile(r"\t+|\s*[|;]\s*| {3,}")
_PHONE = re.compile(r"(?<![\w/])(?:\+|00|0)\d[\d ./()\-]{6,16}\d(?![\w/])")
_LABEL = re.compile(r"^[ \t>*\-•]*([^:\n]{2,45}?)[ \t]*:[ \t]*(?:\[[^\]\n]{1,12}\][ \t]*)?(.*)$", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """Somebody named in the text."""

    person: Person
    start: int
    end: int
    #: why this is taken for somebody who takes part: ``list``, ``address``, ``relation``, ``title``, ``copy``, ``form``
    sign: str


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


# -- the sender ---------------------------------------------------------------------


def sender_of(message: IncomingMessage, words: Words, names: NameWords) -> Person:
    """The one who writes: the name from the display name, else from the closing or the signature."""
    address = message.reply_address
    email = checked_email(address.email) if address and address.email else None
    shown = None
    for candidate in (message.sender, address):
        if candidate is not None and candidate.name and shown is None:
            shown = as_person(candidate.name, names, candidate.email)
    signed = signed_name(message, words, names, shown, email)
    name = shown
    if signed is not None and (shown is None or (len(signed.split()) > len(shown.split()) and _fits(signed, shown))):
        name = signed
    elif signed is not None and shown is not None and folded_parts(signed) == folded_parts(shown):
        name = signed if not signed.isupper() else shown
    return Person(
        name=name,
        email=email or (address.email if address else None),
        organisation=organisation_of(message, names, name),
        phone=phone_in(message.signature),
        is_sender=True,
    )


def _fits(longer: str, shorter: str) -> bool:
    return folded_parts(shorter)[0] in folded_parts(longer)


def signed_name(
    message: IncomingMessage, words: Words, names: NameWords, shown: str | None, email: str | None
) -> str | None:
    """The name under the text: after a closing, as a line of its own, or first in the signature."""
    best: str | None = None
    for line in _signing_lines(message):
        candidate = _name_at_start(line, names, email)
        if candidate is None:
            continue
        if shown is not None and not same_name(candidate, shown):
            if email and _resembles(candidate, email):
                return candidate
            continue
        if best is None or len(candidate.split()) > len(best.split()):
            best = candidate
        if len(best.split()) > 1:
            return best
    return best


_LISTED = re.compile(r"(?:[-*•·–—>+]|\(?\d{1,2}[.)°])\s")


def _signing_lines(message: IncomingMessage) -> tuple[str, ...]:
    body = [line.strip() for line in message.new_text.splitlines() if line.strip()]
    body = [line for line in body if not _LISTED.match(line)]
    signature = [line.strip() for line in message.signature.splitlines() if line.strip()]
    return (*signature[:4], *reversed(body[-3:]))


def _name_at_start(line: str, names: NameWords, email: str | None) -> str | None:
    """The name that a signing line is, or begins with: "Lies Cools, médiatrice", "Groetjes Nico (OCMW)"."""
    if len(line) > 90:
        line = re.split(r"(?<=[.!?])\s+", line)[-1]
        if len(line) > 90:
            return None
    head = re.split(r"\s*[,(|]|\s[-–]\s|\s{3,}|\t", line.strip("-–* "))[0].strip(" .!")
    whole = as_person(head, names, email)
    if (
        whole is not None
        and len(whole.split()) <= 5
        and all(part[:1].isupper() or fold(part) in names.particle for part in whole.split())
    ):
        return whole
    last = re.split(r"(?<=[.!?])\s+|(?<=[!?.,])\s+", line)[-1]
    found = [name for name, _, _ in names_in(line, names)]
    if found and (same := as_person(found[-1], names, email)) and line.rstrip(" .!)").endswith(found[-1].split()[-1]):
        return same
    return as_person(last, names, email) if last != line and len(last.split()) <= 3 and last[:1].isupper() else None


def _resembles(name: str, email: str) -> bool:
    local = re.sub(r"[^a-z]", "", fold(email.partition("@")[0]))
    parts = [re.sub(r"[^a-z]", "", p) for p in folded_parts(name)]
    return any(len(p) > 2 and p in local for p in parts)


def phone_in(text: str) -> str | None:
    match = _PHONE.search(text)
    return " ".join(match.group().split()) if match else None


#: words that a line with an organisation's name has at most
_HOUSE_WORDS = 7


def organisation_of(message: IncomingMessage, names: NameWords, person: str | None) -> str | None:
    """The organisation named under the text, or by the display name."""
    # Not the greeting, nor a sentence: what stands there is somebody else's house, or none.
    body = [line for line in message.new_text.splitlines() if line.strip()][1:]
    lines = [*message.signature.splitlines(), *(line for line in body[-3:] if len(line.split()) <= _HOUSE_WORDS)]
    for line in lines:
        for part in re.split(r"\s*[|(),;]\s*|\s[-–]\s|\t|\s{3,}", line.strip()):
            if 2 < len(part) < 70 and "@" not in part and part[0].isupper() and not part.endswith((".", "!", "?")):
                folded = [fold(w).strip(".,'") for w in re.split(r"[\s'’]+", part)]
                if any(w in names.organisation for w in folded) and not (person and same_name(part, person)):
                    return part
    shown = message.sender.name if message.sender else ""
    folded = [fold(w).strip(".,'") for w in shown.split()]
    return shown if shown and any(w in names.organisation for w in folded) else None


# -- those who are named --------------------------------------------------------------


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
    number = _number(words)
    return People(
        sender=sender,
        others=tuple(others)[:MOST_PEOPLE],
        with_sender=_with_sender(words, me, others, number),
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
    end = _closing_at(body)
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
        email = _address_near(emails, taken, name, start, stop, raw, spans)
        sign = _sign(body, names, raw, name, start, stop, email)
        if sign is None:
            continue
        person = as_person(name, names, email)
        if person is None:
            continue
        found.append(Named(person=Person(name=person, email=email), start=start, end=stop, sign=sign))
    found += _by_address(emails, taken, raw, found)
    found += _first_names(body, raw, names, found, end)
    found += _joined(found, spans, raw, names, emails, taken)
    found += _copied(message, body, names, sender, own, found)
    found.sort(key=lambda n: n.start)
    return [_with_copy_address(n, message, own) for n in found]


def _by_address(emails: list[tuple[str, int, int]], taken: set[int], raw: str, found: list[Named]) -> list[Named]:
    """Words before an address that is made of them, whatever else they mean: "Lieve Claes (lieve.claes@…)"."""
    more = []
    for number, (written, at, _) in enumerate(emails):
        before = _BEFORE_ADDRESS.search(raw, max(0, at - 60), at)
        if number in taken or before is None or not parts_in_address(before.group(1), written):
            continue
        if any(n.start < before.end(1) and before.start(1) < n.end for n in found):
            continue
        taken.add(number)
        person = Person(name=before.group(1), email=checked_email(written))
        more.append(Named(person=person, start=before.start(1), end=before.end(1), sign="address"))
    return more


_BEFORE_ADDRESS = re.compile(r"((?:[^\W\d_a-zß-öø-ÿ][\w'’\-]+ ){1,3}[^\W\d_a-zß-öø-ÿ][\w'’\-]+)[\s(<,:\[]{1,4}$")


def _closing_at(body: Passage) -> int:
    """Where the closing begins: names under it sign the mail."""
    length = len(body.text.raw)
    for found in reversed(body.of("language.closings")):
        clause = body.clause_at(found.start)
        alone = clause is not None and found.start - clause.start < 25 and found.start > 40
        if alone and length - found.start < 160 and not EMAIL.search(body.text.raw, found.end):
            return found.start
    return length


def _address_near(
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
        near = stop <= at < following and (at - stop < 60 or line_end == -1 or at < line_end)
        if near and at - stop < 160:
            best = number
            break
        if _resembles(name, written):
            best = number
            break
    if best is None:
        return None
    taken.add(best)
    return checked_email(emails[best][0])


def _sign(body: Passage, names: NameWords, raw: str, name: str, start: int, stop: int, email: str | None) -> str | None:
    clause = body.clause_at(start)
    if email is None and _only_told(body, clause, start):
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
        if 0 <= start - f.end < 25 and not _SENTENCE_END.search(raw[f.end : start])
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


def _only_told(body: Passage, clause: Clause | None, start: int) -> bool:
    """Somebody who recommended it, or whose words are given: "ma collègue Sylvie m'a dit que …"."""
    if clause is None:
        return False
    before = any(f.start < start for f in body.within(clause, "person.source"))
    after = body.within(clause, "clause.reported", "person.speaker")
    return before or any(0 < f.start - start < _SPEAKER for f in after)


_SENTENCE_END = re.compile(r"\n\s*\n|[!?;]|(?<!\b\w)\.\s")

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


def _first_names(body: Passage, raw: str, names: NameWords, found: list[Named], end: int) -> list[Named]:
    """Somebody called by one name right after what he or she is: "mon collègue Karim"."""
    more = []
    for phrase in body.of("person.relation"):
        match = _ONE_NAME.match(raw, phrase.end)
        if match is None or match.start(1) >= end or any(n.start <= match.start(1) < n.end for n in found):
            continue
        person = as_person(match.group(1), names)
        if _only_told(body, body.clause_at(match.start(1)), match.start(1)) or match.group(1).isupper():
            continue
        if person is not None and len(person) > 2:
            more.append(Named(person=Person(name=person), start=match.start(1), end=match.end(1), sign="relation"))
    return more


_ONE_NAME = re.compile(r"[ ]{1,2}([^\W\d_a-zß-öø-ÿ][^\W\d_]+)(?![\w'’\-@])(?!\s+[^\W\d_a-zß-öø-ÿ])")


def _joined(
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
                email = _address_near(emails, taken, person, start, stop, raw, spans)
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


def _copied(
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


def _with_copy_address(named: Named, message: IncomingMessage, own: set[str]) -> Named:
    """The address from Cc or To for somebody whose name or address there fits."""
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
                return replace(named, person=replace(named.person, email=checked_email(match[2])))
    return named


#: "Name <address>" in the header of a mail that was passed on
_WRITTEN_BY = re.compile(r"([^\n<:\"]{3,50}?)\"?\s*<([^<>\s@]+@[^<>\s]+)>")
_QUOTE_HEAD = 600


def _all_in_address(name: str, address: Address) -> bool:
    local = re.sub(r"[^a-z]", "", fold(address.email.partition("@")[0]))
    parts = [re.sub(r"[^a-z]", "", p) for p in folded_parts(name)]
    return all(p in local for p in (parts[0], parts[-1])) if parts else False


def _number(words: Words) -> int | None:
    """How many are told to come."""
    numbers = []
    for found in words.body.of("person.group"):
        # A clock time or a date is no group: "à 9 h", "zu 16.09.".
        after = words.body.text.folded[found.end : found.end + 4]
        if re.match(r"\s?(?:h\b|u\b|uhr|heures|am|pm|[:.]\d)", after):
            continue
        value = _value(found, words)
        if value is not None and value > 1:
            numbers.append(value)
    return max(numbers, default=None)


def _value(found: Found, words: Words) -> int | None:
    for word in re.findall(r"[^\W_]+", words.body.text.folded[found.start : found.end]):
        if word.isdigit():
            return int(word)
        for lexicon in words.lexicons:
            if word in lexicon.numbers:
                return lexicon.numbers[word]
    return None


def _with_sender(words: Words, me: list[Named], others: list[Named], number: int | None) -> bool:
    """Whether the sender takes part beside those who are named."""
    if not others:
        return True
    if _sender_stays_away(words):
        return False
    if me or number == len(others) + 1:
        return True
    if number == len(others):
        return False
    body = words.body
    if any(_speaks_of_own(f, words) for f in body.of("intent.cancel", "intent.absent")):
        return True
    if any(abs(f.start - n.start) < 90 for f in body.of("person.me") for n in others):
        return True
    return any(
        not _for_others(f, words, others)
        for f in body.of("intent.register")
        if not _denied(f, body) and not _unchanged(f, body)
    )


def _speaks_of_own(found: Found, words: Words) -> bool:
    """ "Annuler ma réservation et celle de X": the sender's own too."""
    told = set(re.findall(r"[^\W_]+", words.body.text.folded[found.start : found.end]))
    return any(words.has("person.mine", word) or words.has("person.first", word) for word in told)


def _unchanged(found: Found, body: Passage) -> bool:
    clause = body.clause_at(found.start)
    return clause is not None and clause.unchanged


def _sender_stays_away(words: Words) -> bool:
    """ "I myself cannot come", "ikzelf neem niet deel"."""
    body = words.body
    clauses = [body.clause_at(found.start) for found in body.of("person.i-myself")]
    return any(c is not None and (c.negated or body.within(c, "intent.absent", "person.done-before")) for c in clauses)


def _denied(found: Found, body: Passage) -> bool:
    clause = body.clause_at(found.start)
    return clause is not None and clause.negated


#: words between a verb and the one it is done for: "inscrire ma collègue Madame …"
_OBJECT_WORDS = 4


def _for_others(found: Found, words: Words, others: list[Named]) -> bool:
    """Whether "I would like to register …" goes on with somebody else."""
    folded = words.body.text.folded
    inside = folded[found.start : found.end]
    if any(found.start < n.start < found.end for n in others):
        return True
    if any(found.start < f.start < found.end for f in words.body.of("person.relation")):
        return True
    told = set(re.findall(r"[^\W_]+", inside))
    if any(words.has("person.third", word) for word in told) and not any(words.has("person.self", w) for w in told):
        return True
    if len(others) > 1 and any(words.has("person.we", word) for word in told):
        return True
    if any(words.has("person.self", word) for word in re.findall(r"[^\W_]+", inside)):
        return False
    if told & _first_words(words) and not any(words.has("person.transitive", word) for word in told):
        return False  # "ik zou graag komen, met mijn vrouw"
    before = [n for n in others if found.start - _SUBJECT_BEFORE < n.start < found.start]
    clause = words.body.clause_at(found.start)
    if before and clause is not None and all(n.start >= clause.start for n in before):
        return not told & _first_words(words)
    along = words.body.of("person.with")
    for named in others:
        if any(found.end <= f.start + 1 and f.end <= named.start for f in along):
            return False
        between = re.findall(r"[^\W_]+", folded[found.end : named.start]) if named.start >= found.end else None
        if between is not None and len(between) <= _OBJECT_WORDS:
            return not any(words.has("person.and", word) for word in between)
    return False


#: characters in which the subject stands before its verb
_SUBJECT_BEFORE = 60


def _first_words(words: Words) -> set[str]:
    """Words for the sender as a subject, of the languages of the mail."""
    return {word for lexicon in words.lexicons for word in lexicon.words["person.first"]}


# -- forms ----------------------------------------------------------------------------


def form_person(raw: str, words: Words, sender: Person) -> Named | None:
    """The person of a filled-in form: at least a name and one more labelled line."""
    values: dict[str, tuple[str, int, int]] = {}
    for match in _LABEL.finditer(raw):
        meaning = label_of(words.lexicons, match.group(1))
        value = match.group(2).strip()
        if meaning and value and meaning not in values:
            values[meaning] = (value, match.start(2), match.end(2))
    named = "form.name" in values or "form.last-name" in values
    if not named or len(values) < 2:
        return None
    first, last = values.get("form.first-name"), values.get("form.last-name")
    written, start, end = values.get("form.name") or last or ("", 0, 0)
    if first and last:
        written = f"{first[0]} {last[0]}"
    mail = EMAIL.search(values["form.email"][0]) if "form.email" in values else None
    email = checked_email(mail.group()) if mail else None
    if email is None and same_name(written, sender.name):
        email = sender.email
    return Named(
        person=Person(
            name=" ".join(written.replace(",", " ").split()),
            email=email,
            organisation=values["form.organisation"][0] if "form.organisation" in values else None,
            phone=phone_in(values["form.phone"][0]) if "form.phone" in values else None,
        ),
        start=start,
        end=end,
        sign="form",
    )
