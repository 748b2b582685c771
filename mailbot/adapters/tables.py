"""Rows as files that people open: CSV for a Belgian Excel, and XLSX.

Cells hold what strangers wrote. A spreadsheet would take one that begins with ``=`` for a formula and run it when
the file is opened (CWE-1236): in CSV such text gets an apostrophe before it, in XLSX it is stored as text.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from openpyxl.cell import Cell

# openpyxl is imported where a workbook is made: 0.2 s and 13 MiB, for one file a day.

#: what a spreadsheet reads as the beginning of a formula; tab and CR are dropped by some before they look
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")

#: an XLSX cell holds no more (ECMA-376 §18.3.1.4)
_LONGEST = 32_767

#: what a cell may hold
Value = str | bool | int | float | Decimal | datetime | date | time | None

#: column widths in characters
_NARROW, _WIDE = 8, 50


class FileTables:
    """``timezone``: the zone in which moments are shown, for spreadsheets know none."""

    def __init__(self, timezone: str = "Europe/Brussels") -> None:
        self._zone = ZoneInfo(timezone)

    def csv(self, header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
        """UTF-8 with its mark, semicolons, CRLF: opens with a double click where the comma is the decimal sign."""
        out = io.StringIO(newline="")
        writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
        writer.writerow([_guarded(name) for name in header])
        writer.writerows([self._text(value) for value in row] for row in rows)
        return out.getvalue().encode("utf-8-sig", "replace")

    def xlsx(self, title: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
        """One sheet: a bold header that stays in sight, columns as wide as their content, dates as dates."""
        from openpyxl import Workbook
        from openpyxl.utils import get_column_letter

        filled = [[self._value(value) for value in row] for row in rows]
        book = Workbook(write_only=True)
        sheet = book.create_sheet(_sheet_name(title))
        sheet.freeze_panes = "A2"
        for index, width in enumerate(_widths(header, filled), start=1):
            sheet.column_dimensions[get_column_letter(index)].width = width
        sheet.append([_cell(sheet, name, bold=True) for name in header])
        for row in filled:
            sheet.append([_cell(sheet, value) for value in row])
        if header:
            sheet.auto_filter.ref = f"A1:{get_column_letter(len(header))}{len(filled) + 1}"
        out = io.BytesIO()
        book.save(out)
        return out.getvalue()

    def _value(self, value: object) -> Value:
        """What a cell may hold: text, number, date; moments as wall time of the zone."""
        match value:
            case datetime() if value.tzinfo is not None:
                return value.astimezone(self._zone).replace(tzinfo=None, microsecond=0)
            case None | bool() | int() | float() | Decimal() | datetime() | date() | time():
                return value
            case _:
                return str(value)

    def _text(self, value: object) -> str:
        match self._value(value):
            case None:
                return ""
            case bool(truth):
                return "1" if truth else "0"
            case datetime() as moment:
                return moment.strftime("%Y-%m-%d %H:%M:%S")
            case float() | Decimal() as number:
                return str(number).replace(".", ",")
            case str(text):
                return _guarded(text)
            case other:
                return str(other)


class UnreadableTable(ValueError):
    """A file that is neither CSV nor XLSX, or is damaged."""


def table_rows(path: Path) -> list[list[str]]:
    """The rows of the first sheet, or of a CSV with semicolons, commas or tabs, as text. Raises ``UnreadableTable``."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UnreadableTable(f"cannot be read ({error.strerror})") from error
    if content[:4] == b"PK\x03\x04":
        return _xlsx_rows(content)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", "replace")  # as Excel saves "CSV"
    if "\0" in text:
        raise UnreadableTable("is neither XLSX nor CSV. Save it as one of them")
    first = text.partition("\n")[0]
    delimiter = max(";,\t", key=first.count)
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))


def _xlsx_rows(content: bytes) -> list[list[str]]:
    from openpyxl import load_workbook

    try:
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        sheet = book.worksheets[0]
        return [["" if cell is None else _plain(cell) for cell in row] for row in sheet.iter_rows(values_only=True)]
    except Exception as error:  # openpyxl lets through whatever its XML and ZIP readers raise
        raise UnreadableTable(f"is a damaged XLSX file ({type(error).__name__}: {error})") from error


def _plain(cell: object) -> str:
    """Excel makes numbers of what looks like one."""
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)


def _guarded(text: str) -> str:
    # Spaces before the sign do not keep every spreadsheet from reading it.
    return "'" + text if text.startswith(_FORMULA) or text.lstrip().startswith(_FORMULA) else text


def _cell(sheet: Any, value: Value, *, bold: bool = False) -> Cell:
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Alignment, Font

    cell = WriteOnlyCell(sheet)
    if not isinstance(value, str):
        cell.value = value
        if isinstance(value, datetime):
            cell.number_format = "yyyy-mm-dd hh:mm"
        elif isinstance(value, date):
            cell.number_format = "yyyy-mm-dd"
        return cell
    cell.value = _storable(value)
    # openpyxl has made a formula of what begins with "=", and an error of "#N/A"; it is text all the same.
    cell.data_type = "s"
    if value.startswith(_FORMULA):
        cell.quotePrefix = True  # the cell stays text when somebody edits it
    if bold:
        cell.font = Font(bold=True)
    if "\n" in value:
        cell.alignment = Alignment(wrap_text=True, vertical="top")
    return cell


def _storable(text: str) -> str:
    """Text that XML can hold."""
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    return ILLEGAL_CHARACTERS_RE.sub("\ufffd", text).encode("utf-8", "replace").decode("utf-8")[:_LONGEST]


def _widths(header: Sequence[str], rows: Sequence[Sequence[Value]]) -> list[int]:
    longest = [len(name) for name in header]
    for row in rows:
        for index, value in enumerate(row[: len(longest)]):
            lines = str(value).splitlines() if value is not None else []
            longest[index] = max([longest[index], *map(len, lines)])
    return [min(max(length + 2, _NARROW), _WIDE) for length in longest]


def _sheet_name(title: str) -> str:
    """At most 31 characters, none of those that Excel forbids in a sheet's name."""
    name = "".join(" " if character in "[]:*?/\\" else character for character in _storable(title))
    return name.strip().strip("'")[:31] or "1"
