"""An event's file is not there any more though people are to come: nothing goes out, and a coordinator is asked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from mailbot.adapters.store.registering import Registering
from mailbot.adapters.tables import FileTables
from mailbot.core.event_facts import facts_of
from mailbot.core.event_index import build_index
from mailbot.core.events import Event, Session
from mailbot.core.language import LANGUAGES, Language, Localized
from mailbot.core.policy import Policy
from mailbot.core.registrations import Registration, RegistrationStatus
from mailbot.service.chores import Chores, do_chores
from mailbot.service.event_changes import SETTLED, gone_events, leave_alone, waiting_changes
from mailbot.service.review import preview, settle
from tests.service.talk import Talk, reply_to
from tests.service.town import NOW, Town, event, with_events

ANNE = "anne@town.example"
_starts = event().starts + timedelta(days=30)
OTHER = event(
    key="seeds",
    title=Localized(fr="Bourse aux graines"),
    names=("graines",),
    sessions=(Session(key="seeds", starts=_starts, ends=_starts + timedelta(hours=2)),),
)


def without(policy: Policy, *events: Event) -> Policy:
    found = {each.key: each for each in events}
    return replace(policy, events=found, index=build_index(found))


def tick(town: Town, later: timedelta = timedelta()) -> None:
    town.clock.set(town.clock.now() + later)
    tables = FileTables("Europe/Brussels")
    do_chores(Chores(store=town.store, clock=town.clock, tables=tables, heard=town.clock.now), town.policy)
    assert town.conditions() == {}


@pytest.fixture
def talk(town: Town) -> Talk:
    """Anne is registered; then the file is deleted."""
    town.policy = with_events(town.policy, event(), OTHER)
    talk = Talk(town)
    (confirmed,) = talk.write(ANNE, "Je m'inscris à « Compost pour tous ».")
    assert confirmed.kind == "registrant-confirmed"
    tick(town)
    town.policy = without(town.policy, OTHER)
    return talk


def found(town: Town) -> Any:
    with town.store.begin() as tx:
        return gone_events(tx, town.policy, town.clock.now())


def told(town: Town) -> list[Any]:
    return [d.message for d in town.deliveries() if d.message.kind == "coordinator-event-changes"]


def test_it_is_noticed_and_told_once_and_nothing_goes_out(talk: Talk) -> None:
    town = talk.town
    before = len(town.deliveries())
    tick(town)
    (gone,) = found(town)
    assert (gone.key, gone.people, gone.renamed) == ("compost", 1, ())
    with town.store.begin() as tx:
        assert waiting_changes(tx, town.policy, NOW) == ()
    tick(town, SETTLED)
    tick(town, SETTLED)
    (mail,) = told(town)
    assert "compost" in mail.text
    assert "mailbot events dismiss compost" in mail.text
    assert len(town.deliveries()) == before + 1
    for days in range(60):  # reminders, the event itself, thanks
        tick(town, timedelta(days=days))
    assert len([d for d in town.deliveries() if d.message.envelope_to == ANNE]) == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_coordinators_are_asked_in_their_language(talk: Talk, language: Language) -> None:
    town = talk.town
    town.policy = replace(town.policy, desk=replace(town.policy.desk, coordinator_language=language))
    town.policy = without(town.policy, OTHER, event(key="compost-2027"))
    tick(town)
    tick(town, SETTLED)
    (mail,) = told(town)
    assert 'key = "compost"' in mail.text
    assert "compost-2027" in mail.text


def test_a_file_that_comes_back_is_as_if_nothing_had_been(talk: Talk) -> None:
    town = talk.town
    tick(town)
    town.policy = with_events(town.policy, event(), OTHER)
    tick(town)
    assert found(town) == ()
    with town.store.begin() as tx:
        assert tx.event_changes() == ()
        (change,) = tx.event_changes(open_only=False)
    assert change.outcome == "withdrawn"


def test_a_file_that_comes_back_cancelled_is_told_once_approved(talk: Talk) -> None:
    town = talk.town
    tick(town)
    town.policy = with_events(town.policy, event(cancelled=Localized(fr="La salle est inondée.")), OTHER)
    tick(town)
    with town.store.begin() as tx:
        (waiting,) = waiting_changes(tx, town.policy, town.clock.now())
    assert waiting.what == ("cancelled",)


def test_what_is_left_alone_is_not_asked_about_again_until_it_comes_back_otherwise(talk: Talk) -> None:
    town = talk.town
    tick(town)
    (gone,) = found(town)
    with town.store.begin() as tx:
        leave_alone(tx, gone, by="Els", now=town.clock.now())
    tick(town, SETTLED)
    assert found(town) == ()
    assert told(town) == []
    moved = event()
    moved = replace(
        moved,
        sessions=tuple(
            replace(s, starts=s.starts + timedelta(days=1), ends=s.ends + timedelta(days=1)) for s in moved.sessions
        ),
    )
    town.policy = with_events(town.policy, moved, OTHER)
    tick(town)
    with town.store.begin() as tx:
        (waiting,) = waiting_changes(tx, town.policy, town.clock.now())
        assert waiting.what == ("day",)
        assert "gone" not in tx.told_events()["compost"] or waiting.change.before == facts_of(event())


@pytest.mark.parametrize("status", [RegistrationStatus.CANCELLED, RegistrationStatus.DECLINED])
def test_nobody_to_come_means_nobody_to_ask_about(town: Town, status: RegistrationStatus) -> None:
    town.policy = with_events(town.policy, event(), OTHER)
    with town.store.begin() as tx:
        r = Registration(
            id="r1",
            event="compost",
            person_key=ANNE,
            status=RegistrationStatus.CONFIRMED,
            email=ANNE,
            requested_at=NOW,
            updated_at=NOW,
        )
        tx.put_registration(r, "registered", NOW)
        tx.put_registration(replace(r, status=status), "cancelled", NOW)
    tick(town)
    town.policy = without(town.policy, OTHER)
    tick(town)
    assert found(town) == ()


def test_an_event_that_is_over_may_be_cleared_away(talk: Talk) -> None:
    town = talk.town
    town.clock.set(event().ends + timedelta(days=1))
    tick(town)
    assert found(town) == ()
    with town.store.begin() as tx:
        assert tx.event_changes() == ()


@pytest.mark.parametrize(
    "text",
    [
        "Finalement, ce sera sans moi.",
        "Où a lieu l'activité ?",
        "Je m'inscris à la Bourse aux graines.",
        "J'annule mon inscription à « Compost pour tous ».",
        "Merci beaucoup !",
    ],
)
@pytest.mark.parametrize("by", ["reply", "new"])
def test_mails_of_those_who_are_to_come_are_held(talk: Talk, text: str, by: str) -> None:
    """Also those that look like another event's: the names of the missing one are not known."""
    town = talk.town
    (confirmed,) = [d.message for d in town.deliveries() if d.message.envelope_to == ANNE]
    to = reply_to(confirmed) if by == "reply" else "desk@town.example"
    mails = talk.write(ANNE, text, to=to)
    assert [mail.kind for mail in mails] == ["registrant-passed-on"]
    (hold,) = town.holds()
    assert "event-file-gone" in hold.reasons
    assert town.registered() == {f"{ANNE} confirmed"}
    with town.store.begin() as tx:
        assert preview(tx, hold, town.policy, now=town.clock.now()).done is False


