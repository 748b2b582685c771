"""What each request leads to, as registrations to write and the kind of answer. Nothing here is done yet.

An ``Act`` with ``trouble`` is not carried out: its reason goes to a coordinator.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from mailbot.core.case import (
    ACTIVE,
    Case,
    capacity_of,
    event_state,
    fold_name,
    is_about,
    is_member,
    language_or_default,
    own_registrations,
)
from mailbot.core.decisions import PutRegistration
from mailbot.core.events import Choice, Event
from mailbot.core.ids import derived_id
from mailbot.core.registrations import Registration, RegistrationStatus, person_key
from mailbot.core.replies import ReplyKind
from mailbot.core.requests import (
    CalendarReply,
    Cancel,
    Change,
    Details,
    Enquire,
    Person,
    Register,
    Request,
    Thanks,
    Unclear,
)

CONFIRMED, PENDING, WAITLISTED, CANCELLED = (
    RegistrationStatus.CONFIRMED,
    RegistrationStatus.PENDING,
    RegistrationStatus.WAITLISTED,
    RegistrationStatus.CANCELLED,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    reply: ReplyKind | None = None
    event: Event | None = None
    puts: tuple[PutRegistration, ...] = ()
    #: the registrations the answer speaks of, as they are afterwards
    registrations: tuple[Registration, ...] = ()
    changed: tuple[str, ...] = ()
    choice: Choice | None = None
    #: a reason code: not done, a coordinator looks at it
    trouble: str | None = None


#: seats that this mail has used up so far, beside ``Facts.seats_taken``
Used = dict[str, int]


def plan(case: Case, request: Request, used: Used) -> Act:
    """What one request leads to, given what the mail's earlier requests used."""
    match request:
        case Register(details=details):
            return _register(case, details, used)
        case Cancel(details=details):
            return _cancel(case, details)
        case Change():
            return _change(case, request, used)
        case CalendarReply(details=details, partstat=partstat):
            return _calendar_reply(case, details, partstat)
        case Enquire(details=details):
            return Act(reply="registrant-answer", event=case.event_of(details.event))
        case Thanks(details=details) | Unclear(details=details):
            return Act(event=case.event_of(details.event))


# -- register --------------------------------------------------------------------

_NOT_OPEN: Mapping[str, ReplyKind] = {
    "cancelled": "registrant-event-cancelled",
    "past": "registrant-past",
    "elsewhere": "registrant-elsewhere",
    "not-needed": "registrant-not-needed",
    "closed": "registrant-closed",
}


def _register(case: Case, details: Details, used: Used) -> Act:
    event = case.event_of(details.event)
    if event is None:
        return Act(trouble="event-unclear")
    if not details.people:
        return Act(event=event, trouble="person-unclear")
    state = event_state(event, case.now)
    if state in _NOT_OPEN:
        return Act(reply=_NOT_OPEN[state], event=event)
    if any(_over(event, key, case) for key in details.sessions) and all(
        _over(event, key, case) for key in details.sessions
    ):
        return Act(reply="registrant-past", event=event)
    if not _may_come(case, event, details.people):
        return Act(reply="registrant-members-only", event=event)
    if details.mode is not None and details.mode not in event.modes:
        return Act(event=event, trouble="mode-not-offered")
    outcomes = [_register_person(case, event, person, details, state, used) for person in details.people]
    return _joined(case, event, outcomes)


def _over(event: Event, session_key: str, case: Case) -> bool:
    session = event.session(session_key)
    return session is not None and session.ends <= case.now


def _may_come(case: Case, event: Event, people: tuple[Person, ...]) -> bool:
    return all(is_member(event, person.email or case.sender) for person in people)


def _register_person(
    case: Case, event: Event, person: Person, details: Details, state: str, used: Used
) -> tuple[PutRegistration | None, Registration, tuple[str, ...]]:
    """The write for one person (None: nothing new), the registration afterwards, and what is new in it."""
    existing = _on_file(case, event, person)
    wanted = _wanted_sessions(case, event, details.sessions)
    if existing is not None and existing.status in ACTIVE and not existing.interest_only:
        merged = _with_details(existing, details, tuple(dict.fromkeys((*existing.sessions, *wanted))), person)
        changed = _differences(existing, merged)
        if not changed and not (existing.status is PENDING and _missing(event, existing) is None):
            return None, existing, ()
        return _settled(case, event, merged, existing, state, used, changed)
    fresh = _new_registration(case, event, person, existing)
    fresh = _with_details(fresh, details, wanted, person)
    return _settled(case, event, fresh, existing, state, used, ())


