"""A mail to a registered person that answers no mail: a place came free, a coordinator decided, it is time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from mailbot.core.calendar_out import invitation
from mailbot.core.compose import FileAttachment, compose
from mailbot.core.decisions import Enqueue
from mailbot.core.events import Event
from mailbot.core.ids import derived_id
from mailbot.core.message import Address
from mailbot.core.pickups import empty_points
from mailbot.core.policy import Policy
from mailbot.core.registrations import Registration, RegistrationStatus
from mailbot.core.replies import Remark, ReplyContext, ReplyKind
from mailbot.core.templates import render
from mailbot.core.tokens import reply_address

#: kinds with which the place goes into the calendar, and out of it
_INVITING = frozenset({"registrant-confirmed", "registrant-promoted"})
_CANCELLING = frozenset({"registrant-declined", "registrant-cancelled"})


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
    before: RegistrationStatus | None = None,
    remarks: tuple[Remark, ...] = (),
    note: str = "",
    stock_taken: Mapping[str, int] | None = None,
    unsubscribe: str | None = None,
    attachments: Sequence[FileAttachment] = (),
) -> tuple[Enqueue, ...]:
    """In the person's own language, to the person, else to whoever asked. Empty where there is no address.

    ``cause`` tells this notice from others of its kind about the same registration: the same cause is told once.
    """
    address = registration.email or registration.requested_by
    if not address:
        return ()
    identity = notice_id(kind, registration, cause)
    cancelled = kind in _CANCELLING and before is RegistrationStatus.CONFIRMED
    calendar = None
    if kind in _INVITING or cancelled:
        calendar = invitation(
            event, registration, desk=policy.desk, language=registration.language, now=now, cancelled=cancelled
        )
    content, method = calendar if calendar is not None else (None, None)
    context = ReplyContext(
        kind=kind,
        languages=(registration.language,),
        now=now,
        addressee=registration.name if registration.email else None,
        event=event,
        registrations=(registration,),
        remarks=remarks,
        until=registration.offered_until,
        note=note,
        empty_points=empty_points(event, stock_taken or {}),
        invitation=content is not None and method != "CANCEL",
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
        calendar=content,
        calendar_method=method,
        registrations=(registration.id,),
        events=(event.key,),
        auto_submitted="auto-generated",
        attachments=attachments,
        unsubscribe=unsubscribe,
    )
    return (Enqueue(message=message),)
