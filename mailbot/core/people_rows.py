"""People in tables and lists: one line a person, columns by their heading or by what stands in them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from mailbot.core.lexicon import Lexicon, fold
from mailbot.core.names import (
    EMAIL,
    NameWords,
    as_person,
    checked_email,
    folded_parts,
    has_given,
    is_house,
    parts_in_address,
)

#: what separates the cells of a line
_CELL = re.compile(r"\t+|\s*[|;]\s*| {2,}|\s+[-–—:]\s+|\s*,\s+(?=\S+@)")
#: without one of these a line has no second cell, and no address: most lines of a mail
_MAY_CUT = re.compile(r"[\t|;@]|\s\s|\s[-–—:]\s")
_BULLET = re.compile(r"[ \t>]*(?:[-*•·–—+]+|\(?\d{1,2}[.)°]|[a-z]\))[ \t]+")
_BRACKETS = re.compile(r"\s*[(\[<]?\s*$")

#: columns by their meaning in the lexicons' forms
_COLUMNS = {
    "form.name": "name",
    "form.first-name": "first",
    "form.last-name": "last",
    "form.email": "email",
    "form.organisation": "other",
    "form.phone": "other",
    "form.message": "other",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line that names a person."""

    name: str
    email: str | None
    start: int
    end: int
    #: ``table`` where columns have headings, else ``list``
    sign: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    start: int
    end: int
    marked: bool
    cells: tuple[tuple[str, int], ...]


def rows_in(raw: str, names: NameWords, lexicons: tuple[Lexicon, ...], until: int) -> tuple[Row, ...]:
    """Every line before ``until`` that is one of a table or list of people, in order."""
    labels = labels_of(lexicons)
    rows: list[Row] = []
    columns: tuple[str, ...] = ()
    for line in _lines(raw, until):
        heading = _heading(line, labels)
        if heading:
            columns = heading
            continue
        if not line.cells:
            # A table ends where something else is written.
            columns = columns if not raw[line.start : line.end].strip() else ()
            continue
        row = _by_columns(line, columns, names) if columns else None
        row = row or _by_content(line, names)
        if row is not None:
            rows.append(row)
        elif columns and not line.marked and len(line.cells) < 2:
            columns = ()
    return tuple(sorted((*rows, *_names_alone(raw, names, until, rows)), key=lambda row: row.start))


def _names_alone(raw: str, names: NameWords, until: int, rows: Sequence[Row]) -> list[Row]:
    """Two lines or more in succession that begin with names, and go on with no more than what these people are.

    ``rows``: those that are known, which count as lines of names.
    """
    found: list[Row] = []
    block: list[Row] = []
    beside = 0
    start = 0
    for text in (*raw[:until].split("\n"), ""):
        written = _TAIL.split(text.strip(" ,;.*•-\t"))[0].strip(" ,;.")
        words = written.split()
        known = any(start <= r.start < start + len(text) for r in rows)
        alone = 2 <= len(words) <= 6 and all(w[:1].isupper() or fold(w) in names.particle for w in words)
        person = as_person(written, names) if alone and not known else None
        if known:
            beside += 1
        elif person is not None and len(person.split()) > 1:
            at = start + text.index(words[0])
            address = EMAIL.search(text)
            email = checked_email(address.group()) if address else None
            block.append(Row(name=person, email=email, start=at, end=at + len(written), sign="list"))
        else:
            # Beside those with an address only whoever is known by the first name: "Ludo Jaspers - geen e-mail".
            sure = [row for row in block if has_given(row.name, names)]
            found += block if len(block) > 1 else sure if beside else []
            block, beside = [], 0
        start += len(text) + 1
    return found


#: what follows a name on its line: "Anne Roland – infirmière", "Anne Roland (IDP)", "Anne Roland, infirmière"
_TAIL = re.compile(r"\s[-–—:|/]\s|\s*[(|\t]|,\s(?=[a-zß-ÿ])")


def _lines(raw: str, until: int) -> list[_Line]:
    lines = []
    start = 0
    for text in raw[:until].split("\n"):
        bullet = _BULLET.match(text)
        if bullet is None and _MAY_CUT.search(text) is None:
            lines.append(_Line(start=start, end=start + len(text), marked=False, cells=()))
            start += len(text) + 1
            continue
        head = bullet.end() if bullet else 0
        cells: list[tuple[str, int]] = []
        at = head
        for separator in [*_CELL.finditer(text, head), None]:
            end = separator.start() if separator else len(text)
            cell = text[at:end]
            if cell.strip():
                cells.append((cell.strip(" .,;*_"), start + at + len(cell) - len(cell.lstrip())))
            at = separator.end() if separator else len(text)
        mails = EMAIL.search(text) is not None
        counts = bool(bullet) or len(cells) > 1 or mails
        lines.append(
            _Line(start=start, end=start + len(text), marked=bool(bullet), cells=tuple(cells) if counts else ())
        )
        start += len(text) + 1
    return lines


