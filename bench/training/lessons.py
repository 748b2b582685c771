"""What the models are taught from: the labelled mails, and labelled texts of mails about events of their own.

Each goes through the reader as it is, with models that only write down what they are asked about.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Any
from unittest import mock

from bench.training.mails import Labelled, author_of, labelled_mails, labelled_texts, policy_for
from mailbot.core.decisions import ThreadFacts
from mailbot.core.lexicon import fold
from mailbot.core.match import Findings
from mailbot.core.mime import parse
from mailbot.core.opinion import KINDS, Opinion, OpinionModel, tokens_of
from mailbot.core.policy import Policy
from mailbot.core.requests import Matched
from mailbot.core.standing import StandingModel
from mailbot.core.weighing import ACTS
from mailbot.service.explaining import clock_of
from mailbot.service.processing import read_mail

#: of mails without a date
NOW = datetime(2021, 1, 1, tzinfo=UTC)


@dataclass(slots=True, kw_only=True, eq=False)
class Recorder(OpinionModel):
    """Has no opinion, and keeps what it is asked about."""

    asked: list[tuple[tuple[str, ...], tuple[str, ...]]] = field(default_factory=list)

    def opinion(self, tokens: tuple[str, ...], signs: Iterable[str]) -> Opinion | None:
        self.asked.append((tokens, tuple(signs)))
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """``kind`` and what follows: what is right, None where nothing is to be learnt."""

    author: str
    tokens: tuple[str, ...]
    signs: tuple[str, ...]
    kind: str | None
    who: str | None
    online: bool | None
    person: bool | None
    asks: bool | None


def lessons(standing: StandingModel) -> Iterator[Lesson]:
    """``standing``: what tells sessions and options apart while they are read."""
    for mail in labelled_mails():
        lesson = _of_mail(mail, standing)
        if lesson is not None:
            # The phrase lists were made with these mails: there they are right far too often. Once each is about right.
            yield lesson
            yield replace(lesson, signs=())
    yield from of_texts()
    yield from _of_ways()


def _of_mail(mail: Labelled, standing: StandingModel) -> Lesson | None:
    label = mail.label
    kind = {"bulk": "spam"}.get(label["kind"], label["kind"])
    if kind not in KINDS:
        return None  # bounces are recognised by other signs
    recorder = Recorder(bias=(), features={}, signs={})
    policy = replace(policy_for(mail.folder, taught=False), opinion_model=recorder, standing_model=standing)
    message = parse(mail.content, words=policy.mail_words, limits=policy.limits)
    with _by_words_alone(kind):
        read_mail(message, policy, now=clock_of(message) or NOW, thread=ThreadFacts())
    if not recorder.asked:
        return None
    tokens, signs = recorder.asked[-1]
    sender = message.reply_address.email.casefold() if message.reply_address else ""
    events = [policy.events[key] for key in label["events"]]
    with_sender = any((person["email"] or "").casefold() == sender for person in label["people"])
    return Lesson(
        author=author_of(mail.folder),
        tokens=tokens,
        signs=signs,
        kind=kind,
        who=_who(kind, with_sender, len(label["people"]) - with_sender, 0),
        online=label["mode"] == "online" if kind in _HOW and any(len(e.modes) > 1 for e in events) else None,
        person=label["needs_human"],
        asks=label["question"],
    )


@contextmanager
def _by_words_alone(kind: str) -> Iterator[None]:
    """An automatic reply as it reads, whatever its headers and known phrases tell before the models are asked."""
    if kind != "auto-reply":
        yield
        return
    with mock.patch("mailbot.core.read.recognise", lambda *_, **__: None):
        yield


#: what tells how somebody takes part
_HOW = frozenset({"register", "change"})


def _who(kind: str, with_sender: bool, others: int, unnamed: int) -> str | None:
    if kind not in ACTS:
        return None
    if unnamed or not (with_sender or others):
        return "unclear"
    return ("with" if others else "alone") if with_sender else "others"


_EVENT = re.compile(r"\{([^{}]*)\}")


def of_texts() -> Iterator[Lesson]:
    """Each text as a mail about one event that is always found: the one between its curly braces."""
    policy = policy_for("texts", taught=False)
    event = next(key for key, event in policy.events.items() if event.ends > NOW and event.pickup is None)
    with mock.patch("mailbot.core.read.find", lambda *_, **__: Findings(event=Matched(event=event))):
        for name, text in labelled_texts("texts"):
            if text["k"] in KINDS and (lesson := _of_text(name, text, policy)) is not None:
                yield lesson


def _of_ways() -> Iterator[Lesson]:
    """Texts of which only how the sender takes part is told."""
    for name, text in labelled_texts("ways"):
        tokens = tokens_of("", _EVENT.sub(r"\1", text["t"]), is_reply=False, events=_pattern_of(text["t"]))
        yield Lesson(
            author=f"ways-{name}",
            tokens=tokens,
            signs=(),
            kind=None,
            who=None,
            online=text["m"] == "online",
            person=None,
            asks=None,
        )


def _pattern_of(written: str) -> re.Pattern[str]:
    """Of all that stands between curly braces."""
    phrases = sorted((fold(found) for found in _EVENT.findall(written)), key=len, reverse=True)
    return re.compile("|".join(re.escape(phrase) for phrase in phrases if phrase) or r"(?!)")


def _of_text(name: str, text: dict[str, Any], policy: Policy) -> Lesson | None:
    recorder = Recorder(bias=(), features={}, signs={})
    index = replace(policy.index, pattern=_pattern_of(f"{text['s']}\n{text['t']}"))
    policy = replace(policy, opinion_model=recorder, index=index)
    message = parse(mail_of(text), words=policy.mail_words, limits=policy.limits)
    thread = ThreadFacts(kind="registrant-confirmed" if text["r"] == "ours" else None)
    with _by_words_alone(text["k"]):
        read_mail(message, policy, now=NOW, thread=thread)
    if not recorder.asked:
        return None
    tokens, signs = recorder.asked[-1]
    return Lesson(
        author=name,
        tokens=tokens,
        signs=signs,
        kind=text["k"],
        who=_who(text["k"], bool(text["me"]), len(text["p"]), text["n"]),
        online=None,
        person=text["h"],
        asks=text["q"],
    )


def mail_of(text: dict[str, Any]) -> bytes:
    """The text as somebody sent it who has an address and no name."""
    mail = EmailMessage()
    answered = text["r"] != "new"
    subject = " ".join(_EVENT.sub(r"\1", text["s"]).split())
    mail["From"] = "zq@outside.example"
    mail["To"] = "desk@town.example"
    mail["Date"] = "Fri, 01 Jan 2021 10:00:00 +0000"
    mail["Message-ID"] = "<text@outside.example>"
    mail["Subject"] = ("Re: " if answered and not subject.lower().startswith("re:") else "") + subject
    if answered:
        mail["In-Reply-To"] = "<asked@town.example>"
    mail.set_content(_EVENT.sub(r"\1", text["t"]))
    return mail.as_bytes()
