"""The answer to an offered place: yes, no, or too late."""

from __future__ import annotations

from dataclasses import replace

from mailbot.core.acts.act import Act, Used
from mailbot.core.acts.cancel import given_up
from mailbot.core.acts.fields import MOST_PEOPLE, differences, with_details
from mailbot.core.acts.settle import Outcome, joined, settled
from mailbot.core.acts.taken import aside, reservation_of
from mailbot.core.case import Case, event_state, own_registrations
from mailbot.core.decisions import PutRegistration
from mailbot.core.events import Event
from mailbot.core.places import capacity_of
from mailbot.core.registrations import Registration, RegistrationStatus, exchanged, moved
from mailbot.core.requests import Cancel, Details, Register

#: the mail that offers other places to somebody who has one
EXCHANGE = "registrant-exchange-offered"


def offered_here(case: Case, details: Details) -> tuple[Registration, ...]:
    """The registrations whose offer this mail answers; none where it speaks of somebody else, or of another event."""
    if case.facts.thread.kind not in {"registrant-offered", EXCHANGE} or any(
        not person.is_sender for person in details.people
    ):
        return ()
    event = case.event_of(details.event)
    answered = {registration.id for registration in case.facts.thread.registrations}
    own = own_registrations(case, event.key if event else None)
    return tuple(registration for registration in own if registration.id in answered)


def reminded(case: Case, details: Details) -> Act | None:
    """Thanks for an offer may mean yes, and by silence the place would be lost: the question is put again."""
    waiting = tuple(r for r in offered_here(case, details) if r.status is RegistrationStatus.OFFERED)
    event = case.policy.events.get(waiting[0].event) if waiting else None
    if event is None or event_state(event, case.now) not in {"open", "closed"}:
        return None
    return Act(reply="registrant-offered", event=event, registrations=waiting, flags=("offer-unanswered",))


def answer(case: Case, request: Register | Cancel, offered: tuple[Registration, ...], used: Used) -> Act | None:
    """What the answer leads to; None where it has to be taken as any other mail."""
    event = case.policy.events.get(offered[0].event)
    if event is None or event_state(event, case.now) not in {"open", "closed"}:
        return None
    if case.facts.thread.kind == EXCHANGE:
        return _exchange(case, event, offered, isinstance(request, Register), used)
    match request:
        case Register(details=details):
            outcomes = [_accepted(case, event, each, details, used) for each in offered]
            act = joined(event, outcomes)
            return replace(act, reply="registrant-confirmed") if act.reply == "registrant-already" and act.puts else act
        case Cancel():
            return given_up(case, event, offered, (), used)


def _exchange(case: Case, event: Event, offered: tuple[Registration, ...], yes: bool, used: Used) -> Act | None:
    """The other places instead of the present ones, or not; None where nobody has any more what is answered."""
    mine = tuple(r for r in offered if r.exchange is not None and r.exchange.offered_until is not None)
    if not mine:
        kept = tuple(r for r in offered if r.status is RegistrationStatus.CONFIRMED)
        return Act(reply="registrant-already", event=event, registrations=kept) if kept else None
    items = []
    for registration in mine:
        wish = exchanged(registration) if yes else replace(registration, exchange=None)
        items.append(aside(case, event, moved(wish, registration.status, case.now), used))
    after = tuple(item.registration for item in items)
    limits = capacity_of(event)
    return Act(
        reply="registrant-changed" if yes else "registrant-already",
        event=event,
        puts=tuple(PutRegistration(registration=each, change="changed", limits=limits) for each in after),
        reservations=tuple(each for item in items for each in reservation_of(item)),
        registrations=after,
        changed=differences(mine[0], after[0]) if yes else (),
    )


def _accepted(case: Case, event: Event, offered: Registration, details: Details, used: Used) -> Outcome:
    if offered.status is RegistrationStatus.CONFIRMED:
        return Outcome(put=None, registration=offered)
    wish = replace(with_details(offered, details, offered.sessions))
    if offered.status is RegistrationStatus.CANCELLED:
        # The offer had ended: as if asked for anew, now.
        wish = replace(
            wish,
            requested_at=case.arrived,
            arrival_order=case.facts.uid * MOST_PEOPLE,
        )
    return settled(case, event, wish, offered, "open", used, ())
