"""What is new, signature or quote in a mail: tests/data/mail/new_text.toml, and what holds for every text."""

from __future__ import annotations

import tomllib
from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailbot.core.message import IncomingMessage
from mailbot.core.plain_text import with_whole_addresses
from mailbot.core.quotes import split_quotes
from tests.core.mails import mail_words, parsed

CASES = tomllib.loads((Path(__file__).parents[1] / "data/mail/new_text.toml").read_text("utf-8"))["mail"]


def read(case: dict) -> IncomingMessage:
    if "raw" in case:
        return parsed(case["raw"].encode())
    message = EmailMessage()
    message["From"] = f"{case.get('from', 'Marie Dupont')} <marie@x.example>"
    message["Subject"] = case.get("subject", "inscription")
    if "alternative" in case:
        message.set_content(case["alternative"][0])
        message.add_alternative(case["alternative"][1], subtype="html")
    elif "html" in case:
        message.set_content(case["html"], subtype="html", cte="8bit")
    else:
        message.set_content(case["plain"], cte="8bit")
    for name, value in case.get("headers", {}).items():
        del message[name]
        message[name] = value
    return parsed(message.as_bytes())


def words(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_what_the_sender_newly_wrote(case: dict) -> None:
    message = read(case)
    if "new" in case:
        assert words(message.new_text) == case["new"]
        assert words(message.signature) == case.get(
            "signature", words(message.signature) if "signature_has" in case else ""
        )
    assert case.get("new_has", "") in words(message.new_text)
    assert case.get("signature_has", "") in words(message.signature)
    assert case.get("quoted", "") in message.quoted_text
    assert message.forwarded is case.get("forwarded", False)
    assert set(case.get("defects", [])) <= set(message.defects)
    assert [a.name for a in message.attachments if a.name] == case.get("attachments", [])


#: lines of which every kind of mark can be made
LINES = st.lists(
    st.sampled_from(
        [
            "",
            "Bonjour,",
            "Le 16 septembre je viens :",
            "Le directeur a écrit :",
            "Le lun. 4 janv. 2021 à 09:12, BeFUS <a@b.example> a écrit :",
            "Le lun. 4 janv. 2021 à 09:12, BeFUS",
            "<a@b.example> a écrit :",
            "Op ma 4 jan. 2021 om 09:00 schreef BeFUS <a@b.example>:",
            "Jan schreef op 2021-01-04 09:12:",
            "On 4 Jan 2021, at 09:12, BeFUS wrote:",
            "Am 04.01.2021 um 09:12 schrieb BeFUS:",
            "-----Original Message-----",
            "________________________________",
            "---------- Forwarded message ---------",
            "De : BeFUS <a@b.example>",
            "Envoyé : lundi 4 janvier 2021 09:12",
            "À : Marie",
            "Objet : Invitation",
            "> quoted",
            ">> quoted",
            "-- ",
            "Marie Dupont",
            "Cordialement,",
            "Envoyé de mon iPhone",
            "Je m'inscris.",
        ]
    ),
    max_size=14,
)


@given(LINES)
def test_no_line_above_the_first_mark_is_quoted(lines: list[str]) -> None:
    """Whatever stands below, a line is quoted only where it or a line above it is a mark, or belongs to one that is wrapped."""
    roles = split_quotes(lines, "n" * len(lines), mail_words()).roles
    first = roles.find("q")
    if first < 0:
        return
    # what is cut off at the first quoted line is the same where the lines above it are others
    above = ["Ik kom graag naar de opleiding"] * first
    again = split_quotes([*above, *lines[first:]], "n" * len(lines), mail_words()).roles
    assert again.find("q") == first
    assert set(roles[:first]) <= {"n"}
    # and it holds a mark by itself: alone it is a quote from its first line on
    assert split_quotes(lines[first:], "n" * (len(lines) - first), mail_words()).roles.startswith("q")


@given(st.text(alphabet=st.characters(exclude_characters=">\r"), max_size=300))
def test_a_text_without_any_mark_is_new(text: str) -> None:
    lines = [line.replace(":", ";").replace("-", " ").replace("_", " ") for line in text.split("\n")]
    assert set(split_quotes(lines, "n" * len(lines), mail_words()).roles) <= {"n"}


@given(LINES)
def test_every_line_is_kept_once(lines: list[str]) -> None:
    content = ("From: Marie Dupont <m@x.example>\n\n" + "\n".join(lines)).encode()
    message = parsed(content)
    kept = [
        w for part in (message.new_text, message.quoted_text, message.signature) for w in part.replace(">", " ").split()
    ]
    assert sorted(kept) == sorted("\n".join(lines).replace(">", " ").split())


@pytest.mark.parametrize(
    ("written", "whole"),
    [
        ("Anne (anne.petit@plan-\ncohesion.example) vient", "Anne (anne.petit@plan-cohesion.example) vient"),
        ("Anne, anne-\nmarie.petit@ville.example", "Anne, anne-marie.petit@ville.example"),
        ("écrivez à a@ville.example -\nmerci. Fin", "écrivez à a@ville.example -\nmerci. Fin"),
        ("a@ville.example, rendez-\nvous lundi", "a@ville.example, rendez-\nvous lundi"),
    ],
)
def test_an_address_that_a_line_break_cut_is_whole(written: str, whole: str) -> None:
    assert with_whole_addresses(written) == whole
