"""Every event state × what the person is × request × language, decided and rendered: ``python -m tests.matrix``.

Built from values, so that no cell depends on how a mail is read. ``docs/matrix.md`` is what this prints.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import product
from typing import Any

from mailbot.core.decide import decide
from mailbot.core.decisions import Decision, Enqueue, Facts, OpenHold, PutRegistration, ThreadFacts
from mailbot.core.deliveries import OutgoingMessage
from mailbot.core.events import Afterwards, Event, Members, Organiser, Place, Postponed, RegistrationTerms, Session
from mailbot.core.language import LANGUAGES, Language, Localized
from mailbot.core.message import Address, CalendarPart, IncomingMessage
from mailbot.core.places import capacity_of
from mailbot.core.policy import Policy
from mailbot.core.registrations import Registration, RegistrationStatus
from mailbot.core.requests import (
    CalendarReply,
    Cancel,
    Change,
    Details,
    Enquire,
    Matched,
    Person,
    Question,
    Reading,
    Register,
    Request,
    Thanks,
)

NOW = datetime(2027, 3, 1, 9, 0, tzinfo=UTC)
PERSON = Person(name="Anne Peeters", email="anne@town.example", is_sender=True)
FIRST, SECOND = "compost/1", "compost/2"


def _event(**changes: Any) -> Event:
    """A workshop given twice; people come to one of the two."""
    starts = datetime(2027, 4, 20, 13, 0, tzinfo=UTC)
    base = Event(
        key="compost",
        title=Localized(
            fr="Compost pour tous", nl="Compost voor iedereen", en="Compost for all", de="Kompost für alle"
        ),
        attend="one",
        sessions=(
            Session(key=FIRST, starts=starts, ends=starts + timedelta(hours=3)),
            Session(key=SECOND, starts=starts + timedelta(days=7), ends=starts + timedelta(days=7, hours=3)),
        ),
        place=Place(street="Rue des Tanneurs 1", postcode="1000", city="Bruxelles"),
        registration=RegistrationTerms(by="mail"),
        organiser=Organiser(name=Localized(fr="Le jardin", nl="De tuin", en="The garden", de="Der Garten")),
    )
    return replace(base, **changes)


def _full() -> Event:
    sessions = tuple(replace(session, capacity=1) for session in _event().sessions)
    return _event(sessions=sessions)


def _past() -> Event:
    earlier = timedelta(days=90)
    sessions = tuple(replace(s, starts=s.starts - earlier, ends=s.ends - earlier) for s in _event().sessions)
    return _event(sessions=sessions, afterwards=Afterwards(replay="https://replay.example/compost"))


_REASON = Localized(
    fr="L’orateur est malade.", nl="De spreker is ziek.", en="The speaker is ill.", de="Der Referent ist krank."
)

EVENTS: dict[str, Event] = {
    "not open": _event(registration=RegistrationTerms(by="mail", opens=NOW + timedelta(days=14))),
    "open": _event(),
    "full": _full(),
    "postponed": _event(postponed=Postponed(dates=(date(2027, 3, 15),), reason=_REASON)),
    "cancelled": _event(cancelled=_REASON),
    "past": _past(),
    "elsewhere": _event(registration=RegistrationTerms(by="elsewhere", url="https://register.example/compost")),
    "members only": _event(registration=RegistrationTerms(by="mail", members=Members(domains=("members.example",)))),
}

PEOPLE: tuple[RegistrationStatus | None, ...] = (None, *RegistrationStatus)


def _request(name: str, event: Event) -> Request:
    details = Details(event=Matched(event=event.key), people=(PERSON,), sessions=(FIRST,))
    match name:
        case "register":
            return Register(details=details)
        case "cancel":
            return Cancel(details=replace(details, sessions=()))
        case "change":
            return Change(details=replace(details, sessions=(SECOND,)), leaving_sessions=(FIRST,))
        case "question":
            return Enquire(details=replace(details, sessions=()))
        case "thanks":
            return Thanks(details=replace(details, sessions=()))
        case _:
            return CalendarReply(details=details, partstat="DECLINED", uid="u")


REQUESTS = ("register", "cancel", "change", "question", "thanks", "calendar decline")

#: the mail of ours that a person of this status got last, and answers
_TOLD = {
    RegistrationStatus.PENDING: "registrant-pending",
    RegistrationStatus.CONFIRMED: "registrant-confirmed",
    RegistrationStatus.WAITLISTED: "registrant-waitlisted",
    RegistrationStatus.OFFERED: "registrant-offered",
    RegistrationStatus.CANCELLED: "registrant-cancelled",
    RegistrationStatus.DECLINED: "registrant-declined",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    event: str
    person: RegistrationStatus | None
    request: str
    language: Language
    decision: Decision

    @property
    def mails(self) -> tuple[OutgoingMessage, ...]:
        return tuple(effect.message for effect in self.decision.effects if isinstance(effect, Enqueue))

    @property
    def status(self) -> RegistrationStatus | None:
        """Of the registration, afterwards."""
        puts = [e.registration.status for e in self.decision.effects if isinstance(e, PutRegistration)]
        return puts[-1] if puts else self.person

    @property
    def outcome(self) -> str:
        """As a coordinator would say it."""
        reasons = [r for e in self.decision.effects if isinstance(e, OpenHold) for r in e.reasons]
        said = ", ".join(mail.kind.removeprefix("registrant-") for mail in self.mails) or "silence"
        parts = [said]
        if reasons:
            parts.append(f"flagged: {', '.join(reasons)}")
        if self.status is not self.person:
            parts.append(f"→ **{self.status}**")
        return "; ".join(parts)


def _registration(event: Event, status: RegistrationStatus, language: Language) -> Registration:
    asked = NOW - timedelta(days=2)
    offered = status is RegistrationStatus.OFFERED
    return Registration(
        id="r1",
        event=event.key,
        person_key=str(PERSON.email),
        status=status,
        name=PERSON.name,
        email=PERSON.email,
        language=language,
        sessions=(FIRST,),
        interest_only=status is RegistrationStatus.PENDING and event.registration.opens is not None,
        requested_at=asked,
        offered_until=NOW + timedelta(days=1) if offered else None,
        updated_at=asked,
    )


def cell(policy: Policy, event_name: str, person: RegistrationStatus | None, request: str, language: Language) -> Cell:
    event = EVENTS[event_name]
    known = _registration(event, person, language) if person is not None else None
    registrations = (known,) if known is not None else ()
    wish = _request(request, event)
    questions = (Question(topic="when", text="?"),) if request == "question" else ()
    calendar = request == "calendar decline"
    message = IncomingMessage(
        content_hash=f"{event_name}/{person}/{request}/{language}",
        subject="Compost",
        message_id="<m1@town.example>",
        sender=Address(name=str(PERSON.name), email=str(PERSON.email)),
        calendar=CalendarPart(method="REPLY", uid="u", partstat="DECLINED", attendee=PERSON.email, starts=event.starts)
        if calendar
        else None,
    )
    facts = Facts(
        now=NOW,
        arrived=NOW,
        registrations=registrations,
        # "full" is full whoever holds the place
        seats_taken=dict(capacity_of(event)),
        waiting=tuple(r for r in registrations if r.status is RegistrationStatus.WAITLISTED),
        thread=ThreadFacts(registrations=registrations, kind=_TOLD[person], events=(event.key,))
        if person is not None
        else ThreadFacts(),
    )
    reading = Reading(language=language, requests=(wish,), questions=questions)
    decision = decide(message, reading, facts, replace(policy, events={event.key: event}))
    return Cell(event=event_name, person=person, request=request, language=language, decision=decision)


def cells(policy: Policy) -> Iterator[Cell]:
    for event, person, request, language in product(EVENTS, PEOPLE, REQUESTS, LANGUAGES):
        yield cell(policy, event, person, request, language)


_HEAD = """# What happens when

