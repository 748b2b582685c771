"""Whether a mail that answers a reminder wants no more of them: the mail that List-Unsubscribe makes, or a short reply."""

from __future__ import annotations

from collections.abc import Iterable

from mailbot.core.lexicon import Lexicon, find_phrases, text_of
from mailbot.core.requests import Evidence

_MEANING = "intent.stop-reminders"

#: words of a subject, of a reply, and of what a mail program adds below such a subject: a longer mail says more
_SUBJECT, _REPLY, _ADDED = 5, 12, 40


def asks_for_silence(subject: str, body: str, lexicons: Iterable[Lexicon]) -> Evidence | None:
    """The words that say so. ``subject``: the sender's own, empty where it is that of the mail answered."""
    known = tuple(lexicons)
    length = len(body.split())
    if length <= _ADDED and (found := _said(subject, _SUBJECT, known)):
        return Evidence(field="kind", text=found, rule="intent.stop-reminders", where="subject")
    if found := _said(body, _REPLY, known):
        return Evidence(field="kind", text=found, rule="intent.stop-reminders")
    return None


def _said(text: str, most: int, lexicons: tuple[Lexicon, ...]) -> str | None:
    if not text.strip() or len(text.split()) > most:
        return None
    folded = text_of(text)
    others = ("intent.cancel", "intent.absent", "intent.change", "intent.correct", "intent.replace")
    phrases = find_phrases(folded, lexicons)
    wanted = [found for found in phrases if found.meaning == _MEANING]
    if not wanted:
        return None
    apart = [
        found
        for found in phrases
        if found.meaning in others and not any(w.start <= found.start and found.end <= w.end for w in wanted)
    ]
    return None if apart else text[wanted[0].start : wanted[0].end]
