"""Who seems to be registered twice, and what two registrations are once they are one."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from mailbot.core.duplicates import duplicates, merged
from mailbot.core.registrations import Registration, RegistrationStatus
from tests.core.test_acts import COURSE, NOW, event, on_file

P, C, W, O, X, D = RegistrationStatus  # noqa: E741


def one(**changes: Any) -> Registration:
    return on_file(id="one", organisation="Town hall", **changes)


def other(**changes: Any) -> Registration:
    base = on_file(
        id="other",
        email="anna@home.example",
        person_key="anna@home.example",
        name="PEETERS Anna",
        organisation="town hall ",
        requested_at=NOW,
    )
    return replace(base, **changes)


@pytest.mark.parametrize(
    ("second", "why"),
    [
        (other(), "same organisation"),
        (other(organisation=None, requested_by="anna@town.example"), "same writer"),
        (other(organisation=None, email=None), "no address"),
        (other(organisation="Library"), None),
        (other(name="Anna Peters"), None),
        (other(event="bread"), None),
        (other(status=X), None),
    ],
)
def test_a_name_alone_is_no_sign(second: Registration, why: str | None) -> None:
    found = duplicates([second, one()])
    assert [(each.first.id, each.second.id, each.why) for each in found] == ([("one", "other", why)] if why else [])


def test_made_one_the_best_status_the_earlier_request_and_all_details_stay() -> None:
    kept = other(status=W, sessions=("soup/3",), mode="online")
    result = merged(event(**COURSE), kept, one(sessions=("soup/2",), phone="02 1", needs="ramp"), NOW)
    assert not isinstance(result, str)
    stays, gone = result
    assert (stays.id, stays.status, stays.sessions, stays.mode) == ("other", C, ("soup/2", "soup/3"), "online")
    assert (stays.phone, stays.needs, stays.requested_at) == ("02 1", "ramp", NOW - timedelta(days=1))
    assert (gone.id, gone.status) == ("one", X)


@pytest.mark.parametrize(
    ("kept", "given_up"),
    [(one(), one()), (one(), other(event="bread")), (one(), other(status=X)), (one(status=W), other(status=O, offered_until=NOW))],
)  # fmt: skip
def test_what_cannot_be_made_one_says_why(kept: Registration, given_up: Registration) -> None:
    assert isinstance(merged(event(), kept, given_up, NOW), str)
