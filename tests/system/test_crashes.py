"""Whatever ends the desk, and whenever: no mail is lost, none is answered twice."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

import pytest
from sqlalchemy import create_engine, text

from mailbot.service.intake import BATCH
from mailbot.service.outbox import UNRECORDED
from tests.rigs.desk import FOLDERS, Desk, delivered, until
from tests.system.town import Town


@contextmanager
def looking(desk: Desk) -> Iterator[Callable[[], Counts]]:
    """Into the database while the desk works with it, without a lock that would be in its way."""
    engine = create_engine(str(desk.settings["database"]).replace("sqlite:///", f"sqlite:///{desk.home}/"))

    def counts() -> Counts:
        with engine.connect() as connection:
            return Counts(*connection.execute(_COUNTS).one())

    try:
        yield counts
    finally:
        engine.dispose()


class Counts(NamedTuple):
    mails: int
    registrations: int
    holds: int
    unsent: int
    in_flight: int
    failed: int


_COUNTS = text(
    "SELECT (SELECT count(*) FROM mails), (SELECT count(*) FROM registrations), (SELECT count(*) FROM holds), "
    "(SELECT count(*) FROM deliveries WHERE status IN ('queued', 'deferred', 'in-flight')), "
    "(SELECT count(*) FROM deliveries WHERE status = 'in-flight'), "
    "(SELECT count(*) FROM deliveries WHERE status = 'failed')"
)


@pytest.mark.parametrize(("database", "count", "crashes"), [("sqlite", 200, 4), ("postgresql", 100, 2)])
def test_many_mails_through_a_stop_and_crashes(
    database: str, count: int, crashes: int, town: Town, request: pytest.FixtureRequest
) -> None:
    desk = town.desk
    if database == "postgresql":
        desk.write(database=request.getfixturevalue("postgres_url"))
    desk.open()
    desk.until(lambda: "first start" in desk.log)
    assert desk.terminate() == 0
    people = town.people(count)
    town.write(*people)
    until(lambda: town.count("INBOX") == count)

    def done(now: Counts) -> bool:
        return now.mails == count and now.unsent == 0

    with looking(desk) as counts:
        # Asked to stop in the middle: the batch in hand is finished, the next is not begun.
        desk.open()
        desk.until(lambda: counts().mails > 0)
        assert desk.terminate() == 0
        stopped = counts()
        assert stopped.mails % BATCH == 0
        assert stopped.in_flight == 0
        # Killed in the middle, again and again.
        seed = random.randrange(10**6)
        chance = random.Random(seed)
        story = [f"stopped at {stopped.mails} read, {stopped.unsent} unsent"]
        for _ in range(crashes):
            desk.open()
            goal = progress(counts()) + chance.randint(1, 60)
            desk.until(lambda goal=goal: progress(counts()) >= goal or done(counts()))
            desk.kill()
            story.append(f"{counts().mails} read, {counts().unsent} unsent, {counts().in_flight} in flight")
        print(f"\nseed {seed}: {'; '.join(story)}")
        desk.open()
        desk.until(lambda: done(counts()), 120)
        assert counts() == Counts(count, count, holds=0, unsent=0, in_flight=0, failed=0)
    desk.until(lambda: town.count(FOLDERS["processed"]) == count)
    assert town.count("INBOX") == 0
    assert len({mail["Message-ID"] for mail in town.mails(folder=FOLDERS["processed"])}) == count
    desk.until(lambda: all(delivered(town.dovecot, person) for person in people))
    answers = town.answers(*people)
    # A mail whose "250" was lost with the desk goes out again, under the Message-ID that it had: programs show it once.
    assert {person: len(set(ids)) for person, ids in answers.items()} == dict.fromkeys(people, 1)
    doubles = sum(len(ids) - 1 for ids in answers.values())
    assert doubles <= crashes * (UNRECORDED + 2)  # few are in flight at a time
    print(f"answers that went out twice under one Message-ID, of {count} and {crashes} crashes: {doubles}")
    assert desk.terminate() == 0


def progress(counts: Counts) -> int:
    """Grows with every mail that is read and with every answer that is sent."""
    return 2 * counts.mails - counts.unsent
