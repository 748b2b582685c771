"""Certificates: to whom, with which words, once; and the PDF itself, read back."""

from __future__ import annotations

import email
import io
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from mailbot.adapters.certificate import TypstCertificates
from mailbot.core.attendance import Attendance, AttendanceStatus
from mailbot.core.certificates import certificate_data, certified_sessions
from mailbot.core.events import Certificate, Session
from mailbot.core.language import LANGUAGES, Language, Localized
from mailbot.core.registrations import Registration, RegistrationStatus
from mailbot.service.certificates import CertificateError, entitled, send
from tests.service.town import BRUSSELS, ROOT, Town, event, wish, with_events

NOW = datetime(2027, 5, 2, 10, 0, tzinfo=UTC)
CERTIFICATE = Certificate(
    signatory="Ann Maes",
    role=Localized(fr="Responsable", nl="Verantwoordelijke", en="Head of service", de="Leiterin"),
    text=Localized(fr="Agréée n° 1.", nl="Erkend nr. 1.", en="Accredited no. 1.", de="Anerkannt Nr. 1."),
    hours=Decimal("1.5"),
)


def person(number: int = 1, **fields: Any) -> Registration:
    given: dict[str, Any] = {
        "id": f"abcdefgh{number}",
        "event": "compost",
        "person_key": f"person{number}@town.example",
        "status": RegistrationStatus.CONFIRMED,
        "name": "Zoé Ünsal-D’Haese",
        "email": f"person{number}@town.example",
        "organisation": "Ville de Liège",
        "language": "fr",
        "sessions": ("compost",),
        "requested_at": NOW - timedelta(days=60),
        "updated_at": NOW - timedelta(days=60),
    }
    return Registration(**{**given, **fields})


def mark(registration: str, status: AttendanceStatus, session: str = "compost") -> Attendance:
    return Attendance(registration=registration, session=session, status=status, marked_at=NOW)


def text_of(pdf: bytes) -> str:
    from pypdf import PdfReader

    pages = PdfReader(io.BytesIO(pdf)).pages
    assert len(pages) == 1
    assert [round(float(side)) for side in pages[0].mediabox[2:]] == [595, 842], "A4"
    return " ".join(pages[0].extract_text().split())


