"""Answers of people's calendars, from mail to registration: who may, what about, in which order, and what is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from email import message_from_bytes
from email.policy import default
from itertools import permutations
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mailbot.adapters.store import SqlStore, open_store
from mailbot.core.events import Session
from mailbot.core.invitations import Invitation
from mailbot.core.policy import Policy
from tests.calendar_mails import PROGRAMS, Reply, gmail, outlook
from tests.calendar_rules import calendar_parts, parsed, problems_of_mail
from tests.service.town import BRUSSELS, NOW, Town, event, wish, with_events

MINUTE = timedelta(minutes=1)


def town_of(store: SqlStore, policy: Policy) -> Town:
    """With one person registered."""
    town = Town(store=store, policy=policy)
    town.poll()
    town.server.deliver(wish(1))
    town.poll()
    assert town.registered() == {"person1@town.example confirmed"}
    town.clock.at += timedelta(hours=1)
    return town


@pytest.fixture
def town(store: SqlStore, policy: Policy) -> Town:
    return town_of(store, policy)


def invitations(town: Town) -> dict[str, Invitation]:
    with town.store.begin() as tx:
        (registration,) = tx.registrations()
        return {each.session: each for each in tx.invitations([registration.id])}


def sent(town: Town) -> list[str]:
    """Kinds of our mails, newest first; each of them held against the RFCs."""
    found = town.deliveries()
    for delivery in found:
        assert problems_of_mail(message_from_bytes(delivery.message.content, policy=default)) == []
    return [delivery.message.kind for delivery in sorted(found, key=lambda d: d.queued_at, reverse=True)]


def objects(town: Town, kind: str) -> list[tuple[str, str, str]]:
    """METHOD, SEQUENCE and STATUS of what went with the mails of this kind."""
    found = []
    for delivery in town.deliveries():
        if delivery.message.kind == kind:
            mail = message_from_bytes(delivery.message.content, policy=default)
            for part in calendar_parts(mail):
                if part.get_content_type() == "text/calendar":
                    content = part.get_payload(decode=True)
                    assert isinstance(content, bytes)
                    vevent = parsed(content).parts[-1]
                    found.append((parsed(content).one("METHOD"), vevent.one("SEQUENCE"), vevent.one("STATUS")))
    return found


def answer(town: Town, mail: bytes) -> None:
    town.server.deliver(mail)
    town.poll()


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_decline_of_every_program_gives_the_place_up(town: Town, program: str) -> None:
    answer(town, PROGRAMS[program](Reply(uid=invitations(town)["compost"].uid)))
    assert town.registered() == {"person1@town.example cancelled"}
    assert sent(town) == ["registrant-cancelled", "registrant-confirmed"]
    assert objects(town, "registrant-cancelled") == [("CANCEL", "1", "CANCELLED")]
    kept = invitations(town)["compost"]
    assert (kept.partstat, kept.sequence, kept.status) == ("DECLINED", 1, "cancelled")
    assert town.holds() == ()
    assert town.deliveries()[-1].message.language == "fr"


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("partstat", ["ACCEPTED", "TENTATIVE"])
def test_what_changes_nothing_is_noted_in_silence(town: Town, program: str, partstat: str) -> None:
    answer(town, PROGRAMS[program](Reply(uid=invitations(town)["compost"].uid, partstat=partstat)))
    assert town.registered() == {"person1@town.example confirmed"}
    assert sent(town) == ["registrant-confirmed"]
    assert invitations(town)["compost"].partstat == partstat
    assert town.holds() == ()


@pytest.mark.parametrize(
    ("given", "asked"),
    [
        # who writes is told that the registered address is asked, and that one is
        ({"sender": "person2@town.example"}, True),
        ({"attendee": "person2@town.example"}, True),
        # the registered person sends what is somebody else's
        ({"attendee": "person2@town.example", "sender": "person1@town.example"}, False),
    ],
)
def test_nobody_gives_up_the_place_of_another(town: Town, given: dict[str, Any], asked: bool) -> None:
    answer(town, outlook(Reply(uid=invitations(town)["compost"].uid, **given)))
    assert town.registered() == {"person1@town.example confirmed"}
    assert invitations(town)["compost"].replied_at is None
    told = {d.message.kind: d.message.envelope_to for d in town.deliveries()}
    if asked:
        assert told["registrant-confirmation-asked"] == "person2@town.example"
        assert told["registrant-confirm"] == "person1@town.example"
        assert town.holds() == ()
    else:
        assert "registrant-confirm" not in told
        assert [hold.reasons for hold in town.holds()] == [("stranger-request",)]


def test_the_same_decline_twice_is_said_once(town: Town) -> None:
    uid = invitations(town)["compost"].uid
    answer(town, outlook(Reply(uid=uid)))
    answer(town, outlook(Reply(uid=uid, number=2)))
    answer(town, gmail(Reply(uid=uid, number=3, stamp=NOW + 50 * MINUTE)))
    assert sent(town) == ["registrant-cancelled", "registrant-confirmed"]
    assert town.holds() == ()


def test_an_unknown_uid_is_found_by_its_event(town: Town) -> None:
    answer(town, outlook(Reply(uid="040000008200E00074C5B7101A82E008")))
    assert town.registered() == {"person1@town.example cancelled"}


# -- order -------------------------------------------------------------------------

ANSWERS = [("ACCEPTED", 1), ("DECLINED", 2), ("TENTATIVE", 3), ("DECLINED", 4), ("ACCEPTED", 5)]


@pytest.mark.parametrize("order", list(permutations(range(1, 4))))
def test_the_newest_answer_counts_whatever_the_order(town: Town, order: tuple[int, ...]) -> None:
    uid = invitations(town)["compost"].uid
    for index in order:
        partstat, minute = ANSWERS[index]
        stamp = NOW + minute * MINUTE
        answer(town, outlook(Reply(uid=uid, partstat=partstat, stamp=stamp, number=index)))
    assert town.registered() == {"person1@town.example cancelled"}
    assert invitations(town)["compost"].partstat == "DECLINED"


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(answers=st.lists(st.sampled_from(ANSWERS), min_size=1, max_size=7))
def test_any_answers_in_any_order_end_as_the_newest_says(policy: Policy, answers: list[tuple[str, int]]) -> None:
    store = open_store("sqlite://")
    try:
        town = town_of(store, policy)
        uid = invitations(town)["compost"].uid
        for number, (partstat, minute) in enumerate(answers):
            stamp = NOW + minute * MINUTE
            answer(town, outlook(Reply(uid=uid, partstat=partstat, stamp=stamp, number=number)))
        newest = max(answers, key=lambda each: each[1])[0]
        kept = invitations(town)["compost"]
        status = "cancelled" if newest == "DECLINED" else "confirmed"
        assert town.registered() == {f"person1@town.example {status}"}
        assert kept.status == status
        assert town.holds() == ()
    finally:
        store.close()


def moved(town: Town) -> None:
    """The event is moved by a day, and the person told so."""
    starts = datetime(2027, 4, 21, 13, 0, tzinfo=BRUSSELS)
    later = Session(key="compost", starts=starts, ends=starts.replace(hour=16))
    town.policy = with_events(town.policy, event(sessions=(later,)))
    answer(town, wish(1, subject="Encore").replace(b"wish-1@", b"again@"))


def test_a_late_decline_of_the_old_day_is_answered_with_the_new_one(town: Town) -> None:
    uid = invitations(town)["compost"].uid
    moved(town)
    assert invitations(town)["compost"].sequence == 1
    town.clock.at += timedelta(hours=1)
    answer(town, outlook(Reply(uid=uid, sequence=0, stamp=NOW + 90 * MINUTE)))
    assert town.registered() == {"person1@town.example confirmed"}
    assert sent(town)[0] == "registrant-already"
    assert objects(town, "registrant-already")[-1] == ("REQUEST", "1", "CONFIRMED")
    answer(town, outlook(Reply(uid=uid, sequence=1, stamp=NOW + 95 * MINUTE, number=2)))
    assert town.registered() == {"person1@town.example cancelled"}


def test_accepting_what_was_cancelled_by_mail_is_for_a_person(town: Town) -> None:
    uid = invitations(town)["compost"].uid
    answer(town, wish(1, text="Bonjour,\r\n\r\nJe dois annuler mon inscription à « Compost pour tous ».\r\n\r\nAnne", subject="Annulation").replace(b"wish-1@", b"no@"))  # fmt: skip
    assert town.registered() == {"person1@town.example cancelled"}
    answer(town, outlook(Reply(uid=uid, partstat="ACCEPTED", stamp=NOW + MINUTE)))
    assert town.holds() == ()  # accepted before it was cancelled: only late
    town.clock.at += timedelta(hours=1)
    answer(town, outlook(Reply(uid=uid, partstat="ACCEPTED", stamp=NOW + 100 * MINUTE, number=2)))
    (hold,) = town.holds()
    assert hold.reasons == ("calendar-late",)
    assert town.registered() == {"person1@town.example cancelled"}


@pytest.mark.parametrize("clock", [timedelta(days=400), timedelta(days=-400)])
def test_a_wrong_clock_does_not_silence_what_comes_after(town: Town, clock: timedelta) -> None:
    uid = invitations(town)["compost"].uid
    answer(town, outlook(Reply(uid=uid, partstat="ACCEPTED", stamp=NOW + clock)))
    town.clock.at += timedelta(minutes=5)
    answer(town, outlook(Reply(uid=uid, stamp=town.clock.at, number=2)))
    assert town.registered() == {"person1@town.example cancelled"}


# -- one of several sessions -----------------------------------------------------------


def course(policy: Policy, attend: str = "any") -> Policy:
    days = [datetime(2027, 4, day, 13, 0, tzinfo=BRUSSELS) for day in (20, 27)]
    sessions = tuple(Session(key=f"compost/{d.day}", starts=d, ends=d.replace(hour=16)) for d in days)
    return with_events(policy, event(sessions=sessions, attend=attend))


BOTH = "Bonjour,\r\n\r\nJe souhaite m'inscrire à « Compost pour tous » le 20 avril et le 27 avril.\r\n\r\nAnne Peeters"


def course_town(store: SqlStore, policy: Policy, attend: str = "any") -> Town:
    town = Town(store=store, policy=course(policy, attend))
    town.poll()
    town.server.deliver(wish(1, text=BOTH))
    town.poll()
    assert town.registered() == {"person1@town.example confirmed"}
    assert sorted(invitations(town)) == ["compost/20", "compost/27"]
    town.clock.at += timedelta(hours=1)
    return town


def sessions(town: Town) -> tuple[str, ...]:
    with town.store.begin() as tx:
        (registration,) = tx.registrations()
        return registration.sessions


def test_declining_one_session_gives_up_that_one(store: SqlStore, policy: Policy) -> None:
    town = course_town(store, policy)
    assert len(objects(town, "registrant-confirmed")) == 2
    uids = {key: each.uid for key, each in invitations(town).items()}
    answer(town, outlook(Reply(uid=uids["compost/20"])))
    assert sessions(town) == ("compost/27",)
    assert sent(town)[0] == "registrant-changed"
    assert objects(town, "registrant-changed") == [("REQUEST", "0", "CONFIRMED"), ("CANCEL", "1", "CANCELLED")]
    # back again, and then neither
    answer(town, gmail(Reply(uid=uids["compost/20"], partstat="ACCEPTED", stamp=NOW + 40 * MINUTE, number=2)))
    assert sessions(town) == ("compost/20", "compost/27")
    assert invitations(town)["compost/20"].sequence == 2
    for number, key in enumerate(uids, start=3):
        sequence = invitations(town)[key].sequence
        answer(town, outlook(Reply(uid=uids[key], stamp=NOW + 50 * MINUTE, sequence=sequence, number=number)))
    assert town.registered() == {"person1@town.example cancelled"}


def test_a_session_declined_from_elsewhere_is_asked_about_alone(store: SqlStore, policy: Policy) -> None:
    town = course_town(store, policy)
    answer(town, outlook(Reply(uid=invitations(town)["compost/20"].uid, sender="home@elsewhere.example")))
    (question,) = [d.message for d in town.deliveries() if d.message.kind == "registrant-confirm"]
    back = message_from_bytes(question.content, policy=default)["Reply-To"]
    town.clock.at += timedelta(minutes=5)
    yes = wish(1, text="Oui, c'est bien moi.", subject="Re: ?").replace(b"desk@town.example", str(back).encode())
    answer(town, yes.replace(b"wish-1@", b"yes@"))
    assert sessions(town) == ("compost/27",)


def test_one_day_of_a_whole_course_keeps_the_place_and_a_coordinator_knows(store: SqlStore, policy: Policy) -> None:
    town = course_town(store, policy, "all")
    known = {delivery.message.id for delivery in town.deliveries()}
    answer(town, outlook(Reply(uid=invitations(town)["compost/20"].uid)))
    assert town.registered() == {"person1@town.example confirmed"}
    assert [hold.reasons for hold in town.holds()] == [("day-missed",)]
    (told,) = [delivery.message for delivery in town.deliveries() if delivery.message.id not in known]
    assert (told.kind, told.envelope_to) == ("registrant-day-missed", "person1@town.example")
    assert "annulation" in told.text
    assert b"text/calendar" not in told.content, "what they declined is not put back"
    assert invitations(town)["compost/20"].partstat == "DECLINED"


def test_all_days_of_a_whole_course_declined_give_it_up(store: SqlStore, policy: Policy) -> None:
    town = course_town(store, policy, "all")
    for number, (key, minutes) in enumerate((("compost/20", 0), ("compost/27", 9)), start=2):
        answer(town, outlook(Reply(uid=invitations(town)[key].uid, stamp=NOW + minutes * MINUTE, number=number)))
    assert town.registered() == {"person1@town.example cancelled"}


# -- the other methods, and words beside ----------------------------------------------


def test_another_time_is_for_a_person(town: Town) -> None:
    uid = invitations(town)["compost"].uid
    answer(town, outlook(Reply(uid=uid, method="COUNTER", partstat="TENTATIVE")))
    assert town.registered() == {"person1@town.example confirmed"}
    assert [hold.reasons for hold in town.holds()] == [("calendar-counter",)]
    assert sent(town)[0] == "registrant-passed-on"


def test_somebody_sent_instead_is_for_a_person(town: Town) -> None:
    answer(town, outlook(Reply(uid=invitations(town)["compost"].uid, partstat="DELEGATED")))
    assert [hold.reasons for hold in town.holds()] == [("calendar-counter",)]


def test_a_refresh_is_answered_with_what_stands(town: Town) -> None:
    answer(town, outlook(Reply(uid=invitations(town)["compost"].uid, method="REFRESH", partstat="NEEDS-ACTION")))
    assert sent(town)[0] == "registrant-already"
    assert objects(town, "registrant-already") == [("REQUEST", "0", "CONFIRMED")]


COMMENTS = {
    # comment, answer: status, reasons of the hold
    ("Je suis malade et je ne pourrai pas venir.", "DECLINED"): ("cancelled", None),
    ("Merci !", "ACCEPTED"): ("confirmed", None),
    ("Désolée, je ne peux pas venir. Pourriez-vous m'envoyer le compte rendu ?", "DECLINED"): ("cancelled", "open-question"),
    ("Je ne pourrai pas venir. Ma collègue Julie Lambert (julie.lambert@town.example) viendra à ma place.", "DECLINED"): ("replaced", None),
    ("Finalement je dois annuler ma participation.", "ACCEPTED"): ("confirmed", "several-requests"),
    ("Le portail vert derrière chez nous grince.", "DECLINED"): ("cancelled", "calendar-comment"),
}  # fmt: skip


@pytest.mark.parametrize("program", ["outlook", "gmail", "apple"])
@pytest.mark.parametrize("case", COMMENTS)
def test_words_beside_the_answer_are_read(town: Town, case: tuple[str, str], program: str) -> None:
    comment, partstat = case
    status, reason = COMMENTS[case]
    uid = invitations(town)["compost"].uid
    text = comment.replace(",", "\\,") if program != "outlook" else comment
    answer(town, PROGRAMS[program](Reply(uid=uid, partstat=partstat, comment=text)))
    if status == "replaced":
        assert town.registered() == {"person1@town.example cancelled", "julie.lambert@town.example confirmed"}
    else:
        assert town.registered() == {f"person1@town.example {status}"}
    assert [hold.reasons for hold in town.holds()] == ([(reason,)] if reason else [])


def test_a_question_beside_an_acceptance_is_answered(town: Town) -> None:
    town.policy = with_events(town.policy, replace(town.policy.events["compost"]))
    uid = invitations(town)["compost"].uid
    answer(town, gmail(Reply(uid=uid, partstat="ACCEPTED", comment="C'est à quelle adresse ?")))
    assert sent(town)[0] == "registrant-answer"
    assert invitations(town)["compost"].partstat == "ACCEPTED"


# -- an offered place --------------------------------------------------------------


@pytest.fixture
def offered(store: SqlStore, policy: Policy) -> Town:
    """One place; the second person waits, and is offered it when the first gives it up."""
    town = Town(store=store, policy=with_events(policy, event(capacity=1, offer_hours=48)))
    town.poll()
    for number in (2, 1):
        answer(town, wish(number))
    assert town.registered() == {"person2@town.example confirmed", "person1@town.example waitlisted"}
    with town.store.begin() as tx:
        (first,) = [r for r in tx.registrations() if r.email == "person2@town.example"]
        (invitation,) = tx.invitations([first.id])
    town.clock.at += timedelta(hours=1)
    answer(town, outlook(Reply(uid=invitation.uid, attendee="person2@town.example", number=20)))
    assert town.registered() == {"person2@town.example cancelled", "person1@town.example offered"}
    town.clock.at += timedelta(hours=1)
    return town


def offer(town: Town) -> Invitation:
    with town.store.begin() as tx:
        (waiting,) = [r for r in tx.registrations() if r.email == "person1@town.example"]
        (invitation,) = tx.invitations([waiting.id])
        return invitation


def test_an_offer_is_an_invitation_that_asks(offered: Town) -> None:
    assert objects(offered, "registrant-offered") == [("REQUEST", "0", "TENTATIVE")]
    assert offer(offered).partstat == "NEEDS-ACTION"


def test_accepting_the_offer_takes_the_place(offered: Town) -> None:
    answer(offered, gmail(Reply(uid=offer(offered).uid, partstat="ACCEPTED", stamp=NOW + 130 * MINUTE)))
    assert "person1@town.example confirmed" in offered.registered()
    assert objects(offered, "registrant-confirmed")[0] == ("REQUEST", "1", "CONFIRMED")
    assert (offer(offered).status, offer(offered).partstat) == ("confirmed", "ACCEPTED")


def test_a_maybe_takes_no_offer(offered: Town) -> None:
    answer(offered, gmail(Reply(uid=offer(offered).uid, partstat="TENTATIVE", stamp=NOW + 130 * MINUTE)))
    assert "person1@town.example offered" in offered.registered()
    assert offered.holds() == ()


def test_declining_the_offer_gives_it_back(offered: Town) -> None:
    answer(offered, outlook(Reply(uid=offer(offered).uid, stamp=NOW + 130 * MINUTE)))
    assert "person1@town.example cancelled" in offered.registered()
    assert sent(offered)[0] == "registrant-offer-declined"
    assert objects(offered, "registrant-offer-declined") == [("CANCEL", "1", "CANCELLED")]
