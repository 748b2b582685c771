from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta, timezone

import pytest

from mailbot.adapters.clock import FixedClock, OffsetClock, SystemClock

START = datetime(2021, 9, 1, 11, 0, tzinfo=timezone(timedelta(hours=2)))


def test_the_system_clock_is_aware_and_in_utc() -> None:
    before = datetime.now(UTC)
    now = SystemClock().now()
    assert before <= now <= datetime.now(UTC)
    assert now.utcoffset() == timedelta(0)


def test_a_fixed_clock_stands_still_until_it_is_set() -> None:
    clock = FixedClock(START)
    assert clock.now() == clock.now() == START
    assert clock.now().utcoffset() == timedelta(0)
    clock.set(START + timedelta(days=1))
    assert clock.now() == START + timedelta(days=1)


def test_an_offset_clock_runs_on_from_its_start() -> None:
    clock = OffsetClock(START)
    first = clock.now()
    time.sleep(0.01)
    second = clock.now()
    assert START <= first < second < START + timedelta(seconds=10)
    assert first.utcoffset() == timedelta(0)


@pytest.mark.parametrize("make", [FixedClock, OffsetClock])
def test_a_start_without_a_zone_is_refused(make: type[FixedClock] | type[OffsetClock]) -> None:
    with pytest.raises(ValueError, match="time zone"):
        make(START.replace(tzinfo=None))
