"""The organisers' digest: once for each day, whatever the clock does, and with what changed since the last one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from email import message_from_bytes
from email.policy import default
from typing import Any

import pytest

from mailbot.adapters.tables import FileTables
from mailbot.core.events import Organiser, Pickup, PickupPoint, Place
from mailbot.core.language import Language, Localized
from mailbot.core.pickups import PickupStatus
from mailbot.service.digests import DigestTimes, due_day, queue_due, recipients_of
from tests.service.town import BRUSSELS, Town, event, wish, with_events

TABLES = FileTables("Europe/Brussels")


def local(text: str, fold: int = 0) -> datetime:
    """Wall time in Brussels."""
    return datetime.fromisoformat(text).replace(tzinfo=BRUSSELS, fold=fold).astimezone(UTC)


def tick(town: Town, now: datetime, **times: Any) -> int:
    with town.store.begin() as tx:
        return sum(
            queue_due(tx, town.policy, recipients, TABLES, DigestTimes(**times), now=now)
            for recipients in recipients_of(town.policy)
        )


def digests(town: Town) -> list[Any]:
    return [d.message for d in reversed(town.deliveries()) if d.message.kind == "organiser-digest"]


def register(town: Town, *numbers: int) -> None:
    for number in numbers:
        town.server.deliver(wish(number))
    town.poll()


@pytest.mark.parametrize(
    ("now", "at", "day"),
    [
        (local("2027-03-02T07:29:59"), time(7, 30), date(2027, 3, 1)),
        (local("2027-03-02T07:30:00"), time(7, 30), date(2027, 3, 2)),
        (local("2027-03-02T23:59:59"), time(7, 30), date(2027, 3, 2)),
        (local("2027-03-03T00:00:00"), time(0, 0), date(2027, 3, 3)),
        # Summer time begins: there is no 02:30 on that day, and it is due from 03:00 on.
        (local("2027-03-28T01:59:59"), time(2, 30), date(2027, 3, 27)),
        (local("2027-03-28T03:00:00"), time(2, 30), date(2027, 3, 28)),
        # It ends: 02:30 comes twice, and is due the first time.
        (local("2027-10-31T02:29:59"), time(2, 30), date(2027, 10, 30)),
        (local("2027-10-31T02:30:00", fold=0), time(2, 30), date(2027, 10, 31)),
        (local("2027-10-31T02:30:00", fold=1), time(2, 30), date(2027, 10, 31)),
    ],
)
def test_the_day_that_is_due(now: datetime, at: time, day: date) -> None:
    assert due_day(now, DigestTimes(at=at)) == day


@pytest.mark.parametrize("at", [time(0, 0), time(0, 30), time(2, 30), time(7, 30), time(23, 45)])
@pytest.mark.parametrize("around", ["2027-03-27T12:00", "2027-10-30T12:00", "2027-12-30T12:00"])
def test_ticking_through_three_days_makes_one_digest_a_day(town: Town, at: time, around: str) -> None:
    """Also through the night that has no half past two, and the one that has two."""
    moment, made = local(around), []
    tick(town, moment, at=at, send_empty=True)
    for _ in range(3 * 24 * 4):
        moment += timedelta(minutes=15)
        if tick(town, moment, at=at, send_empty=True):
            made.append(moment.astimezone(BRUSSELS))
    assert len(made) == 3
    assert len({day.date() for day in made}) == 3
    for day in made:
        wanted = datetime.combine(day.date(), at, BRUSSELS)
        assert timedelta() <= day - wanted < timedelta(hours=1)


def test_a_digest_holds_what_changed_since_the_last_one(town: Town) -> None:
    tick(town, local("2027-03-01T08:00"))
    register(town, 1)
    assert tick(town, local("2027-03-01T20:00")) == 0
    assert tick(town, local("2027-03-02T07:30")) == 1
    register(town, 2)
    assert tick(town, local("2027-03-02T12:00")) == 0
    assert tick(town, local("2027-03-03T07:30")) == 1
    first, second = digests(town)
    assert first.envelope_to == "organiser@town.example"
    assert "Compost pour tous" in first.text
    names = [part.get_filename() for part in message_from_bytes(second.content).walk() if part.get_filename()]
    assert sorted(name.rpartition(".")[2] for name in names) == ["csv", "xlsx"]
    assert first.id != second.id


def test_days_that_were_missed_are_caught_up_in_one(town: Town) -> None:
    tick(town, local("2027-03-01T08:00"))
    register(town, 1)
    assert tick(town, local("2027-03-05T06:00")) == 1  # the desk was down for days: one digest, late
    assert tick(town, local("2027-03-05T06:01")) == 0
    register(town, 2)
    assert tick(town, local("2027-03-05T07:30")) == 1
    assert len(digests(town)) == 2


def test_with_nothing_to_tell_nothing_is_sent_unless_wanted(town: Town) -> None:
    tick(town, local("2027-03-01T08:00"))
    assert tick(town, local("2027-03-02T08:00")) == 0
    assert tick(town, local("2027-03-03T08:00"), send_empty=True) == 1
    assert tick(town, local("2027-03-04T08:00"), send_empty=False) == 0


def test_organisers_get_only_what_is_theirs(town: Town) -> None:
    honey = Localized(fr="Miel de ville")
    other = event("honey", title=honey, organiser=Organiser(name=honey, digest=("bees@town.example",)))
    town.policy = with_events(town.policy, event(), other)
    tick(town, local("2027-03-01T08:00"))
    register(town, 1)
    tick(town, local("2027-03-02T08:00"))
    assert [message.envelope_to for message in digests(town)] == ["organiser@town.example"]


def test_a_tick_that_fails_makes_its_digest_at_the_next_one(town: Town) -> None:
    tick(town, local("2027-03-01T08:00"))
    register(town, 1)
    with pytest.raises(RuntimeError), town.store.begin() as tx:
        (recipients,) = recipients_of(town.policy)
        queue_due(tx, town.policy, recipients, TABLES, DigestTimes(), now=local("2027-03-02T08:00"))
        raise RuntimeError("before the commit")
    assert digests(town) == []
    assert tick(town, local("2027-03-02T08:01")) == 1


@pytest.mark.parametrize("language", ["fr", "nl", "en", "de"])
def test_organisers_see_who_collects_what_where_and_who_has_not(town: Town, language: Language) -> None:
    place = Place(street="Rue du Dépôt 1", city="Bruxelles")
    pickup = Pickup(item=Localized(fr="un seau"), points=(PickupPoint(key="depot", place=place, stock=30),))
    organiser = Organiser(name=Localized(fr="Jardin"), digest=("jardin@town.example",), language=language)
    town.policy = with_events(town.policy, event(pickup=pickup, organiser=organiser))
    tick(town, local("2027-03-01T08:00"))
    town.poll()
    register(town, *range(12))
    with town.store.begin() as tx:
        items = tx.reservations(event="compost")
        assert len(items) == 12
        for status, number in ((PickupStatus.COLLECTED, 3), (PickupStatus.RETURNED, 1)):
            for item in items[:number]:
                tx.put_reservation(replace(item, status=status, changed_at=town.clock.now()), 30)
    tick(town, local("2027-03-02T08:00"))
    (mail,) = digests(town)
    here, waiting = [line for line in mail.text.splitlines() if "Bruxelles" in line and line.startswith("- ")][-2:]
    assert "11" in here and "30" in here, "one came back and is there again"
    told = {
        "fr": "(retiré : 2, rendu : 1)",
        "nl": "(afgehaald: 2, teruggebracht: 1)",
        "en": "(collected: 2, returned: 1)",
        "de": "(abgeholt: 2, zurückgegeben: 1)",
    }
    assert told[language] in here.replace("\u00a0", " ").replace("\u202f", " ")
    assert waiting.count("Anne Peeters") == 8
    assert waiting.rstrip(".").split()[-2:] in (["1", "autre"], ["nog", "1"], ["1", "more"], ["1", "weitere"])
    (csv,) = [
        part.get_content()
        for part in message_from_bytes(mail.content, policy=default).walk()
        if part.get_content_type() == "text/csv"
    ]
    words = {"fr": "retiré", "nl": "afgehaald", "en": "collected", "de": "abgeholt"}
    assert [line.split(";" if ";" in line else ",").count(words[language]) for line in csv.splitlines()].count(1) == 2
