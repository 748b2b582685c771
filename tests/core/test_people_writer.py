"""Who writes, where neither a display name nor a closing tells: the one whom the text registers, or somebody else."""

from __future__ import annotations

import pytest

from tests.core.test_people import people_in

UNKNOWN = "zqx@mail.example"


@pytest.mark.parametrize(
    ("sender", "text", "name", "others"),
    [
        (UNKNOWN, "Please register: Somchai Phanit, Thai-Belgian parents meetup.", "Somchai Phanit", []),
        (UNKNOWN, "Je m'inscris : Erdal Aksoy, 47 ans.", "Erdal Aksoy", []),
        (UNKNOWN, "Notez mon nom : Edgard Lannoy, Natagora Condroz.", "Edgard Lannoy", []),
        (UNKNOWN, "Deshalb bitte anmelden: Timo Lentz, geboren 14.2.2007, Amel.", "Timo Lentz", []),
        (UNKNOWN, "Anmeldung: Kerstin Brandt, Deutscher Städtetag, Köln. Kamera bleibt aus.", "Kerstin Brandt", []),
        (UNKNOWN, "Mme Pauline Cuvelier s'inscrit par la présente.\n\nP. Cuvelier", "Pauline Cuvelier", []),
        (UNKNOWN, "Prof. Hassan Ouali, UZ Brussel. I'll participate on both afternoons.", "Hassan Ouali", []),
        (UNKNOWN, "Présents à deux. Alain et Marleen De Smedt. Bottes en 43 et 38.", "Alain De Smedt", ["Marleen De Smedt"]),
        (UNKNOWN, "Patrick et M.-C. H. s'inscrivent à la formation.", "Patrick", ["M.-C. H."]),
        (UNKNOWN, "Inschr. infoavond: Van Looveren Jan + echtgenote Simonne", "Van Looveren Jan", ["Simonne"]),
        (UNKNOWN, "U noteert:\nPieter Lagae\nEvelien Bossuyt\n\nGroetjes van Evelien", "Evelien Bossuyt", ["Pieter Lagae"]),
        (UNKNOWN, "Das sind Chiara Brandt, Tom Leyens und ich, Hannah Lux. Wir kommen.", "Hannah Lux", ["Chiara Brandt", "Tom Leyens"]),
        (UNKNOWN, "Lui est inscrit, ajoutez-moi : Latifa Benkirane, athénée.", "Latifa Benkirane", []),
        (UNKNOWN, "Two more, please: myself and Ludo De Wit. Book us.", None, ["Ludo De Wit"]),
        # A form that holds no more than the name.
        (UNKNOWN, "Inschrijving\nNaam: Claire Dupont\nVorming: Album", "Claire Dupont", []),
        (UNKNOWN, "Nom : Claire Dupont\nFormation : Album\nMa collègue Anne Petit vient aussi.", "Claire Dupont", ["Anne Petit"]),
        ("Paul Petit <p@mail.example>", "Inscription\n\nNom : Claire Dupont", "Paul Petit", ["Claire Dupont"]),
        # The address tells.
        ("j.peeters@mail.example", "Graag Jan Peeters inschrijven voor de vorming.", "Jan Peeters", []),
        ("patrick.h@mail.example", "Anne Henrion et Patrick Henrion viendront.\n\nMerci", "Patrick Henrion", ["Anne Henrion"]),
        # Others, where nothing says that they write.
        (UNKNOWN, "Merci d'inscrire Jan Dupont à la formation.", None, ["Jan Dupont"]),
        (UNKNOWN, "Merci d'inscrire ma collègue Anne Petit.", None, ["Anne Petit"]),
        (UNKNOWN, "Please register: John Smith. He will be a bit late.", None, ["John Smith"]),
        (UNKNOWN, "Ikram Tahiri et Nadia Tahiri. C'est pour mes deux enfants.", None, ["Ikram Tahiri", "Nadia Tahiri"]),
        (UNKNOWN, "Inscription : Jan Dupont, éducateur.\nLe secrétariat", None, ["Jan Dupont"]),
        ("secretariat@mail.example", "À inscrire : Jan Dupont, éducateur.", None, ["Jan Dupont"]),
        ("Anne Roland <a@mail.example>", "À inscrire : Jan Dupont, éducateur.", "Anne Roland", ["Jan Dupont"]),
    ],
)  # fmt: skip
def test_who_writes_is_told_by_what_stands_around_the_name(
    sender: str, text: str, name: str | None, others: list[str]
) -> None:
    found = people_in(sender, text)
    assert (found.sender.name, [str(n.person.name) for n in found.others]) == (name, others)
    if name is not None and sender == UNKNOWN:
        assert found.with_sender


def test_a_companion_added_to_a_name_is_counted() -> None:
    assert people_in(UNKNOWN, "Mme Nadège Ilunga + fille (12 ans)").untold == 1


@pytest.mark.parametrize(
    "text",
    [
        "Ich bitte um einen Platz. Mein Kollege Jens Weber möchte sich anschließen.",
        "Graag een plaats voor de vorming. Mijn collega Jens Weber wil zich graag aansluiten.",
        "I would like a place. Jens Weber, my colleague, would like to join me.",
        "Merci de prévoir une place. Mon collègue Jens Weber souhaite se joindre à moi.",
    ],
)
def test_whoever_is_joined_comes_too(text: str) -> None:
    found = people_in("Anna Klein <a@mail.example>", text)
    assert ([n.person.name for n in found.others], found.with_sender) == (["Jens Weber"], True)


def test_every_line_of_a_list_is_somebody_or_for_a_person() -> None:
    found = people_in(
        "Els Maes <e@mail.example>", "Graag inschrijven:\n- Jan Peeters\n- An Claes\n- Wish Deelen\n\nEls Maes"
    )
    assert [n.person.name for n in found.others] == ["Jan Peeters", "An Claes", "Wish Deelen"]
    text = "Graag inschrijven:\n- Jan Peeters\n- Mon Claes\n- Lunch mee\n- Dienst Groen\n\nEls Maes"
    found = people_in("Els Maes <e@mail.example>", text)
    assert [text[a:b] for a, b in found.unread] == ["Mon Claes"]
