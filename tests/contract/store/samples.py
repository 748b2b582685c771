"""Values that the store's tests write."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from mailbot.core.decisions import Decision, Effect, Hit, Processed
from mailbot.core.deliveries import OutgoingMessage
from mailbot.core.message import MailboxKey
from mailbot.core.registrations import Registration, RegistrationStatus
from mailbot.core.requests import Details, Matched, Person, Reading, Register

NOW = datetime(2021, 9, 1, 10, 30, 0, 123456, tzinfo=UTC)
BRUSSELS = timezone(timedelta(hours=2))


def key(uid: int = 1, *, account: str = "main", folder: str = "INBOX", uidvalidity: int = 4_000_000_000) -> MailboxKey:
    return MailboxKey(account=account, folder=folder, uidvalidity=uidvalidity, uid=uid)


def registration(id: str = "r1", **fields: Any) -> Registration:
    given: dict[str, Any] = {
        "id": id,
        "event": "album",
        "person_key": f"{id}@example.org",
        "status": RegistrationStatus.CONFIRMED,
        "name": "Zoë Ångström",
        "email": f"{id}@example.org",
        "requested_at": NOW,
        "updated_at": NOW,
    }
    if fields.get("status") is RegistrationStatus.OFFERED:
        given["offered_until"] = NOW + timedelta(days=2)
    return Registration(**{**given, **fields})


def outgoing(id: str = "d1", **fields: Any) -> OutgoingMessage:
    given: dict[str, Any] = {
        "id": id,
        "kind": "registrant-confirmed",
        "language": "fr",
        "envelope_from": "desk@example.org",
        "envelope_to": "Ada@Example.org",
        "subject": "Réponse",
        "text": "Bonjour,\n",
        "message_id": f"<{id}@example.org>",
        "content": b"Subject: =?utf-8?q?R=C3=A9ponse?=\r\n\r\nBonjour\r\n",
    }
    return OutgoingMessage(**{**given, **fields})


def processed(uid: int = 1, *effects: Effect, **fields: Any) -> Processed:
    decision = Decision(
        disposition="accept",
        outcome="processed",
        hits=(Hit(rule="chain.register", reason="register", message="a wish to register"),),
        misses=("spam",),
        effects=effects,
        policy_version="v1",
    )
    given: dict[str, Any] = {
        "key": key(uid),
        "content_hash": f"hash-{uid}",
        "message_id": f"<mail-{uid}@example.org>",
        "content": b"From: ada@example.org\r\n\r\n" + bytes(range(256)),
        "received_at": NOW - timedelta(minutes=1),
        "processed_at": NOW,
        "sender": "ada@example.org",
        "subject": "Inscription — « Album »",
        "reading": Reading(
            language="fr",
            requests=(
                Register(details=Details(event=Matched(event="album"), people=(Person(name="Ada", is_sender=True),))),
            ),
        ),
        "decision": decision,
    }
    return Processed(**{**given, **fields})
