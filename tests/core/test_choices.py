"""Which options a sentence means: the workshops and lunches of ``studiedag-geweld`` and ``mobilite``."""

from __future__ import annotations

from datetime import datetime

import pytest

from mailbot.core.language import Language
from mailbot.core.match import Findings
from tests.core.reading import BRUSSELS, read_in


def read(language: Language, text: str, town: str = "geulbrug") -> Findings:
    subject, now = {
        "geulbrug": ("Studiedag geweld 29/11", datetime(2024, 11, 7, 12, tzinfo=BRUSSELS)),
        "orvaux": ("Orvaux bouge", datetime(2024, 5, 14, 12, tzinfo=BRUSSELS)),
    }[town]
    found = read_in(town, language, text, now=now, subject=subject)
    assert found.event.__class__.__name__ == "Matched", found.alternatives
    return found


@pytest.mark.parametrize(
    ("town", "language", "text", "wanted"),
    [
        # by a stem, a part of a compound, or a word that only one option has
        ("geulbrug", "nl", "Ik kies de workshop over veilig thuis geraken.", {"workshop": "risk"}),
        ("geulbrug", "nl", "Schrijf me in, workshop over een kind dat getuigt.", {"workshop": "children"}),
        ("geulbrug", "de", "Ich nehme den Workshop über die Arbeit mit einem Täter.", {"workshop": "perpetrators"}),
        ("geulbrug", "fr", "Je prends l'atelier sur l'évaluation des risques.", {"workshop": "risk"}),
        ("orvaux", "en", "I would like to join the workshop about repairs.", {"workshop": "repair"}),
        ("orvaux", "fr", "Je choisis l'atelier sur l'apaisement des rues.", {"workshop": "parking"}),
        ("orvaux", "nl", "Graag schrijf ik me in voor de workshop deelfiets.", {"workshop": "cargo"}),
        # what merely occurs beside what is asked for
        ("orvaux", "fr", "Mes enfants vont à l'école à pied ; inscrivez-moi à l'atelier vélo cargo.", {"workshop": "cargo"}),
        ("orvaux", "nl", "Wij wonen vlak bij de school. Graag schrijf ik me in voor de workshop herstellen.", {"workshop": "repair"}),
        # by their sign
        ("orvaux", "en", "Count me in, workshop 3 please.", {"workshop": "repair"}),
        ("orvaux", "fr", "Je m'inscris, atelier B.", {"workshop": "cargo"}),
        # exchanged, preferred, a second wish
        ("geulbrug", "nl", "Ik wil van workshop 1 naar workshop 3.", {"workshop": "perpetrators"}),
        ("geulbrug", "nl", "Kan ik mijn workshop over plegers ruilen voor die over kinderen?", {"workshop": "children"}),
        ("geulbrug", "de", "Statt Workshop A hätte ich lieber Workshop C.", {"workshop": "perpetrators"}),
        ("geulbrug", "fr", "Mettez-moi plutôt dans l'atelier sur les auteurs que dans celui sur le risque.", {"workshop": "perpetrators"}),
        ("geulbrug", "nl", "Eerste keus plegers, tweede keus kinderen.", {"workshop": "perpetrators"}),
        ("geulbrug", "nl", "Ik doe mee met de kinderworkshop.", {"workshop": "children"}),
        # one of two refused
        ("geulbrug", "nl", "Ik schrijf me in. Liever geen vlees, dus niet gewoon.", {"lunch": "vegetarian"}),
        # somebody else's
        ("orvaux", "fr", "Mon mari va à l'atelier école, moi je viendrai pour la réparation.", {"workshop": "repair"}),
    ],
)  # fmt: skip
def test_which_option(town: str, language: Language, text: str, wanted: dict[str, str]) -> None:
    found = read(language, text, town)
    assert (found.choices, found.too_many_choices) == (wanted, ())


@pytest.mark.parametrize(
    ("town", "language", "text"),
    [
        ("geulbrug", "nl", "Schrijf me in voor de workshop over dronken bestuurders."),
        ("geulbrug", "nl", "Ik schrijf me in en volg graag de sessie over paarden."),
        ("orvaux", "fr", "Inscrivez-moi à l'atelier sur les trottinettes."),
        ("orvaux", "en", "Please sign me up for the workshop on hitch-hiking."),
    ],
)
def test_a_choice_that_is_not_understood_is_looked_at(town: str, language: Language, text: str) -> None:
    found = read(language, text, town)
    assert not found.choices
    assert [doubt.code for doubt in found.contradictions] == ["choice-unclear"]
