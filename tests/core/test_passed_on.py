"""A colleague's request that is passed on: read as its writer's own mail, where nothing else is said above it."""

from __future__ import annotations

from datetime import datetime

import pytest

from bench.training.mails import policy_for
from mailbot.core.requests import Reading, Register
from mailbot.service.explaining import explain
from tests.core.reading import BRUSSELS

NOW = datetime(2021, 9, 1, 10, tzinfo=BRUSSELS)
BELOW = {
    "fr": "Coucou Anne, tu veux bien m'inscrire à la formation Album du 16 septembre ? En visio. Merci ! Zoé",
    "nl": "Anne, wil jij mij opgeven voor de vorming Album van 16 september? Ik volg online.\n\nZoé",
    "en": "Hi Anne,\n\ncould you sign me up for the Album training on 16 September? I'll join online.\n\nZoé",
    "de": "Hallo Anne,\n\nbitte melde mich zur Fortbildung Album am 16. September an, online.\n\nZoé",
}
FLYER = "Chers membres,\n\nLa formation Album aura lieu le 16 septembre.\n\nLe service"


def seen(above: str, below: str, writer: str = "Zoé Petit <zoe.petit@town.example>") -> Reading:
    mail = (
        "From: Anne Maes <anne.maes@town.example>\nTo: inscriptions@prevention.example\nMessage-ID: <1@town.example>\n"
        "Date: Wed, 1 Sep 2021 10:00:00 +0200\nSubject: TR: Album\nContent-Type: text/plain; charset=utf-8\n\n"
        f"{above}\n\nAnne Maes\n\nDe : {writer}\nEnvoyé : mardi 31 août 2021 17:48\nÀ : Anne Maes\nObjet : Album\n\n{below}\n"
    )
    return explain(mail.encode(), policy_for("seed-fr-en"), now=NOW, fallback=NOW).reading


@pytest.mark.parametrize(
    ("above", "language"),
    [
        ("Bonjour,\n\nVoir ci-dessous la demande de ma collègue, pouvez-vous faire le nécessaire ?", "fr"),
        ("Dag,\n\nZie hieronder: kunnen jullie Zoé inschrijven? Zelf zit ik in vergadering.", "nl"),
        ("Hello,\n\nplease see below, my colleague would like to attend. I will be away myself.", "en"),
        ("Guten Tag,\n\nsiehe unten, bitte für meine Kollegin übernehmen. Ich selbst habe Urlaub.", "de"),
    ],
)
def test_what_is_passed_on_is_its_writers_wish(above: str, language: str) -> None:
    reading = seen(above, BELOW[language])
    (request,) = reading.requests
    assert isinstance(request, Register) and not reading.doubts
    (person,) = request.details.people
    assert (person.name, person.email, person.is_sender) == ("Zoé Petit", "zoe.petit@town.example", False)
    assert request.details.mode == "online"


def test_a_forwarded_announcement_registers_nobody_of_its_own() -> None:
    above = "Bonjour,\n\nMme Chantal Clippe souhaite participer. Pouvez-vous faire le nécessaire ?"
    reading = seen(above, FLYER, "Le service <info@organiser.example>")
    assert [person.name for request in reading.requests for person in request.details.people] == ["Chantal Clippe"]


@pytest.mark.parametrize(
    "below",
    [
        "Coucou Anne, tu m'inscris à la formation Album du 16 septembre, avec deux collègues ?\n\nZoé",
        "Coucou Anne, tu m'inscris à la formation Album ? Et mon chien peut-il venir ?\n\nZoé",
    ],
)
def test_what_is_passed_on_and_not_plain_waits(below: str) -> None:
    assert seen("Bonjour,\n\nVoir ci-dessous, pouvez-vous faire le nécessaire ?", below).doubts


def test_whoever_passes_it_on_and_comes_too_has_a_wish_of_her_own() -> None:
    reading = seen("Bonjour,\n\nVoir ci-dessous. Inscrivez-moi aussi, s'il vous plaît.", BELOW["fr"])
    assert any(person.is_sender for request in reading.requests for person in request.details.people)


def test_a_header_that_begins_with_the_date_names_no_writer() -> None:
    reading = seen("Bonjour,\n\nVoir ci-dessous, pouvez-vous faire le nécessaire ?", BELOW["fr"], "31/08/2021")
    assert all("31" not in (person.name or "") for r in reading.requests for person in r.details.people)
