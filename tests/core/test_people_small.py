"""Names in small letters, beside closings and trades, and who is spoken of by the way."""

from __future__ import annotations

import pytest

from mailbot.core.message import Address, IncomingMessage
from mailbot.core.names import as_person
from mailbot.core.people_copied import with_copy_address
from mailbot.core.people_named import Named
from mailbot.core.requests import Person
from tests.core.test_people import NAMES, people_in

SENDER = "Jan Maes <jan.maes@town.example>"


@pytest.mark.parametrize(
    ("text", "others"),
    [
        ("hallo, mijn collega sofie claes en ik komen graag. mvg jan maes", ["Sofie Claes"]),
        ("bonsoir, ma stagiaire camille noirhomme et moi viendrons.", ["Camille Noirhomme"]),
        ("hi, my colleague emma sharma and i would love to come. thx jan", ["Emma Sharma"]),
        (
            "hallo, meine kollegin renate heck (renate.heck@town.example) und ich kommen gern. lg jan maes",
            ["Renate Heck"],
        ),
        ("hallo, mijn vrouw sofie en ik komen graag.", ["Sofie"]),
        ("hallo ik kom graag samen met mijn zus sofie en dat is alles.", ["Sofie"]),
        ("Mijn collega Ruben Op de Beeck (ruben.opdebeeck@town.example) neemt deel.", ["Ruben Op de Beeck"]),
    ],
)
def test_who_stands_beside_the_sender_in_small_letters(text: str, others: list[str]) -> None:
    found = people_in(SENDER, text)
    assert [n.person.name for n in found.others] == others
    assert found.sender.name == "Jan Maes"


@pytest.mark.parametrize(
    ("written", "email", "name"),
    [
        ("lg anna klein", "anna.klein@x.example", "Anna Klein"),
        ("ilse moons wijkcontactpersoon", "ilse.moons@x.example", "Ilse Moons"),
        ("Dr. Mertes, Katharina", None, "Katharina Mertes"),
        ("De Smedt, An-Sofie", None, "An-Sofie De Smedt"),
        ("De Neef, Carine", None, "Carine De Neef"),
    ],
)
def test_a_name_without_what_stands_beside_it(written: str, email: str | None, name: str) -> None:
    assert as_person(written, NAMES, email) == name


def test_where_somebody_is_from_is_no_part_of_the_name() -> None:
    found = people_in("Lena Jost <lena.jost@x.example>", "Ich bin gern dabei. Lena Jost vom Jugendtreff Venn")
    assert found.sender.name == "Lena Jost"


def test_whoever_wrote_what_is_passed_on_is_named_there_in_full() -> None:
    message = IncomingMessage(
        content_hash="x",
        sender=Address(name="Griet Somers", email="griet@x.example"),
        forwarded=True,
        quoted_text="Van: Bert Coussens <bert@x.example>\nAan: Griet Somers\n\nSchrijf je mij in?",
    )
    bert = Named(person=Person(name="Bert"), start=0, end=4, sign="relation")
    person = with_copy_address(bert, message, set(), NAMES).person
    assert (person.name, person.email) == ("Bert Coussens", "bert@x.example")


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("Zet mij bij het andere labo, dan horen we twee dingen.", None),
        ("Wij twee komen graag.", 2),
        ("In unserem Betrieb kommen 40 Leute jeden Morgen herüber. Ich möchte teilnehmen.", None),
    ],
)
def test_numbers_of_what_is_no_group(text: str, number: int | None) -> None:
    assert people_in(SENDER, text).number == number


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("Avec un ado qui ne lâche plus sa console, la soirée m'intéresse. Je m'inscris.", 0),
        ("Je viens avec un collègue qui travaille ici.", 1),
    ],
)
def test_whoever_is_the_reason_does_not_come_along(text: str, missing: int) -> None:
    assert people_in(SENDER, text).untold == missing


@pytest.mark.parametrize(
    ("sender", "text", "name"),
    [
        ("manon <manon.lgrd@x.example>", "coucou je m'inscris 😊 manon legrand", "Manon Legrand"),
        (
            "younes <younes.elk1@x.example>",
            "slt c younes el khattabi educ de rue, inscrivez moi svp",
            "Younes el Khattabi",
        ),
        ("Fien <fien.vos@x.example>", "heyy ik ben fien vos (21), zet me op de lijst aub", "Fien Vos"),
        ('"Mehdi B." <mehdi.benali@x.example>', "je prends une place. c'est Mehdi Benali. à sam", "Mehdi Benali"),
        ("katie <katie.mcd@x.example>", "hi its katie mcdonald here, can you put me down pls", "Katie Mcdonald"),
        ("<lisa.jsn@x.example>", "hoi, schrijf mij in aub! lisa janssen", "Lisa Janssen"),
        ("svenja <svenja.brg@x.example>", "hallo hier svenja berger, ich melde mich an", "Svenja Berger"),
        ("tom <tom@x.example>", "hey, ik kom graag. tom komt altijd", None),
    ],
)
def test_a_name_typed_in_full_is_the_senders_where_the_address_is_short_for_it(
    sender: str, text: str, name: str | None
) -> None:
    assert people_in(sender, text).sender.name == name


@pytest.mark.parametrize(
    ("address", "text", "name"),
    [
        ("nadir.b@x.example", "bjr je minscris pour le webinaire. nadir bouzidi merci", "Nadir Bouzidi"),
        ("nadir.b@x.example", "bjr je minscris pour le webinaire. nadir courtois merci", None),
    ],
)
def test_an_initial_in_the_address_is_short_for_the_name_typed(address: str, text: str, name: str | None) -> None:
    assert people_in(address, text).sender.name == name
