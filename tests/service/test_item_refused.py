"""Who needs none of what there is to pick up says so: it is set aside for nobody, the registration stays; and back."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from mailbot.core.events import Event, Pickup, PickupPoint, Place
from mailbot.core.language import Localized
from tests.service.talk import Talk, reply_to
from tests.service.town import Town, event, with_events

ANNE, BEN = "anne@town.example", "ben@town.example"

REGISTER = {
    "fr": "Je m'inscris à « Compost pour tous ».",
    "nl": "Ik schrijf me in voor Compost voor iedereen.",
    "en": "I would like to register for Compost for all.",
    "de": "Ich melde mich für Kompost für alle an.",
}

#: said in reply to the confirmation: none is wanted; one after all
SAID: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "fr": (
        (
            "Merci. Je n'ai pas besoin de l'outil.",
            "Bonjour,\r\n\r\nJe ne souhaite pas recevoir l'outil, j'en ai déjà un.",
            "Je renonce à l'exemplaire, merci de le donner à quelqu'un d'autre.",
            "Inutile de me réserver un exemplaire.",
        ),
        ("Finalement, je voudrais quand même un exemplaire.", "Pourriez-vous quand même me réserver un exemplaire ?"),
    ),
    "nl": (
        (
            "Bedankt. Ik heb geen exemplaar nodig.",
            "Een exemplaar heb ik niet nodig, ik heb er al een.",
            "Ik hoef geen exemplaar.",
            "Ik wil geen exemplaar, dank u.",
        ),
        ("Ik zou toch graag een exemplaar hebben.", "Kunt u toch een exemplaar voor mij opzij leggen?"),
    ),
    "en": (
        (
            "Thanks. I don't need a copy.",
            "No copy for me, please.",
            "I already have one, so a copy is not necessary.",
            "I do not want a copy of the tool.",
        ),
        ("I would like a copy after all.", "Could you set a copy aside for me after all?"),
    ),
    "de": (
        (
            "Danke. Kein Exemplar nötig.",
            "Ich brauche kein Exemplar.",
            "Ein Exemplar benötige ich nicht.",
            "Auf das Exemplar verzichte ich, ich verzichte auf das Exemplar.",
        ),
        ("Ich hätte doch gern ein Exemplar.", "Könnten Sie mir doch ein Exemplar zurücklegen?"),
    ),
}


def lending(*stocks: int, **changes: Any) -> Event:
    places = (
        Place(street="Rue de Bonne 66A", postcode="1080", city="Molenbeek"),
        Place(street="Rue Verte 216", postcode="1030", city="Schaerbeek"),
    )
    points = tuple(
        PickupPoint(key=place.city.casefold(), place=place, stock=stock)
        for place, stock in zip(places, stocks, strict=False)
    )
    item = Localized(fr="un exemplaire de l’outil", nl="een exemplaar van de tool", en="a copy of the tool", de="ein Exemplar des Werkzeugs")  # fmt: skip
    names = ("outil", "exemplaire", "tool", "exemplaar", "copy", "Werkzeug", "Exemplar")
    return event(pickup=Pickup(item=item, names=names, points=points), **changes)


def aside(town: Town) -> list[str]:
    with town.store.begin() as tx:
        return sorted(r.status.value for r in tx.reservations_of(each.id for each in tx.registrations()).values())


def answer(talk: Talk, last: Any, text: str) -> Any:
    mails = talk.write(ANNE, text, to=reply_to(last), subject=last.subject)
    assert [hold.reasons for hold in talk.town.holds()] == [], text
    assert len(mails) == 1, text
    return mails[0]


@pytest.mark.parametrize("number", range(4))
@pytest.mark.parametrize("language", SAID)
def test_none_is_needed_then_one_after_all(town: Town, language: str, number: int) -> None:
    town.policy = with_events(town.policy, lending(5))
    talk = Talk(town)
    refusals, wishes = SAID[language]
    (confirmed,) = talk.write(ANNE, REGISTER[language])
    assert aside(town) == ["reserved"]
    changed = answer(talk, confirmed, refusals[number])
    assert (changed.kind, changed.language) == ("registrant-changed", language)
    assert "Rue de Bonne" not in changed.text
    assert (aside(town), town.registered()) == (["released"], {f"{ANNE} confirmed"})
    again = answer(talk, changed, refusals[(number + 1) % 4])
    assert again.kind == "registrant-already"
    back = answer(talk, again, wishes[number % 2])
    assert back.kind == "registrant-changed"
    assert "Rue de Bonne" in back.text
    assert aside(town) == ["reserved"]


def test_the_last_one_goes_to_somebody_else(town: Town) -> None:
    town.policy = with_events(town.policy, lending(1))
    talk = Talk(town)
    (confirmed,) = talk.write(ANNE, REGISTER["fr"])
    answer(talk, confirmed, SAID["fr"][0][0])
    (other,) = talk.write(BEN, REGISTER["fr"])
    assert "Rue de Bonne" in other.text
    late = answer(talk, confirmed, SAID["fr"][1][0])
    assert "Rue de Bonne" not in late.text
    assert aside(town) == ["released", "reserved"]


def test_with_two_points_it_is_asked_again_where(town: Town) -> None:
    town.policy = with_events(town.policy, lending(1, 1))
    talk = Talk(town)
    (confirmed,) = talk.write(ANNE, REGISTER["fr"])
    refused = answer(talk, confirmed, SAID["fr"][0][0])
    back = answer(talk, refused, SAID["fr"][1][0])
    assert "Molenbeek" in back.text
    assert "Schaerbeek" in back.text
    chosen = answer(talk, back, "À Schaerbeek, merci.")
    assert chosen.text.index("Schaerbeek") < chosen.text.index("Molenbeek"), "there, or else here"
    assert aside(town) == ["reserved"]


@pytest.mark.parametrize("language", SAID)
def test_said_when_registering(town: Town, language: str) -> None:
    town.policy = with_events(town.policy, lending(1))
    talk = Talk(town)
    (confirmed,) = talk.write(ANNE, f"{REGISTER[language]} {SAID[language][0][0]}")
    assert (confirmed.kind, "Rue de Bonne" in confirmed.text, aside(town)) == ("registrant-confirmed", False, [])


@pytest.mark.parametrize(
    "text",
    [
        "Je n'ai pas encore reçu l'outil.",
        "Je ne pourrai pas retirer l'outil mercredi.",
        "Je ne peux pas venir chercher mon exemplaire avant vendredi.",
        "Ik kan het exemplaar woensdag niet afhalen.",
        "I cannot collect my copy on Wednesday.",
        "Leider kann ich das Exemplar am Mittwoch nicht abholen.",
        "Ai-je besoin de l'outil pour la séance ?",
    ],
)
def test_what_only_sounds_like_it_changes_nothing(town: Town, text: str) -> None:
    town.policy = with_events(town.policy, replace(lending(1)))
    talk = Talk(town)
    (confirmed,) = talk.write(ANNE, REGISTER["fr"])
    talk.write(ANNE, text, to=reply_to(confirmed), subject=confirmed.subject)
    assert (aside(town), town.registered()) == (["reserved"], {f"{ANNE} confirmed"})
