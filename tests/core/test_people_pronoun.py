"""Whom "her" means, and who stands as the object of what is wanted."""

from __future__ import annotations

import pytest

from tests.core.test_people import people_in

SENDER = "Paul Petit <paul.petit@town.example>"


@pytest.mark.parametrize(
    ("text", "others"),
    [
        ("Our colleague Zoe Lambert has left. Please take her off the list.", ["Zoe Lambert"]),
        ("Ma collègue Zoé Lambert m'a parlé de cette formation. Pouvez-vous l'inscrire ?", ["Zoé Lambert"]),
        ("Zoé Lambert est malade. Merci d'annuler sa participation.", ["Zoé Lambert"]),
        ("Onze Mats wordt tien. Schrijf hem maar in.", ["Mats"]),
        ("Unsere Kollegin Ilse Brandt ist krank. Bitte streichen Sie sie von der Liste.", ["Ilse Brandt"]),
        # The sender is meant, or either of two may be.
        ("Ma collègue Zoé Lambert m'a parlé de cette formation. Pouvez-vous m'inscrire ?", []),
        ("Meine Kollegin Ilse Brandt hat mir davon erzählt. Können Sie mich anmelden?", []),
        ("Het zou een genoegen zijn om te komen. Mijn nicht Louise heeft mij geleerd hoe het werkt.", []),
    ],
)
def test_whoever_was_named_is_meant_by_the_pronoun(text: str, others: list[str]) -> None:
    found = people_in(SENDER, text)
    assert [n.person.name for n in found.others] == others
    assert found.with_sender == (not others)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Schrijf je Mats Claes alvast op?", "Mats Claes"),
        ("Könnten Sie Ilse Brandt für Montag abmelden?", "Ilse Brandt"),
        ("Could you take Freya Lund off the list for tomorrow?", "Freya Lund"),
        ("Please put Freya Lund down for tomorrow.", "Freya Lund"),
        ("Merci de retirer Zoé Lambert de la formation.", "Zoé Lambert"),
        ("Mettez Zoé Lambert sur la liste.", "Zoé Lambert"),
        ("Haal Mats Claes maar van de lijst.", "Mats Claes"),
        ("Via deze weg schrijf ik Mats Claes in.", "Mats Claes"),
    ],
)
def test_a_name_between_the_parts_of_a_verb_is_its_object(text: str, name: str) -> None:
    found = people_in(SENDER, text)
    assert [n.person.name for n in found.others] == [name]
    assert not found.unread
    assert not found.with_sender


@pytest.mark.parametrize(
    "text",
    [
        "Bitte melden Sie Ilse Brandt an. Ich selbst habe Urlaub.",
        "Gelieve Mats Claes in te schrijven, zelf zit ik dan in vergadering.",
        "Merci d'inscrire Zoé Lambert. Moi je suis en congé ce jour-là.",
        "Please register Freya Lund. I am on leave that week.",
    ],
)
def test_whoever_is_elsewhere_does_not_take_part(text: str) -> None:
    found = people_in(SENDER, text)
    assert len(found.others) == 1
    assert not found.with_sender


@pytest.mark.parametrize(
    "text",
    [
        "Ich melde Ilse Brandt und mich an. Dazu kommen noch zwei, deren Namen ich nachreiche.",
        "Inscrivez Zoé Lambert et moi, plus deux stagiaires dont je vous enverrai les noms, les noms suivront.",
        "Freya Lund and I would like to come, with one more: name to follow.",
        "Mats Claes en ik komen, met nog iemand: naam volgt.",
    ],
)
def test_names_that_are_sent_later_are_missing(text: str) -> None:
    assert people_in(SENDER, text).names_follow


def test_one_of_the_senders_own_people_is_told_of_where_nothing_is_wanted() -> None:
    assert not people_in(SENDER, "Notre petit Gaspard est né hier. Je dois donc annuler ma participation.").unread
