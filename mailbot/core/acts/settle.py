"""The status that an event's terms and its free places give to a registration, and the answer to it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from mailbot.core.acts.act import Act, Used
from mailbot.core.acts.fields import MOST_PEOPLE, missing_of
from mailbot.core.acts.taken import aside, places_taken, reservation_of, take
from mailbot.core.case import Case
from mailbot.core.decisions import PutRegistration, PutReservation
from mailbot.core.events import Choice, Event
from mailbot.core.places import capacity_of, fits_online, fitting, place_keys, places_held
from mailbot.core.registrations import SEATED, Exchange, Registration, RegistrationStatus, begun, exchanged, moved
from mailbot.core.replies import Remark, second_wishes

#: the reason by which a coordinator is asked, and by which he or she says yes
APPROVAL = "approval-needed"

_PENDING, _CONFIRMED, _WAITLISTED, _CANCELLED = (
    RegistrationStatus.PENDING,
    RegistrationStatus.CONFIRMED,
    RegistrationStatus.WAITLISTED,
    RegistrationStatus.CANCELLED,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What is written for one person, and how the registration is afterwards."""

    #: None: nothing new
    put: PutRegistration | None
    registration: Registration
    changed: tuple[str, ...] = ()
    remarks: tuple[Remark, ...] = ()
    reservations: tuple[PutReservation, ...] = ()


def settled(
    case: Case,
    event: Event,
    wish: Registration,
    existing: Registration | None,
    state: str,
    used: Used,
    changed: tuple[str, ...],
) -> Outcome:
    """The wish with the status that the event's terms and its free places allow. ``state``: of the event."""
    before = existing.status if existing is not None else None
    written = _Written(case=case, event=event, wish=wish, existing=existing, used=used, changed=changed)
    if state == "not-open" and before not in {*SEATED, _WAITLISTED}:
        return written.to(_PENDING, "interest")
    if missing_of(event, wish) is not None:
        # What is confirmed stays so while one detail is asked back.
        kept = existing is not None and existing.status in {*SEATED, _WAITLISTED}
        return written.to(existing.status if existing is not None and kept else _PENDING, "asked")
    if _needs_approval(case, event, before):
        return written.to(_PENDING, "requested")
    taken, held = places_taken(case, event, wish, used), places_held(existing)
    found = fitting(event, wish, taken, held)
    if found is not None:
        take(found, held, used)
        if existing is not None and place_keys(found) != place_keys(existing):
            found = replace(found, exchange=None)  # what was waited for is another wish
        remarks = second_wishes(wish, found)
        return replace(written, wish=found).to(
            _CONFIRMED, "changed" if before is _CONFIRMED else "registered", remarks=remarks
        )
    if existing is not None and before is _CONFIRMED and event.waiting_list != "none":
        return written.waits(existing)
    if existing is not None and before in SEATED:
        return Outcome(put=None, registration=existing, remarks=("unchanged",))
    if event.waiting_list == "none":
        if before is _PENDING:
            return written.to(_CANCELLED, "cancelled", remarks=("full",))
        return Outcome(put=None, registration=replace(wish, status=_CANCELLED), remarks=("full",))
    return written.to(_WAITLISTED, "waitlisted", remarks=("online-free",) if fits_online(event, wish, taken) else ())


def _needs_approval(case: Case, event: Event, before: RegistrationStatus | None) -> bool:
    """Whom a coordinator once declined gets no place without a coordinator."""
    if APPROVAL in case.waived or before in {*SEATED, _WAITLISTED}:
        return False
    return event.registration.approval or before is RegistrationStatus.DECLINED


@dataclass(frozen=True, slots=True, kw_only=True)
class _Written:
    case: Case
    event: Event
    wish: Registration
    existing: Registration | None
    used: Used
    changed: tuple[str, ...]

    def to(self, status: RegistrationStatus, change: str, *, remarks: tuple[Remark, ...] = ()) -> Outcome:
        case, existing = self.case, self.existing
        begin = begun if existing is None else moved
        after = begin(self.wish, status, case.now, interest_only=change == "interest")
        item = aside(case, self.event, after, self.used)
        after = item.registration
        if item.empty:
            remarks = (*remarks, "pickup-empty")
        if existing is not None and after == replace(existing, updated_at=case.now):
            return Outcome(put=None, registration=existing, remarks=remarks)
        put = PutRegistration(registration=after, change=change, limits=capacity_of(self.event))
        return Outcome(
            put=put, registration=after, changed=self.changed, remarks=remarks, reservations=reservation_of(item)
        )

    def waits(self, existing: Registration) -> Outcome:
        """What is confirmed stays so while other places are waited for."""
        wish, told = self.wish, existing.exchange
        remarks: tuple[Remark, ...] = ("unchanged", "waits")
        if told is not None and place_keys(exchanged(existing)) == place_keys(wish):
            return Outcome(put=None, registration=existing, remarks=remarks)
        exchange = Exchange(
            sessions=wish.sessions,
            choices=wish.choices,
            mode=wish.mode,
            requested_at=self.case.arrived,
            arrival_order=self.case.facts.uid * MOST_PEOPLE,
        )
        after = moved(existing, existing.status, self.case.now, exchange=exchange)
        put = PutRegistration(registration=after, change="changed", limits=capacity_of(self.event))
        return Outcome(put=put, registration=after, remarks=remarks)


def joined(event: Event, outcomes: list[Outcome]) -> Act:
    """One answer for everybody the mail registers: the most needing of them decides its kind."""
    puts = tuple(outcome.put for outcome in outcomes if outcome.put is not None)
    registrations = tuple(outcome.registration for outcome in outcomes)
    remarks = tuple(dict.fromkeys(remark for outcome in outcomes for remark in outcome.remarks))
    act = Act(
        event=event,
        puts=puts,
        reservations=tuple(each for outcome in outcomes for each in outcome.reservations),
        registrations=registrations,
        changed=tuple(dict.fromkeys(name for outcome in outcomes for name in outcome.changed)),
        remarks=remarks,
        flags=(APPROVAL,) if any(put.change == "requested" for put in puts) else (),
    )
    missing = next((m for r in registrations if (m := missing_of(event, r)) is not None), None)
    statuses = {registration.status for registration in registrations}
    if "full" in remarks:
        return replace(act, reply="registrant-full")
    if "unchanged" in remarks:
        return replace(act, reply="registrant-unchanged")
    if any(put.change == "interest" for put in puts) or (not puts and any(r.interest_only for r in registrations)):
        return replace(act, reply="registrant-not-open")
    if missing == "session":
        return replace(act, reply="registrant-which-session")
    if isinstance(missing, Choice):
        return replace(act, reply="registrant-which-choice", choice=missing)
    if _WAITLISTED in statuses:
        return replace(act, reply="registrant-waitlisted")
    if _PENDING in statuses:
        return replace(act, reply="registrant-pending")
    if not puts:
        return replace(act, reply="registrant-already")
    if all(put.change == "changed" for put in puts):
        return replace(act, reply="registrant-changed")
    return replace(act, reply="registrant-confirmed")
