"""Where a letter ends: closing formula, signature, "sent from my phone", disclaimer.

Judged within one stretch of new text. The closing formula stays with the text; the name and what stands below
it go to the signature. A postscript below a signature is text again.
"""

from __future__ import annotations

import re

from mailbot.core.mailwords import MailWords, fold

_DASHES = re.compile(r"-- ?$|[—–]{1,3}\s*$|[-_*=~]{3,}\s*$")
_CONTACT = re.compile(
    r"@|https?://|\bwww\.|\+\d|\(0\)|\b0\d{1,3}[ ./-]\d|\b\d{3,4}[ /.]\d{2}|\b\d{4}\s+[A-ZÀ-Þ]|^\W*(?:t|tel|tél|gsm|f|fax|m|mob)\b\W",
    re.I,
)
_END_OF_SENTENCE = re.compile(r"[.!?…]\s*$")
_MAX_NAME = 60


def mark_signature(lines: list[str], roles: list[str], words: MailWords, sender_name: str) -> None:
    """Change "n" to "s" in ``roles`` wherever the lines are a signature."""
    start = 0
    while start < len(lines):
        if roles[start] != "n":
            start += 1
            continue
        end = start
        while end < len(lines) and roles[end] == "n":
            end += 1
        _mark_stretch(lines, roles, start, end, words, sender_name)
        start = end


def _mark_stretch(lines: list[str], roles: list[str], start: int, end: int, words: MailWords, name: str) -> None:
    cut = _cut(lines, start, end, words, name)
    if cut is None:
        return
    position = cut
    while position < end:
        if words.postscript.match(fold(lines[position]).strip()) and position > cut:
            # the postscript runs to the next empty line
            while position < end and lines[position].strip():
                position += 1
            continue
        roles[position] = "s"
        position += 1


def _cut(lines: list[str], start: int, end: int, words: MailWords, name: str) -> int | None:
    """The first line of the signature in this stretch, or None."""
    name_words = {w for w in re.split(r"\W+", fold(name)) if len(w) > 1}
    for i in range(start, end):
        line = lines[i]
        if not line.strip():
            continue
        folded = fold(line)
        if line.rstrip("\r") == "-- " or (line.strip() in ("--", "—") and end - i <= 20):
            return i
        if words.sent_from.match(folded) and len(line) < 120:
            return i
        if i > start and words.disclaimer.match(folded) and _nothing_but_legal(lines, i, end):
            return i
        if len(line) < 200 and (words.closing.fullmatch(folded) or _closes(folded, words)):
            below = _next(lines, i + 1, end)
            if below is None or _is_name(lines[below], name_words) or _DASHES.match(lines[below]):
                return below
        elif i > start and _is_own_name(folded, name_words) and _signs(lines, i, end):
            return i
    return None


def _closes(folded: str, words: MailWords) -> bool:
    return bool(words.closing_start.match(folded)) and len(folded) < 160


def _next(lines: list[str], start: int, end: int) -> int | None:
    return next((i for i in range(start, end) if lines[i].strip()), None)


def _is_name(line: str, name_words: set[str]) -> bool:
    """A short line without a sentence in it: a name, or an organisation."""
    text = line.strip().strip("*_")
    if len(text) > _MAX_NAME or text.endswith(("?", "!", ":", ";")):
        return False
    words = text.replace(",", " ").split()
    if not words or len(words) > 8:
        return False
    folded = fold(text)
    if name_words and any(w in name_words for w in re.split(r"\W+", folded)):
        return True
    return words[0][0].isupper() and sum(w[0].isupper() for w in words) * 2 >= len(words) and not text.endswith(".")


def _is_own_name(folded: str, name_words: set[str]) -> bool:
    found = [w for w in re.split(r"\W+", folded) if w]
    return 1 <= len(found) <= 5 and bool(name_words) and sum(w in name_words for w in found) * 2 > len(found)


def _signs(lines: list[str], i: int, end: int) -> bool:
    """What follows a line that is the sender's name looks like a signature: nothing, or short lines."""
    below = [line for line in lines[i + 1 : end] if line.strip()]
    return all(len(line) < 100 for line in below[:8]) and not (
        below and i + 1 < end and not lines[i - 1].strip() == "" and any(_END_OF_SENTENCE.search(b) for b in below[:2])
    )


def _nothing_but_legal(lines: list[str], i: int, end: int) -> bool:
    return not lines[i - 1].strip() or _DASHES.match(lines[i - 1]) is not None
