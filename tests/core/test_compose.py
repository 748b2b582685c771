"""The bytes of our mails, parsed back by the standard library: nothing is lost, and nothing can be slipped in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest

from mailbot.core.calendar_out import CalendarObject
from mailbot.core.compose import MOST_REFERENCES, FileAttachment, compose
from mailbot.core.deliveries import OutgoingMessage
from mailbot.core.language import Localized
from mailbot.core.message import Address
from mailbot.core.policy import Desk
from mailbot.core.replies import InReplyTo, Rendered

NOW = datetime(2027, 3, 1, 10, 30, tzinfo=timezone(timedelta(hours=1)))
DESK = Desk(
    name=Localized(fr="Inscriptions – Prévention, « ici »"),
    addresses=("desk@town.example",),
    signature=Localized(fr="L’équipe"),
    secret=b"s" * 32,
)
WORDS = Rendered(
    subject="Inscription confirmée : « Album »",
    text="Bonjour,\n\nC’est noté : 12 € – à bientôt.\n.\nFrom here on\n" + "long " * 60 + "\n",
    html="<!DOCTYPE html>\n<html><body><p>C’est noté.</p></body></html>\n",
)


def composed(
    *,
    to: Address | None = None,
    subject: str | None = "Album",
    message_id: str | None = "<1@home.example>",
    references: tuple[str, ...] = (),
    calendar: tuple[CalendarObject, ...] = (),
    attachments: tuple[FileAttachment, ...] = (),
) -> OutgoingMessage:
    answered = InReplyTo(subject=subject, message_id=message_id, references=references) if subject is not None else None
    return compose(
        WORDS,
        id="abcdefgh",
        kind="registrant-confirmed",
        language="fr",
        desk=DESK,
        to=to or Address(name="Zoé", email="zoe@home.example"),
        in_reply_to=answered,
        now=NOW,
        calendar=calendar,
        auto_submitted="auto-replied",
        attachments=attachments,
    )


def parsed(message: OutgoingMessage) -> EmailMessage:
    found = message_from_bytes(message.content, policy=default)
    assert isinstance(found, EmailMessage)
    for part in found.walk():
        assert part.defects == []
        for name, header in part.items():
            assert getattr(header, "defects", ()) == (), name
    return found


def text_of(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body((kind,))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def test_the_mail_is_what_was_written() -> None:
    mail = parsed(composed())
    assert text_of(mail, "plain").rstrip() == WORDS.text.rstrip()
    assert text_of(mail, "html").rstrip() == WORDS.html.rstrip()
    assert mail["From"].addresses[0].display_name == DESK.name.in_("fr")
    assert mail["From"].addresses[0].addr_spec == "desk@town.example"
    assert mail["Date"].datetime == NOW
    assert mail["Message-ID"] == "<abcdefgh@town.example>"
    assert mail["Auto-Submitted"] == "auto-replied"
    assert mail["X-Auto-Response-Suppress"] == "All"
    assert mail["Content-Language"] == "fr"
    assert "abcdefgh" in mail["Reply-To"]
    assert mail["Reply-To"].endswith("@town.example")


def test_the_same_delivery_is_the_same_mail() -> None:
    assert composed().content == composed().content


def test_lines_are_short_enough_and_end_as_they_must() -> None:
    content = composed(
        to=Address(name="Ж" * 300, email="zoe@home.example"),
        subject="Ж" * 300,
        references=tuple(f"<{n}@home.example>" for n in range(100)),
    ).content
    assert b"\n" not in content.replace(b"\r\n", b"")
    assert b"\r" not in content.replace(b"\r\n", b"")
    # RFC 5322 §2.1.1
    assert max(map(len, content.split(b"\r\n"))) <= 998
    head = content.partition(b"\r\n\r\n")[0]
    assert max(map(len, head.split(b"\r\n"))) <= 78


NAMES = (
    "Zoé Ünsal",
    'Jan "Jantje" O\'Neill',
    "Back\\slash",
    "Doe, John (work) <other@evil.example>",
    "=?utf-8?q?evil?=",
    "a" * 200,
    "é" * 200,
    "😀 family 👩‍👩‍👧",
    "name\r\nBcc: all@town.example",
    "name\nX: y",
    "tab\tname",
    "line\u2028separator",
    "",
)


@pytest.mark.parametrize("name", NAMES)
def test_a_hostile_name_is_only_a_name(name: str) -> None:
    mail = parsed(composed(to=Address(name=name, email="zoe@home.example")))
    (only,) = mail["To"].addresses
    assert only.addr_spec == "zoe@home.example"
    written = only.display_name
    if len(name) == 200:
        # The standard library keeps the space between two encoded words of a name, which RFC 2047 §6.2 drops.
        written = written.replace(" ", "")
    assert written == " ".join(name.replace("\u2028", " ").split())
    assert_nothing_slipped_in(mail)


def assert_nothing_slipped_in(mail: EmailMessage) -> None:
    assert mail["Bcc"] is None
    assert mail["X"] is None
    assert sorted(set(mail.keys())) == sorted(mail.keys()), "a header stands there twice"


ADDRESSES = (
    "zoe@home.example\r\nBcc: all@town.example",
    "zoe@home.example>\r\nX: y\r\n<",
    "zoe@home.example, all@town.example",
)


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_hostile_address_makes_no_header(address: str) -> None:
    mail = message_from_bytes(composed(to=Address(name="", email=address)).content, policy=default)
    assert isinstance(mail, EmailMessage)
    assert_nothing_slipped_in(mail)


def test_an_international_domain_is_written_as_the_dns_does() -> None:
    mail = parsed(composed(to=Address(name="Zoé", email="zoe@münchen.example")))
    assert mail["To"].addresses[0].addr_spec == "zoe@xn--mnchen-3ya.example"


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("Album", "Re: Album"),
        ("RE: Re : Album", "Re: Album"),
        ("Antw: Album", "Re: Album"),
        ("", WORDS.subject),
        ("Inscription à l’été – « où ? »", "Re: Inscription à l’été – « où ? »"),
        ("Album\r\nBcc: all@town.example", "Re: Album Bcc: all@town.example"),
        ("=?utf-8?q?=0D=0ABcc:_x?=", "Re: =?utf-8?q?=0D=0ABcc:_x?="),
        ("x" * 500, "Re: " + "x" * 200),
        (None, WORDS.subject),
    ],
)
def test_the_subject_is_theirs(theirs: str | None, ours: str) -> None:
    message = composed(subject=theirs)
    mail = parsed(message)
    assert mail["Subject"] == ours
    assert message.subject == ours
    assert_nothing_slipped_in(mail)


def test_the_thread_goes_on() -> None:
    mail = parsed(composed(references=("<a@home.example>", "<b@home.example>")))
    assert mail["In-Reply-To"] == "<1@home.example>"
    assert mail["References"].split() == ["<a@home.example>", "<b@home.example>", "<1@home.example>"]


def test_a_long_thread_keeps_its_first_and_its_last() -> None:
    chain = tuple(f"<{n}@home.example>" for n in range(2, 100))
    found = parsed(composed(references=chain))["References"].split()
    assert len(found) == MOST_REFERENCES + 1
    assert found[0] == "<2@home.example>"
    assert found[-2:] == ["<99@home.example>", "<1@home.example>"]


@pytest.mark.parametrize("message_id", [None, "", "no brackets", "<a b@c>", "<x@y>\r\nBcc: z", "<é@home.example>"])
def test_a_thread_that_cannot_be_named_is_not(message_id: str | None) -> None:
    mail = parsed(composed(message_id=message_id))
    assert mail["In-Reply-To"] is None
    assert mail["References"] is None
    assert_nothing_slipped_in(mail)


CALENDAR = "BEGIN:VCALENDAR\r\nSUMMARY:Été\r\nEND:VCALENDAR\r\n".encode()
REQUEST = CalendarObject(method="REQUEST", content=CALENDAR)
CANCEL = CalendarObject(method="CANCEL", content=CALENDAR + b"X")

ALONE = ["multipart/mixed", "multipart/alternative", "text/plain", "text/html", "text/calendar", "application/ics"]
SEVERAL = ["multipart/mixed", "multipart/alternative", "text/plain", "text/html"]


@pytest.mark.parametrize(
    ("calendar", "kinds", "files"),
    [
        ((REQUEST,), ALONE, ["invite.ics"]),
        ((CANCEL,), ALONE, ["invite.ics"]),
        # what is gone stands beside what the text speaks of
        ((REQUEST, CANCEL), [*ALONE, "text/calendar"], ["invite.ics", "cancel-1.ics"]),
        ((REQUEST, REQUEST), [*SEVERAL, "text/calendar", "text/calendar"], ["invite-1.ics", "invite-2.ics"]),
        ((CANCEL, CANCEL), [*SEVERAL, "text/calendar", "text/calendar"], ["cancel-1.ics", "cancel-2.ics"]),
    ],
)
def test_where_calendar_objects_stand(calendar: tuple[CalendarObject, ...], kinds: list[str], files: list[str]) -> None:
    if calendar == (REQUEST, REQUEST):
        calendar = (REQUEST, CalendarObject(method="REQUEST", content=CALENDAR + b"Y"))
    elif calendar == (CANCEL, CANCEL):
        calendar = (CANCEL, CalendarObject(method="CANCEL", content=CALENDAR + b"Y"))
    mail = parsed(composed(calendar=calendar))
    assert [part.get_content_type() for part in mail.walk()] == kinds
    assert [part.get_filename() for part in mail.iter_attachments()] == files
    parts = [part for part in mail.walk() if part.get_content_type() == "text/calendar"]
    assert [part["Content-Type"].params["method"] for part in parts] == [each.method for each in calendar]
    assert [part.get_payload(decode=True) for part in parts] == [each.content for each in calendar]


def test_files_go_with_it_unchanged() -> None:
    content = bytes(range(256)) * 20
    file = FileAttachment(name='list "1".xlsx', content_type="application/octet-stream", content=content)
    (found,) = parsed(composed(attachments=(file,))).iter_attachments()
    assert found.get_filename() == "list__1_.xlsx"
    assert found.get_content() == content


def test_the_date_is_the_moment_given() -> None:
    assert parsed(composed())["Date"].datetime.astimezone(UTC) == datetime(2027, 3, 1, 9, 30, tzinfo=UTC)
