"""An event's file is edited: noticed, told to coordinators once, sent when one says so, with calendars that follow."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from typing import Any

import pytest

from mailbot.adapters.tables import FileTables
from mailbot.core.attendance import Attendance, AttendanceStatus
from mailbot.core.calendar_told import INVITING
from mailbot.core.events import Afterwards, Event, Place, Postponed, Session
from mailbot.core.language import LANGUAGES, Localized
from mailbot.core.moments import MomentRules, due_moments
from mailbot.core.policy import Policy
from mailbot.core.registrations import Registration, RegistrationStatus, person_key
from mailbot.service.chores import Chores, do_chores
from mailbot.service.event_changes import (
    SETTLED,
    approve,
    dismiss,
    look_for_changes,
    tend_changes,
    waiting_changes,
)
from mailbot.service.moments import tell_portion
from tests.calendar_mails import Reply, outlook
from tests.calendar_rules import calendar_parts, parsed, problems_of_mail
from tests.service.town import BRUSSELS, NOW, Town, event, wish, with_events

REASON = Localized(fr="La salle est inondée.", nl="De zaal staat onder water.", en="The room is flooded.", de="Der Saal steht unter Wasser.")  # fmt: skip


def at(day: int, hour: int = 13, key: str = "compost", **more: Any) -> Session:
    starts = datetime(2027, 4, day, hour, 0, tzinfo=BRUSSELS)
    return Session(key=key, starts=starts, ends=starts + timedelta(hours=3), **more)


def person(number: int, language: str = "fr", **changes: Any) -> Registration:
    email = f"person{number}@town.example"
    base = Registration(
        id=f"r{number}",
        event="compost",
        person_key=person_key(email=email, name=None, requested_by=None),
        status=RegistrationStatus.CONFIRMED,
        name=f"Person {number}",
        email=email,
        language=language,  # type: ignore[arg-type]
        sessions=("compost",),
        requested_at=NOW,
        updated_at=NOW,
    )
    return replace(base, **changes)


@pytest.fixture
def town(store: Any, policy: Policy) -> Town:
    """One person who registered by mail, one in each other language, one who waits, one who is gone."""
    town = Town(store=store, policy=policy)
    town.poll()
    town.server.deliver(wish(1))
    town.poll()
    with store.begin() as tx:
        for number, language in enumerate(("nl", "en", "de"), start=2):
            tx.put_registration(person(number, language), "registered", NOW)
        tx.put_registration(person(5, status=RegistrationStatus.WAITLISTED), "waitlisted", NOW)
        tx.put_registration(person(6, status=RegistrationStatus.PENDING, interest_only=True), "interest", NOW)
        tx.put_registration(person(7), "registered", NOW)
        tx.put_registration(person(7, status=RegistrationStatus.CANCELLED), "cancelled", NOW)
        assert look_for_changes(tx, policy, NOW) == 0
    return town


def edited(town: Town, **changes: Any) -> None:
    town.policy = with_events(town.policy, event(**changes))


def tick(town: Town) -> int:
    with town.store.begin() as tx:
        return tend_changes(tx, town.policy, town.clock.at)


def approved(town: Town) -> int:
    with town.store.begin() as tx:
        look_for_changes(tx, town.policy, town.clock.at)
        (waiting,) = waiting_changes(tx, town.policy, town.clock.at)
        return approve(tx, waiting, town.policy, by="Claire", now=town.clock.at)


def mails(town: Town, kind: str) -> dict[str, Any]:
    found = {d.message.envelope_to: d.message for d in town.deliveries() if d.message.kind == kind}
    for message in found.values():
        assert problems_of_mail(message_from_bytes(message.content, policy=default)) == []
    return found


def objects(message: Any) -> list[tuple[str, str, str, str]]:
    found = []
    for part in calendar_parts(message_from_bytes(message.content, policy=default)):
        if part.get_content_type() == "text/calendar":
            content = part.get_payload(decode=True)
            assert isinstance(content, bytes)
            vevent = parsed(content).parts[-1]
            ((attendee, _),) = vevent.all("ATTENDEE")
            found.append(
                (
                    parsed(content).one("METHOD"),
                    vevent.one("SEQUENCE"),
                    vevent.one("DTSTART"),
                    attendee.get("PARTSTAT", ""),
                )
            )
    return found


def test_nothing_goes_out_before_a_coordinator_says_so(town: Town) -> None:
    edited(town, sessions=(at(22),))
    assert tick(town) == 1
    assert tick(town) == 0
    assert set(mails(town, "coordinator-event-changes")) == set()  # the file may still be edited
    town.clock.at += SETTLED
    tick(town)
    tick(town)
    (told,) = mails(town, "coordinator-event-changes").values()
    assert "mailbot events approve compost" in told.text
    assert "6 people" in told.text
    assert mails(town, "registrant-event-postponed") == {}
    assert approved(town) == 6
    assert set(mails(town, "registrant-event-postponed")) == {f"person{n}@town.example" for n in range(1, 7)}
    town.clock.at += timedelta(hours=1)
    tick(town)
    assert town.counts()["outbox-queued"] == 6 + 1 + 1
    with town.store.begin() as tx:
        (change,) = tx.event_changes(open_only=False)
        assert (change.outcome, change.closed_by, change.mails) == ("approved", "Claire", 6)


def test_the_daemon_looks_at_each_tick(town: Town) -> None:
    chores = Chores(store=town.store, clock=town.clock, tables=FileTables(), heard=lambda: None)
    do_chores(chores, town.policy)
    edited(town, cancelled=REASON)
    do_chores(chores, town.policy)
    town.clock.at += SETTLED
    do_chores(chores, town.policy)
    assert len(mails(town, "coordinator-event-changes")) == 1
    assert "event-changes" not in town.conditions()


def test_a_file_put_back_takes_its_change_along(town: Town) -> None:
    edited(town, sessions=(at(22),))
    tick(town)
    edited(town)
    town.clock.at += SETTLED
    tick(town)
    with town.store.begin() as tx:
        assert [change.outcome for change in tx.event_changes(open_only=False)] == ["withdrawn"]
    assert mails(town, "coordinator-event-changes") == {}


def test_edited_again_it_is_one_change_and_coordinators_are_told_once(town: Town) -> None:
    edited(town, sessions=(at(22),))
    tick(town)
    town.clock.at += SETTLED
    tick(town)
    edited(town, sessions=(at(23),))
    tick(town)
    town.clock.at += SETTLED
    tick(town)
    assert len(mails(town, "coordinator-event-changes")) == 1
    approved(town)
    assert "vendredi 23 avril" in mails(town, "registrant-event-postponed")["person1@town.example"].text


def test_what_is_dismissed_is_not_asked_again_and_the_next_mail_tells_it(town: Town) -> None:
    edited(town, sessions=(at(20, 14),))
    with town.store.begin() as tx:
        look_for_changes(tx, town.policy, NOW)
        (waiting,) = waiting_changes(tx, town.policy, NOW)
        dismiss(tx, waiting, by="Claire", now=NOW)
    assert tick(town) == 0
    town.server.deliver(wish(1, subject="Encore").replace(b"wish-1@", b"again@"))
    town.poll()
    (again,) = mails(town, "registrant-already").values()
    assert objects(again) == [("REQUEST", "1", "20270420T140000", "ACCEPTED")]


def test_a_better_title_is_told_to_nobody(town: Town) -> None:
    edited(town, title=Localized(fr="Le compost pour tous"), description=Localized(fr="Autrement dit."))
    assert tick(town) == 0


def test_what_concerns_nobody_is_taken_as_told(town: Town, policy: Policy) -> None:
    other = event("roses")
    town.policy = with_events(policy, event(), other)
    tick(town)
    town.policy = with_events(policy, event(), replace(other, cancelled=REASON))
    assert tick(town) == 0
    with town.store.begin() as tx:
        assert tx.event_changes() == ()
        assert tx.told_events()["roses"]["cancelled"] is True


def test_once_it_is_over_nobody_is_told(town: Town) -> None:
    town.clock.at = datetime(2027, 5, 1, tzinfo=BRUSSELS)
    edited(town, place=Place(street="Rue Haute 2", city="Bruxelles"))
    assert tick(town) == 0


def test_who_registered_meanwhile_is_told_what_stands_and_counted(town: Town) -> None:
    edited(town, sessions=(at(22),))
    tick(town)
    town.server.deliver(wish(8))
    town.poll()
    assert "jeudi 22 avril" in mails(town, "registrant-confirmed")["person8@town.example"].text


# -- what is told --------------------------------------------------------------------

ONLINE: dict[str, Any] = {
    "modes": ("online",),
    "sessions": (at(20, online_link="https://meet.example/1"),),
    "place": None,
}
CASES: dict[str, tuple[dict[str, Any], str, list[str]]] = {
    "day": ({"sessions": (at(22),)}, "postponed", ["jeudi 22 avril 2027", "mardi 20 avril 2027"]),
    "time": ({"sessions": (at(20, 18),)}, "changed", ["18h00", "13h00"]),
    "place": (
        {"place": Place(street="Rue Haute 2", postcode="1000", city="Bruxelles")},
        "changed",
        ["Nouveau lieu : Rue Haute 2", "Rue des Tanneurs 1"],
    ),
    "online": (ONLINE, "changed", ["se déroule désormais en ligne", "https://meet.example/1"]),
    "cancelled": ({"cancelled": REASON}, "called-off", ["n’aura malheureusement pas lieu", "La salle est inondée."]),
    "postponed": (
        {"times_known": False, "postponed": Postponed(dates=(date(2027, 4, 20),), reason=REASON)},
        "postponed",
        ["est reportée", "n’est pas encore fixée", "La salle est inondée."],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_each_change_in_words_and_in_calendars(town: Town, case: str) -> None:
    changes, kind, words = CASES[case]
    edited(town, **changes)
    assert approved(town) == 6
    found = mails(town, f"registrant-event-{kind}")
    french = found["person1@town.example"].text.replace("\u00a0", " ")
    for each in words:
        assert each in french
    assert {m.language for m in found.values()} == set(LANGUAGES)
    # Person 1 has an invitation, that follows; the others of these confirmed ones get their first.
    gone = case in {"cancelled", "postponed"}
    ((method, sequence, _, partstat),) = objects(found["person1@town.example"])
    assert (method, sequence) == ("CANCEL" if gone else "REQUEST", "1")
    assert partstat == ("" if gone else "NEEDS-ACTION")
    assert len(objects(found["person2@town.example"])) == (0 if gone else 1)
    assert objects(found["person5@town.example"]) == []


def test_called_off_and_back_again(town: Town) -> None:
    edited(town, cancelled=REASON)
    approved(town)
    edited(town)
    approved(town)
    back = mails(town, "registrant-event-changed")["person1@town.example"]
    assert "finalement bien lieu" in back.text
    assert [each[:2] for each in objects(back)] == [("REQUEST", "2")]


def test_postponed_and_then_set(town: Town) -> None:
    edited(town, times_known=False, postponed=Postponed(dates=(date(2027, 4, 20),)))
    approved(town)
    edited(town, sessions=(at(29),), postponed=Postponed(dates=(date(2027, 4, 20),)))
    approved(town)
    found = [d.message for d in town.deliveries() if d.message.kind == "registrant-event-postponed" and d.message.envelope_to == "person3@town.example"]  # fmt: skip
    texts = sorted(message.subject for message in found)
    assert texts == ["New date: Compost for all", "Postponed: Compost for all"]


def test_a_decline_of_the_new_day_is_understood(town: Town) -> None:
    edited(town, sessions=(at(22),))
    approved(town)
    with town.store.begin() as tx:
        (first,) = tx.registrations_of(["person1@town.example"])
        (invitation,) = tx.invitations([first.id])
    town.clock.at += timedelta(hours=2)
    town.server.deliver(outlook(Reply(uid=invitation.uid, sequence=1, stamp=town.clock.at)))
    town.poll()
    assert "person1@town.example cancelled" in town.registered()


def test_a_late_mail_that_names_the_old_day_is_understood(town: Town) -> None:
    edited(town, sessions=(at(22),), postponed=Postponed(dates=(date(2027, 4, 20),)))
    approved(town)
    text = (
        "Bonjour,\r\n\r\nJe souhaite m'inscrire à « Compost pour tous » du 20 avril.\r\n\r\nBien à vous,\r\nPaul Maes"
    )
    town.server.deliver(wish(9, text=text).replace(b"Anne Peeters", b"Paul Maes"))
    town.poll()
    assert "person9@town.example confirmed" in town.registered()
    assert "jeudi 22 avril" in mails(town, "registrant-confirmed")["person9@town.example"].text


COURSE = (at(20, key="compost/a"), at(27, key="compost/b"))


@pytest.mark.parametrize(
    ("sessions", "mode", "change", "concerned"),
    [
        # only those of the session that moved
        (("compost/a",), None, lambda e: replace(e, sessions=(at(21, key="compost/a"), COURSE[1])), ("day",)),
        (("compost/b",), None, lambda e: replace(e, sessions=(at(21, key="compost/a"), COURSE[1])), None),
        (("compost/a",), None, lambda e: replace(e, sessions=(COURSE[1],)), ("session",)),
        (("compost/b",), None, lambda e: replace(e, sessions=(COURSE[1],)), None),
        # another place is nothing to those at home, another link nothing to those in the room
        (("compost/a",), "online", lambda e: replace(e, place=Place(street="Rue 9", city="Namur")), None),
        (("compost/a",), "in-person", lambda e: replace(e, place=Place(street="Rue 9", city="Namur")), ("place",)),
        (("compost/a",), "in-person", lambda e: replace(e, sessions=tuple(replace(s, online_link="https://x.example") for s in e.sessions)), None),
        (("compost/a",), "online", lambda e: replace(e, sessions=tuple(replace(s, online_link="https://x.example") for s in e.sessions)), ("link",)),
        ((), None, lambda e: replace(e, sessions=(at(21, key="compost/a"), COURSE[1])), ("day",)),
    ],
)  # fmt: skip
def test_only_those_are_told_whom_it_concerns(
    store: Any,
    policy: Policy,
    sessions: tuple[str, ...],
    mode: Any,
    change: Callable[[Event], Event],
    concerned: tuple[str, ...] | None,
) -> None:
    before = event(sessions=COURSE, attend="any", modes=("in-person", "online"))
    town = Town(store=store, policy=with_events(policy, before))
    with store.begin() as tx:
        tx.put_registration(person(1, sessions=sessions, mode=mode), "registered", NOW)
        look_for_changes(tx, town.policy, NOW)
        town.policy = with_events(policy, change(before))
        assert look_for_changes(tx, town.policy, NOW) == (0 if concerned is None else 1)
        assert [waiting.what for waiting in waiting_changes(tx, town.policy, NOW)] == ([concerned] if concerned else [])


def test_kinds_that_invite_are_kinds() -> None:
    from typing import get_args

    from mailbot.core.replies import ReplyKind

    assert set(get_args(ReplyKind)) >= INVITING


# -- what there is to look at, once people were thanked -----------------------------------------

REPLAY, SLIDES = "https://x.example/replay", "https://x.example/slides"


def thanked(town: Town) -> None:
    """The event is over, and a survey was all that there was to tell with the thanks."""
    edited(town, afterwards=Afterwards(survey="https://x.example/survey"))
    town.clock.set(datetime(2027, 4, 21, 10, 0, tzinfo=BRUSSELS))
    with town.store.begin() as tx:
        assert look_for_changes(tx, town.policy, town.clock.at) == 0
        rules = MomentRules(reminder_days=())
        for moment in due_moments(town.policy.events.values(), rules, town.clock.at):
            tell_portion(tx, town.policy, rules, moment, town.clock.at)
    assert len(mails(town, "registrant-afterwards")) == 4


def test_what_comes_after_the_thanks_is_told_once_approved(town: Town) -> None:
    thanked(town)
    before = {d.message.id for d in town.deliveries()}
    edited(town, afterwards=Afterwards(survey="https://x.example/survey", replay=REPLAY, slides=SLIDES))
    assert tick(town) == 1
    assert {d.message.id for d in town.deliveries()} == before, "nobody before a coordinator says so"
    assert approved(town) == 4
    news = [d.message for d in town.deliveries() if d.message.id not in before]
    assert {message.language for message in news} == set(LANGUAGES)
    for message in news:
        assert message.kind == "registrant-afterwards"
        assert REPLAY in message.text
        assert SLIDES in message.text
        assert "survey" not in message.text, "they have it already"
        assert b"List-Unsubscribe" in message.content
        assert b"text/calendar" not in message.content
    assert {m.subject.split(" :")[0].split(":")[0] for m in news} == {"Du nouveau\u00a0".strip(), "Nieuw", "New", "Neu"}
    assert tick(town) == 0


def test_what_comes_before_the_thanks_waits_for_them(town: Town) -> None:
    town.clock.set(datetime(2027, 4, 21, 10, 0, tzinfo=BRUSSELS))
    edited(town, afterwards=Afterwards(slides=SLIDES))
    assert tick(town) == 0
    edited(town, afterwards=Afterwards(slides=SLIDES, replay=REPLAY))
    assert tick(town) == 0


def test_who_wants_no_reminders_hears_nothing_and_who_was_absent_is_asked_no_opinion(town: Town) -> None:
    edited(town, afterwards=Afterwards(replay=REPLAY))
    town.clock.set(datetime(2027, 4, 21, 10, 0, tzinfo=BRUSSELS))
    with town.store.begin() as tx:
        look_for_changes(tx, town.policy, town.clock.at)
        for moment in due_moments(town.policy.events.values(), MomentRules(reminder_days=()), town.clock.at):
            tell_portion(tx, town.policy, MomentRules(), moment, town.clock.at)
        tx.stop_reminders("person2@town.example", town.clock.at)
        mark = Attendance(registration="r3", session="compost", status=AttendanceStatus.ABSENT, marked_at=town.clock.at)
        tx.put_attendance([mark])
    edited(town, afterwards=Afterwards(replay=REPLAY, survey="https://x.example/survey"))
    with town.store.begin() as tx:
        look_for_changes(tx, town.policy, town.clock.at)
        (waiting,) = waiting_changes(tx, town.policy, town.clock.at)
    assert {r.email for r, _ in waiting.concerned} == {"person1@town.example", "person4@town.example"}


def test_a_link_that_is_taken_away_is_told_to_nobody(town: Town) -> None:
    thanked(town)
    edited(town, afterwards=None)
    assert tick(town) == 0
