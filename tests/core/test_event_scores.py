"""Which event few words mean: a topic and a month, a compound, a subject alone; and which mean none for certain."""

from __future__ import annotations

from datetime import datetime

import pytest

from mailbot.core.language import Language
from mailbot.core.requests import Matched
from tests.core.reading import BRUSSELS, read_in


def on(year: int, month: int, day: int) -> datetime:
    return datetime(year, month, day, 12, tzinfo=BRUSSELS)


@pytest.mark.parametrize(
    ("town", "language", "text", "subject", "now", "event"),
    [
        ("orvaux", "nl", "Ik kom graag luisteren als het over bijen gaat in mei.", "", on(2024, 4, 2), "jardin"),
        ("orvaux", "en", "", "Please sign me up for the bees evening in May", on(2024, 4, 2), "jardin"),
        ("geulbrug", "nl", "Noteer mij voor de avond in de kazerne.", "brandweeravond", on(2024, 10, 28), "brandveiligheid"),
        ("geulbrug", "de", "Ich ziehe meine Teilnahme an der Mediationsausbildung im Oktober zurück.", "", on(2024, 9, 23), "buurtbemiddeling"),
        ("valbruyere", "fr", "Tu peux me mettre pour les 4 lundis sur les mails ?", "", on(2025, 4, 1), "declic-numerique"),
        # a word of one event, and nothing that speaks for another; the word for what it is rivals nobody
        ("sartigny", "de", "Meine Kollegin kommt zum Abend mit Frau Wauthier.", "", on(2024, 3, 2), "wauthier"),
        # a greeting is no day and no event
        ("sartigny", "de", "Guten Morgen,\nich komme am Mittwoch mit dem Holzrahmen.", "", on(2024, 4, 19), "kamishibai"),
        # one that is over is only told of beside the day of one that comes
        ("sartigny", "en", "I loved your reading night. A chair on 22 March please.", "", on(2024, 3, 2), "wauthier"),
        # the webinar of last Monday, where it is named
        ("kruisbeke", "fr", "J'étais inscrit au webinaire de lundi.", "", on(2026, 10, 15), "jeugdhulp"),
        # a day alone, or a word of one session alone, means none for certain
        ("valbruyere", "fr", "Inscrivez-moi s'il vous plait pour le mois de mars.", "", on(2025, 3, 12), None),
        ("orvaux", "nl", "Tot in mei!", "", on(2024, 4, 2), None),
        ("orvaux", "nl", "Ik kom graag luisteren als het over bijen gaat.", "", on(2023, 10, 2), None),
    ],
)  # fmt: skip
def test_which_event(town: str, language: Language, text: str, subject: str, now: datetime, event: str | None) -> None:
    found = read_in(town, language, text, now=now, subject=subject)
    assert found.event == Matched(event=event) if event else not isinstance(found.event, Matched), found.alternatives
