"""What the sender newly wrote, whatever program sent it: tests/data/mail/clients.toml."""

from __future__ import annotations

import html
import tomllib
from email.message import EmailMessage
from pathlib import Path

import pytest

from mailbot.core.message import IncomingMessage
from tests.core.mails import parsed

DATA = tomllib.loads((Path(__file__).parents[1] / "data/mail/clients.toml").read_text("utf-8"))
LANGUAGES = DATA["languages"]
CLIENTS = {client["name"]: client for client in DATA["client"]}
NAMES = {"fr": "Sophie Lambert", "nl": "Sofie Lambrecht", "en": "Sophie Lambert", "de": "Sophie Lambertz"}


def letter(language: str) -> str:
    texts = LANGUAGES[language]
    return f"{texts['new'].strip()}\n\n{texts['closing']}"


def marked(text: str) -> str:
    return "\n".join(f"> {line}" for line in text.split("\n"))


def as_html(text: str) -> str:
    return "".join(f"<div>{html.escape(line) or '<br>'}</div>" for line in text.split("\n"))


def mail(client: dict, language: str, body: str, kind: str = "plain") -> IncomingMessage:
    message = EmailMessage()
    message["From"] = f"{NAMES[language]} <sophie@cpas.example>"
    message["Subject"] = f"{client.get('subject', 'Re: ')}Invitation"
    message.set_content(body, subtype=kind, cte="8bit")
    return parsed(message.as_bytes())


def filled(client: dict, language: str) -> tuple[str, str]:
    """The body and whether it is plain or html."""
    kind = "html" if "html" in client else "plain"
    shown = as_html if kind == "html" else str
    texts = LANGUAGES[language]
    values = {
        "{new}": shown(letter(language)),
        "{signature}": shown(texts["signature"].strip()),
        "{>quoted}": marked(texts["quoted"].strip()),
        "{quoted}": shown(texts["quoted"].strip()),
        "{phone}": client.get("phone", {}).get(language, ""),
        "{mark}": client[language],
    }
    body = client[kind].lstrip("\n")
    for name, value in values.items():
        body = body.replace(name, value)
    return body, kind


def words(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", CLIENTS)
def test_new_text_signature_and_quote(name: str, language: str) -> None:
    client = CLIENTS[name]
    body, kind = filled(client, language)
    message = mail(client, language, body, kind)
    signature = client["phone"][language] if client.get("sent_from") else LANGUAGES[language]["signature"]
    assert words(message.new_text) == words(letter(language))
    assert words(message.signature).removeprefix("-- ") == words(signature)
    for line in LANGUAGES[language]["quoted"].strip().split("\n"):
        assert line in message.quoted_text
    assert message.forwarded is client.get("forwarded", False)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", [name for name, client in CLIENTS.items() if client.get("between")])
def test_answers_below_the_quote_and_inside_it(name: str, language: str) -> None:
    mark = CLIENTS[name][language]
    quoted = LANGUAGES[language]["quoted"].strip().split("\n")
    new = letter(language)
    below = f"{mark}\n{marked(chr(10).join(quoted))}\n\n{new}\n"
    assert words(mail(CLIENTS[name], language, below).new_text) == words(new)
    first, rest = new.split("\n\n", 1)
    inside = f"{mark}\n{marked(chr(10).join(quoted[:3]))}\n\n{first}\n\n{marked(chr(10).join(quoted[3:]))}\n\n{rest}\n"
    assert words(mail(CLIENTS[name], language, inside).new_text) == words(new)
