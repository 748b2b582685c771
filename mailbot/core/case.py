"""One mail before its verdict: what it says, what is on file, and the rules it is held against."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from mailbot.core.decisions import Facts
from mailbot.core.events import Event
from mailbot.core.language import LANGUAGES, Language
from mailbot.core.message import IncomingMessage
from mailbot.core.policy import Policy
from mailbot.core.registrations import Registration
from mailbot.core.requests import Ambiguous, Details, EventMatch, Matched, Person, Reading

EventState = Literal["open", "not-open", "closed", "past", "elsewhere", "not-needed", "cancelled"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    message: IncomingMessage
    reading: Reading
    facts: Facts
    policy: Policy
    #: reasons that a coordinator has looked at and set aside
    waived: frozenset[str] = frozenset()
    #: a coordinator's own words to the person, sent with the answer
    note: str = ""

    @property
    def sender(self) -> str | None:
        """Where answers go, case-folded; None where there is nobody to answer."""
        address = self.message.reply_address
        return address.email.casefold() if address and address.email else None

    @property
    def now(self) -> datetime:
        return self.facts.now

    @property
    def arrived(self) -> datetime:
        """When the mail reached the server."""
        return self.facts.arrived or self.facts.now

    def event_of(self, match: EventMatch) -> Event | None:
        return self.policy.events.get(match.event) if isinstance(match, Matched) else None

    def candidates(self, match: EventMatch) -> tuple[Event, ...]:
        if not isinstance(match, Ambiguous):
            return ()
        return tuple(self.policy.events[key] for key in match.events if key in self.policy.events)

    def languages(self) -> tuple[Language, ...]:
        """The language of the answer; two where it is in doubt and the person is not known."""
        if self.reading.language and self.reading.language_sure:
            return (self.reading.language,)
        for known in self.facts.registrations:
            if known.email and known.email.casefold() == self.sender:
                return (known.language,)
        if self.reading.language:
            others = [language for language in self.policy.desk.bilingual if language != self.reading.language]
            return (self.reading.language, *others[:1])
        return self.policy.desk.bilingual


def event_state(event: Event, now: datetime) -> EventState:
    """What a wish to register meets at this moment."""
    if event.cancelled is not None:
        return "cancelled"
    if now >= event.ends:
        return "past"
    terms = event.registration
    if terms.by == "elsewhere":
        return "elsewhere"
    if terms.by == "none":
        return "not-needed"
    if terms.opens is not None and now < terms.opens:
        return "not-open"
    if terms.closes is not None and now >= terms.closes:
        return "closed"
    return "open"


def is_member(event: Event, address: str | None) -> bool:
    """Whether ``address`` may register for a members-only event. Events for everybody: always."""
    members = event.registration.members
    if members is None or not (members.domains or members.addresses):
        return True
    if address is None:
        return False
    folded = address.casefold()
    domain = folded.rpartition("@")[2]
    allowed = [entry.casefold().lstrip("@") for entry in members.domains]
    return folded in {entry.casefold() for entry in members.addresses} or any(
        domain == entry or domain.endswith("." + entry) for entry in allowed
    )


def fold_name(name: str) -> str:
    """A name as it is compared: without case, hyphens and the order of its words."""
    return " ".join(sorted(name.casefold().replace("-", " ").replace(",", " ").split()))


def own_registrations(case: Case, event: str | None) -> tuple[Registration, ...]:
    """Those the sender may speak for: their own, and those they asked for."""
    sender = case.sender
    if "stranger-request" in case.waived:  # a coordinator answers for it
        return tuple(r for r in case.facts.registrations if event is None or r.event == event)
    pool: Iterable[Registration] = case.facts.registrations
    mine = [
        registration
        for registration in pool
        if sender
        and sender in {(registration.email or "").casefold(), (registration.requested_by or "").casefold()}
        and (event is None or registration.event == event)
    ]
    return tuple(mine)


def is_about(registration: Registration, person: Person) -> bool:
    """Whether a person named in a mail is the one registered."""
    if person.email and registration.email:
        return person.email.casefold() == registration.email.casefold()
    return bool(person.name and registration.name and fold_name(person.name) == fold_name(registration.name))


def needs_session(event: Event, details: Details) -> bool:
    """Whether the person must still say which session."""
    return event.attend in {"any", "one"} and not details.sessions


def language_or_default(case: Case) -> Language:
    languages = case.languages()
    return languages[0] if languages else LANGUAGES[0]