Every event state × what the person is × request: the mail that the person gets (a folder of `templates/`), whether a
coordinator has to look (`flagged`), and the status of the registration afterwards where it is another one. The same in
French, Dutch, English and German. The event is a workshop given twice, of which people take one; a change asks for the
other day; the question is when it is; who is unknown at an event for members is no member.

Made from the code by `make matrix`; a test holds it against the code.
"""


def matrix_text(made: Iterable[Cell]) -> str:
    by = {(each.event, each.person, each.request): each.outcome for each in made if each.language == "en"}
    lines = [_HEAD]
    for event in EVENTS:
        lines += [f"## The event is {event}" if event != "members only" else "## The event is for members only", ""]
        lines += ["| the person is | " + " | ".join(REQUESTS) + " |", "| --- |" + " --- |" * len(REQUESTS)]
        for person in PEOPLE:
            outcomes = [by[event, person, request] for request in REQUESTS]
            lines.append(f"| {person or 'unknown'} | " + " | ".join(outcomes) + " |")
        lines.append("")
    return "\n".join(lines)


@cache
def shipped() -> Policy:
    """The rules and templates that mailbot comes with."""
    from pathlib import Path

    from mailbot.adapters.files import load_policy
    from mailbot.core.policy import Desk, Limits

    root = Path(__file__).parents[1]
    desk = Desk(
        name=Localized(fr="Inscriptions", nl="Inschrijvingen", en="Registration desk", de="Anmeldung"),
        addresses=("desk@town.example",),
        signature=Localized(fr="L’équipe", nl="Het team", en="The team", de="Das Team"),
        secret=b"0123456789abcdef",
    )
    policy, problems = load_policy(desk, Limits(), root / "rules", root / "templates")
    if policy is None:
        raise SystemExit("\n".join(str(problem) for problem in problems))
    return policy


if __name__ == "__main__":
    print(matrix_text(cells(shipped())), end="")
