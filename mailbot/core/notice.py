"""A mail to a registered person that answers no mail: a place came free, a coordinator decided, it is time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from mailbot.core.calendar_told import told
from mailbot.core.compose import FileAttachment, compose
from mailbot.core.decisions import Enqueue, PutInvitation
from mailbot.core.events import Event
from mailbot.core.ids import derived_id
from mailbot.core.invitations import Invitation
from mailbot.core.language import Localized
from mailbot.core.message import Address
from mailbot.core.pickups import empty_points
from mailbot.core.policy import Policy
from mailbot.core.registrations import Registration
from mailbot.core.replies import Remark, ReplyContext, ReplyKind
from mailbot.core.templates import render
from mailbot.core.tokens import reply_address


def notice_id(kind: ReplyKind, registration: Registration, cause: str) -> str:
    """The delivery's: the same notice is queued once."""
    return derived_id("notice", kind, registration.id, cause)


def notice(
    kind: ReplyKind,
    event: Event,
    registration: Registration,
    policy: Policy,
    *,
    now: datetime,
    cause: str,
    on_file: Iterable[Invitation] = (),
    by_organiser: bool = False,
    changed: tuple[str, ...] = (),
    before: Event | None = None,
    place_before: Localized | None = None,
    remarks: tuple[Remark, ...] = (),
    note: str = "",
    stock_taken: Mapping[str, int] | None = None,
    unsubscribe: str | None = None,
    attachments: Sequence[FileAttachment] = (),
) -> tuple[Enqueue | PutInvitation, ...]:
    """In the person's own language, to the person, else to whoever asked. Empty where there is no address.

    ``cause`` tells this notice from others of its kind about the same registration: the same cause is told once.
    ``on_file``: what stands in this person's calendar; ``by_organiser``: they are asked anew whether they come.
    """
    address = registration.email or registration.requested_by
    if not address:
        return ()
    identity = notice_id(kind, registration, cause)
    calendar = told(
        kind,
        event,
        (registration,),
        on_file,
        to=address,
        desk=policy.desk,
        language=registration.language,
        now=now,
        by_organiser=by_organiser,
    )
    context = ReplyContext(
        kind=kind,
        languages=(registration.language,),
        now=now,
        addressee=registration.name if registration.email else None,
        event=event,
        registrations=(registration,),
        changed=changed,
        before=before,
        place_before=place_before,
        remarks=remarks,
        until=registration.offered_until,
        note=note,
        empty_points=empty_points(event, stock_taken or {}),
        invitations=calendar.asking,
        withdrawals=calendar.withdrawn,
        reply_to=reply_address(policy.desk, identity),
    )
    message = compose(
        render(context, policy),
        id=identity,
        kind=kind,
        language=registration.language,
        desk=policy.desk,
        to=Address(name=registration.name or "" if registration.email else "", email=address),
        in_reply_to=None,
        now=now,
        calendar=calendar.objects,
        registrations=(registration.id,),
        events=(event.key,),
        auto_submitted="auto-generated",
        attachments=attachments,
        unsubscribe=unsubscribe,
    )
    return (*(PutInvitation(invitation=each) for each in calendar.invitations), Enqueue(message=message))
