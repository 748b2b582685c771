"""No cell of the matrix is an exception, none is without outcome, and ``docs/matrix.md`` is what ``make matrix`` makes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from mailbot.core.language import LANGUAGES
from mailbot.core.registrations import TRANSITIONS, RegistrationStatus
from tests.matrix import EVENTS, PEOPLE, REQUESTS, Cell, cells, matrix_text, shipped

ROOT = Path(__file__).resolve().parents[2]

GREETING = {"fr": "Bonjour", "nl": ("Beste", "Dag", "Goedendag"), "en": ("Dear", "Hello"), "de": "Guten Tag"}

#: states in which nobody gets a place, nor a place in line, by any mail
NOTHING_GIVEN = {"cancelled", "past", "elsewhere"}

P, C, W, O, X, D = RegistrationStatus  # noqa: E741


@pytest.fixture(scope="module")
def matrix() -> tuple[Cell, ...]:
    return tuple(cells(shipped()))


def test_every_cell_has_an_outcome(matrix: tuple[Cell, ...]) -> None:
    assert len(matrix) == len(EVENTS) * len(PEOPLE) * len(REQUESTS) * len(LANGUAGES) == 1344
    for each in matrix:
        silent = each.request == "thanks" or each.request == "calendar decline"
        assert each.mails or silent, f"{each.event}/{each.person}/{each.request}: silence"
        assert len(each.mails) <= 1
        assert "internal-error" not in each.outcome


def test_the_outcome_does_not_depend_on_the_language(matrix: tuple[Cell, ...]) -> None:
    for start in range(0, len(matrix), len(LANGUAGES)):
        assert len({each.outcome for each in matrix[start : start + len(LANGUAGES)]}) == 1


def test_every_reply_is_written_in_the_persons_language(matrix: tuple[Cell, ...]) -> None:
    for each in matrix:
        for mail in each.mails:
            where = f"{each.event}/{each.person}/{each.request}/{each.language}"
            assert mail.language == each.language
            assert mail.text.startswith(GREETING[each.language]), where
            assert not re.search(r"None|\{\{|\{%|[\[\]]|  \S|\n\n\n| [.,;]", mail.text.replace("\u00a0", "_")), where


def test_every_move_is_one_of_the_table(matrix: tuple[Cell, ...]) -> None:
    for each in matrix:
        if each.status is not each.person and each.status is not None:
            assert each.status in TRANSITIONS[each.person]


def test_nobody_gets_a_place_where_none_is_given(matrix: tuple[Cell, ...]) -> None:
    for each in matrix:
        if each.event in NOTHING_GIVEN and each.status is not each.person:
            assert each.status is X, f"{each.event}/{each.person}/{each.request}"
        if each.event == "past":
            assert each.status is each.person


@pytest.mark.parametrize(
    ("event", "person", "request_", "outcome"),
    [
        ("open", X, "cancel", "cancelled"),
        ("open", X, "calendar decline", "silence"),
        ("open", X, "register", "confirmed; → **confirmed**"),
        ("open", X, "change", "cancelled"),
        ("open", D, "cancel", "declined"),
        ("open", D, "register", "pending; flagged: approval-needed; → **pending**"),
        ("open", O, "thanks", "offered"),
        ("open", C, "thanks", "silence"),
        ("full", C, "change", "unchanged"),
        ("full", W, "register", "waitlisted"),
        ("past", C, "calendar decline", "silence"),
        ("past", C, "cancel", "past"),
        ("past", None, "cancel", "past"),
        ("past", O, "thanks", "silence"),
        ("cancelled", C, "change", "event-cancelled"),
        ("cancelled", None, "question", "event-cancelled"),
        ("cancelled", C, "cancel", "event-cancelled; → **cancelled**"),
        ("elsewhere", P, "change", "elsewhere"),
        ("members only", C, "register", "already"),
        ("members only", P, "change", "members-only"),
        ("members only", X, "register", "members-only"),
    ],
)
def test_what_a_coordinator_would_do(
    matrix: tuple[Cell, ...], event: str, person: RegistrationStatus | None, request_: str, outcome: str
) -> None:
    found = {each.outcome for each in matrix if (each.event, each.person, each.request) == (event, person, request_)}
    assert found == {outcome}


def test_the_document_is_that_of_the_code(matrix: tuple[Cell, ...]) -> None:
    assert (ROOT / "docs" / "matrix.md").read_text("utf-8") == matrix_text(matrix), "run: make matrix"
