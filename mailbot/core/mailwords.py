"""What mail programs and machines write around people's words, in all languages together.

The words are data: ``rules/mail/*.toml``. They are compiled here, once, into a few patterns; nothing else in
the core knows a word of any language that a mail program writes.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from mailbot.core.branches import branches
from mailbot.core.problems import Problem

#: what a table may hold; every one is a list of words or phrases
TABLES: Mapping[str, frozenset[str]] = {
    "quote": frozenset(
        {"headers", "original", "forwarded", "from", "sent", "to", "cc", "subject", "other", "answer_above"}
    ),
    "signature": frozenset(
        {
            "closings",
            "closing_starts",
            "thanks",
            "sent_from",
            "disclaimers",
            "legal",
            "postscripts",
            "first_person",
            "on_behalf",
            "banners",
        }
    ),
    "subject": frozenset({"reply", "forward", "automatic", "absent", "receipt", "bounce"}),
    "machine": frozenset(
        {
            "absent",
            "returns",
            "stand_in",
            "unread",
            "ticket",
            "automatic",
            "request",
            "matter",
            "away",
            "handled",
            "bounce",
            "receipt",
            "newsletter",
        }
    ),
    "spam": frozenset({"account", "pressure", "act", "lure", "offer"}),
    "addresses": frozenset({"no_reply", "bounce", "newsletter"}),
}
HEADER_TABLES = frozenset({"auto-reply", "bulk", "suppress", "spam"})
FIELDS = ("from", "sent", "to", "cc", "subject", "other")

Pattern = re.Pattern[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class MailWords:
    #: a whole line, or several joined by spaces, that announces a quote: "On … wrote:"
    quote_header: Pattern
    #: those of them that begin with a word: "On …"
    quote_header_begun: Pattern
    #: a line that separates: "-----Original Message-----"; group "forwarded" is set where it begins a forwarded mail
    separator: Pattern
    #: field names of a copied header block, folded: "verzonden" -> "sent"
    header_fields: Mapping[str, str]
    #: "Reply above this line"
    answer_above: Pattern
    #: a whole line that closes a letter
    closing: Pattern
    #: how a closing sentence begins: "Veuillez agréer …"
    closing_start: Pattern
    #: a whole line of thanks or wishes; closes a letter where the sender's own name follows
    thanks: Pattern
    sent_from: Pattern
    #: how a disclaimer begins, and the words of which two make one
    disclaimer: Pattern
    legal: Pattern
    postscript: Pattern
    #: how the warning begins that a mail server puts above what comes from elsewhere
    banner: Pattern
    #: what stands before the name of who signs for another
    on_behalf: Pattern
    first_person: Pattern
    #: one or more of "Re:", "AW:", "TR:" in front of a subject
    subject_prefixes: Pattern
    forward_prefix: Pattern
    automatic_subject: Pattern
    #: "Afwezig": people write it too
    absent_subject: Pattern
    receipt_subject: Pattern
    bounce_subject: Pattern
    #: phrases of machines by group (``absent``, ``ticket`` …), to be searched in folded text
    machine: Mapping[str, Pattern]
    spam: Mapping[str, Pattern]
    no_reply_address: Pattern
    bounce_address: Pattern
    newsletter_address: Pattern
    #: kind -> header name in lower case -> folded values, "*" for any
    headers: Mapping[str, Mapping[str, tuple[str, ...]]]


#: a dozen searches take a tenth of what str.translate does, which looks at every character in turn
_FOLD = tuple(zip("’‘´\xa0\u202f–—‐‑", "'''  ----", strict=True))


@lru_cache(maxsize=64)  # every check looks at the same few stretches of one mail
def fold(text: str) -> str:
    """Text as the phrases are searched in it: composed, lower case, plain apostrophes, hyphens and spaces. Keeps its length
    wherever the text was composed already."""
    if text.isascii():
        return text.lower()
    text = unicodedata.normalize("NFC", text)
    for char, plain in _FOLD:
        text = text.replace(char, plain)
    return text.lower()


def fold_lines(lines: Sequence[str]) -> list[str]:
    """Each line folded; together, because a call for each costs more than the work."""
    folded = fold("\n".join(lines)).split("\n")
    return folded if len(folded) == len(lines) else [fold(line) for line in lines]


def _phrase(written: str) -> str:
    """One phrase as a regular expression: "(a|b)" is either, "…" a gap, "*" the rest of a word."""
    text = re.escape(fold(written).strip()).replace(r"\ …\ ", _GAP).replace(r"\ ", r"\s+").replace(r"\*", r"\w*")
    return _EITHER.sub(lambda m: f"(?:{m.group(1)})".replace(r"\|", "|"), text)


_EITHER = re.compile(r"\\\(((?:[^()\\]|\\[^()])+\\\|(?:[^()\\]|\\[^()])+)\\\)")
#: a German date has full stops in it
_GAP = r"\s(?:[^.!?]|(?<=\d)\.){0,60}?\s?"


def _alternatives(words: Iterable[str]) -> str:
    """The words as one regular expression, longest first; an empty list matches nothing. … is up to 60 characters of a sentence."""
    # escaped spaces become "some white space": phrases are found across line breaks
    escaped = sorted({_phrase(w) for w in words}, key=lambda w: (-len(w), w))
    return f"(?:{branches(escaped)})" if escaped else "(?!)"


def _phrases(words: Iterable[str]) -> Pattern:
    return re.compile(rf"(?<!\w){_alternatives(words)}(?!\w)")


def _starts(words: Iterable[str]) -> Pattern:
    return re.compile(rf"\W{{0,3}}{_alternatives(words)}(?!\w)")


def _whole_line(words: Iterable[str]) -> Pattern:
    """One of the words, or two joined ("bien à vous, met vriendelijke groet"), and nothing else."""
    one = _alternatives(words)
    return re.compile(rf"\W{{0,3}}{one}(?:[\s,./&|\-]{{1,4}}{one})?[\s,.!;:)\-]*")


def _quote_headers(patterns: Iterable[str]) -> Pattern:
    """ "On … wrote:" as an expression for a whole line; … is a bounded stretch, so that nothing runs away."""
    compiled = []
    for pattern in patterns:
        parts = [re.escape(fold(p).strip().rstrip(":").strip()).replace(r"\ ", r"\s+") for p in pattern.split("…")]
        compiled.append(r"\s*(.{1,250}?)\s*".join(rf"\b{p}\b" if p and p[-1].isalnum() else p for p in parts))
    return re.compile("(?:" + "|".join(f"(?:{p})" for p in compiled) + r")\s*:" if compiled else "(?!)")


def _separators(original: Iterable[str], forwarded: Iterable[str]) -> Pattern:
    dashes = r"[-_*=\s]"
    return re.compile(
        rf"{dashes}{{0,60}}(?:(?P<forwarded>{_alternatives(forwarded)})(?:[^\n]{{0,80}}[-_]{{2,}})?|{_alternatives(original)})"
        rf"\s*:?{dashes}{{0,60}}"
    )


def _subject_prefixes(words: Iterable[str]) -> Pattern:
    return re.compile(rf"\s*{_alternatives(w.rstrip(' :') for w in words)}\s*(?:\[\d+\]|\(\d+\)|\^\d+)?\s*:")


def _subject_starts(words: Iterable[str]) -> Pattern:
    """The phrase at the beginning, then the end, a sign, or the prefix of the subject that is answered."""
    return re.compile(rf"\W{{0,3}}{_alternatives(words)}(?=\s*(?:[:\-(\[!./|]|$|re\b|aw\b|from\b|for\b))")


def _local_parts(words: Iterable[str], *, after: bool = False) -> Pattern:
    """``after``: also where something stands before it, "crm-noreply"."""
    before = r"(?:.{1,60}[-_.])?" if after else ""
    return re.compile(rf"{before}{_alternatives(words)}(?:[-_.+=]?\d+|[-_.+=].*|[0-9a-f]{{16,}})?")


class _Collected:
    """The lists of all files, joined by table and key, and what is wrong in them."""

    def __init__(self) -> None:
        self.words: dict[tuple[str, str], list[str]] = {}
        self.headers: dict[str, dict[str, list[str]]] = {}
        self.problems: list[Problem] = []

    def problem(self, file: str, key: str, message: str, remedy: str) -> None:
        self.problems.append(Problem(file=file, key=key, message=message, remedy=remedy))

    def strings(self, file: str, key: str, value: object) -> list[str]:
        if isinstance(value, list) and all(isinstance(v, str) and v.strip() for v in value):
            return list(value)
        self.problem(file, key, "must be a list of words or phrases", 'Write for example ["one", "another one"].')
        return []

    def add(self, file: str, table: str, value: object) -> None:
        if not isinstance(value, Mapping):
            self.problem(file, table, "must be a table", f"Write [{table}] with lists of words below it.")
        elif table == "headers":
            self.add_headers(file, value)
        elif table not in TABLES:
            known = ", ".join(sorted({*TABLES, "headers"}))
            self.problem(file, table, "is not a known table", f"Use one of {known}.")
        else:
            for key, words in value.items():
                if key not in TABLES[table]:
                    known = ", ".join(sorted(TABLES[table]))
                    self.problem(file, f"{table}.{key}", "is not a known list", f"Use one of {known}.")
                else:
                    self.words.setdefault((table, key), []).extend(self.strings(file, f"{table}.{key}", words))

    def add_headers(self, file: str, tables: Mapping[str, object]) -> None:
        for kind, names in tables.items():
            if kind not in HEADER_TABLES or not isinstance(names, Mapping):
                known = ", ".join(sorted(HEADER_TABLES))
                self.problem(file, f"headers.{kind}", "is not a known table of headers", f"Use one of {known}.")
                continue
            for name, values in names.items():
                strings = self.strings(file, f"headers.{kind}.{name}", values)
                self.headers.setdefault(kind, {}).setdefault(name.lower(), []).extend(fold(s) for s in strings)


def mail_words_from(files: Mapping[str, Mapping[str, object]]) -> tuple[MailWords | None, tuple[Problem, ...]]:
    """Compile the tables of all files into one ``MailWords``; None where there is any problem.

    Keys are file names as shown to people, values the TOML data.
    """
    collected = _Collected()
    for file, tables in files.items():
        for table, value in tables.items():
            collected.add(file, table, value)
    for file, key, phrase in (
        (f, "quote.headers", h) for f, t in files.items() for h in _headers_of(t) if "…" not in h
    ):
        collected.problem(
            file, key, f"{phrase!r} has no … for the date and the name", 'Write for example "On … wrote:".'
        )
    if collected.problems:
        return None, tuple(collected.problems)
    return _compiled(collected), ()


def _headers_of(tables: Mapping[str, object]) -> list[str]:
    quote = tables.get("quote")
    headers = quote.get("headers") if isinstance(quote, Mapping) else None
    return [h for h in headers if isinstance(h, str)] if isinstance(headers, list) else []


def _compiled(collected: _Collected) -> MailWords:
    def of(table: str, key: str) -> list[str]:
        return collected.words.get((table, key), [])

    return MailWords(
        quote_header=_quote_headers(of("quote", "headers")),
        quote_header_begun=_quote_headers(h for h in of("quote", "headers") if not h.lstrip().startswith("…")),
        separator=_separators(of("quote", "original"), of("quote", "forwarded")),
        header_fields={fold(name): field for field in FIELDS for name in of("quote", field)},
        answer_above=_phrases(of("quote", "answer_above")),
        closing=_whole_line(of("signature", "closings")),
        thanks=_whole_line(of("signature", "thanks")),
        closing_start=_starts(of("signature", "closing_starts")),
        sent_from=_starts(of("signature", "sent_from")),
        disclaimer=_starts(of("signature", "disclaimers")),
        legal=_phrases(of("signature", "legal")),
        banner=re.compile(rf"\W{{0,6}}{_alternatives(of('signature', 'banners'))}"),
        on_behalf=re.compile(rf"{_alternatives(of('signature', 'on_behalf'))}\s*(?=\w)", re.I),
        first_person=_phrases(of("signature", "first_person")),
        postscript=re.compile(rf"{_alternatives(of('signature', 'postscripts'))}(?=\W)"),
        subject_prefixes=_subject_prefixes([*of("subject", "reply"), *of("subject", "forward")]),
        forward_prefix=_subject_prefixes(of("subject", "forward")),
        automatic_subject=_subject_starts(of("subject", "automatic")),
        absent_subject=_subject_starts(of("subject", "absent")),
        receipt_subject=_subject_starts(of("subject", "receipt")),
        bounce_subject=_subject_starts(of("subject", "bounce")),
        machine={key: _phrases(of("machine", key)) for key in sorted(TABLES["machine"])},
        spam={key: _phrases(of("spam", key)) for key in sorted(TABLES["spam"])},
        no_reply_address=_local_parts(of("addresses", "no_reply"), after=True),
        bounce_address=_local_parts(of("addresses", "bounce")),
        newsletter_address=_local_parts(of("addresses", "newsletter")),
        headers={
            kind: {name: tuple(values) for name, values in names.items()} for kind, names in collected.headers.items()
        },
    )
