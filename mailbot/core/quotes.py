"""What the sender newly wrote, apart from what is quoted below, above or between.

The text is judged line by line and every line is kept: it is new or quoted. Markers are what mail programs write:
">" in front of a line, an announcing line ("On … wrote:"), a separator ("-----Original Message-----"), a copied block
of header fields. Nothing above the first marker is ever taken for a quote. Below a marker, where the quote is marked
with ">", unmarked lines are new again: people answer under and inside it; else all the rest is the quote.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from mailbot.core.mailwords import MailWords, fold_lines

#: lines that a copied header block may span, wrapped recipients included
_BLOCK = 14
#: lines that programs break one announcing line into: "Op ma 4 jan. 2021 om 09:00 schreef BeFUS\n<…>:"
_WRAPPED = 4
_FIELD = re.compile(r"[\s>*_]{0,12}([^\W\d_][\w \-']{0,20}?)\s?\*{0,2}\s?:\*{0,2}")
_CLOCK = re.compile(r"\d{1,2}\s?[:.hu]\s?\d{2}|\d{1,2}\s?(?:uur|uhr|h|am|pm)\b")
_RULE = re.compile(r"\s*[-_=*]{8,}\s*$")
_ONE_LINE_BELOW_A_VALUE = re.compile(r">\s*[=\d]")
_RULED = re.compile(r"-{3,60}\s?(\S.{1,250}:)\s?-{2,60}")
_LONGEST_ANNOUNCEMENT = 400
_TAGGED = re.compile(r"[:?.)]\s{0,40}(\[[^\[\]\n]{1,20}\])\s*\S")


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    lines: tuple[str, ...]
    #: one letter for each line: "n"ew or "q"uoted, and whatever else was given
    roles: str
    #: somebody else's mail was passed on
    forwarded: bool = False


def split_quotes(lines: Sequence[str], roles: str, words: MailWords) -> Split:
    """``roles`` is what the markup told already, a letter for each line, all "n" for plain text."""
    return _Splitter(lines, roles, words).split()


def is_marked(line: str) -> bool:
    # mbox files put ">" before a line that begins with "From "
    return line.startswith(">") and not line.startswith(">From ")


class _Splitter:
    def __init__(self, lines: Sequence[str], roles: str, words: MailWords) -> None:
        self.lines = lines
        self.roles = list(roles)
        self.folded = fold_lines(lines)
        self.colons = {i for i, line in enumerate(self.folded) if ":" in line and self.announcing(i).endswith(":")}
        self.words = words
        self.forwarded = False
        self.seen_marker = False

    def split(self) -> Split:
        i = 0
        while i < len(self.lines):
            i = self.judge(i)
        return Split(lines=tuple(self.lines), roles="".join(self.roles), forwarded=self.forwarded)

    def judge(self, i: int) -> int:
        """Judge the line ``i``; answers the next line to look at."""
        line = self.lines[i]
        if not line or line.isspace():
            return i + 1
        if self.is_quote(i):
            return self.marked_run(i)
        size = self.marker(i)
        if not size:
            return i + 1
        start, below = self.rule_above(i), i + size
        self.seen_marker = True
        if self.is_quote_below(below):
            self.quote(start, below)
            return below
        self.quote(start, len(self.lines))
        return len(self.lines)

    def quote(self, start: int, end: int) -> None:
        self.roles[start:end] = "q" * (end - start)

    def is_quote(self, i: int) -> bool:
        return self.roles[i] == "q" or is_marked(self.lines[i])

    def is_quote_below(self, start: int) -> bool:
        """The first written line from ``start`` on is marked as quoted."""
        for i in range(start, len(self.lines)):
            if self.lines[i].strip():
                return self.is_quote(i)
        return False

    def marked_run(self, i: int) -> int:
        end = i
        while end < len(self.lines) and (self.is_quote(end) or not self.lines[end].strip()):
            end += 1
        if not self.seen_marker:
            self.note_forward(i, end)
        while not self.lines[end - 1].strip():
            end -= 1
        alone = end - i == 1 and not self.seen_marker and _ONE_LINE_BELOW_A_VALUE.match(self.lines[i])
        if not alone:
            self.seen_marker = True
            self.quote(i, end)
        return end

    def note_forward(self, start: int, end: int) -> None:
        """Further down the quote may tell of a mail that somebody else passed on."""
        head = [i for i in range(start, end) if self.lines[i].strip(" >")][:3]
        for i in head:
            match = self.separator(i)
            self.forwarded = self.forwarded or (match is not None and match.group("forwarded") is not None)

    # -- markers ---------------------------------------------------------------

    def marker(self, i: int) -> int:
        """How many lines from ``i`` announce a quote; 0: none."""
        size = self.announced(i)
        if size:
            return size
        match = self.separator(i)
        if match is not None:
            self.forwarded = self.forwarded or match.group("forwarded") is not None
            following = next((j for j in range(i + 1, len(self.lines)) if self.lines[j].strip()), None)
            block = self.header_block(following) if following is not None and following <= i + 3 else 0
            return (following or i) - i + block if block else 1
        if self.is_ruled_announcement(i):
            return 1
        if self.words.answer_above.search(self.folded[i]) and any(line.strip() for line in self.lines[:i]):
            return 1
        return self.header_block(i)

    def announced(self, i: int) -> int:
        if self.colons.isdisjoint(range(i, i + _WRAPPED)):
            return 0
        for end in range(i + 1, min(i + _WRAPPED, len(self.folded)) + 1):
            line = self.announcing(end - 1)
            if not line:
                return 0
            if end - 1 in self.colons and self.announcement_above(end) == i:
                return end - i
        return 0

    def announcing(self, i: int) -> str:
        return self.folded[i].strip(" *_\t")

    def announcement_above(self, end: int) -> int | None:
        """Where the announcing lines that end before ``end`` begin: as far down as they can.

        Programs wrap them ("Op ma 4 jan. 2021 om 09:00 schreef BeFUS\n<…>:"), and nothing that a person wrote on the
        line above may go with them.
        """
        joined = ""
        loose: int | None = None
        for start in range(end - 1, max(-1, end - 1 - _WRAPPED), -1):
            line = self.announcing(start)
            joined = f"{line} {joined}" if joined else line
            if not line or len(joined) > _LONGEST_ANNOUNCEMENT:
                break
            if not self.words.quote_header.fullmatch(joined) or not self.tells_when_or_who(joined, end):
                continue
            begun = any(c.isdigit() for c in line) and self.words.quote_header_begun.fullmatch(joined)
            if begun or _CLOCK.search(joined):
                return start
            # "<info@…> a écrit :" may be the rest of the line above
            if loose is None or (self.announcing(loose).startswith(("<", "(")) and self.is_named(start)):
                loose = start
        return loose

    def is_named(self, i: int) -> bool:
        """The line may be the name that was wrapped off its address: most of its words have a capital."""
        words = self.lines[i].split()
        return sum(word[0].isupper() for word in words) * 2 >= len(words)

    def tells_when_or_who(self, joined: str, below: int) -> bool:
        """An announcing line tells an address or the time of day, or the quote below is marked.

        "Le 3 mai le bourgmestre nous a écrit :" is a sentence of somebody.
        """
        return "@" in joined or _CLOCK.search(joined) is not None or self.is_quote_below(below)

    def separator(self, i: int) -> re.Match[str] | None:
        line = self.folded[i].strip(" >*\t")
        if len(line) > 160 or not (line[:2] in ("--", "__", "==", "- ", "##") or line.endswith(":")):
            return None
        return self.words.separator.fullmatch(line)

    def is_ruled_announcement(self, i: int) -> bool:
        """Notes on the web: ``-----"Jan" <jan@…> schreef: -----``"""
        match = _RULED.fullmatch(self.folded[i].strip()) if self.folded[i].startswith("--") else None
        return match is not None and self.words.quote_header.fullmatch(match.group(1)) is not None

    def rule_above(self, i: int) -> int:
        """Outlook writes a line of underscores above the block; it belongs to it."""
        j = i - 1
        while j >= 0 and not self.lines[j].strip():
            j -= 1
        return j if j >= 0 and _RULE.match(self.lines[j]) else i

    def header_block(self, i: int) -> int:
        """A copied header block: it begins with a known field, names who wrote and two of when, to whom, about what.

        An address or the time of day stands in it; a memo's "Van: … Datum: … Betreft: …" has neither.
        """
        if self.field(i) is None:
            return 0
        kinds: set[str] = set()
        size = gap = 0
        for offset in range(min(_BLOCK, len(self.folded) - i)):
            field = self.field(i + offset)
            if field is None:
                gap += 1
                if gap > 3 or (len(kinds) > 2 and not self.folded[i + offset].strip()):
                    break
                continue
            if field in kinds and field == "from":
                break
            kinds.add(field)
            size, gap = offset + 1, 0
        if "from" not in kinds or len(kinds) < 3 or not kinds & {"sent", "subject"}:
            return 0
        block = " ".join(self.folded[i : i + size])
        return size if "@" in block or _CLOCK.search(block) else 0

    def field(self, i: int) -> str | None:
        line = self.folded[i]
        match = _FIELD.match(line) if ":" in line[:40] else None
        return self.words.header_fields.get(match.group(1).strip()) if match else None


def tagged_answers(lines: Sequence[str], roles: str) -> str:
    """Lines of a quoted form that were answered in place, "Mode : [JD] online", are new again, label included.

    A tag is known for one by standing on two lines of the quote or more.
    """
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
