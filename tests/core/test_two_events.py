"""Two events in one mail: both are done where each is told with its day, and nothing else is open."""

from __future__ import annotations

from datetime import datetime

import pytest

from bench.training.mails import policy_for
from mailbot.core.decisions import Enqueue, PutRegistration
from mailbot.core.explain import explanation
from mailbot.core.requests import Matched, Register
from mailbot.service.explaining import Explained, explain
from tests.core.reading import BRUSSELS

NOW = datetime(2021, 1, 11, 10, tzinfo=BRUSSELS)


def seen(text: str, town: str = "seed-fr-en", now: datetime = NOW) -> Explained:
    mail = (
        "From: Zoé Petit <zoe.petit@town.example>\nTo: inscriptions@prevention.example\nMessage-ID: <1@town.example>\n"
        "Date: Mon, 11 Jan 2021 10:00:00 +0100\nSubject: deux choses\nContent-Type: text/plain; charset=utf-8\n\n"
        f"{text}\n\nZoé Petit\n"
    )
    return explain(mail.encode(), policy_for(town), now=now, fallback=now)


BOTH = [
    "Bonjour, je m'inscris à la conférence web du 21 janvier (labo nuisances), et à la formation Album du 16 septembre.",
    "Dag, schrijf mij in voor de webconferentie van 21 januari, en ook voor de vorming Album van 16 september.",
    "Hello, please register me for the web conference of 21 January and for the Album training of 16 September.",
    "Hallo, ich melde mich zur Webkonferenz am 21. Januar an, und auch zur Fortbildung Album am 16. September.",
]


@pytest.mark.parametrize("text", BOTH)
def test_both_are_registered_and_each_is_confirmed(text: str) -> None:
    shown = seen(text)
    requests = [request for request in shown.reading.requests if isinstance(request, Register)]
    assert {request.details.event for request in requests} == {Matched(event="befus-25"), Matched(event="album")}
    assert not shown.reading.doubts
    put = [e.registration for e in shown.decision.effects if isinstance(e, PutRegistration)]
    assert {(each.event, each.email) for each in put} == {(e, "zoe.petit@town.example") for e in ("befus-25", "album")}
    told = explanation("1.eml", shown.message, shown.reading, shown.decision)
    assert set(told["events"]) == {"befus-25", "album"}  # type: ignore[call-overload]
    assert told["choices"] == ({"lab": "nuisance"} if "nuisances" in text else {})
    assert len([e for e in shown.decision.effects if isinstance(e, Enqueue)]) >= 2


@pytest.mark.parametrize(
    "text",
    [
        # one of both is another wish
        "Bonjour, je m'inscris à la conférence web du 21 janvier et j'annule la formation Album du 16 septembre.",
        # how many come is open
        "Bonjour, nous venons à cinq à la conférence web du 21 janvier et à la formation Album du 16 septembre.",
    ],
)
def test_what_is_not_plain_waits(text: str) -> None:
    shown = seen(text)
    assert shown.decision.needs_human
    assert not [e for e in shown.decision.effects if isinstance(e, PutRegistration)]


@pytest.mark.parametrize(("added", "waits"), [("", False), (" En ligne s'il vous plaît.", True)])
def test_a_way_of_taking_part_that_both_offer_leaves_open_which_is_meant(added: str, waits: bool) -> None:
    text = f"Je m'inscris à la soirée de paléographie du 7 octobre, et à la journée d'étude du 20 novembre.{added}"
    now = datetime(2027, 9, 20, 10, tzinfo=BRUSSELS)
    assert seen(text, "roselies", now).decision.needs_human == waits
