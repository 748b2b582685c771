"""Where a letter ends: closing formula, name, "sent from my phone", disclaimer.

Judged within one stretch of new text. The closing formula stays with the text; the name and what stands below it
go to the signature. What a person adds below his signature, a postscript or an afterthought, is text again: losing
"PS: Marie comes too" is worse than keeping a slogan.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from itertools import islice, takewhile

from mailbot.core.mailwords import MailWords, fold, fold_lines

_DELIMITER = re.compile(r"-- $|(?:--|—)\s*$")
_RULE = re.compile(r"\s*(?:[-_=*~#]\s?){3,}$")
_LINK_ALONE = re.compile(r"\s*<?(?:https?://|aka\.ms/)\S{1,300}>?\s*$")
_TAIL = re.compile(r"\s*(?:[,(|/:]|[-–—]\s)")
_NOT_WORD = re.compile(r"\W+")
#: a delimiter without its trailing space may be somebody's own line; a signature is not longer than this
_LONGEST = 20
_MAX_LINE = 120


def mark_signature(lines: list[str], roles: list[str], words: MailWords, sender_name: str) -> None:
    """Change "n" to "s" in ``roles`` wherever the lines are a signature."""
    name = frozenset(w for w in _NOT_WORD.split(fold(sender_name)) if w)
    _mark_banner(lines, roles, words)
    start = 0
    while start < len(lines):
        end = start
        while end < len(lines) and roles[end] == roles[start]:
            end += 1
        if roles[start] == "n":
            _Stretch(lines, roles, start, end, words, name).mark()
        start = end


#: lines that a warning above the mail may fill
_LONGEST_BANNER = 4


def _mark_banner(lines: list[str], roles: list[str], words: MailWords) -> None:
    """Our own server's warning above the text: its first paragraph, or its first line where no paragraph follows."""
    first = next((i for i, line in enumerate(lines) if line.strip()), None)
    if first is None or roles[first] != "n" or not words.banner.match(fold(lines[first][:_LONGEST_LINE])):
        return
    end = first
    while end < len(lines) and lines[end].strip() and roles[end] == "n":
        end += 1
    alone = not any(line.strip() and role == "n" for line, role in zip(lines[end:], roles[end:], strict=True))
    if alone or end - first > _LONGEST_BANNER:
        end = first + 1
    roles[first:end] = "s" * (end - first)


def take_back_letter(lines: list[str], roles: list[str], words: MailWords) -> None:
    """A whole letter that was typed inside the element that a program keeps for the signature is no signature."""
    if any(role == "n" and line.strip() for line, role in zip(lines, roles, strict=True)):
        return
    marked = [i for i, role in enumerate(roles) if role == "s"]
    letter = [fold(lines[i]) for i in marked if lines[i].strip()]
    if any(words.closing.fullmatch(line) or words.first_person.search(line) for line in letter):
        for i in marked:
            roles[i] = "n"


def part_name(lines: list[str], roles: list[str], words: MailWords, sender_name: str) -> None:
    """ "Je viens. Marie Dupont" becomes two lines, where it is the last paragraph that is new and the sender's name."""
    name = [w for w in _NOT_WORD.split(sender_name) if w]
    written = (i for i in range(len(lines) - 1, -1, -1) if roles[i] == "n" and lines[i].strip())
    last = next((i for i in written if not words.sent_from.match(fold(lines[i][:_MAX_LINE]))), None)
    if last is None or not name:
        return
    first = last
    while first > 0 and last - first < 2 and roles[first - 1] == "n" and lines[first - 1].strip():
        first -= 1
    for i in range(first, last + 1):
        for start in _SENTENCE_END.finditer(lines[i][:_LONGEST_LINE]):
            rest = lines[i][start.end() :]
            cut = _name_at(rest, name, words)
            if cut is not None and not (i < last and rest[cut:].strip() == ""):
                parts = [lines[i][: start.start() + 1], rest[:cut].strip(), rest[cut:].strip()]
                new = [part for part in parts if part]
                lines[i : i + 1] = new
                roles[i : i + 1] = ["n"] * len(new)
                return


