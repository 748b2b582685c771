"""The audit record: later versions read what this one wrote, so its words are tested one by one."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from mailbot.core.decisions import Decision, Effect, Enqueue, Hit, OpenHold, PutRegistration, RecordBounce
from mailbot.core.deliveries import OutgoingMessage
from mailbot.core.record import decision_data, reading_data, record_of
from mailbot.core.registrations import Registration, RegistrationStatus
from mailbot.core.requests import (
    Ambiguous,
    CalendarReply,
    Cancel,
    Change,
    Details,
    Doubt,
    Enquire,
    Evidence,
    Machine,
    Matched,
    Person,
    Question,
    Reading,
    Register,
    Request,
    Thanks,
    Unclear,
)

NOW = datetime(2021, 9, 1, tzinfo=UTC)
FOUND = Evidence(field="kind", text="m'inscrire", rule="lexicon.fr.register.inscrire", start=3, end=13)
HEADER = Evidence(field="sender", text="fail", rule="rfc8601", where="header")
FOUND_DATA = {
    "field": "kind",
    "text": "m'inscrire",
    "rule": "lexicon.fr.register.inscrire",
    "where": "text",
    "start": 3,
    "end": 13,
}
ADA = Person(name="Ada", email="ada@example.org", organisation="PPU", phone="02", is_sender=True)
FULL = Details(
    event=Matched(event="cycle"),
    people=(ADA, Person(name="Bob")),
    sessions=("cycle/1",),
    choices={"lab": "a"},
    second_choices={"lab": "b"},
    mode="online",
    second_mode="in-person",
    pickup="molenbeek",
    needs="LSFB",
)
FULL_DATA = {
    "event": {"matched": "cycle"},
    "people": [
        {"name": "Ada", "email": "ada@example.org", "organisation": "PPU", "phone": "02", "is_sender": True},
        {"name": "Bob"},
    ],
    "sessions": ["cycle/1"],
    "choices": {"lab": "a"},
    "second_choices": {"lab": "b"},
    "mode": "online",
    "second_mode": "in-person",
    "pickup": "molenbeek",
    "needs": "LSFB",
}
NONE: dict[str, Any] = {"event": {"unmatched": True}}


@pytest.mark.parametrize(
    ("request_", "data"),
    [
        (Register(details=FULL), {"request": "register", **FULL_DATA}),
        (
            Cancel(details=Details(event=Ambiguous(events=("b", "a")))),
            {"request": "cancel", "event": {"ambiguous": ["b", "a"]}},
        ),
        (Change(details=Details()), {"request": "change", **NONE}),
        (
            Change(details=Details(), leaving=(ADA,), coming=(Person(name="Bob"),), leaving_sessions=("x",)),
            {
                "request": "change",
                **NONE,
                "leaving": [FULL_DATA["people"][0]],  # type: ignore[index]
                "coming": [{"name": "Bob"}],
                "leaving_sessions": ["x"],
            },
        ),
        (Enquire(details=Details()), {"request": "enquire", **NONE}),
        (Thanks(details=Details()), {"request": "thanks", **NONE}),
        (
            CalendarReply(details=Details(), partstat="DECLINED", uid="u@x"),
            {"request": "calendar-reply", **NONE, "partstat": "DECLINED", "uid": "u@x"},
        ),
        (Unclear(details=Details(), kind="spam"), {"request": "unclear", **NONE, "kind": "spam"}),
    ],
)
def test_each_request_is_written_out(request_: Request, data: dict[str, Any]) -> None:
    assert reading_data(Reading(language="fr", requests=(request_,)))["requests"] == [data]


def test_a_reading_is_written_out() -> None:
    reading = Reading(
        language=None,
        language_sure=False,
        machine=Machine(kind="bounce", rule="multipart-report", evidence=(HEADER,)),
        questions=(Question(topic=None, text="Où ?"),),
        doubts=(Doubt(code="complaint", evidence=(FOUND,)), Doubt(code="forwarded")),
        evidence=(FOUND,),
    )
    assert reading_data(reading) == {
        "language": None,
        "language_sure": False,
        "machine": {
            "kind": "bounce",
            "rule": "multipart-report",
            "evidence": [{"field": "sender", "text": "fail", "rule": "rfc8601", "where": "header"}],
        },
        "questions": [{"topic": None, "text": "Où ?"}],
        "doubts": [{"code": "complaint", "evidence": [FOUND_DATA]}, {"code": "forwarded"}],
        "evidence": [FOUND_DATA],
    }


REGISTRATION = Registration(
    id="r1",
    event="cycle",
    person_key="ada@example.org",
    status=RegistrationStatus.CONFIRMED,
    name="Ada",
    sessions=("cycle/1",),
    requested_at=NOW,
    updated_at=NOW,
)
MAIL = OutgoingMessage(
    id="d1",
    kind="registrant-confirmed",
    language="fr",
    envelope_from="desk@example.org",
    envelope_to="ada@example.org",
    subject="Confirmé",
    text="long",
    message_id="<d1@example.org>",
    content=b"bytes are not repeated",
)


@pytest.mark.parametrize(
    ("effect", "data"),
    [
        (
            PutRegistration(registration=REGISTRATION, change="registered"),
            {
                "effect": "put-registration",
                "change": "registered",
                "registration": "r1",
                "event": "cycle",
                "status": "confirmed",
                "name": "Ada",
                "sessions": ["cycle/1"],
            },
        ),
        (
            OpenHold(id="h1", reasons=("complaint",), summary="angry"),
            {"effect": "open-hold", "hold": "h1", "reasons": ["complaint"], "summary": "angry"},
        ),
        (
            Enqueue(message=MAIL),
            {
                "effect": "enqueue",
                "delivery": "d1",
                "kind": "registrant-confirmed",
                "language": "fr",
                "to": "ada@example.org",
                "subject": "Confirmé",
            },
        ),
        (
            RecordBounce(message_id="<d1@x>", recipient="ada@x", action="failed", status="5.1.1"),
            {
                "effect": "record-bounce",
                "message_id": "<d1@x>",
                "recipient": "ada@x",
                "action": "failed",
                "status": "5.1.1",
            },
        ),
    ],
)
def test_each_effect_is_written_by_its_identity(effect: Effect, data: dict[str, Any]) -> None:
    decision = Decision(disposition="accept", outcome="processed", hits=(), misses=(), effects=(effect,))
    assert decision_data(decision)["effects"] == [data]


def test_a_record_is_json_and_says_which_rules_looked() -> None:
    decision = Decision(
        disposition="hold",
        outcome="review",
        hits=(Hit(rule="chain.complaint", reason="complaint", message="somebody complains", evidence=(FOUND,)),),
        misses=("spam", "bulk-mail"),
        policy_version="abc",
    )
    record = record_of(None, decision)
    assert record == {
        "version": 1,
        "decision": {
            "disposition": "hold",
            "outcome": "review",
            "hits": [
                {
                    "rule": "chain.complaint",
                    "reason": "complaint",
                    "message": "somebody complains",
                    "evidence": [FOUND_DATA],
                }
            ],
            "misses": ["spam", "bulk-mail"],
            "policy_version": "abc",
        },
    }
    assert json.loads(json.dumps(record_of(Reading(language="fr", requests=(Register(details=FULL),)), decision)))
