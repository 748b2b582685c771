"""Whatever arrives, a value comes out: tests/data/mail/broken/, hostile mails, and random bytes."""

from __future__ import annotations

import time
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailbot.core.message import IncomingMessage
from mailbot.core.mime import content_hash
from mailbot.core.policy import Limits
from tests.core.mails import parsed
from tests.fuzz.checks import wrong_with
from tests.fuzz.mutate import TOKENS

MAIL = Path(__file__).parents[1] / "data/mail"
CASES = tomllib.loads((MAIL / "broken.toml").read_text("utf-8"))["mail"]


def read(content: bytes, limits: Limits | None = None) -> IncomingMessage:
    """Parsed, and held to what is true of every mail."""
    message = parsed(content, limits=limits)
    assert wrong_with(message, content, content_hash(content)) is None
    return message


def words(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize("case", CASES, ids=[case["file"] for case in CASES])
def test_what_is_made_of_a_broken_mail(case: dict) -> None:
    message = read((MAIL / f"broken/{case['file']}.eml").read_bytes())
    if "new" in case:
        assert words(message.new_text) == words(case["new"])
    assert case.get("new_has", "") in words(message.new_text)
    assert case.get("quoted", "") in message.quoted_text
    assert message.subject == case.get("subject", message.subject)
    if "sender" in case:
        assert message.sender is not None
        assert message.sender.name == case["sender"]
    assert set(case.get("defects", [])) <= set(message.defects)


@pytest.mark.parametrize("path", sorted((MAIL / "fuzz").glob("*.eml")), ids=lambda path: path.stem)
def test_what_once_broke_us(path: Path) -> None:
    read(path.read_bytes())


PIECES = st.lists(
    st.one_of(st.sampled_from(TOKENS), st.binary(max_size=12), st.sampled_from([b"\n", b": ", b"Subject", b"; "]))
)


@given(PIECES)
@settings(max_examples=400)
def test_any_bytes_give_a_message(pieces: list[bytes]) -> None:
    read(b"".join(pieces))


@given(PIECES)
@settings(max_examples=200)
def test_any_body_gives_a_message(pieces: list[bytes]) -> None:
    read(b"From: a@b.example\nContent-Type: multipart/mixed; boundary=b\n\n--b\n" + b"".join(pieces))


def test_limits_are_kept() -> None:
    limits = Limits(max_bytes=2_000, max_parts=3, max_depth=2, max_text=500)
    part = b"--b\nContent-Type: text/plain\n\nword\n"
    head = b"From: a@b.example\nContent-Type: multipart/mixed; boundary=b\n\n"
    assert "too-many-parts" in read(head + part * 10, limits).defects
    assert read(head + part * 10, limits).full_text.count("word") == 3
    assert "text-cut" in read(b"From: a@b.example\n\n" + b"word " * 200, limits).defects
    message = parsed(b"From: a@b.example\n\n" + b"word " * 2000, limits=limits)
    assert "too-large" in message.defects
    assert len(message.full_text) <= 500


#: bytes that grow with n and have made readers of mail slow
HOSTILE: dict[str, Callable[[int], bytes]] = {
    "one long line": lambda n: b"From: a@b.example\n\n" + b"a" * n,
    "one long word with colons": lambda n: b"From: a@b.example\n\n" + b"a:" * (n // 2),
    "a long header": lambda n: b"From: " + b"a" * n + b"\n\nx",
    "many headers": lambda n: b"A: b\n" * (n // 5) + b"\nx",
    "many commas": lambda n: b"To: " + b"a@b.example," * (n // 12) + b"\n\nx",
    "nested comments": lambda n: b"From: " + b"(" * n + b"\n\nx",
    "comments in To": lambda n: b"To: " + b"(a)" * (n // 3) + b"\n\nx",
    "angle brackets": lambda n: b"From: " + b"<" * n + b"\n\nx",
    "references": lambda n: b"References: " + b"<a@b> " * (n // 6) + b"\n\nx",
    "encoded words": lambda n: b"Subject: " + b"=?utf-8?q?a?= " * (n // 14) + b"\n\nx",
    "encoded words without end": lambda n: b"Subject: " + b"=?utf-8?q?" * (n // 10) + b"\n\nx",
    "parameters": lambda n: b"Content-Type: text/plain" + b"; a*0*=b" * (n // 8) + b"\n\nx",
    "boundary lines": lambda n: b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n" * (n // 4),
    "boundaries without line ends": lambda n: b"Content-Type: multipart/mixed; boundary=b\n\n" + b"\r--b" * (n // 4),
    "boundary of dashes": lambda n: b"Content-Type: multipart/mixed; boundary=-\n\n" + b"-" * n,
    "quotes": lambda n: b"From: a@b.example\n\n" + b"> a\n" * (n // 4),
    "deep quotes": lambda n: b"From: a@b.example\n\n" + b">" * n,
    "quote, answer, quote": lambda n: b"From: a@b.example\n\n" + b"> a\nb\n" * (n // 6),
    "announcements": lambda n: b"From: a@b.example\n\n" + b"On 4 Jan 2021, at 09:12, A wrote:\n" * (n // 35),
    "half announcements": lambda n: b"From: a@b.example\n\n" + b"On 4 Jan 2021, at 09:12\n" * (n // 24),
    "fields": lambda n: b"From: a@b.example\n\n" + b"From: a\n" * (n // 8),
    "closings": lambda n: b"From: A B <a@b.example>\n\n" + b"Regards,\n\n" * (n // 10),
    "names": lambda n: b"From: A B <a@b.example>\n\n" + b"A B\n" * (n // 4),
    "names after full stops": lambda n: b"From: Ann Bell <a@b.example>\n\n" + b"x. Ann " * (n // 7),
    "closings that close nothing": lambda n: (
        b"From: A B <a@b.example>\n\n" + b"Regards,\n\nand so on we go.\n" * (n // 26)
    ),
    "names in a list": lambda n: b"From: Ann Bell <a@b.example>\n\n" + b"Team:\nAnn Bell\n" * (n // 15),
    "closings and names": lambda n: (
        b"From: Ann Bell <a@b.example>\n\n" + b"Thanks\nCarl Dorn\nof the town\n" * (n // 29)
    ),
    "postscripts": lambda n: b"From: Ann Bell <a@b.example>\n\nRegards,\nAnn Bell\n" + b"PS: x\n\n" * (n // 7),
    "legal words": lambda n: b"From: a@b.example\n\nx\n\n" + b"confidential liability " * (n // 23),
    "legal paragraphs": lambda n: b"From: a@b.example\n\nx\n\n" + b"confidential\n\n" * (n // 14),
    "away without end": lambda n: b"From: a@b.example\n\n" + b"ik ben " * (n // 7),
    "delimiters": lambda n: b"From: a@b.example\n\n" + b"-- \n" * (n // 4),
    "rules": lambda n: b"From: a@b.example\n\n" + b"________ \n" * (n // 10),
    "blank lines": lambda n: b"From: a@b.example\n\n" + b"\n" * n,
    "spaces": lambda n: b"From: a@b.example\n\n" + b" " * n,
    "tags in a quote": lambda n: b"From: a@b.example\n\n" + b"> a: [x] b\n" * (n // 11),
    "open tags": lambda n: b"Content-Type: text/html\n\n" + b"<div>" * (n // 5),
    "cells": lambda n: b"Content-Type: text/html\n\n<table><tr>" + b"<td>a" * (n // 5),
    "blockquotes": lambda n: b"Content-Type: text/html\n\n" + b"<blockquote type=cite>a" * (n // 23),
    "boxes": lambda n: b"Content-Type: text/html\n\n" + b"<div class=gmail_quote>a" * (n // 24),
    "attributes": lambda n: b"Content-Type: text/html\n\n<div class='" + b"x_ " * (n // 3) + b"'>a",
    "many attributes": lambda n: (
        b"Content-Type: text/html\n\n<div " + b" ".join(b"a%d" % i for i in range(n // 8)) + b">a"
    ),
    "open and closed tags": lambda n: b"Content-Type: text/html\n\n" + b"<b>" * (n // 7) + b"</b>" * (n // 7),
    "formatting never closed": lambda n: b"Content-Type: text/html\n\n" + b"<p><b>a" * (n // 7),
    "empty cells": lambda n: b"Content-Type: text/html\n\n<table><tr>" + b"<td>" * (n // 4),
    "angle signs in plain text": lambda n: b"Content-Type: text/plain\n\n<html>" + b"<a " * (n // 3),
    "meta": lambda n: b"Content-Type: text/html\n\n" + b"<meta " * (n // 6),
    "mojibake": lambda n: b"Subject: x\n\n" + "Ã©".encode() * (n // 4) + "漢".encode(),
    "uuencode": lambda n: b"From: a@b.example\n\n" + b"begin 644 a\n#0V%T\n" * (n // 18),
    "armour": lambda n: b"From: a@b.example\n\n" + b"-----BEGIN PGP MESSAGE-----\n" * (n // 28),
    "armour of signatures": lambda n: b"From: a@b.example\n\n" + b"-----BEGIN PGP SIGNED MESSAGE-----\n" * (n // 35),
    "calendar": lambda n: (
        b"Content-Type: text/calendar\n\nBEGIN:VCALENDAR\nMETHOD:REPLY\n" + b"ATTENDEE;A=B" * (n // 12)
    ),
    "folded calendar": lambda n: b"Content-Type: text/calendar\n\nBEGIN:VCALENDAR\n" + b"A:b\n " * (n // 5),
    "soft breaks": lambda n: b"Content-Type: text/plain; format=flowed\n\n" + b"a \n" * (n // 3),
    "authentication": lambda n: b"Authentication-Results: mx" + b"; dkim=pass (" * (n // 13) + b"\n\nx",
    "delivery status": lambda n: (
        b"Content-Type: multipart/report; boundary=b\n\n--b\nContent-Type: message/delivery-status\n\n"
        + b"Final-Recipient: x\n\n" * (n // 20)
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_the_work_grows_with_the_size_and_not_with_its_square(name: str) -> None:
    """Eight times the bytes in less than 24 times the time: 64 times would be the square."""
    limits = Limits(max_bytes=100_000_000, max_text=10_000_000)

    def cost(n: int) -> float:
        content = HOSTILE[name](n)
        best = float("inf")
        for _ in range(2):
            began = time.process_time()
            parsed(content, limits=limits)
            best = min(best, time.process_time() - began)
        return best

    size = 20_000
    if (small := cost(size)) > 0.05:  # less will do
        size //= 4
        small = cost(size)
    assert cost(8 * size) < 24 * max(small, 0.002)


def test_two_mails_behind_a_blank_line_have_two_hashes() -> None:
    """Found by the fuzzer: with bare CR alone and CRLF in front, all of the mail was one field, and all had one hash."""
    mails = [
        b"\r\n\r\nSubject: %s\rMessage-ID: <%s@town.example>\r\rBonjour" % (word, word) for word in (b"un", b"deux")
    ]
    hashes = [content_hash(mail) for mail in mails]
    assert hashes[0] != hashes[1]
    assert hashes == [parsed(mail).content_hash for mail in mails]
