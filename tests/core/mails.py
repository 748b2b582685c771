"""Mails through the parser, with the rules that are shipped."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

from mailbot.core.mailwords import MailWords, mail_words_from
from mailbot.core.message import IncomingMessage
from mailbot.core.mime import parse
from mailbot.core.policy import Limits

ROOT = Path(__file__).resolve().parents[2]


@cache
def mail_words() -> MailWords:
    files = {path.name: tomllib.loads(path.read_text("utf-8")) for path in sorted((ROOT / "rules/mail").glob("*.toml"))}
    words, problems = mail_words_from(files)
    assert words is not None, problems
    return words


def parsed(content: bytes, *, limits: Limits | None = None, authserv_id: str | None = None) -> IncomingMessage:
    return parse(content, words=mail_words(), limits=limits or Limits(), authserv_id=authserv_id)
