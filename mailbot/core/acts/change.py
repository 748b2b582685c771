"""A registration changed, or handed to somebody else."""

from __future__ import annotations

from dataclasses import replace

from mailbot.core.acts.act import Act, Used
from mailbot.core.acts.cancel import as_before
from mailbot.core.acts.fields import differences, new_registration, on_file, wanted_sessions, with_details
from mailbot.core.acts.members import NOT_A_MEMBER, let_in, refused
from mailbot.core.acts.register import NOT_OPEN
from mailbot.core.acts.settle import Outcome, joined, settled
from mailbot.core.acts.spoken import spoken_of
from mailbot.core.acts.taken import aside, places_taken, reservation_of
from mailbot.core.case import Case, event_state, fold_name, is_about, is_member
from mailbot.core.decisions import PutRegistration
from mailbot.core.events import Event
from mailbot.core.places import capacity_of, full_for, place_keys, places_held
from mailbot.core.registrations import ACTIVE, TRANSITIONS, Registration, RegistrationStatus, begun, moved
from mailbot.core.requests import Change, Person


def change(case: Case, request: Change, used: Used) -> Act:
    """What the person wants otherwise; a colleague who comes instead takes the place along."""
    details = request.details
    if request.leaving or request.coming:
        return _replace_person(case, request, used)
    stayers = details.people
    event, found = spoken_of(case, details, stayers)
    if event is None:
        return Act(trouble="event-unclear")
    if not found and stayers:
        # The name or address itself may be what is corrected: then it cannot be found under the new one.
        event, found = spoken_of(case, details, ())
    if event is None:
        return Act(trouble="event-unclear")
    state = event_state(event, case.now)
    if state == "cancelled":
        return Act(reply="registrant-event-cancelled", event=event)
    if state == "past" and not details.pickup:
        return Act(reply="registrant-past", event=event)
    if found and not any(r.status in ACTIVE for r in found):
        return as_before(event, found)
    found = tuple(r for r in found if r.status in ACTIVE)
    if not found:
        return Act(event=event, trouble="nothing-on-file")
    if state in {"elsewhere", "not-needed"} and not any(r.status is RegistrationStatus.CONFIRMED for r in found):
        return Act(reply=NOT_OPEN[state], event=event)
    if (
        not all(is_member(event, r.email or case.sender) or let_in(r) for r in found)
        and NOT_A_MEMBER not in case.waived
    ):
        return refused(event)
    if details.mode is not None and details.mode not in event.modes:
        return Act(event=event, trouble="mode-not-offered")
    outcomes = [_changed_person(case, event, registration, request, used) for registration in found]
    act = joined(event, outcomes)
    had_places = all(registration.status is RegistrationStatus.CONFIRMED for registration in found)
    if act.reply in {"registrant-already", "registrant-confirmed"} and act.puts and had_places:
        return replace(act, reply="registrant-changed")
    return act


def _changed_person(case: Case, event: Event, registration: Registration, request: Change, used: Used) -> Outcome:
    details = request.details
    kept = [key for key in registration.sessions if key not in request.leaving_sessions]
    if event.attend == "one" and details.sessions:
        kept = []
    sessions = tuple(dict.fromkeys((*kept, *wanted_sessions(case, event, details.sessions))))
    after = with_details(registration, details, sessions if event.attend in {"any", "one"} else registration.sessions)
    after = _corrected(after, details.people, case)
    changed = differences(registration, after)
    if not changed:
        return Outcome(put=None, registration=registration)
    return settled(case, event, after, registration, event_state(event, case.now), used, changed)


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
    event, found = spoken_of(case, details, request.leaving)
    if event is None:
        return Act(trouble="event-unclear")
    found = tuple(r for r in found if r.status in ACTIVE)
    if len(found) != 1 or len(request.coming) != 1:
        return Act(event=event, trouble="nothing-on-file" if not found else "person-unclear")
    leaving, coming = found[0], request.coming[0]
    if not is_member(event, coming.email or case.sender) and NOT_A_MEMBER not in case.waived:
        return refused(event)
    taken = request.details.sessions or leaving.sessions
    if event.attend == "any" and not set(taken) <= set(leaving.sessions):
        return Act(event=event, trouble="several-requests")
    # "On 6 May my colleague comes in my place": the other days stay as they are.
    kept = tuple(key for key in leaving.sessions if key not in taken) if event.attend == "any" else ()
    known = on_file(case, event, coming)
    taking = _in_the_place_of(case, event, leaving, coming, known, request, taken)
    if kept:
        gone = moved(leaving, leaving.status, case.now, sessions=kept)
        freed = tuple(key for key in places_held(leaving) if key not in place_keys(gone))
        if taking is not None and full_for(event, taking, places_taken(case, event, taking, used), freed):
            return Act(reply="registrant-unchanged", event=event, registrations=(leaving,))
    else:
        gone = moved(leaving, RegistrationStatus.CANCELLED, case.now)
    left = aside(case, event, gone, used)
    puts = [PutRegistration(registration=left.registration, change="changed" if kept else "cancelled")]
    reservations = [*reservation_of(left)]
    if taking is not None:
        item = aside(case, event, taking, used)
        # A place that changes hands is none more, even where the file was edited down to fewer than have one.
        had = {key: max(limit, case.facts.seats_taken.get(key, 0)) for key, limit in capacity_of(event).items()}
        puts.append(PutRegistration(registration=item.registration, change="registered", limits=had))
        reservations += reservation_of(item)
        known = item.registration
    return Act(
        reply="registrant-changed",
        event=event,
        puts=tuple(puts),
        reservations=tuple(reservations),
        registrations=(known,) if known is not None else (),
        changed=("person",),
    )


def _in_the_place_of(
    case: Case,
    event: Event,
    leaving: Registration,
    coming: Person,
    known: Registration | None,
    request: Change,
    sessions: tuple[str, ...],
) -> Registration | None:
    """The newcomer with the place, or the place in line, of the one who leaves; None where he or she has one already.

    Whoever is sent instead of somebody to whom a place was offered takes it.
    """
    offered = leaving.status is RegistrationStatus.OFFERED
    status = RegistrationStatus.CONFIRMED if offered else leaving.status
    if known is not None and known.status is RegistrationStatus.DECLINED:
        status = RegistrationStatus.PENDING
    if known is not None and (known.status is status or status not in TRANSITIONS[known.status]):
        return None
    fresh = replace(
        new_registration(case, event, coming, known),
        sessions=leaving.sessions,
        choices=leaving.choices,
        second_choices=leaving.second_choices,
        mode=leaving.mode,
        second_mode=leaving.second_mode,
        pickup=leaving.pickup,
        requested_by=case.sender if (coming.email or "").casefold() != case.sender else None,
        requested_at=leaving.requested_at,
        arrival_order=leaving.arrival_order,
    )
    fresh = with_details(fresh, request.details, sessions)
    begin = begun if known is None else moved
    return begin(fresh, status, case.now, interest_only=leaving.interest_only)
