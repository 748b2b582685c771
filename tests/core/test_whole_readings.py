"""Whole mails about the shipped events, as phrases and models read them together: what, who, and whether a person looks."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from bench.training.mails import policy_for
from mailbot.core.explain import explanation
from mailbot.service.explaining import explain

BRUSSELS = ZoneInfo("Europe/Brussels")
CONFIRMED = "Re: Confirmation : formation « Album, de la confidence aux récits »"
ALBUM = datetime(2021, 9, 6, 10, tzinfo=BRUSSELS)
CYCLE = datetime(2021, 3, 15, 10, tzinfo=BRUSSELS)
CYCLE_BEGUN = datetime(2021, 3, 25, 10, tzinfo=BRUSSELS)
JUBILEE = datetime(2021, 1, 11, 10, tzinfo=BRUSSELS)
AFTER_BARCELONA = datetime(2018, 1, 15, 10, tzinfo=BRUSSELS)


def read(
    text: str, now: datetime, subject: str = "", sender: str = "Anne Dupont <anne.dupont@post.example>"
) -> dict[str, object]:
    mail = (
        f"From: {sender}\nTo: inscriptions@prevention.example\nSubject: {subject}\nMessage-ID: <a@post.example>\n"
        f"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n{text}\n"
    )
    seen = explain(mail.encode(), policy_for("corpus"), now=now, fallback=now)
    return explanation("", seen.message, seen.reading, seen.decision)


def codes(got: dict[str, object]) -> set[str]:
    reasons = got["reasons"]
    assert isinstance(reasons, list)
    return {reason["code"] for reason in reasons}


@pytest.mark.parametrize(
    "text",
    [
        "Présente à la conférence Sécurité, démocratie et villes de novembre dernier, je cherche le compte rendu.",
        "Où trouver les photos de la conférence Sécurité, démocratie et villes de 2017 ?",
        "Where can I find the minutes of the Security, Democracy and Cities conference of last November?",
        "Waar vind ik het verslag van de conferentie van november vorig jaar (Veiligheid, democratie en steden)?",
        "Wo finde ich die Fotos der Konferenz Sicherheit, Demokratie und Städte vom letzten November?",
    ],
)
def test_of_two_events_of_one_name_the_year_tells_which(text: str) -> None:
    assert read(text, AFTER_BARCELONA)["events"] == ["barcelona-2017"]


def test_what_is_long_over_is_no_rival_of_what_comes() -> None:
    text = "Klopt het dat de conferentie 'Veiligheid, democratie en steden' verschoven is?"
    assert read(text, datetime(2021, 5, 3, tzinfo=BRUSSELS))["events"] == ["efus-nice"]


@pytest.mark.parametrize(
    "text",
    [
        "Voor het Album van 16 september mag u mij zeker inschrijven. Kijk ik online mee of kom ik naar Schaarbeek, dat weet ik pas de dag zelf.",
        "Melden Sie mich bitte für Album an, ob online oder in Schaerbeek entscheide ich am Tag selbst.",
        "Ik schrijf me in voor Album, ik kom ter plaatse of volg online, dat zie ik nog.",
        "Je viens à Schaerbeek pour Album, ou en visio s'il y a grève.",
    ],
)
def test_two_ways_that_are_left_open_need_a_person(text: str) -> None:
    got = read(text, ALBUM)
    assert (got["mode"], got["needs_human"]) == (None, True)


@pytest.mark.parametrize(
    "text",
    [
        "Pourriez-vous me réserver une chaise pour le 16 à Schaerbeek pour Album ? Si la salle est déjà remplie, je me connecterai de chez moi.",
        "Please keep me a seat at Rue Verte on the 16th for Album; if it is full I'll join online.",
        "Reservieren Sie mir bitte einen Platz in der Rue Verte für Album. Falls der Saal voll ist, nehme ich online teil.",
        "Ma promotrice m'a parlé d'Album, du coup je m'inscris : de préférence en vrai à Schaerbeek, et si c'est complet tant pis, je suivrai par écran.",
    ],
)
def test_what_is_only_supposed_comes_second_to_the_place(text: str) -> None:
    got = read(text, ALBUM)
    assert (got["kind"], got["mode"], got["needs_human"]) == ("register", "in-person", False)


@pytest.mark.parametrize(
    ("text", "mode"),
    [
        ("I would be glad to attend the online conference marking your 25 years, lab nuisance.", None),
        ("Op 21 januari doe ik graag mee met jullie online conference, lab nuisance.", None),
        ("Je m'inscris à la conférence des 25 ans, derrière mon écran donc, labo nuisances.", "online"),
        ("Veuillez me compter parmi vous le 21 janvier pour les 25 ans, lab nuisances.", None),
    ],
)
def test_what_is_said_of_the_event_is_no_way_that_somebody_chose(text: str, mode: str | None) -> None:
    got = read(text, JUBILEE, "21 janvier")
    assert (got["kind"], got["mode"], got["needs_human"]) == ("register", mode, False)


@pytest.mark.parametrize(
    "text",
    [
        "Je m'inscris à la conférence anniversaire. Pour le laboratoire je dois encore en parler avec ma cheffe.",
        "Ik schrijf me in voor 25 jaar BeFUS. Het labo kies ik later.",
        "Please register me for the anniversary conference. I'll let you know about the lab later.",
        "Ich melde mich für 25 Jahre BeFUS an. Das Labor teile ich Ihnen noch mit.",
    ],
)
def test_an_option_that_is_told_later_holds_nothing_up(text: str) -> None:
    got = read(text, JUBILEE)
    assert (got["kind"], got["choices"], got["needs_human"]) == ("register", {}, False)


@pytest.mark.parametrize(
    ("text", "now", "days"),
    [
        ("Je m'inscris à la séance d'intro du cycle polarisation.", CYCLE, ["03-23"]),
        ("Please put me down for the intro session of the polarisation workshops and for the wrap-up in June.", CYCLE, ["03-23", "06-17"]),
        ("Inscription pour le 6 mai et pour la dernière séance du cycle polarisation, en juin. En mars et le 1er avril j'ai chorale, dommage.", CYCLE, ["05-06", "06-17"]),
        ("Mon collègue Ilir Krasniqi voudrait s'inscrire au cycle polarisation, uniquement à partir de l'atelier du 6 mai ; il assistera donc aux deux derniers.", CYCLE, ["05-06", "06-17"]),
        ("Zut, le premier atelier polarisation m'est passé sous le nez... Je participerai à tous ceux qui viennent !", CYCLE_BEGUN, ["04-01", "05-06", "06-17"]),
        ("Helaas heb ik de eerste workshop polarisatie gemist. Ik doe mee met alle volgende.", CYCLE_BEGUN, ["04-01", "05-06", "06-17"]),
    ],
)  # fmt: skip
def test_sessions_by_a_clipped_word_in_lists_and_from_one_on(text: str, now: datetime, days: list[str]) -> None:
    got = read(text, now)
    sessions = got["sessions"]
    assert isinstance(sessions, list)
    assert ([key[-5:] for key in sessions], got["needs_human"]) == (days, False)


def test_a_session_that_is_over_is_asked_for_by_mistake() -> None:
    assert "session-unclear" in codes(read("Inscrivez-moi au premier atelier polarisation.", CYCLE_BEGUN))


@pytest.mark.parametrize(
    "text",
    [
        "Bonjour, prière de me désinscrire, mon fils est hospitalisé.",
        "Bonjour, je dois vous demander de me rayer de la liste : je serai en congé.",
        "Il faut me désinscrire svp, ma gardienne me fait faux bond.",
    ],
)
def test_who_is_told_of_as_the_reason_is_not_meant(text: str) -> None:
    got = read(text, ALBUM, CONFIRMED)
    people = got["people"]
    assert isinstance(people, list)
    assert (got["kind"], len(people), got["needs_human"]) == ("cancel", 1, False)


def test_whoever_writes_for_somebody_else_takes_no_place() -> None:
    office = "Office of Dr Langley <office@urban-health.example>"
    for text in (
        "May I reserve a seat at your web conference of 21 January for our director, Dr Philippa Langley? Lab nuisance.",
        "Dr Philippa Langley, whom I assist, would like to attend the 25 years conference, lab nuisance.",
    ):
        people = read(text, JUBILEE, sender=office)["people"]
        assert isinstance(people, list)
        assert [person["name"] for person in people] == ["Philippa Langley"], text


def test_a_comparison_is_not_where_a_reason_is_given() -> None:
    text = "Pour l'outil j'avais mis Molenbeek mais je le prendrai plutôt à Schaerbeek vu que je serai dans la salle."
    got = read(text, ALBUM, CONFIRMED)
    assert (got["kind"], got["mode"], got["pickup"]) == ("change", "in-person", "schaerbeek")


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        (
            "Est-il possible de commander cinq exemplaires de l'outil Album pour l'école, et à quel prix ?",
            "open-question",
        ),
        ("Kan ik extra exemplaren van de tool Album bestellen, en wat kosten die?", "open-question"),
    ],
)
def test_more_copies_are_for_a_person_to_promise(text: str, topic: str) -> None:
    assert topic in codes(read(text, ALBUM))
