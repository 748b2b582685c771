"""What the sender newly wrote, apart from what is quoted below, above or between.

The text is judged line by line, and every line is kept: a line is either new or quoted. No line above the
first marker is ever taken for a quote.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from mailbot.core.mailwords import MailWords, fold

#: lines that a copied header block may span, wrapped recipients included
_BLOCK = 14
#: lines that programs break one announcing line into: "Op ma 4 jan. 2021 om 09:00 schreef BeFUS\n<…>:"
_WRAPPED = 4
_FIELD = re.compile(r"[\s>*_]{0,12}([^\W\d_][\w \-']{0,20}?)\s?\*?\s?:\*?(?:\s|$)(.*)")
_CLOCK = re.compile(r"\d{1,2}\s?[:.hu]\s?\d{2}|\d{1,2}\s?(?:uur|h)\b")
_YEAR = re.compile(r"\b(?:19|20)\d\d\b|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}")
_RULE = re.compile(r"\s*[-_=*]{8,}\s*$")
_TAGGED = re.compile(r"[:?.)]\s{0,40}(\[[^\[\]\n]{1,20}\])\s*\S")


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """``roles`` has one letter for each line: "n"ew or "q"uoted."""

    lines: tuple[str, ...]
    roles: str
    forwarded: bool = False


def split_quotes(text: str, words: MailWords) -> Split:
    lines = text.split("\n")
    roles = ["n"] * len(lines)
    folded = [fold(line) for line in lines]
    forwarded = False
    end = 0  # lines before this one are judged
    i = 0
    while i < len(lines):
        line = lines[i]
        if not line.strip():
            i += 1
            continue
        if is_quoted(line, lines, i):
            end = i + 1
            while end < len(lines) and (_marked(lines[end])):
                end += 1
            _mark(roles, i, end)
            i = end
            continue
        size = announced(folded, i, words, lines)
        if size:
            start = i
            end = _announced_end(lines, i + size)
            _mark(roles, start, i + size)
            if end is None:  # nothing below is marked: all of it is quoted
                _mark(roles, start, len(lines))
                break
            i += size
            continue
        rest = separator(folded, i, words)
        if rest:
            forwarded = forwarded or rest == "forwarded"
            start = _rule_above(lines, i)
            if any(_marked(line) for line in lines[i + 1 :]) and not _unmarked_rest(lines, i + 1):
                _mark(roles, start, _block_end(folded, i + 1, words))
                i = _block_end(folded, i + 1, words)
                continue
            _mark(roles, start, len(lines))
            break
        size = header_block(folded, i, words)
        if size:
            start = _rule_above(lines, i)
            if _quoted_below(lines, i + size):
                _mark(roles, start, i + size)
                i += size
                continue
            _mark(roles, start, len(lines))
            break
        if words.answer_above.search(folded[i]):
            _mark(roles, i, len(lines))
            break
        i += 1
    return Split(lines=tuple(lines), roles="".join(roles), forwarded=forwarded)


def _mark(roles: list[str], start: int, end: int) -> None:
    roles[start:end] = "q" * (min(end, len(roles)) - start)


def _marked(line: str) -> bool:
    return line.startswith(">") and not line.startswith(">From ")


def is_quoted(line: str, lines: list[str], i: int) -> bool:
    return _marked(line)


def announced(folded: list[str], i: int, words: MailWords, lines: list[str]) -> int:
    """How many lines from ``i`` announce a quote ("On … wrote:"); 0: they don't."""
    joined = ""
    for size in range(1, _WRAPPED + 1):
        if i + size > len(folded) or not folded[i + size - 1].strip():
            return 0
        joined = f"{joined} {folded[i + size - 1].strip(' *_')}".strip()
        if len(joined) > 400:
            return 0
        if joined.rstrip("* ").endswith(":") and words.quote_header.fullmatch(joined.rstrip("* ")):
            return size if _is_header(joined, lines, i + size) else 0
    return 0


def _is_header(joined: str, lines: list[str], following: int) -> bool:
    """An announcing line tells a moment or an address; "Le bourgmestre nous a écrit :" tells neither."""
    if "@" in joined or (_CLOCK.search(joined) and any(c.isdigit() for c in joined)):
        return True
    below = next((line for line in lines[following:] if line.strip()), "")
    return _marked(below) if not _YEAR.search(joined) else _marked(below)


def _announced_end(lines: list[str], start: int) -> int | None:
    """Where marked lines follow, they end by themselves; else None: all below is the quote."""
    return start if _quoted_below(lines, start) else None


def _quoted_below(lines: list[str], start: int) -> bool:
    """The first written line below is marked with ">"."""
    return _marked(next((line for line in lines[start:] if line.strip()), ""))


def _unmarked_rest(lines: list[str], start: int) -> bool:
    return False


def separator(folded: list[str], i: int, words: MailWords) -> str:
    """ "original" or "forwarded" where the line is such a separator, else ""."""
    line = folded[i].strip(" >")
    if len(line) > 160:
        return ""
    match = words.separator.fullmatch(line)
    if match is None:
        return ""
    dashed = line[:2] in ("--", "__", "**", "==", "- ", "* ") or line.endswith(":")
    return ("forwarded" if match.group("forwarded") else "original") if dashed else ""


def _rule_above(lines: list[str], i: int) -> int:
    """Outlook writes a line of underscores above the block; it belongs to it."""
    j = i - 1
    while j >= 0 and not lines[j].strip():
        j -= 1
    return j if j >= 0 and _RULE.match(lines[j]) else i


def header_block(folded: list[str], i: int, words: MailWords) -> int:
    """How many lines from ``i`` are a copied header block; 0: none begins here.

    It begins with a known field, names who wrote and at least two others of when, to whom and about what.
    """
    field = _field(folded[i], words)
    if field is None:
        return 0
    kinds: set[str] = set()
    size = 0
    gap = 0
    for offset in range(min(_BLOCK, len(folded) - i)):
        line = folded[i + offset]
        field = _field(line, words)
        if field is None:
            gap += 1
            if gap > 3 or (not line.strip() and len(kinds) > 2):
                break
            continue
        if field in kinds and field == "from":
            break
        kinds.add(field)
        size, gap = offset + 1, 0
    enough = "from" in kinds and len(kinds) >= 3 and bool(kinds & {"sent", "subject"})
    return size if enough else 0


def _field(line: str, words: MailWords) -> str | None:
    match = _FIELD.match(line) if ":" in line[:40] else None
    return words.header_fields.get(match.group(1).strip()) if match else None


def _block_end(folded: list[str], start: int, words: MailWords) -> int:
    i = start
    while i < len(folded) and not folded[i].strip():
        i += 1
    size = header_block(folded, i, words) if i < len(folded) else 0
    return i + size if size else start


def tagged_answers(lines: tuple[str, ...], roles: str) -> str:
    """Lines of a quoted form that were answered in place, "Mode : [JD] online", become new again, label included."""
    tags: dict[str, int] = {}
    found: list[tuple[int, str]] = []
    for i, line in enumerate(lines):
        match = _TAGGED.search(line) if roles[i] == "q" and "[" in line else None
        if match:
            tags[match.group(1)] = tags.get(match.group(1), 0) + 1
            found.append((i, match.group(1)))
    changed = list(roles)
    for i, tag in found:
        if tags[tag] >= 2:
            changed[i] = "n"
    return "".join(changed)
