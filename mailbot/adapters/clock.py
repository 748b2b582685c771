"""Clocks: the real one, one that stands still, and one that runs from a stated moment."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta


@dataclass(frozen=True, slots=True)
class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


@dataclass(slots=True)
class FixedClock:
    """Stands still until it is set: ``replay`` sets it to each mail's own date."""

    at: datetime

    def __post_init__(self) -> None:
        self.set(self.at)

    def now(self) -> datetime:
        return self.at

    def set(self, at: datetime) -> None:
        """Raises ``ValueError`` for a moment without a zone."""
        self.at = _utc(at)


@dataclass(frozen=True, slots=True)
class OffsetClock:
    """Shows ``start`` when it is made and runs on from there, at the speed of time; setting the computer's clock
    does not move it."""

    start: datetime
    _began: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        object.__setattr__(self, "start", _utc(self.start))

    def now(self) -> datetime:
        return self.start + timedelta(seconds=time.monotonic() - self._began)


def _utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError(f"{moment.isoformat()} has no time zone: write it as 2021-09-01T09:00:00+02:00")
    return moment.astimezone(UTC)
