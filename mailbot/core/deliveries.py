"""Mail that goes out, and the states of its delivery: one table, and nothing else moves a delivery."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal

from mailbot.core.language import Language


class DeliveryStatus(StrEnum):
    QUEUED = "queued"
    IN_FLIGHT = "in-flight"  # committed before SMTP starts, so that a crash is seen
    SENT = "sent"
    DEFERRED = "deferred"  # will be tried again at ``due_at``
    FAILED = "failed"  # shown to a coordinator
    WITHDRAWN = "withdrawn"  # by a coordinator, before it was sent


Q, F, S, D, X, W = DeliveryStatus

TRANSITIONS: Mapping[DeliveryStatus, frozenset[DeliveryStatus]] = {
    Q: frozenset({F, W}),
    F: frozenset({S, D, X, Q}),  # in-flight -> queued: found so after a crash, sent again under the same Message-ID
    D: frozenset({F, W}),
    X: frozenset({Q}),  # by a coordinator
    S: frozenset(),
    W: frozenset(),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingMessage:
    """A mail to be queued: complete bytes and what the outbox must know of them."""

    #: derived from what caused it, so that deciding the same mail twice makes the same delivery. UNIQUE
    id: str
    #: the template folder it was made from: ``registrant-confirmed``
    kind: str
    language: Language
    envelope_from: str
    envelope_to: str
    subject: str
    #: the plain-text part, for logs, ``explain`` and the review
    text: str
    message_id: str
    content: bytes
    #: registrations it is about; a reply to this mail is about them
    registrations: tuple[str, ...] = ()
    #: keys of the events it is about, in the order it numbers them; a reply "2" means the second
    events: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    message: OutgoingMessage
    status: DeliveryStatus
    attempts: int
    due_at: datetime
    queued_at: datetime
    last_error: str | None = None


FailureClass = Literal["permanent", "temporary", "connection", "authentication"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    response: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NotSent:
    failure: FailureClass
    #: the server's words, one line
    error: str


SendResult = Sent | NotSent