def _heading(line: _Line, labels: dict[str, str]) -> tuple[str, ...]:
    """The columns of a heading line: all its cells are short, and at least two are known labels, or one of names."""
    if len(line.cells) < 2 or any(EMAIL.search(cell) for cell, _ in line.cells):
        return ()
    found = [_COLUMNS.get(_label(labels, cell) or "", "other") for cell, _ in line.cells]
    known = [column for column in found if column != "other"]
    labelled = [cell for cell, _ in line.cells if _label(labels, cell)]
    first_is_who = all(len(cell.split()) <= 3 for cell, _ in line.cells) and bool(labelled)
    if len(known) >= 2 or (known and first_is_who):
        return tuple(found)
    if first_is_who and len(labelled) >= 1 and len(line.cells) >= 3 and not known:
        return ("name", *found[1:])
    return ()


def _by_columns(line: _Line, columns: tuple[str, ...], names: NameWords) -> Row | None:
    values: dict[str, tuple[str, int]] = {}
    for column, cell in zip(columns, line.cells, strict=False):
        values.setdefault(column, cell)
    address = next((m.group() for cell, _ in line.cells if (m := EMAIL.search(cell))), None)
    email = checked_email(address) if address else None
    if "first" in values and "last" in values:
        written = f"{values['first'][0]} {values['last'][0]}"
        start = min(values["first"][1], values["last"][1])
    elif "name" in values or "last" in values:
        written, start = values.get("name") or values["last"]
    else:
        return None
    person = as_person(written, names, email) or (written if parts_in_address(written, email) else None)
    if person is None:
        return None
    return Row(name=person, email=email, start=start, end=start + len(written), sign="table")


def _by_content(line: _Line, names: NameWords) -> Row | None:
    """A marked line, or one with an address, that begins with a name: "- Petit, Anne (anne@…)"."""
    address = next((m.group() for cell, _ in line.cells if (m := EMAIL.search(cell))), None)
    email = checked_email(address) if address else None
    first, start = line.cells[0]
    head = EMAIL.split(first)[0] if EMAIL.search(first) else first
    head = _BRACKETS.sub("", re.split(r"\s*[(\[<]", head)[0]).strip(" .,;:")
    if not head:
        return None
    end = start + len(head if first.startswith(head) else first)
    if len(line.cells) > 1 and " " not in head and (second := _single(line.cells[1][0])) and email is not None:
        joined = f"{head} {second}"
        if parts_in_address(joined, email):
            head = _in_order(head, second, email)
    words = head.split()
    if not (line.marked or email is not None) or not 2 <= len(words) <= 6:
        return None
    if sum(word[:1].islower() and fold(word) not in names.particle for word in words):
        return None
    person = as_person(head, names, email)
    if person is None and fold(words[0]) in names.given and not is_house(head, names):
        person = head  # "An Claes": a first name that is a word elsewhere
    if person is None:
        return None
    return Row(name=person, email=email, start=start, end=end, sign="list")


def unread_rows(raw: str, names: NameWords, until: int, known: Sequence[int]) -> tuple[tuple[int, int], ...]:
    """Marked lines beside those of people, who begin at ``known``: words with capitals that are no known name."""
    lines = [line for line in _lines(raw, until) if line.marked and line.cells]
    named = [any(line.start <= at < line.end for at in known) for line in lines]
    strange = []
    for number, line in enumerate(lines):
        written, at = line.cells[0]
        words = written.split()
        beside = any(named[max(0, number - 1) : number + 2])
        capitals = 2 <= len(words) <= _NAME_WORDS and all(w[:1].isupper() or fold(w) in names.particle for w in words)
        if not named[number] and beside and capitals and not is_house(written, names):
            strange.append((at, at + len(written)))
    return tuple(strange)


_NAME_WORDS = 4


def _single(cell: str) -> str | None:
    """A cell that may be the other half of a name."""
    return cell if cell[:1].isupper() and len(cell.split()) <= 3 and "@" not in cell else None


def _in_order(one: str, other: str, email: str) -> str:
    """First name first, as the address tells ("rima.saliba@")."""
    local = re.sub(r"[^a-z]", "", fold(email.partition("@")[0]))
    first = "".join(folded_parts(one))
    return (
        f"{one} {other}"
        if local.startswith(first[:1]) and not local.startswith("".join(folded_parts(other)))
        else f"{other} {one}"
    )


def _label(labels: dict[str, str], written: str) -> str | None:
    """The meaning of a label, also where it goes on: "Nom et prénom du participant"."""
    told = " ".join(re.findall(r"[^\W_]+", fold(written)))
    while told:
        if told in labels:
            return labels[told]
        told = told.rpartition(" ")[0]
    return None


def label_of(lexicons: tuple[Lexicon, ...], written: str) -> str | None:
    return _label(labels_of(lexicons), written)


@lru_cache(maxsize=32)
def labels_of(lexicons: tuple[Lexicon, ...]) -> dict[str, str]:
    """Label, folded -> ``form.name`` …, of these languages together."""
    found: dict[str, str] = {}
    for lexicon in lexicons:
        for entry in lexicon.entries:
            if entry.meaning.startswith("form."):
                found.setdefault(" ".join(re.findall(r"[^\W_]+", fold(entry.phrase))), entry.meaning)
    return found


def within(position: int, rows: Sequence[Row], raw: str) -> bool:
    """Whether ``position`` is on the line of one of these rows."""
    start = raw.rfind("\n", 0, position) + 1
    end = raw.find("\n", position)
    return any(start <= row.start < (len(raw) if end < 0 else end) for row in rows)
