"""Saved mails the whole way from bytes to the decision: broken ones, and ones that cannot be read."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mailbot.core.decisions import Enqueue, PutRegistration
from mailbot.core.explain import kind_of
from mailbot.core.opinion import COLUMNS, OpinionModel
from mailbot.core.policy import Policy
from mailbot.core.requests import Doubt
from mailbot.service.explaining import Explained, clock_of, explain
from tests.core.mails import parsed
from tests.fuzz.checks import whole_way

MAIL = Path(__file__).parents[1] / "data/mail"
NOW = datetime(2021, 9, 1, tzinfo=UTC)


@pytest.mark.parametrize("path", sorted(MAIL.rglob("*.eml")), ids=lambda path: path.stem)
def test_a_broken_mail_comes_to_a_decision(path: Path, shipped: Policy) -> None:
    assert whole_way(path.read_bytes(), shipped, NOW) is None


@pytest.mark.parametrize("name", ["smime-encrypted", "pgp-mime-encrypted", "tnef-alone", "mime-nested-60-deep"])
def test_what_cannot_be_read_is_held_whatever_its_subject_says(name: str, shipped: Policy) -> None:
    content = (MAIL / f"broken/{name}.eml").read_bytes()
    content = content.replace(b"Subject: inscription", b"Subject: Je m'inscris a la formation Album du 16 septembre")
    decision = explain(content, shipped, now=NOW, fallback=NOW).decision
    assert decision.disposition == "hold"
    assert decision.hits[0].reason == "unreadable"
    assert not any(isinstance(effect, PutRegistration) for effect in decision.effects)


@pytest.mark.parametrize(
    ("received", "moment"),
    [
        ("Thu, 9 Sep 2021 10:00:00 +0200", datetime(2021, 9, 9, 8, tzinfo=UTC)),
        ("Thu, 9 Sep 99999999999999999999 10:00:00 +0200", None),
        ("Thu, 9 Sep 2021 99:99:99 +0200", None),
        ("yesterday", None),
    ],
)
def test_a_mail_without_a_date_was_written_when_it_was_received(received: str, moment: datetime | None) -> None:
    content = f"Received: from there.example by here.example; {received}\n\nBonjour\n".encode()
    assert clock_of(parsed(content)) == moment


_LONG = "Je travaille depuis dix ans à la maison de quartier et le sujet nous occupe beaucoup."
REGISTERS = f"Bonjour, je m'inscris à la formation Album du 16 septembre. {_LONG} Bien à vous, Zoé Ünsal"
TOGETHER = f"Bonjour, je m'inscris avec ma collègue Anne Petit à la formation Album du 16 septembre. {_LONG}"
COUNTED = f"Bonjour, je m'inscris avec ma collègue Anne Petit à la formation Album. Nous serons deux. {_LONG}"
CANCELS = f"Bonjour, je dois annuler mon inscription à la formation Album du 16 septembre. {_LONG}"
THANKS = "Merci beaucoup, à jeudi !"
DECLINES = "Merci, mais je ne m'inscrirai pas à la formation Album."
LATER = "Votre formation Album a l'air chouette, je m'inscrirai peut-être. Rien à noter pour le moment."
RUSTY = "La formation Album en visio m'intéresse mais mon français est plutôt rouillé. Dans quelle langue est-ce ?"
MISSED = "Ich konnte an der Schulung Album leider nicht teilnehmen. Wo findet sie statt, und was kostet sie?"
ASKS = "Bonjour, où a lieu la formation Album du 16 septembre ?"


def seen(text: str, shipped: Policy, sure: dict[str, float], *, thread: str = "") -> tuple[Explained, list[Doubt]]:
    """Read with models that believe what they are told, whatever the words."""
    told = {"alone": 0.99, "person": 0.001, "asks": 0.5, **sure}
    chances = [told.get(column, 0.001) for column in COLUMNS]
    model = OpinionModel(
        bias=[math.log(c / (1 - c) if n >= len(COLUMNS) - 3 else c) for n, c in enumerate(chances)],
        features={},
        signs={},
    )
    head = "From: Zoé Ünsal <zoe@home.example>\nTo: inscriptions@prevention.example\nMessage-ID: <1@home.example>\n"
    head += f"Date: Wed, 1 Sep 2021 10:00:00 +0200\nSubject: {thread}\nContent-Type: text/plain; charset=utf-8\n\n"
    explained = explain((head + text).encode(), replace(shipped, opinion_model=model), now=NOW, fallback=NOW)
    return explained, [
        doubt for doubt in explained.reading.doubts if doubt.evidence and "opinion" in doubt.evidence[0].rule
    ]


@pytest.mark.parametrize(
    ("text", "sure", "kind", "doubt"),
    [
        (REGISTERS, {"register": 0.9}, "register", None),
        (REGISTERS, {"register": 0.6, "question": 0.4}, "register", None),
        (REGISTERS, {"register": 0.45, "question": 0.4, "cancel": 0.15}, "register", "second-opinion"),
        (f"{REGISTERS} Je suis malade.", {"register": 0.6, "question": 0.4}, "register", "second-opinion"),
        (REGISTERS, {"register": 0.4, "question": 0.6}, "register", "second-opinion"),
        (REGISTERS, {"register": 0.1, "cancel": 0.9}, "cancel", None),
        (REGISTERS, {"register": 0.04, "change": 0.96}, "register", "second-opinion"),
        (REGISTERS, {"register": 0.9, "alone": 0.1, "with": 0.9}, "register", None),
        (REGISTERS, {"register": 0.9, "alone": 0.02, "with": 0.98}, "register", "person-unclear"),
        (TOGETHER, {"register": 0.9, "alone": 0.9, "with": 0.1}, "register", "person-unclear"),
        (CANCELS, {"cancel": 0.95, "alone": 0.1, "with": 0.9}, "cancel", "person-unclear"),
        (COUNTED, {"register": 0.9, "alone": 0.9, "with": 0.1}, "register", None),
        (REGISTERS, {"register": 0.9, "person": 0.98}, "register", "unusual"),
        (REGISTERS, {"register": 0.9, "person": 0.95}, "register", None),
        (COUNTED, {"register": 0.9, "with": 0.9, "alone": 0.1, "person": 0.95}, "register", "unusual"),
        (REGISTERS, {"register": 0.9, "asks": 0.95}, "register", "open-question"),
        (CANCELS, {"cancel": 0.4, "change": 0.6}, "cancel", "second-opinion"),
        (CANCELS, {"thanks": 0.95}, "cancel", "second-opinion"),
        (THANKS, {"thanks": 0.9}, "thanks", None),
        (THANKS, {"register": 0.3, "thanks": 0.7}, "thanks", None),
        (THANKS, {"register": 0.3, "cancel": 0.4, "change": 0.3}, "thanks", "second-opinion"),
        (f"{REGISTERS} Où est-ce ?", {"register": 0.7, "question": 0.3}, "register", None),
        (f"{REGISTERS} Où est-ce ?", {"register": 0.45, "cancel": 0.4, "other": 0.15}, "register", "second-opinion"),
        ("Merci de m'inscrire à la formation Album.", {"cancel": 0.8, "register": 0.2}, "register", None),
        (DECLINES, {"question": 0.9}, "other", "second-opinion"),
        (LATER, {"register": 0.93, "other": 0.07}, "other", "second-opinion"),
        (LATER, {"register": 0.98}, "register", None),
        (LATER, {"register": 0.85, "other": 0.1}, "other", None),
        # what is asked beside an act speaks for a question, and not against it
        (f"{REGISTERS} Où est-ce ?", {"register": 0.3, "question": 0.7}, "register", None),
        (f"{REGISTERS} Où est-ce ?", {"register": 0.15, "question": 0.85}, "register", None),
        (f"{REGISTERS} Où est-ce ?", {"register": 0.07, "question": 0.93}, "question", None),
        (f"{CANCELS} Où est-ce ?", {"cancel": 0.15, "question": 0.85}, "cancel", "second-opinion"),
        # what is asked is believed to be all, unless the mail tells how its writer takes part
        (MISSED, {"question": 0.95}, "question", None),
        (f"{REGISTERS} Je viendrai sur place. Où est-ce ?", {"question": 0.95}, "register", "second-opinion"),
        ("Please put me on the list for the Album training.", {"register": 0.6, "cancel": 0.3}, "register", None),
        # little speaks for the act, and the models say what else it is
        (RUSTY, {"question": 0.95}, "question", None),
        (RUSTY, {"question": 0.8, "change": 0.1}, "change", "second-opinion"),
        (ASKS, {"register": 0.6, "question": 0.4}, "question", None),
        (ASKS, {"question": 0.9}, "question", None),
    ],
)
def test_an_act_is_done_where_phrases_and_looks_agree_or_the_looks_are_sure(
    text: str, sure: dict[str, float], kind: str, doubt: str | None, shipped: Policy
) -> None:
    explained, doubts = seen(text, shipped, sure)
    assert kind_of(explained.reading) == kind
    assert [d.code for d in doubts] == ([doubt] if doubt else [])
    acted = any(isinstance(effect, PutRegistration) for effect in explained.decision.effects)
    assert acted == (kind in {"register", "cancel", "change"} and (doubt in {None, "open-question"}))


def test_who_is_on_file_and_surely_gives_it_up_changes_nothing(shipped: Policy) -> None:
    """ "Une cellule de crise a été convoquée, je dois vous laisser en plan": the word of an option, and no phrase."""
    text = "Une cellule de crise est convoquée au commissariat, je dois donc vous laisser en plan demain, désolée."
    thread = "Re: Confirmation - 25 ans du BeFUS"
    sure, _ = seen(text, shipped, {"cancel": 0.98, "change": 0.02}, thread=thread)
    assert kind_of(sure.reading) == "cancel"
    unsure, _ = seen(text, shipped, {"cancel": 0.5, "change": 0.5}, thread=thread)
    assert unsure.decision.disposition == "hold"


def test_what_looks_like_advertising_waits_unanswered(shipped: Policy) -> None:
    explained, _ = seen(REGISTERS, shipped, {"spam": 0.95})
    assert explained.decision.disposition == "hold" and explained.decision.hits[0].reason == "unasked-mail"
    assert kind_of(explained.reading) == "spam"
    assert not any(isinstance(effect, PutRegistration | Enqueue) for effect in explained.decision.effects)


def test_what_reads_like_an_automatic_reply_waits_unanswered(shipped: Policy) -> None:
    text = "Hello and thanks for writing! I am out until 5 February and will not be reading mail; everything can wait."
    explained, _ = seen(text, shipped, {"auto-reply": 0.7, "thanks": 0.3})
    assert explained.decision.disposition == "hold" and explained.decision.hits[0].reason == "looks-automatic"
    assert kind_of(explained.reading) == "auto-reply"
    assert not any(isinstance(effect, PutRegistration | Enqueue) for effect in explained.decision.effects)
    # whatever phrases read in it: a machine that is answered once answers again
    act, _ = seen(REGISTERS, shipped, {"auto-reply": 0.7, "register": 0.3})
    assert act.decision.hits[0].reason == "looks-automatic"
    assert not any(isinstance(effect, Enqueue) for effect in act.decision.effects)
    # advertising must be surer where phrases read an act
    unsure, _ = seen(REGISTERS, shipped, {"spam": 0.7, "register": 0.3})
    assert unsure.decision.hits[0].reason == "second-opinion"


KITCHEN = "Notez-moi pour l'Album, tablette posée contre la cafetière, la journée du 16 septembre est bien choisie."


@pytest.mark.parametrize(
    ("text", "online", "mode"),
    [
        (KITCHEN, 0.95, "online"),
        (KITCHEN, 0.9, None),  # not sure enough
        (KITCHEN + " Je viendrai sur place.", 0.99, "in-person"),  # the phrases tell
        (KITCHEN + " Rue Verte, donc.", 0.95, "online"),  # a place alone tells little
        (KITCHEN.replace("Album", "conférence web « 25 ans de transversalité »"), 0.99, None),  # one way only
    ],
)
def test_who_looks_to_take_part_online_does(text: str, online: float, mode: str | None, shipped: Policy) -> None:
    explained, _ = seen(text, shipped, {"register": 0.99, "online": online})
    assert explained.reading.requests[0].details.mode == mode
    rules = [evidence.rule for evidence in explained.reading.evidence if evidence.field == "mode"]
    assert (f"opinion.online.{round(100 * online)}%" in rules) is (mode == "online")


def test_what_looks_decided_tells_how_sure_it_is(shipped: Policy) -> None:
    _, (doubt,) = seen(REGISTERS, shipped, {"cancel": 0.6, "question": 0.3, "register": 0.1})
    (evidence,) = doubt.evidence
    assert evidence.rule == "opinion.cancel.60%"


@pytest.mark.parametrize(
    ("who", "unclear"), [("us both", True), ("me", False), ("my colleague Anne Petit and me", False)]
)
def test_a_change_for_more_than_are_known_waits(who: str, unclear: bool, shipped: Policy) -> None:
    text = f"Hello, please switch {who} to the online version of the Album training on 16 September."
    explained, _ = seen(text, shipped, {"change": 0.99, "with": 0.5, "alone": 0.5})
    assert kind_of(explained.reading) == "change"
    assert ("person-unclear" in {doubt.code for doubt in explained.reading.doubts}) is unclear


@pytest.mark.parametrize(("subject", "waits"), [("Annulation", True), ("Formation Album", False)])
def test_a_subject_that_cancels_what_the_text_registers_waits(subject: str, waits: bool, shipped: Policy) -> None:
    explained, _ = seen(REGISTERS, shipped, {"register": 0.99}, thread=subject)
    assert ("several-requests" in {doubt.code for doubt in explained.reading.doubts}) == waits


AMONG = "Bonjour, mettez-moi parmi les participants de la formation Album du 16 septembre. Mes collègues y étaient."


@pytest.mark.parametrize(("alone", "waits"), [(0.95, False), (0.7, True)])
def test_nobody_named_or_counted_is_no_group_where_all_looks_alone(alone: float, waits: bool, shipped: Policy) -> None:
    sure = {"register": 0.99, "alone": alone, "unclear": 1 - alone}
    explained, _ = seen(AMONG, shipped, sure)
    assert ("group-without-names" in {doubt.code for doubt in explained.reading.doubts}) == waits


def read_on(day: str, subject: str, text: str, shipped: Policy) -> Explained:
    """Read with the shipped models."""
    head = "From: Bjorn Peirsman <bjorn@outside.example>\nTo: desk@town.example\nMessage-ID: <1@outside.example>\n"
    return explain(f"{head}Date: {day}\nSubject: {subject}\n\n{text}\n".encode(), shipped, now=NOW, fallback=NOW)


def test_what_the_model_of_mentions_decides_is_told(shipped: Policy) -> None:
    text = (
        "Bonjour,\n\nJe suis notee pour la matinee du 6 mai sur la police locale. J'ai recu entretemps une convocation\n"
        "comme assesseure ce jour-la. Basculez-moi svp sur la derniere, celle du 17 juin."
    )
    explained = read_on("Mon, 03 May 2021 10:00:00 +0200", "changement atelier", text, shipped)
    (change,) = explained.reading.requests
    assert change.details.sessions == ("polarisation/2021-06-17",)
    decided = [e for e in explained.reading.evidence if e.rule.startswith("standing.given.")]
    assert [e.text for e in decided][:1] == ["6 mai"] and {e.field for e in decided} == {"session"}


def test_who_says_that_nothing_is_decided_is_believed(shipped: Policy) -> None:
    text = (
        "Schrijf me in voor de webconferentie van 21 januari, maar ik twijfel nog tussen het labo overlast en dat over\n"
        "polarisatie. Ik laat iets weten zodra ik mijn baas gesproken heb."
    )
    explained = read_on("Mon, 11 Jan 2021 10:00:00 +0100", "25 jaar BeFUS", text, shipped)
    assert all(not request.details.choices for request in explained.reading.requests)
    assert not [e for e in explained.reading.evidence if e.rule.startswith("standing.")]
