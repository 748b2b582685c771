"""A name or an address put right, in every registration of the person that is still to come.

To another address goes what we know of a person only once two have said yes: the registered address, by a reply to a mail
of ours, and the new one. A sender's name is soon forged; what only the mailbox can read is not. Until then nothing is told
to the new address but that somebody named it.
"""

from __future__ import annotations

from dataclasses import replace

from mailbot.core.acts.act import Act
from mailbot.core.acts.fields import on_file
from mailbot.core.acts.spoken import spoken_of
from mailbot.core.case import Case, event_state, own_registrations
from mailbot.core.confirmations import VALID, Confirmation, ConfirmationStatus, act_data, open_at, settled
from mailbot.core.corrections import corrected_name
from mailbot.core.decisions import PutRegistration
from mailbot.core.ids import derived_id
from mailbot.core.places import capacity_of
from mailbot.core.registrations import ACTIVE, Registration, moved, person_key
from mailbot.core.requests import Change, Person
from mailbot.core.tokens import reply_address


def correct(case: Case, request: Change) -> Act:
    """What a mail of the person's own puts right."""
    event, found = spoken_of(case, request.details, ())
    mine = tuple(r for r in own_registrations(case, None) if r.status in ACTIVE and _is(r, case.sender))
    spoken = tuple(r for r in found if r in mine) or mine
    if not spoken:
        return Act(event=event, trouble="nothing-on-file")
    if request.email is None or _is(spoken[0], request.email):
        return _renamed(case, spoken[0], mine, request)
    return _asked(case, request, spoken[0])


def confirmed(case: Case, request: Change, confirmation: Confirmation, registration: Registration) -> Act:
    """The yes of the registered address, or that of the new one, which is asked after it."""
    if request.email is None or registration.status not in ACTIVE:
        return Act(trouble="nothing-on-file")
    if confirmation.address == request.email.casefold() or request.written_from_there:
        return _moved(case, request, registration)
    return _new_address_asked(case, request, registration)


def _renamed(case: Case, spoken: Registration, mine: tuple[Registration, ...], request: Change) -> Act:
    """In all registrations of the person: a name is spelt one way."""
    event = case.policy.events.get(spoken.event)
    if event is None:
        return Act(trouble="event-unclear")
    have, names = spoken.name or "", request.names or ()
    # Where the text does not spell it, the name under it may be the right one.
    signed = tuple(person.name for person in request.details.people if person.is_sender and person.name)
    name = corrected_name(have, names or signed)
    if name is None and request.names is not None and not (names and all(each in have for each in names)):
        return Act(event=event, trouble="nothing-to-change")
    if name is None:
        return Act(event=event, reply="registrant-already", registrations=(spoken,))
    puts = tuple(_put(case, moved(r, r.status, case.now, name=name)) for r in mine if r.name == spoken.name)
    after = next(put.registration for put in puts if put.registration.id == spoken.id)
    return Act(reply="registrant-changed", event=event, puts=puts, registrations=(after,), changed=("name",))


def _put(case: Case, registration: Registration) -> PutRegistration:
    event = case.policy.events.get(registration.event)
    return PutRegistration(registration=registration, change="changed", limits=capacity_of(event) if event else {})


def _asked(case: Case, request: Change, registration: Registration) -> Act:
    """Of the new address, where the registered one is proved by its answer to a mail of ours; else first of that one."""
    thread = case.facts.thread
    if thread.written_to == case.sender and any(r.id == registration.id for r in thread.registrations):
        return _new_address_asked(case, request, registration)
    asked = _question(case, request, registration, str(registration.email), "move")
    event = case.policy.events.get(registration.event)
    return Act(event=event, confirmations=(asked,), concerned=registration) if asked else _no_token(registration, case)


def _new_address_asked(case: Case, request: Change, registration: Registration) -> Act:
    event, email = case.policy.events.get(registration.event), str(request.email)
    if any(_taken(case, each, email) for each in _all_of(case, registration)):
        return Act(event=event, trouble="person-unclear")
    told = Act(reply="registrant-address-asked", event=event, registrations=(registration,), new_address=email)
    earlier = [c for c in case.facts.confirmations if c.registration == registration.id and open_at(c, case.now)]
    moves = [c for c in earlier if c.act["act"] == "move" and c is not case.facts.confirmation]
    if any(c.address == email.casefold() for c in moves):
        return told  # nobody's mailbox is filled
    asked = _question(case, request, registration, email, "address")
    if asked is None:
        return _no_token(registration, case)
    # An address that was mistyped before may not say yes any more.
    void = tuple(settled(c, ConfirmationStatus.EXPIRED, case.now) for c in moves)
    return replace(told, confirmations=(*void, asked), concerned=registration)


def _no_token(registration: Registration, case: Case) -> Act:
    """A server without subaddresses: no answer could be told from any other mail."""
    return Act(event=case.policy.events.get(registration.event), trouble="stranger-request")


def _question(case: Case, request: Change, registration: Registration, address: str, step: str) -> Confirmation | None:
    identity = derived_id("confirm", case.message.content_hash, registration.id, step)
    if reply_address(case.policy.desk, identity) == case.policy.desk.address:
        return None
    return Confirmation(
        id=identity,
        registration=registration.id,
        address=address.casefold(),
        act=act_data(request),
        asked_at=case.now,
        expires_at=case.now + VALID,
    )


def _moved(case: Case, request: Change, registration: Registration) -> Act:
    email = str(request.email)
    all_of = _all_of(case, registration)
    event = case.policy.events.get(registration.event)
    if event is None or any(_taken(case, each, email) for each in all_of):
        return Act(event=event, trouble="person-unclear")
    puts = []
    for each in all_of:
        name = corrected_name(each.name or "", request.names or ()) or each.name
        key = person_key(email=email, name=name, requested_by=None)
        by = None if each.requested_by and _is(each, each.requested_by) else each.requested_by
        after = moved(each, each.status, case.now, email=email, name=name, person_key=key, requested_by=by)
        puts.append(_put(case, after))
    after = next(put.registration for put in puts if put.registration.id == registration.id)
    return Act(
        reply="registrant-changed",
        event=event,
        puts=tuple(puts),
        registrations=(after,),
        changed=("email",),
        # Whoever says yes at the old address is told there; the new one has its own mail.
        moved=() if _is(after, case.sender) else tuple(put.registration for put in puts),
    )


def _all_of(case: Case, registration: Registration) -> tuple[Registration, ...]:
    """The person's registrations that are still to come."""
    others = [
        r
        for r in case.facts.registrations
        if r.id != registration.id
        and r.status in ACTIVE
        and _is(r, registration.email)
        and (event := case.policy.events.get(r.event)) is not None
        and event_state(event, case.now) != "past"
    ]
    return (registration, *others)


def _taken(case: Case, registration: Registration, email: str) -> bool:
    """Whether the new address is registered for the event already: then two become one, which a coordinator decides."""
    event = case.policy.events.get(registration.event)
    found = on_file(case, event, Person(email=email)) if event is not None else None
    return found is not None and found.id != registration.id


def _is(registration: Registration, address: str | None) -> bool:
    return bool(address and registration.email and registration.email.casefold() == address.casefold())
