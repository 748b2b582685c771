"""Certificates of attendance: made, and sent once to each person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from mailbot.core.certificates import MOMENT, certificate_data, certified_sessions
from mailbot.core.compose import FileAttachment
from mailbot.core.events import Event, Session
from mailbot.core.notice import notice, notice_id
from mailbot.core.policy import Policy
from mailbot.core.registrations import Registration, RegistrationStatus
from mailbot.service.places import queue_notice
from mailbot.service.ports import Store, Transaction

#: mails queued in one transaction: each holds the writers' lock for as long as it takes
PORTION = 50


class Certificates(Protocol):
    def pdf(self, data: Mapping[str, object]) -> bytes:
        """One certificate, with the words of ``core/certificates.py``. Raises ``CertificateError``."""
        ...


class CertificateError(Exception):
    """No certificate can be made: the reason, and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entitled:
    registration: Registration
    sessions: tuple[Session, ...]
    sent: bool

    @property
    def address(self) -> str | None:
        return self.registration.email or self.registration.requested_by


def entitled(tx: Transaction, event: Event, now: datetime) -> tuple[Entitled, ...]:
    """Everybody who gets a certificate, by arrival."""
    marks, sent = tx.attendance(event.key), tx.told_of(MOMENT, event.key)
    return tuple(
        Entitled(registration=r, sessions=sessions, sent=r.id in sent)
        for r in tx.registrations(event=event.key, status=RegistrationStatus.CONFIRMED)
        if (sessions := certified_sessions(event, r, marks, now))
    )


def send(
    store: Store, policy: Policy, event: Event, certificates: Certificates, people: Sequence[Entitled], now: datetime
) -> int:
    """Queue a mail for each who has an address and got none; answers how many. PDFs are made between transactions."""
    waiting = [each for each in people if each.address and not each.sent]
    queued = 0
    for start in range(0, len(waiting), PORTION):
        made = [(each, _pdf(certificates, policy, event, each, now)) for each in waiting[start : start + PORTION]]
        with store.begin() as tx:
            queued += sum(_queue(tx, policy, event, each, pdf, now) for each, pdf in made)
    return queued


def _pdf(certificates: Certificates, policy: Policy, event: Event, each: Entitled, now: datetime) -> bytes:
    return certificates.pdf(certificate_data(event, each.registration, each.sessions, policy.templates, now))


def _queue(tx: Transaction, policy: Policy, event: Event, each: Entitled, pdf: bytes, now: datetime) -> int:
    registration = each.registration
    identity = notice_id("registrant-certificate", registration, MOMENT)
    if not tx.tell(registration.id, MOMENT, identity, now):
        return 0
    name = policy.templates.certificate[registration.language]["file"]
    about = replace(
        registration,
        sessions=tuple(s.key for s in each.sessions),
        requested_by=None if registration.email else registration.requested_by,
    )
    mails = notice(
        "registrant-certificate",
        event,
        about,
        policy,
        now=now,
        cause=MOMENT,
        attachments=(FileAttachment(name=f"{name}.pdf", content_type="application/pdf", content=pdf),),
    )
    return int(queue_notice(tx, mails, now))
