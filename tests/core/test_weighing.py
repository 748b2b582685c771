"""What the look of the words says against an act, with an opinion made for the test."""

from __future__ import annotations

from unittest import mock

import pytest

from mailbot.core.opinion import NO_OPINION, Opinion
from mailbot.core.people import People
from mailbot.core.requests import Cancel, Details, Doubt, Matched, Person, Register, Request
from mailbot.core.weighing import doubts_of_act, told_alone

ANNE = Person(name="Anne Dupont", email="anne@x.example", is_sender=True)
DETAILS = Details(event=Matched(event="album"), people=(ANNE,))


def opinion(**who: float) -> Opinion:
    rest = dict.fromkeys(("alone", "with", "others", "unnamed"), 0.0)
    return Opinion(
        kinds={"cancel": 1.0}, who=rest | who, online=0.0, person=0.0, asks=0.0, model=NO_OPINION, tokens=("mon",) * 20
    )


def codes(act: Request, *, own: bool, unnamed: bool = False) -> list[str]:
    people = People(sender=ANNE, unnamed=unnamed)
    with mock.patch("mailbot.core.weighing.told_by"):
        found = doubts_of_act((act,), (), opinion(others=0.97), doubted=False, plain=True, own=own, people=people)
    return [doubt.code for doubt in found]


@pytest.mark.parametrize(
    ("own", "unnamed", "doubted"),
    [(True, False, []), (False, False, ["person-unclear"]), (True, True, ["person-unclear"])],
)
def test_a_cancellation_that_names_the_sender_is_of_the_sender(own: bool, unnamed: bool, doubted: list[str]) -> None:
    assert codes(Cancel(details=DETAILS), own=own, unnamed=unnamed) == doubted
    assert codes(Register(details=DETAILS), own=own, unnamed=unnamed) == ["person-unclear"]


@pytest.mark.parametrize(("registers", "alone", "kept"), [(False, 0.96, 0), (False, 0.94, 1), (True, 0.96, 1)])
def test_a_number_of_people_matters_most_to_a_registration(registers: bool, alone: float, kept: int) -> None:
    people = People(sender=ANNE, number=2)
    doubts = (Doubt(code="person-unclear"),)
    assert len(told_alone(doubts, opinion(alone=alone), people, registers=registers)) == kept