class Noted:
    """Makes nothing, and remembers what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[Mapping[str, object]] = []

    def pdf(self, data: Mapping[str, object]) -> bytes:
        self.asked.append(data)
        return b"%PDF-1.7 nothing"


@pytest.fixture
def offered(town: Town) -> Town:
    town.policy = with_events(town.policy, event(certificate=CERTIFICATE))
    with town.store.begin() as tx:
        for number in (1, 2, 3, 4):
            given: dict[str, Any] = {"email": None, "requested_by": "boss@town.example"} if number == 4 else {}
            tx.put_registration(person(number, language=LANGUAGES[number - 1], **given), "registered", NOW)
        tx.put_attendance(
            [
                mark("abcdefgh1", AttendanceStatus.ATTENDED),
                mark("abcdefgh2", AttendanceStatus.ABSENT),
                mark("abcdefgh4", AttendanceStatus.ATTENDED),
            ]
        )
    return town


def test_who_came_gets_one_by_mail_and_never_a_second(offered: Town) -> None:
    made = Noted()
    found = offered.policy.events["compost"]
    for _ in range(2):
        with offered.store.begin() as tx:
            people = entitled(tx, found, NOW)
        assert [each.registration.id for each in people] == ["abcdefgh1", "abcdefgh4"]
        send(offered.store, offered.policy, found, made, people, NOW)
    with offered.store.begin() as tx:
        assert all(each.sent for each in entitled(tx, found, NOW))
    assert len(made.asked) == 2
    first, second = (d.message for d in reversed(offered.deliveries()))
    assert (first.envelope_to, second.envelope_to) == ("person1@town.example", "boss@town.example")
    assert "votre attestation" in first.text
    assert "Teilnahmebescheinigung von Zoé Ünsal-D’Haese" in second.text
    mail = email.message_from_bytes(first.content)
    assert mail["List-Unsubscribe"] is None, "it was asked for by taking part"
    (attached,) = [part for part in mail.walk() if part.get_content_type() == "application/pdf"]
    assert attached.get_filename() == "attestation.pdf"
    assert attached.get_payload(decode=True) == b"%PDF-1.7 nothing"


def test_even_two_who_send_at_once_send_one(offered: Town) -> None:
    found = offered.policy.events["compost"]
    with offered.store.begin() as tx:
        people = entitled(tx, found, NOW)
    assert send(offered.store, offered.policy, found, Noted(), people, NOW) == 2
    assert send(offered.store, offered.policy, found, Noted(), people, NOW) == 0


@pytest.mark.parametrize(
    ("offered_to", "status", "marked", "now", "given"),
    [
        ("attended", "confirmed", AttendanceStatus.ATTENDED, NOW, True),
        ("attended", "confirmed", AttendanceStatus.ABSENT, NOW, False),
        ("attended", "confirmed", None, NOW, False),
        ("attended", "cancelled", AttendanceStatus.ATTENDED, NOW, False),
        ("registered", "confirmed", None, NOW, True),
        ("registered", "waitlisted", None, NOW, False),
        # before it is over, there is nothing to certify
        ("registered", "confirmed", None, datetime(2027, 4, 20, 13, 30, tzinfo=UTC), False),
    ],
)
def test_who_is_entitled(
    offered_to: Any, status: str, marked: AttendanceStatus | None, now: datetime, given: bool
) -> None:
    one = event(certificate=replace(CERTIFICATE, offered_to=offered_to))
    r = person(status=RegistrationStatus(status))
    marks = {(r.id, "compost"): mark(r.id, marked)} if marked else {}
    assert bool(certified_sessions(one, r, marks, now)) is given
    assert certified_sessions(replace(one, certificate=None), r, marks, now) == ()


def several(attend: Any) -> Any:
    starts = datetime(2027, 4, 20, 13, 0, tzinfo=BRUSSELS)
    sessions = tuple(
        Session(
            key=f"compost/{n}",
            title=Localized(fr=f"Partie {n}"),
            starts=starts + timedelta(days=n),
            ends=starts + timedelta(days=n, hours=2),
        )
        for n in (1, 2, 3)
    )
    return event(sessions=sessions, attend=attend, certificate=CERTIFICATE)


@pytest.mark.parametrize(
    ("attend", "came", "language", "hours"),
    [
        ("any", 1, "fr", "Durée\u00a0: 1,5 heure"),
        ("any", 2, "fr", "Durée\u00a0: 3 heures"),
        ("any", 1, "nl", "Duur: 1,5 uur"),
        ("any", 1, "en", "Duration: 1.5 hours"),
        ("any", 1, "de", "Dauer: 1,5 Stunden"),
        ("all", 3, "de", "Dauer: 1,5 Stunden"),
        # Whoever missed a part of the whole did not attend all its hours.
        ("all", 2, "de", ""),
    ],
)
def test_hours_are_those_attended(town: Town, attend: Any, came: int, language: Language, hours: str) -> None:
    one = several(attend)
    data = certificate_data(one, person(language=language), one.sessions[:came], town.policy.templates, NOW)
    assert data["hours"] == hours
    assert len(data["sessions"]) == came  # type: ignore[arg-type]


PDF = {
    "fr": "Attestation de participation Nous attestons que {name} a participé à l’activité Compost pour tous "
    "mardi 20 avril 2027 de 13h00 à 16h00 Rue des Tanneurs 1, 1000 Bruxelles Durée : 1,5 heure Agréée n° 1. "
    "Fait le 2 mai 2027 Ann Maes Responsable Référence : abcdefgh",
    "nl": "Deelnameattest Hierbij bevestigen wij dat {name} heeft deelgenomen aan Compost voor iedereen "
    "dinsdag 20 april 2027 van 13.00 tot 16.00 uur Rue des Tanneurs 1, 1000 Bruxelles Duur: 1,5 uur Erkend nr. 1. "
    "Opgemaakt op 2 mei 2027 Ann Maes Verantwoordelijke Referentie: abcdefgh",
    "en": "Certificate of attendance This is to certify that {name} attended Compost for all "
    "Tuesday 20 April 2027, 13:00–16:00 Rue des Tanneurs 1, 1000 Bruxelles Duration: 1.5 hours Accredited no. 1. "
    "Issued on 2 May 2027 Ann Maes Head of service Reference: abcdefgh",
    "de": "Teilnahmebescheinigung Hiermit bescheinigen wir {name} die Teilnahme an der Veranstaltung Kompost für alle "
    "Dienstag, 20. April 2027, von 13:00 bis 16:00 Uhr Rue des Tanneurs 1, 1000 Bruxelles Dauer: 1,5 Stunden "
    "Anerkannt Nr. 1. Ausgestellt am 2. Mai 2027 Ann Maes Leiterin Referenz: abcdefgh",
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_pdf_says_it_in_the_persons_language(town: Town, language: Language) -> None:
    one = event(certificate=CERTIFICATE)
    data = certificate_data(one, person(language=language), one.sessions, town.policy.templates, NOW)
    text = text_of(TypstCertificates(ROOT / "templates").pdf(data))
    assert PDF[language].format(name="Zoé Ünsal-D’Haese Ville de Liège") in text.replace("\u00a0", " ")


@pytest.mark.parametrize("name", ["#panic()", "$x$ *a* _b_", "@ref <label>", '"} #sys.exit(', "\\u{0}", "Łukasz Ǻ ß ę"])
def test_a_name_is_only_a_name(town: Town, name: str) -> None:
    one = event(certificate=CERTIFICATE)
    data = certificate_data(one, person(name=name), one.sessions, town.policy.templates, NOW)
    assert " ".join(name.split()) in text_of(TypstCertificates(ROOT / "templates").pdf(data))


def test_a_long_certificate_stays_on_its_page(town: Town) -> None:
    one = several("any")
    long = replace(one, title=Localized(fr="Un titre vraiment long pour une formation " * 3))
    data = certificate_data(long, person(name="Marie-Christine " * 5), long.sessions, town.policy.templates, NOW)
    text_of(TypstCertificates(ROOT / "templates").pdf(data))


def test_a_broken_or_missing_template_is_told_with_its_file(town: Town, tmp_path: Path) -> None:
    with pytest.raises(CertificateError, match=r"certificate\.typ is missing"):
        TypstCertificates(tmp_path).pdf({})
    (tmp_path / "certificate").mkdir()
    (tmp_path / "certificate" / "certificate.typ").write_text("#let x = (", "utf-8")
    with pytest.raises(CertificateError, match=r"certificate\.typ: "):
        TypstCertificates(tmp_path).pdf({})


def test_a_template_reads_no_file_outside_its_folder(town: Town, tmp_path: Path) -> None:
    (tmp_path / "certificate").mkdir()
    (tmp_path / "secret.txt").write_text("secret", "utf-8")
    (tmp_path / "certificate" / "certificate.typ").write_text('#read("../secret.txt")', "utf-8")
    with pytest.raises(CertificateError):
        TypstCertificates(tmp_path).pdf({})


# -- asked about ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "Bonjour,\r\n\r\nRecevrons-nous une attestation après « Compost pour tous » ?\r\n",
            "attestation de participation",
        ),
        ("Goedendag,\r\n\r\nKrijgen we een attest na ‘Compost voor iedereen’?\r\n", "deelnameattest"),
        (
            "Hello,\r\n\r\nWill there be a certificate of attendance for “Compost for all”?\r\n",
            "certificate of attendance",
        ),
        ("Guten Tag,\r\n\r\ngibt es für „Kompost für alle“ eine Teilnahmebescheinigung?\r\n", "Teilnahmebescheinigung"),
    ],
)
def test_whoever_asks_for_a_certificate_is_told_where_there_is_one(town: Town, text: str, told: str) -> None:
    question = wish(1, subject="Question", text=text)
    town.policy = with_events(town.policy, event(certificate=CERTIFICATE))
    town.server.deliver(question)
    town.poll()
    assert town.holds() == ()
    assert told in town.deliveries()[0].message.text
    town.policy = with_events(town.policy, event())
    town.server.deliver(question.replace(b"<wish-1@", b"<wish-2@").replace(b"person1", b"person2"))
    town.poll()
    (hold,) = town.holds()
    assert "open-question" in hold.reasons
    assert told not in town.deliveries()[0].message.text
