"""An act asked from another address than the registered one: the registered address is asked, the writer is told so.

Whether such a registration exists is told to nobody: the writer gets the same words in every case.
"""

from __future__ import annotations

from dataclasses import replace

from mailbot.core.acts.act import Act
from mailbot.core.case import Case, fold_name, is_about, own_registrations
from mailbot.core.confirmations import VALID, Confirmation, act_data, open_at
from mailbot.core.ids import derived_id
from mailbot.core.registrations import ACTIVE, Registration
from mailbot.core.requests import CalendarReply, Cancel, Change, Details, Matched, Person, Register, Request
from mailbot.core.tokens import reply_address

#: for which nothing of the sender's own was found
_NOT_OWN = frozenset({"nothing-on-file", "stranger-request"})

#: an answer to our question that can no longer count
VOID = "confirmation-void"


def asked_back(case: Case, request: Request, act: Act) -> Act:
    """The act itself, or the question to the registered address where it is another than the writer's."""
    if act.trouble not in _NOT_OWN or case.facts.assume_registered:
        return act
    wish: Cancel | Change
    match request:
        case Change() if request.email is not None:
            wish = replace(request, written_from_there=request.email.casefold() == case.sender)
        case Cancel() | Change():
            wish = request
        case CalendarReply(partstat="DECLINED", details=details):
            wish = Cancel(details=_declined(case, details))
        case _:
            return act
    found = _candidates(case, wish)
    if len(found) != 1 or found[0].email is None:
        return act
    registration = found[0]
    identity = derived_id("confirm", case.message.content_hash, registration.id, act_data(wish)["act"])
    if reply_address(case.policy.desk, identity) == case.policy.desk.address:
        return act  # a server without subaddresses: no token can come back
    if any(r.registration == registration.id and open_at(r, case.now) for r in case.facts.confirmations):
        # Asked already: a stranger fills nobody's mailbox.
        return Act(reply="registrant-confirmation-asked", event=act.event)
    asked = Confirmation(
        id=identity,
        registration=registration.id,
        address=str(registration.email).casefold(),
        act=act_data(wish),
        asked_at=case.now,
        expires_at=case.now + VALID,
    )
    return Act(reply="registrant-confirmation-asked", event=act.event, confirmations=(asked,), concerned=registration)


def _declined(case: Case, details: Details) -> Details:
    """Of several sessions, the one whose invitation was declined."""
    invitation = case.facts.invitation
    own = next((r for r in case.facts.thread.registrations if invitation and r.id == invitation.registration), None)
    if invitation is None or own is None or len(own.sessions) < 2:
        return details
    return replace(details, sessions=(invitation.session,))


def _candidates(case: Case, wish: Cancel | Change) -> tuple[Registration, ...]:
    """The registrations of others that the mail can mean: that it answers, of those it names, of the sender's namesake."""
    event = wish.details.event.event if isinstance(wish.details.event, Matched) else None
    own = {registration.id for registration in own_registrations(case, None)}
    named = wish.leaving if isinstance(wish, Change) and wish.leaving else wish.details.people
    pool = {r.id: r for r in (*case.facts.thread.registrations, *case.facts.registrations, *case.facts.namesakes)}
    answered = {registration.id for registration in case.facts.thread.registrations}
    return tuple(
        r
        for r in pool.values()
        if r.id not in own
        and r.status in ACTIVE
        and (event is None or r.event == event)
        and (r.id in answered or any(_meant(r, person) for person in named))
    )


def _meant(registration: Registration, person: Person) -> bool:
    if is_about(registration, person):
        return True
    # The sender's own address is another one: the name decides.
    return bool(
        person.is_sender
        and person.name
        and registration.name
        and fold_name(person.name) == fold_name(registration.name)
    )


def confirming(case: Case, request: Request) -> tuple[Confirmation, Registration] | Act | None:
    """What a yes to our question confirms; trouble where it does not count; None where the mail is one like any other."""
    if case.facts.thread.kind != "registrant-confirm" or not isinstance(request, Register | Cancel | Change):
        return None
    confirmation = case.facts.confirmation
    registration = next(
        (r for r in case.facts.thread.registrations if confirmation and r.id == confirmation.registration), None
    )
    if confirmation is None or registration is None or _not_the_person(case, confirmation):
        # Without the token, and from anybody else, it is what any mail is; a bare yes is nothing.
        return Act(trouble=VOID) if isinstance(request, Register) else None
    if not open_at(confirmation, case.now):
        return Act(trouble=VOID) if isinstance(request, Register) else None
    if not isinstance(request, Register) and act_data(request)["act"] != confirmation.act["act"]:
        return None
    return confirmation, registration


def _not_the_person(case: Case, confirmation: Confirmation) -> bool:
    """Both who wrote and where the answer goes must be the registered address."""
    author = case.message.sender
    written = {case.sender, author.email.casefold() if author else None}
    return written != {confirmation.address}


def with_confirmation(act: Act, confirmation: Confirmation) -> Act:
    return act if act.trouble else replace(act, settled=confirmation)