def _settled(
    case: Case,
    event: Event,
    registration: Registration,
    existing: Registration | None,
    state: str,
    used: Used,
    changed: tuple[str, ...],
) -> tuple[PutRegistration | None, Registration, tuple[str, ...]]:
    """The registration with the status that the event's terms and its free seats allow."""
    before = existing.status if existing is not None else None
    held = existing if existing is not None and existing.status in {CONFIRMED, RegistrationStatus.OFFERED} else None
    if state == "not-open":
        status, change = PENDING, "interest"
    elif _missing(event, registration) is not None:
        # What is confirmed stays so while one detail is asked back.
        status, change = (before if held and before else PENDING), "asked"
    elif event.registration.approval and held is None:
        status, change = PENDING, "requested"
    elif _full(case, event, registration, held, used):
        status, change = (before if held and before else WAITLISTED), "waitlisted"
        if held is not None:
            return None, held, ("full",)
    else:
        status, change = CONFIRMED, ("changed" if held else "registered")
        for key in _seats(event, registration):
            used[key] = used.get(key, 0) + (0 if held and key in _seats(event, held) else 1)
    if status is WAITLISTED and not event.waiting_list:
        return None, replace(registration, status=CANCELLED), ("full",)
    after = replace(registration, status=status, interest_only=state == "not-open", updated_at=case.now)
    if existing is not None and after == replace(existing, updated_at=case.now):
        return None, existing, ()
    return PutRegistration(registration=after, change=change), after, changed


def _joined(
    case: Case, event: Event, outcomes: list[tuple[PutRegistration | None, Registration, tuple[str, ...]]]
) -> Act:
    """One answer for everybody the mail registers: the most needing of them decides its kind."""
    puts = tuple(put for put, _, _ in outcomes if put is not None)
    registrations = tuple(registration for _, registration, _ in outcomes)
    changed = tuple(dict.fromkeys(name for _, _, names in outcomes for name in names if name != "full"))
    act = Act(event=event, puts=puts, registrations=registrations, changed=changed)
    missing = next((m for r in registrations if (m := _missing(event, r)) is not None), None)
    statuses = {registration.status for registration in registrations}
    if any("full" in names for _, _, names in outcomes):
        return replace(act, reply="registrant-full")
    if not puts and any(r.interest_only for r in registrations):
        return replace(act, reply="registrant-not-open")
    if any(put.change == "interest" for put in puts):
        return replace(act, reply="registrant-not-open")
    if missing == "session":
        return replace(act, reply="registrant-which-session")
    if isinstance(missing, Choice):
        return replace(act, reply="registrant-which-choice", choice=missing)
    if WAITLISTED in statuses:
        return replace(act, reply="registrant-waitlisted")
    if PENDING in statuses:
        return replace(act, reply="registrant-pending")
    if not puts:
        return replace(act, reply="registrant-already")
    if all(put.change == "changed" for put in puts):
        return replace(act, reply="registrant-changed")
    return replace(act, reply="registrant-confirmed")


def _missing(event: Event, registration: Registration) -> Choice | str | None:
    """What this registration still lacks: ``session``, a choice, or nothing."""
    if event.attend in {"any", "one"} and not registration.sessions:
        return "session"
    return next((c for c in event.choices if c.required and c.key not in registration.choices), None)


def _wanted_sessions(case: Case, event: Event, chosen: tuple[str, ...]) -> tuple[str, ...]:
    """The sessions to register for; those that are over already are left out."""
    if event.attend in {"single", "all"}:
        return tuple(session.key for session in event.sessions)
    return tuple(key for key in chosen if event.session(key) is not None and not _over(event, key, case))


def _seats(event: Event, registration: Registration) -> tuple[str, ...]:
    limits = capacity_of(event)
    keys = [event.key, *registration.sessions]
    keys += [f"{event.key}:{choice}={option}" for choice, option in registration.choices.items()]
    return tuple(key for key in keys if key in limits)


def _full(case: Case, event: Event, registration: Registration, held: Registration | None, used: Used) -> bool:
    limits = capacity_of(event)
    already = _seats(event, held) if held is not None else ()
    return any(
        case.facts.seats_taken.get(key, 0) + used.get(key, 0) >= limits[key]
        for key in _seats(event, registration)
        if key not in already
    )


def _on_file(case: Case, event: Event, person: Person) -> Registration | None:
    """This person's registration for the event: by address, else by name among those the sender asked for."""
    key = person_key(email=person.email, name=person.name, requested_by=case.sender)
    for registration in case.facts.registrations:
        if registration.event == event.key and registration.person_key == key:
            return registration
    return None


