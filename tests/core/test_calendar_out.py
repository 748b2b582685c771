"""What goes into people's calendars: every event we know of, in every language, held against the RFCs' tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from zoneinfo import ZoneInfo

import icalendar
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailbot.adapters.event_files import load_events
from mailbot.core.calendar_out import CalendarObject, calendar_object
from mailbot.core.compose import compose
from mailbot.core.events import Event, Organiser, RegistrationTerms, Session
from mailbot.core.invitations import Invitation, due
from mailbot.core.language import LANGUAGES, Language, Localized
from mailbot.core.message import Address
from mailbot.core.policy import Desk
from mailbot.core.registrations import Registration, RegistrationStatus
from mailbot.core.replies import Rendered
from tests.calendar_rules import calendar_parts, parsed, problems_of, problems_of_mail

ROOT = Path(__file__).parents[2]
NOW = datetime(2027, 3, 1, 10, 30, tzinfo=UTC)
DESK = Desk(
    name=Localized(fr="Inscriptions : l’accueil, « ici »", nl="Onthaal", en="The desk", de="Empfang; Büro"),
    addresses=("desk@town.example",),
    signature=Localized(fr="L’équipe"),
    secret=b"s" * 32,
)
WORDS = Rendered(subject="x", text="x\n", html="<p>x</p>\n")


def catalogues() -> Mapping[str, Event]:
    found: dict[str, Event] = {}
    for folder in (
        ROOT / "rules/events",
        ROOT / "bench/events",
        *sorted((ROOT / "tests/data/towns").glob("*/events")),
        ROOT / "tests/data/catalogue",
    ):
        events, problems = load_events(folder)
        assert not problems
        found |= {f"{folder.parent.name}/{key}": event for key, event in events.items()}
    return found


EVENTS = catalogues()


def registration(event: Event, **changes: object) -> Registration:
    base = Registration(
        id="abcdefghijklmnopqrstuvwxyz",
        event=event.key,
        person_key="zoe@home.example",
        status=RegistrationStatus.CONFIRMED,
        name='Zoé "Zo" d’Été, x:y;z^n',
        email="Zoe@Home.example",
        sessions=tuple(session.key for session in event.sessions),
        requested_at=NOW,
        updated_at=NOW,
    )
    return replace(base, **changes)  # type: ignore[arg-type]


def mail_of(objects: tuple[CalendarObject, ...]) -> EmailMessage:
    composed = compose(
        WORDS,
        id="abcdefgh",
        kind="registrant-confirmed",
        language="fr",
        desk=DESK,
        to=Address(name="Zoé", email="zoe@home.example"),
        in_reply_to=None,
        now=NOW,
        calendar=objects,
        auto_submitted="auto-replied",
    )
    found = message_from_bytes(composed.content, policy=default)
    assert isinstance(found, EmailMessage)
    return found


def objects_of(event: Event, person: Registration, told: tuple[Invitation, ...], language: Language) -> tuple[CalendarObject, ...]:  # fmt: skip
    return tuple(calendar_object(each, event, person, desk=DESK, language=language) for each in told)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", EVENTS)
def test_every_event_in_every_state_is_what_the_rfcs_allow(name: str, language: Language) -> None:
    event = EVENTS[name]
    before = event.starts - timedelta(days=30)
    for mode in event.modes:
        person = registration(event, mode=mode)
        asked = due(event, person, (), desk=DESK, now=before)
        assert bool(asked) is (event.times_known and event.cancelled is None)
        gone = due(event, replace(person, status=RegistrationStatus.CANCELLED), asked, desk=DESK, now=before)
        offered = due(event, replace(person, status=RegistrationStatus.OFFERED), (), desk=DESK, now=before)
        fewer = due(event, replace(person, sessions=person.sessions[:1]), asked, desk=DESK, now=before)
        for told in (asked, gone, offered, fewer):
            mail = mail_of(objects_of(event, person, told, language))
            assert problems_of_mail(mail) == []
            files = [part.get_param("method") for part in calendar_parts(mail) if part.get_content_type() == "text/calendar"]  # fmt: skip
            assert sorted(map(str, files)) == sorted("CANCEL" if i.status == "cancelled" else "REQUEST" for i in told)


def soup(**changes: object) -> Event:
    starts = datetime(2027, 3, 28, 1, 30, tzinfo=ZoneInfo("Europe/Brussels"))
    base = Event(
        key="soup",
        title=Localized(fr="Soupe ; fine, « chaude »", en="Soup"),
        description=Localized(fr="Une ligne\nune autre, et \\ une barre ; voilà. " + "é" * 90),
        sessions=(Session(key="soup", starts=starts, ends=starts + timedelta(hours=4)),),
        registration=RegistrationTerms(by="mail"),
        organiser=Organiser(name=Localized(fr="La cuisine")),
    )
    return replace(base, **changes)  # type: ignore[arg-type]


def test_times_are_those_of_the_event_across_the_clock_change() -> None:
    event = soup()
    (told,) = due(event, registration(event), (), desk=DESK, now=NOW)
    content = calendar_object(told, event, registration(event), desk=DESK, language="fr").content
    (read,) = icalendar.Calendar.from_ical(content).events
    assert (read.start, read.end) == (event.starts, event.ends)
    assert read.start.astimezone(UTC) == datetime(2027, 3, 28, 0, 30, tzinfo=UTC)


def unfolded(content: bytes) -> bytes:
    """Without the folding: ``icalendar`` breaks a line one octet before it has to."""
    return content.replace(b"\r\n ", b"")


def as_icalendar_writes(content: bytes) -> bytes:
    """Read by ``icalendar`` and written again: the same lines, or one of us is wrong."""
    return unfolded(icalendar.Calendar.from_ical(content).to_ical(sorted=False))


@pytest.mark.parametrize("language", ("fr", "de"))
@pytest.mark.parametrize("name", EVENTS)
def test_the_lines_are_those_that_icalendar_writes(name: str, language: Language) -> None:
    event = EVENTS[name]
    person = registration(event)
    for told in due(event, person, (), desk=DESK, now=event.starts - timedelta(days=1)):
        content = calendar_object(told, event, person, desk=DESK, language=language).content
        assert as_icalendar_writes(content) == unfolded(content)


def test_a_component_built_by_icalendar_is_the_same_lines() -> None:
    event, person = soup(), registration(soup())
    (told,) = due(event, person, (), desk=DESK, now=NOW)
    ours = calendar_object(told, event, person, desk=DESK, language="fr").content
    theirs = icalendar.Event()
    theirs.add("uid", told.uid)
    theirs.add("sequence", 0)
    theirs.add("dtstamp", NOW)
    theirs.add("dtstart", event.starts)
    theirs.add("dtend", event.ends)
    theirs.add("summary", event.title.in_("fr"), parameters={"LANGUAGE": "fr"})
    theirs.add("description", event.description.in_("fr") if event.description else "", parameters={"LANGUAGE": "fr"})
    theirs.add("organizer", icalendar.vCalAddress("mailto:desk@town.example"), parameters={"CN": DESK.name.in_("fr")})
    name = str(person.name).replace('"', "'").replace("^", "")
    attendee = {"CN": name, "PARTSTAT": "ACCEPTED", "ROLE": "REQ-PARTICIPANT", "RSVP": "TRUE"}
    theirs.add("attendee", icalendar.vCalAddress("mailto:Zoe@Home.example"), parameters=attendee)
    theirs.add("status", "CONFIRMED")
    theirs.add("transp", "OPAQUE")
    assert unfolded(theirs.to_ical(sorted=False)) in unfolded(ours)


@settings(max_examples=40)
@given(text=st.text(max_size=200), name=st.text(max_size=60))
def test_no_words_break_the_object(text: str, name: str) -> None:
    event = soup(title=Localized(fr=text or "x"), description=Localized(fr=text or "x"))
    person = registration(event, name=name)
    (told,) = due(event, person, (), desk=DESK, now=NOW)
    content = calendar_object(told, event, person, desk=DESK, language="fr").content
    assert problems_of(content) == []
    assert len(parsed(content).parts) == 2


def test_the_organiser_is_the_desk_and_not_the_token() -> None:
    event, person = soup(), registration(soup())
    mail = mail_of(objects_of(event, person, due(event, person, (), desk=DESK, now=NOW), "fr"))
    (part, *_) = calendar_parts(mail)
    content = part.get_payload(decode=True)
    assert isinstance(content, bytes)
    (vevent,) = [each for each in parsed(content).parts if each.name == "VEVENT"]
    assert vevent.one("ORGANIZER") == "mailto:desk@town.example"
    assert vevent.one("ATTENDEE") == "mailto:Zoe@Home.example"
    assert mail["Reply-To"] != "desk@town.example"


SESSIONS = tuple(
    Session(key=f"soup/{n}", starts=NOW + timedelta(days=n), ends=NOW + timedelta(days=n, hours=2)) for n in (5, 6, 7)
)


def test_several_sessions_are_parts_beside_each_other() -> None:
    event = soup(sessions=SESSIONS, attend="any")
    person = registration(event)
    mail = mail_of(objects_of(event, person, due(event, person, (), desk=DESK, now=NOW), "fr"))
    assert [part.get_content_type() for part in mail.walk()] == [
        *("multipart/mixed", "multipart/alternative", "text/plain", "text/html"),
        *("text/calendar",) * 3,
    ]
    assert [part.get_filename() for part in mail.iter_attachments()] == ["invite-1.ics", "invite-2.ics", "invite-3.ics"]


# -- the organiser's state -----------------------------------------------------


def states(told: tuple[Invitation, ...]) -> list[tuple[str, int, str]]:
    return [(each.session, each.sequence, each.status) for each in told]


def kept(old: tuple[Invitation, ...], new: tuple[Invitation, ...]) -> tuple[Invitation, ...]:
    return tuple(({each.session: each for each in old} | {each.session: each for each in new}).values())


COURSE = soup(sessions=SESSIONS, attend="any")


def test_sequence_rises_when_something_changed_that_matters_and_only_then() -> None:
    person = registration(COURSE, sessions=("soup/5", "soup/6"))
    first = due(COURSE, person, (), desk=DESK, now=NOW)
    assert states(first) == [("soup/5", 0, "confirmed"), ("soup/6", 0, "confirmed")]
    later = NOW + timedelta(hours=1)
    again = due(COURSE, person, first, desk=DESK, now=later)
    assert states(again) == states(first)
    assert {each.stamped_at for each in again} == {later}
    told = kept(first, again)
    # one given up: the other is as it was
    fewer = due(COURSE, replace(person, sessions=("soup/6",)), told, desk=DESK, now=later)
    assert states(fewer) == [("soup/6", 0, "confirmed"), ("soup/5", 1, "cancelled")]
    told = kept(told, fewer)
    # said once, it is not said again
    assert states(due(COURSE, replace(person, sessions=("soup/6",)), told, desk=DESK, now=later)) == [
        ("soup/6", 0, "confirmed")
    ]
    # taken up again: above what was cancelled
    assert states(due(COURSE, person, told, desk=DESK, now=later))[0] == ("soup/5", 2, "confirmed")


CHANGES = {
    "title": (soup(sessions=SESSIONS, attend="any", title=Localized(fr="Potage")), 0),
    "time": (soup(sessions=tuple(replace(s, ends=s.ends + timedelta(hours=1)) for s in SESSIONS), attend="any"), 1),
    "online": (soup(sessions=SESSIONS, attend="any", modes=("online",)), 1),
    "zone": (soup(sessions=SESSIONS, attend="any", timezone="Europe/Paris"), 0),
}


@pytest.mark.parametrize("what", CHANGES)
def test_what_an_organiser_changes(what: str) -> None:
    event, sequence = CHANGES[what]
    first = due(COURSE, registration(COURSE), (), desk=DESK, now=NOW)
    now = due(event, registration(event), first, desk=DESK, now=NOW, by_organiser=True)
    assert {each.sequence for each in now} == {sequence}
    assert {each.partstat for each in now} == {"NEEDS-ACTION" if sequence else "ACCEPTED"}
    assert {each.uid for each in now} == {each.uid for each in first}


@pytest.mark.parametrize("event", [soup(times_known=False), soup(cancelled=Localized(fr="Hélas"))])
def test_what_does_not_take_place_is_taken_out_of_calendars(event: Event) -> None:
    first = due(soup(), registration(event), (), desk=DESK, now=NOW)
    assert states(due(event, registration(event), first, desk=DESK, now=NOW)) == [("soup", 1, "cancelled")]


def test_what_is_over_is_left_alone() -> None:
    first = due(COURSE, registration(COURSE), (), desk=DESK, now=NOW)
    after = NOW + timedelta(days=5, hours=3)
    gone = registration(COURSE, status=RegistrationStatus.CANCELLED)
    assert [each.session for each in due(COURSE, registration(COURSE), first, desk=DESK, now=after)] == ["soup/6", "soup/7"]  # fmt: skip
    assert [each.session for each in due(COURSE, gone, first, desk=DESK, now=after)] == ["soup/6", "soup/7"]


@pytest.mark.parametrize("damage", [
    (b"DTSTAMP:20270301T103000Z", b"DTSTAMP:20270301T103000"),
    (b"METHOD:REQUEST", b"METHOD:PUBLISH"),
    (b"\r\nORGANIZER", b"\r\nX-ORGANIZER"),
    (b"TZID:Europe/Brussels", b"TZID:Europe/Bruxelles"),
    (b"STATUS:CONFIRMED", b"STATUS:CANCELLED"),
    (b"\r\n", b"\n"),
    (b"\r\n ", b""),
    (b"\\,", b","),
    (b"RSVP=TRUE", b"RSVP=FALSE"),
    (b"DTSTART;TZID=Europe/Brussels:20270328T013000", b"DTSTART:20270328T013000"),
    (b"SEQUENCE:0\r\n", b"SEQUENCE:0\r\nSEQUENCE:1\r\n"),
])  # fmt: skip
def test_the_validator_sees_what_is_wrong(damage: tuple[bytes, bytes]) -> None:
    event, person = soup(), registration(soup())
    (told,) = due(event, person, (), desk=DESK, now=NOW)
    content = calendar_object(told, event, person, desk=DESK, language="fr").content
    assert damage[0] in content
    assert problems_of(content) == []
    assert problems_of(content.replace(*damage)) != []
