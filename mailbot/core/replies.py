"""What a reply to a participant is made from. ``templates.py`` renders it, ``compose.py`` makes it a mail."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from mailbot.core.events import Choice, Event
from mailbot.core.language import Language, Localized
from mailbot.core.registrations import Registration

ReplyKind = Literal[
    "registrant-confirmed",
    "registrant-pending",  # waits for a coordinator's approval
    "registrant-waitlisted",
    "registrant-full",  # and there is no waiting list
    "registrant-unchanged",  # what was wished for is full; what is on file stays
    "registrant-offered",  # a place came free: is it still wanted?
    "registrant-exchange-offered",  # other places came free: are they wanted instead of the present ones?
    "registrant-exchange-expired",
    "registrant-offer-declined",
    "registrant-offer-expired",
    "registrant-promoted",  # a place came free, and is given without asking
    "registrant-opens",  # registration is open now, for those whose interest was kept
    "registrant-reminder",
    "registrant-afterwards",  # thanks, replay, slides, survey
    "registrant-pickup-reminder",
    "registrant-reminders-stopped",
    "registrant-certificate",
    "registrant-pickup",  # where and how, once it is time
    "registrant-already",  # with what is on file
    "registrant-cancelled",
    "registrant-day-missed",  # of a course that is taken as a whole: the place is kept
    "registrant-changed",
    "registrant-declined",
    "registrant-elsewhere",
    "registrant-not-needed",  # nobody registers for it
    "registrant-not-open",  # interest is kept
    "registrant-closed",
    "registrant-past",  # with replay, slides …
    "registrant-event-cancelled",
    "registrant-event-called-off",  # to those who are registered
    "registrant-event-postponed",
    "registrant-event-changed",
    "registrant-members-only",
    "registrant-which-event",
    "registrant-which-session",
    "registrant-which-choice",
    "registrant-answer",  # questions answered, nothing changed
    "registrant-passed-on",  # a colleague will look at it
    "registrant-confirmation-asked",  # to who wrote from another address than the registered one, if any
    "registrant-confirm",  # to the registered address: is it wanted? And to a new address: is it theirs?
    "registrant-address-asked",  # to the registered address: the new one was asked
]


#: what an answer says beside its kind
Remark = Literal[
    "full",
    "unchanged",
    "waits",  # what was wished for instead is waited for
    "second-choice",  # the first was full
    "second-mode",  # the room was full
    "online-free",  # only the room is full
    "was-confirmed",  # what is declined now
    "absent",  # was marked as not having come
    "pickup-empty",  # nothing is left at the point that was wished for
    "not-registered",  # a place was asked for where none is given any more
    "as-before",  # cancelled or changed was what is cancelled already
]


def second_wishes(wish: Registration, given: Registration) -> tuple[Remark, ...]:
    """What is said where a place was given otherwise than first wished."""
    remarks: tuple[Remark, ...] = ("second-choice",) if given.choices != wish.choices else ()
    return (*remarks, "second-mode") if given.mode != wish.mode else remarks


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyContext:
    kind: ReplyKind
    #: one language, or two where the sender's is in doubt (both texts in one mail, a line between)
    languages: tuple[Language, ...]
    now: datetime
    #: how the person who wrote is greeted; None: a greeting without a name
    addressee: str | None = None
    event: Event | None = None
    #: the registrations it is about, as they are after the decision
    registrations: tuple[Registration, ...] = ()
    #: with ``registrant-changed``: which fields are new (``sessions``, ``mode``, ``choices``, ``pickup``, ``person``, ``name``, ``email``)
    changed: tuple[str, ...] = ()
    #: with ``registrant-event-…``: which facts are (codes of ``event_facts.What``), and the event as people know it
    before: Event | None = None
    place_before: Localized | None = None
    #: events to choose from, numbered from 1 in this order (``registrant-which-event``)
    candidates: tuple[Event, ...] = ()
    #: the choice that is still to be made (``registrant-which-choice``), its options numbered from 1
    choice: Choice | None = None
    #: its options that are full
    full_options: frozenset[str] = frozenset()
    remarks: tuple[Remark, ...] = ()
    #: pick-up points that have none left
    empty_points: frozenset[str] = frozenset()
    #: until when the offered place is kept (``registrant-offered``)
    until: datetime | None = None
    #: topics asked by the sender that the event answers, in the order asked: see ``answers.py``
    answers: tuple[str, ...] = ()
    #: something else was asked, and was passed on to a person
    passed_on: bool = False
    #: a coordinator's own words, in whatever language they were written
    note: str = ""
    #: how many invitations, and how many cancelled ones, go with it for the calendar
    invitations: int = 0
    withdrawals: int = 0
    #: who asked from another address, and what (``registrant-confirm``): cancel, change, or move to ``new_address``;
    #: ``address`` where that one is asked: then nothing is told of the person
    asked_by: str = ""
    asked_act: str = ""
    new_address: str = ""
    #: address that a reply to this mail goes to, with its token
    reply_to: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    subject: str
    text: str
    html: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InReplyTo:
    """The mail that is answered (RFC 3834 §3.1.5)."""

    subject: str
    message_id: str | None = None
    references: tuple[str, ...] = field(default_factory=tuple)
