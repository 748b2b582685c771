"""Somebody who is not a member asks for a place at an event for members."""

from __future__ import annotations

from mailbot.core.acts.act import Act
from mailbot.core.events import Event
from mailbot.core.registrations import SEATED, Registration, RegistrationStatus

#: the reason by which a coordinator is asked, and by which he or she lets somebody in
NOT_A_MEMBER = "not-a-member"


def let_in(registration: Registration | None) -> bool:
    """Whether somebody decided already that this person may come."""
    return registration is not None and registration.status in {*SEATED, RegistrationStatus.WAITLISTED}


def refused(event: Event) -> Act:
    """Told who may come, or kept for a coordinator, as the event says."""
    members = event.registration.members
    if members is not None and members.others == "held":
        return Act(event=event, trouble=NOT_A_MEMBER)
    return Act(reply="registrant-members-only", event=event)
