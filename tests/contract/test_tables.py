"""Rows as files: read back as the program that opens them would."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime
from decimal import Decimal

import openpyxl
import pytest

from mailbot.adapters.tables import FileTables

TABLES = FileTables("Europe/Brussels")


def csv_cells(*values: object) -> list[str]:
    content = TABLES.csv(["a"] * len(values), [values])
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";"))[1]


def test_csv_opens_with_a_double_click_in_a_belgian_excel() -> None:
    content = TABLES.csv(["Nom", "Prénom"], [["d'Août", 'a;"b"'], ["x\ny", None]])
    assert content == (b'\xef\xbb\xbfNom;Pr\xc3\xa9nom\r\nd\'Ao\xc3\xbbt;"a;""b"""\r\n"x\ny";\r\n')


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("+32 2 000 00 00", "'+32 2 000 00 00"),
        ("-5", "'-5"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        ("  =1", "'  =1"),
        ("＝1", "'＝1"),
        ("a=1", "a=1"),
        ("Anne-Marie", "Anne-Marie"),
        ("", ""),
        (None, ""),
        (-5, "-5"),
        (2.5, "2,5"),
        (Decimal("12.50"), "12,50"),
        (True, "1"),
        (date(2021, 9, 16), "2021-09-16"),
        (datetime(2021, 9, 16, 11, 0, 0, 9, tzinfo=UTC), "2021-09-16 13:00:00"),
        ("\udc80", "?"),
    ],
)
def test_csv_cells_are_never_formulas_and_dates_are_local(value: object, cell: str) -> None:
    assert csv_cells(value) == [cell]


def test_a_header_is_guarded_too() -> None:
    assert b"'=x" in TABLES.csv(["=x"], [])


@pytest.mark.parametrize(
    ("value", "cell", "data_type"),
    [
        ("=1+1", "=1+1", "s"),
        ("+32 2 000 00 00", "+32 2 000 00 00", "s"),
        ("#N/A", "#N/A", "s"),
        ("12", "12", "s"),
        (12, 12, "n"),
        (None, None, "n"),
        (date(2021, 9, 16), datetime(2021, 9, 16), "d"),  # noqa: DTZ001 - spreadsheets know no zones
        (datetime(2021, 9, 16, 11, 0, tzinfo=UTC), datetime(2021, 9, 16, 13, 0), "d"),  # noqa: DTZ001
        ("bell\x07 and \udc80", "bell\ufffd and ?", "s"),
        ("x" * 40_000, "x" * 32_767, "s"),
    ],
)
def test_xlsx_cells_are_never_formulas_and_dates_are_dates(value: object, cell: object, data_type: str) -> None:
    sheet = openpyxl.load_workbook(io.BytesIO(TABLES.xlsx("Liste", ["a"], [[value]]))).worksheets[0]
    found = sheet["A2"]
    assert (found.value, found.data_type) == (cell, data_type)


def test_xlsx_has_a_header_in_sight_and_columns_that_fit() -> None:
    content = TABLES.xlsx("a/b: [c]", ["Nom", "Courriel"], [["Ada", "ada.lovelace@example.org"], ["x", "y" * 200]])
    sheet = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
    assert (sheet.title, sheet.freeze_panes, sheet.auto_filter.ref) == ("a b   c", "A2", "A1:B3")
    assert [cell.font.b for cell in sheet[1]] == [True, True]
    assert not sheet["A2"].font.b
    assert (sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width) == (8, 50)


@pytest.mark.parametrize("title", ["", "'", "[]", "x" * 60, "\x07"])
def test_any_title_makes_a_sheet(title: str) -> None:
    assert openpyxl.load_workbook(io.BytesIO(TABLES.xlsx(title, [], []))).sheetnames[0]