def test_a_calendar_that_declines_is_held_too(talk: Talk) -> None:
    town = talk.town
    (confirmed,) = [d.message for d in town.deliveries() if d.message.envelope_to == ANNE]
    talk.decline(ANNE, confirmed)
    (hold,) = town.holds()
    assert "event-file-gone" in hold.reasons
    assert town.registered() == {f"{ANNE} confirmed"}


def test_what_was_held_can_be_approved_once_the_file_is_back(talk: Talk) -> None:
    town = talk.town
    (confirmed,) = [d.message for d in town.deliveries() if d.message.envelope_to == ANNE]
    talk.write(ANNE, "Finalement, ce sera sans moi.", to=reply_to(confirmed))
    (hold,) = town.holds()
    town.policy = with_events(town.policy, event(), OTHER)
    with town.store.begin() as tx:
        assert settle(tx, hold, town.policy, now=town.clock.now(), by="Els").done
    assert town.registered() == {f"{ANNE} cancelled"}


def test_others_are_answered_as_ever(talk: Talk) -> None:
    (mail,) = talk.write("karim@town.example", "Je m'inscris à la Bourse aux graines.")
    assert mail.kind == "registrant-confirmed"
    assert talk.town.holds() == ()


def test_an_offer_for_it_does_not_end_untold(talk: Talk) -> None:
    town = talk.town
    with town.store.begin() as tx:
        waits = Registration(
            id="r9",
            event="compost",
            person_key="jan@town.example",
            status=RegistrationStatus.WAITLISTED,
            email="jan@town.example",
            requested_at=NOW,
            updated_at=NOW,
        )
        tx.put_registration(waits, "waitlisted", NOW)
        until = NOW + timedelta(hours=1)
        tx.put_registration(replace(waits, status=RegistrationStatus.OFFERED, offered_until=until), "offered", NOW)
    tick(town, timedelta(hours=2))
    assert "jan@town.example offered" in town.registered()
    town.policy = with_events(town.policy, event(), OTHER)
    tick(town)
    assert "jan@town.example cancelled" in town.registered()
    assert [d.message.kind for d in town.deliveries() if d.message.envelope_to == "jan@town.example"] == [
        "registrant-offer-expired"
    ]


def test_once_it_is_over_a_tick_reads_none_of_its_registrations(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files of events that are over are put away, and waiting lists stay on file: ever more of both."""
    town = talk.town
    read: list[str] = []
    everybody, waiting = Registering.registrations, Registering.waiting

    def registrations(tx: Registering, *, event: str) -> Iterator[Registration]:
        read.append(event)
        yield from everybody(tx, event=event)

    def waiting_for(tx: Registering, event: str) -> tuple[Registration, ...]:
        read.append(f"waiting for {event}")
        return waiting(tx, event)

    monkeypatch.setattr(Registering, "registrations", registrations)
    monkeypatch.setattr(Registering, "waiting", waiting_for)
    tick(town)
    assert {*read} == {"compost", "waiting for seeds"}
    read.clear()
    tick(town, OTHER.ends - town.clock.now())
    assert read == []