def _new_registration(case: Case, event: Event, person: Person, existing: Registration | None) -> Registration:
    key = person_key(email=person.email, name=person.name, requested_by=case.sender)
    identity = existing.id if existing is not None else derived_id("registration", event.key, key)
    return Registration(
        id=identity,
        event=event.key,
        person_key=key,
        status=existing.status if existing is not None else PENDING,
        name=person.name,
        email=person.email,
        organisation=person.organisation,
        phone=person.phone,
        language=language_or_default(case),
        requested_by=case.sender if (person.email or "").casefold() != case.sender else None,
        sequence=existing.sequence + 1 if existing is not None else 0,
        requested_at=case.now,
        updated_at=case.now,
    )


def _with_details(
    registration: Registration, details: Details, sessions: tuple[str, ...], person: Person | None = None
) -> Registration:
    """What the mail says laid over what is on file; what it does not say stays."""
    order = sorted(sessions)
    return replace(
        registration,
        name=registration.name or (person.name if person else None),
        organisation=registration.organisation or (person.organisation if person else None),
        phone=registration.phone or (person.phone if person else None),
        sessions=tuple(order),
        choices={**registration.choices, **details.choices},
        mode=details.mode or registration.mode,
        pickup=details.pickup or registration.pickup,
        needs=details.needs or registration.needs,
    )


_COMPARED: Mapping[str, Callable[[Registration], object]] = {
    "sessions": lambda r: r.sessions,
    "choices": lambda r: dict(r.choices),
    "mode": lambda r: r.mode,
    "pickup": lambda r: r.pickup,
    "needs": lambda r: r.needs,
    "name": lambda r: r.name,
    "email": lambda r: r.email,
    "person": lambda r: r.person_key,
}


def _differences(before: Registration, after: Registration) -> tuple[str, ...]:
    return tuple(name for name, value in _COMPARED.items() if value(before) != value(after))


# -- cancel ------------------------------------------------------------------------


def _cancel(case: Case, details: Details) -> Act:
    event, found = _spoken_of(case, details, details.people)
    if event is None:
        return Act(trouble="event-unclear")
    if not found:
        return Act(event=event, trouble="nothing-on-file")
    puts = []
    for registration in found:
        if registration.status not in ACTIVE:
            continue
        left = tuple(key for key in registration.sessions if key not in details.sessions) if details.sessions else ()
        after = replace(registration, sequence=registration.sequence + 1, updated_at=case.now)
        if left and event.attend in {"any", "one"}:
            puts.append(PutRegistration(registration=replace(after, sessions=left), change="changed"))
        else:
            puts.append(PutRegistration(registration=replace(after, status=CANCELLED), change="cancelled"))
    after_all = tuple(put.registration for put in puts) or found
    if puts and all(put.change == "changed" for put in puts):
        return Act(
            reply="registrant-changed", event=event, puts=tuple(puts), registrations=after_all, changed=("sessions",)
        )
    return Act(reply="registrant-cancelled", event=event, puts=tuple(puts), registrations=after_all)


def _spoken_of(
    case: Case, details: Details, people: tuple[Person, ...]
) -> tuple[Event | None, tuple[Registration, ...]]:
    """The event and the registrations on file that a mail speaks of.

    Without an event in the mail, the one the sender answers to, or is registered for when there is just one.
    """
    event = case.event_of(details.event)
    mine = own_registrations(case, event.key if event else None)
    active = [registration for registration in mine if registration.status in ACTIVE] or list(mine)
    if event is None:
        keys = {r.event for r in case.facts.thread.registrations} or {r.event for r in active}
        if len(keys) != 1:
            return None, ()
        event = case.policy.events.get(next(iter(keys)))
        active = [registration for registration in active if event and registration.event == event.key]
    if event is None:
        return None, ()
    if case.facts.assume_registered and not active:
        active = [_assumed(case, event, person, details) for person in people or (Person(email=case.sender),)]
    if people:
        named = [registration for registration in active if any(is_about(registration, p) for p in people)]
        if not named and all(person.is_sender for person in people):
            named = [r for r in active if (r.email or "").casefold() == case.sender]
        return event, tuple(named)
    return event, tuple(r for r in active if (r.email or "").casefold() == case.sender) or tuple(active)


def _assumed(case: Case, event: Event, person: Person, details: Details) -> Registration:
    """A stand-in where there is no database to ask: confirmed for all sessions, as spoken of."""
    fresh = _new_registration(case, event, person, None)
    sessions = tuple(session.key for session in event.sessions)
    return replace(fresh, status=CONFIRMED, sessions=sessions, requested_by=case.sender)


# -- change ------------------------------------------------------------------------