_SENTENCE_END = re.compile(r"[.!?]\s+(?=[^\W\d_a-z])")
_LONGEST_LINE = 400


def _name_at(rest: str, name: list[str], words: MailWords) -> int | None:
    """Where the sender's name begins in ``rest``, which begins with it, or with a closing formula and a comma."""
    begin = 0
    comma = rest.find(",")
    closed = comma > 0 and words.closing.fullmatch(fold(rest[:comma])) is not None
    if closed:
        begin = comma + 1
    found = [w for w in _NOT_WORD.split(rest[begin:]) if w]
    known = {fold(w) for w in name}
    length = next((n for n, w in enumerate(found) if fold(w) not in known), len(found))
    after = rest[begin:]
    for word in found[:length]:
        after = after[after.index(word) + len(word) :]
    after = after.strip()
    if length < 1 or (length == 1 and not closed and after):
        return None
    if after and (
        after[0] not in ",-–—(/|" or after.endswith(("?", "!", ":")) or words.first_person.search(fold(after))
    ):
        return None
    return begin


class _Stretch:
    """Unquoted lines between quotes, or all of a mail without any."""

    def __init__(
        self, lines: list[str], roles: list[str], start: int, end: int, words: MailWords, name: frozenset[str]
    ) -> None:
        self.lines = lines
        self.roles = roles
        self.start = start
        self.end = end
        self.words = words
        self.name = name
        folded = fold_lines(lines[start:end])
        self.folded = {i: folded[i - start] for i in range(start, end) if lines[i].strip()}
        #: the written lines, in order
        self.written = list(self.folded)

    def mark(self) -> None:
        for first, last in self.paragraphs(self.start):
            self.mark_programs_words(first, last)
        cut = self.cut()
        if cut is not None:
            self.mark_from(cut)

    def paragraphs(self, start: int) -> Iterator[tuple[int, int]]:
        """(first line, line after the last) of each stretch of written lines."""
        i = start
        while i < self.end:
            if i in self.folded:
                first = i
                while i < self.end and i in self.folded:
                    i += 1
                yield first, i
            i += 1

    def mark_programs_words(self, first: int, last: int) -> None:
        """ "Sent from my phone" is one line; a disclaimer is one paragraph, never the first of the mail."""
        for i in range(first, last):
            if len(self.folded[i]) < _MAX_LINE and self.words.sent_from.match(self.folded[i]):
                self.roles[i] = "s"
                if i + 1 < last and _LINK_ALONE.match(self.lines[i + 1]):
                    self.roles[i + 1] = "s"
        if first > self.start and self.is_legal(first, last):
            self.roles[first:last] = "s" * (last - first)

    def is_legal(self, first: int, last: int) -> bool:
        text = " ".join(self.folded[i] for i in range(first, last))
        if self.words.disclaimer.match(text):
            return True
        return len(text) > 60 and len(set(self.words.legal.findall(text))) >= 2

    # -- where it begins -------------------------------------------------------

    def cut(self) -> int | None:
        written = False
        for i, line in self.folded.items():
            if self.roles[i] != "n":
                continue
            if _DELIMITER.fullmatch(self.lines[i]) and (self.lines[i] == "-- " or self.end - i <= _LONGEST):
                return i
            if self.words.postscript.match(line.strip()):
                written = True
                continue
            below = self.below_closing(i, line)
            if below is not None:
                return below
            if written and self.is_own_name(i, line):
                return i
            written = True
        return None

    def below_closing(self, i: int, line: str) -> int | None:
        """The first line below the closing formula ``line``, where that is a name."""
        thanks = self.words.thanks.fullmatch(line) is not None
        closes = self.words.closing.fullmatch(line) or (len(line) < 160 and self.words.closing_start.match(line))
        if not (thanks or closes):
            return None
        following = islice(self.written, bisect_right(self.written, i), None)
        below = next((j for j in following if self.roles[j] == "n"), None)
        if below is None:
            return None
        signs = self.is_name(below, sure=not closes) or self.is_block_of_sender(below)
        return below if signs or _RULE.fullmatch(self.lines[below]) else None

    def is_block_of_sender(self, i: int) -> bool:
        """A name followed, in the same paragraph, by a line with words of the sender's name: an office that signs."""
        if not self.is_name(i, sure=False):
            return False
        below = takewhile(self.folded.__contains__, range(i + 1, min(self.end, i + 6)))
        return any(self.is_name(j, sure=True) for j in below)

    def is_name(self, i: int, *, sure: bool) -> bool:
        """A short line without a sentence in it. ``sure``: it must be the sender's name, as "Merci" may stand anywhere."""
        text = self.words.on_behalf.sub("", self.lines[i].strip().strip("*_").strip())
        if self.words.postscript.match(self.folded[i].strip()) or text.endswith(("?", "!", ":", ";")):
            return False
        found = [w for w in _NOT_WORD.split(self.folded[i]) if w]
        if len(text) <= 80 and any(w in self.name for w in found if len(w) > 1):
            return not self.words.first_person.search(self.folded[i])
        written = text.replace(",", " ").split()
        if sure or not 1 <= len(written) <= 8 or len(text) > 60 or text.endswith("."):
            return False
        return written[0][0].isupper() and sum(w[0].isupper() for w in written) * 2 >= len(written)

    def is_own_name(self, i: int, line: str) -> bool:
        """The sender's own name on a line, alone or with a function behind a comma, below something written.

        Not in a list: after a line that ends with ":" or is itself a name.
        """
        if not any(word in line for word in self.name):
            return False
        text = line.strip().strip("*_").strip()
        if not text or not text[0].isalpha() or len(text) > _MAX_LINE or "\t" in text:
            return False
        tail = _TAIL.search(text)
        head = [w for w in _NOT_WORD.split(text[: tail.start()] if tail else text) if w]
        if not 1 <= len(head) <= 6 or not self.is_senders(head, i):
            return False
        rest = text[tail.start() :].strip() if tail else ""
        if rest and (len(head) < 2 or rest[0] in "(:" or text[-1] in ".?!:" or self.words.first_person.search(rest)):
            return False
        return not self.is_in_list(i)

    def is_senders(self, head: list[str], i: int) -> bool:
        if len(head) > 2 and not self.is_name_word(head[0]) and self.lines[i].strip()[0].isupper():
            head = head[1:]  # a title or a rank before it
        return all(self.is_name_word(w) for w in head) and any(len(w) > 1 for w in head)

    def is_name_word(self, word: str) -> bool:
        return word in self.name or (len(word) == 1 and any(n.startswith(word) for n in self.name))

    def is_in_list(self, i: int) -> bool:
        place = bisect_left(self.written, i)
        if place == 0:
            return False
        above = self.written[place - 1]
        text = self.lines[above].strip()
        if text.endswith(":"):
            return True
        return above == i - 1 and len(text.split()) > 1 and self.is_name(above, sure=False)

    # -- how far it goes -------------------------------------------------------

    def mark_from(self, cut: int) -> None:
        delimited = _DELIMITER.fullmatch(self.lines[cut]) is not None
        legal = False
        for first, last in self.paragraphs(cut):
            legal = legal or self.is_legal(first, last)
            added = self.words.postscript.match(self.folded[first].strip()) is not None
            if first > cut and not delimited and not legal:
                added = added or any(self.words.first_person.search(self.folded[i]) for i in range(first, last))
            start = next((i for i in range(first, last) if self.words.postscript.match(self.folded[i].strip())), last)
            stop = first if added else start
            self.roles[first:stop] = "s" * (stop - first)
