"""How a sentence takes part and where it picks up: ``street-stories``, in the museum or online, a booklet to fetch."""

from __future__ import annotations

from datetime import datetime

import pytest

from mailbot.core.language import Language
from tests.core.reading import BRUSSELS, read_in

NOW = datetime(2024, 9, 9, 12, tzinfo=BRUSSELS)


@pytest.mark.parametrize(
    ("language", "text", "mode"),
    [
        ("fr", "Je m'inscris, je le suivrai via le lien.", "online"),
        ("fr", "Je participe depuis chez moi, je garde ma fille.", "online"),
        ("fr", "Inscrivez-moi, je me connecterai du bureau.", "online"),
        ("nl", "Schrijf me in, ik volg van thuis uit mee.", "online"),
        ("nl", "Ik neem deel, vanachter mijn bureau.", "online"),
        ("en", "Put me down please, I'll join from behind my screen.", "online"),
        ("en", "Please register me; I will log in from Ghent.", "online"),
        ("de", "Ich melde mich an und folge von zu Hause aus.", "online"),
        ("de", "Ich nehme teil und wähle mich ein.", "online"),
        ("fr", "Je m'inscris, je prends le train de 11h52 donc on se voit au musée !", "in-person"),
        ("fr", "Nous nous déplacerons tous les deux.", "in-person"),
        ("nl", "Schrijf me in, ik neem de trein.", "in-person"),
        ("nl", "Ik verplaats me graag tot bij u.", "in-person"),
        ("en", "Sign me up, I'm coming by train.", "in-person"),
        ("de", "Ich melde mich an und reise mit der Bahn an.", "in-person"),
        ("fr", "Je m'inscris mais je ne me déplacerai pas.", "online"),
        ("nl", "Toch liever in het echt dan via het scherm!", "in-person"),
        ("de", "Kann ich statt online doch vor Ort teilnehmen?", "in-person"),
        ("fr", "Je m'inscris. Peut-on payer sur place ?", None),
        ("nl", "Ik schrijf me in en betaal ter plaatse.", None),
        ("fr", "Je m'inscris en présentiel. Si la séance en salle est annulée, je la suivrais en ligne.", "in-person"),
    ],
)
def test_mode(language: Language, text: str, mode: str | None) -> None:
    assert read_in("valmeer", language, text, now=NOW, subject="Raconte-moi ta rue").mode == mode


@pytest.mark.parametrize(
    ("language", "text", "pickup"),
    [
        ("de", "Das Heft hole ich im Museum ab, wenn ich am Verkehrsamt vorbeikomme.", "museum"),
        ("fr", "On se voit au musée le 17 !", None),
        ("nl", "Ik kom naar het museum en neem mijn exemplaar daar mee.", "museum"),
        ("fr", "Je participe au musée et je retire le carnet à l'office du tourisme.", "tourist-office"),
    ],
)
def test_pickup(language: Language, text: str, pickup: str | None) -> None:
    assert read_in("valmeer", language, text, now=NOW, subject="Raconte-moi ta rue").pickup == pickup