def _change(case: Case, request: Change, used: Used) -> Act:
    details = request.details
    if request.leaving or request.coming:
        return _replace_person(case, request, used)
    stayers = details.people
    event, found = _spoken_of(case, details, stayers)
    if event is None:
        return Act(trouble="event-unclear")
    if not found and stayers:
        # The name or address itself may be what is corrected: then it cannot be found under the new one.
        event, found = _spoken_of(case, details, ())
    found = tuple(r for r in found if r.status in ACTIVE)
    if event is None or not found:
        return Act(event=event, trouble="nothing-on-file")
    if event_state(event, case.now) == "past" and not details.pickup:
        return Act(reply="registrant-past", event=event)
    if details.mode is not None and details.mode not in event.modes:
        return Act(event=event, trouble="mode-not-offered")
    outcomes = [_changed_person(case, event, registration, request, used) for registration in found]
    if any(outcome is None for outcome in outcomes):
        return Act(event=event, trouble="nothing-to-change")
    settled = [outcome for outcome in outcomes if outcome is not None]
    act = _joined(case, event, settled)
    if act.reply in {"registrant-already", "registrant-confirmed"} and act.puts:
        return replace(act, reply="registrant-changed")
    return act


def _changed_person(
    case: Case, event: Event, registration: Registration, request: Change, used: Used
) -> tuple[PutRegistration | None, Registration, tuple[str, ...]] | None:
    details = request.details
    kept = [key for key in registration.sessions if key not in request.leaving_sessions]
    if event.attend == "one" and details.sessions:
        kept = []
    sessions = tuple(dict.fromkeys((*kept, *_wanted_sessions(case, event, details.sessions))))
    after = _with_details(registration, details, sessions if event.attend in {"any", "one"} else registration.sessions)
    after = _corrected(after, details.people, case)
    changed = _differences(registration, after)
    if "sessions" in changed:
        after = replace(after, sequence=registration.sequence + 1)
    if not changed:
        return None, registration, ()
    return _settled(case, event, after, registration, event_state(event, case.now), used, changed)


def _corrected(registration: Registration, people: tuple[Person, ...], case: Case) -> Registration:
    """Name and address put right, where the mail names exactly one person and it is this one."""
    if len(people) != 1:
        return registration
    person = people[0]
    name = person.name if person.name and fold_name(person.name) != fold_name(registration.name or "") else None
    if name is None or not (person.is_sender or is_about(registration, replace(person, name=None))):
        return registration
    return replace(registration, name=name)


def _replace_person(case: Case, request: Change, used: Used) -> Act:
    details = request.details
    event, found = _spoken_of(case, details, request.leaving)
    if event is None:
        return Act(trouble="event-unclear")
    found = tuple(r for r in found if r.status in ACTIVE)
    if len(found) != 1 or len(request.coming) != 1:
        return Act(event=event, trouble="nothing-on-file" if not found else "person-unclear")
    leaving, coming = found[0], request.coming[0]
    if not is_member(event, coming.email or case.sender):
        return Act(reply="registrant-members-only", event=event)
    gone = replace(leaving, status=CANCELLED, sequence=leaving.sequence + 1, updated_at=case.now)
    fresh = _new_registration(case, event, coming, _on_file(case, event, coming))
    # The newcomer takes the seat of the one who leaves, so no seat is counted again.
    fresh = replace(
        fresh,
        status=leaving.status,
        sessions=leaving.sessions,
        choices=leaving.choices,
        mode=leaving.mode,
        pickup=leaving.pickup,
        requested_by=case.sender if (coming.email or "").casefold() != case.sender else None,
        requested_at=leaving.requested_at,
    )
    fresh = _with_details(fresh, details, details.sessions or leaving.sessions)
    if fresh.sessions != leaving.sessions and event.attend == "any":
        return Act(event=event, trouble="several-requests")
    puts = (
        PutRegistration(registration=gone, change="cancelled"),
        PutRegistration(registration=fresh, change="registered"),
    )
    return Act(reply="registrant-changed", event=event, puts=puts, registrations=(fresh,), changed=("person",))


# -- calendar ----------------------------------------------------------------------


def _calendar_reply(case: Case, details: Details, partstat: str) -> Act:
    """A Decline by the attendee cancels; anything else is only noted (RFC 5546 §3.2.3)."""
    event = case.event_of(details.event)
    if partstat.upper() != "DECLINED":
        return Act(event=event)
    part = case.message.calendar
    author = case.message.sender
    # RFC 6047 §3: who replies is told by the ATTENDEE property. It must be the person who writes.
    if part and part.attendee and author and part.attendee.casefold() != author.email.casefold():
        return Act(event=event, trouble="stranger-request")
    return _cancel(case, details)
