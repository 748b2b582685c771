"""Machines are known and persons are never taken for one: tests/data/mail/automatic.toml, machines.toml, persons.toml."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from mailbot.core.automatic import recognise
from mailbot.core.requests import Machine
from tests.core.mails import mail_words, parsed

MAIL = Path(__file__).parents[1] / "data/mail"
OWN = ("desk@desk.example",)


def cases(file: str, key: str) -> list[dict]:
    return tomllib.loads((MAIL / file).read_text("utf-8"))[key]


def recognised(content: bytes) -> Machine | None:
    return recognise(parsed(content), words=mail_words(), own_addresses=OWN)


def mail(case: dict) -> bytes:
    fields = {
        "From": case.get("from", "Marie Dupont <marie@x.example>"),
        "To": "desk@desk.example",
        "Subject": case.get("subject", "Re: Invitation"),
        **case.get("headers", {}),
    }
    head = "".join(f"{name}: {value}\n" for name, value in fields.items())
    return f"{head}Content-Type: text/plain; charset=utf-8\n\n{case['text']}\n".encode()


@pytest.mark.parametrize("case", cases("automatic.toml", "header"), ids=lambda case: case["field"])
def test_a_header_as_it_is_spelled(case: dict) -> None:
    head = case["field"]
    if not head.lower().startswith(("from:", "content-type:")):
        head += "\nContent-Type: text/plain; charset=utf-8"
    if not head.lower().startswith("from:"):
        head = f"From: Marie Dupont <marie@x.example>\n{head}"
    machine = recognised(f"{head}\nSubject: inscription\n\nBonjour, je m'inscris.\n".encode())
    assert (machine.kind if machine else "person") == case["is"]


@pytest.mark.parametrize("case", cases("machines.toml", "mail"), ids=lambda case: case["text"][:50])
def test_what_a_machine_wrote(case: dict) -> None:
    machine = recognised(mail(case))
    assert machine is not None
    assert machine.kind == case["is"]
    assert machine.evidence


@pytest.mark.parametrize("case", cases("persons.toml", "mail"), ids=lambda case: case["text"][:50])
def test_what_a_person_wrote_is_never_a_machines(case: dict) -> None:
    assert recognised(mail(case)) is None
