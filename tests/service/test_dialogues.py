"""Long conversations in four languages, from the mailbox to the outbox: each answer, and what is on file after it."""

from __future__ import annotations

import re
from datetime import datetime
from email import message_from_bytes
from email.policy import default
from html import unescape
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from mailbot.core.events import Pickup, PickupPoint, Place, Session
from mailbot.core.language import Localized
from tests.service.talk import Talk, reply_to
from tests.service.town import BRUSSELS, Town, event, with_events

ANNE = "anne@town.example"
FIRST, SECOND = "compost/1", "compost/2"

_COMPOST = {
    "fr": "« Compost pour tous »",
    "nl": "Compost voor iedereen",
    "en": "Compost for all",
    "de": "Kompost für alle",
}
REGISTER = {
    "fr": "Je m'inscris à « Compost pour tous ».",
    "nl": "Ik schrijf me in voor Compost voor iedereen.",
    "en": "I would like to register for Compost for all.",
    "de": "Ich melde mich für Kompost für alle an.",
}

#: what is written, how it is sent (new, or in reply to the last mail), the answer, the status and the session after it
Turn = tuple[str, str, str | None, str | None, str | None]

DIALOGUES: dict[str, tuple[Turn, ...]] = {
    "fr": (
        ("Je souhaite m'inscrire à « La taille des rosiers ».", "new", "which-session", "pending", None),
        ("Où a lieu l'activité ?", "reply", "answer", "pending", None),
        ("Le 20 avril, merci.", "reply", "confirmed", "confirmed", FIRST),
        ("Je voudrais plutôt venir le 27 avril que le 20 avril.", "reply", "changed", "confirmed", SECOND),
        ("Je m'inscris à « La taille des rosiers » le 27 avril.", "new", "already", "confirmed", SECOND),
        ("Finalement, ce sera sans moi.", "reply", "cancelled", "cancelled", SECOND),
        ("J'annule mon inscription à « La taille des rosiers ».", "new", "cancelled", "cancelled", SECOND),
        ("Je souhaite m'inscrire à nouveau, pour le 20 avril.", "reply", "confirmed", "confirmed", FIRST),
        ("Merci beaucoup !", "reply", None, "confirmed", FIRST),
        ("", "decline", "cancelled", "cancelled", FIRST),
    ),
    "nl": (
        ("Ik wil me graag inschrijven voor Rozen snoeien.", "new", "which-session", "pending", None),
        ("Waar gaat de activiteit door?", "reply", "answer", "pending", None),
        ("Op 20 april, bedankt.", "reply", "confirmed", "confirmed", FIRST),
        ("Ik wil liever op 27 april komen in plaats van 20 april.", "reply", "changed", "confirmed", SECOND),
        ("Ik schrijf me in voor Rozen snoeien op 27 april.", "new", "already", "confirmed", SECOND),
        ("Uiteindelijk zal het zonder mij zijn.", "reply", "cancelled", "cancelled", SECOND),
        ("Ik annuleer mijn inschrijving voor Rozen snoeien.", "new", "cancelled", "cancelled", SECOND),
        ("Ik wil me opnieuw inschrijven, voor 20 april.", "reply", "confirmed", "confirmed", FIRST),
        ("Heel erg bedankt!", "reply", None, "confirmed", FIRST),
        ("", "decline", "cancelled", "cancelled", FIRST),
    ),
    "en": (
        ("I would like to register for Pruning roses.", "new", "which-session", "pending", None),
        ("Where does it take place?", "reply", "answer", "pending", None),
        ("On 20 April, thank you.", "reply", "confirmed", "confirmed", FIRST),
        ("I would rather come on 27 April instead of 20 April.", "reply", "changed", "confirmed", SECOND),
        ("I would like to register for Pruning roses on 27 April.", "new", "already", "confirmed", SECOND),
        ("I'm afraid it will be without me after all.", "reply", "cancelled", "cancelled", SECOND),
        ("Please cancel my registration for Pruning roses.", "new", "cancelled", "cancelled", SECOND),
        ("I would like to register again, for 20 April.", "reply", "confirmed", "confirmed", FIRST),
        ("Thank you very much!", "reply", None, "confirmed", FIRST),
        ("", "decline", "cancelled", "cancelled", FIRST),
    ),
    "de": (
        ("Ich möchte mich für Rosen schneiden anmelden.", "new", "which-session", "pending", None),
        ("Wo findet die Veranstaltung statt?", "reply", "answer", "pending", None),
        ("Am 20. April, danke.", "reply", "confirmed", "confirmed", FIRST),
        ("Ich möchte lieber am 27. April statt am 20. April kommen.", "reply", "changed", "confirmed", SECOND),
        ("Ich melde mich für Rosen schneiden am 27. April an.", "new", "already", "confirmed", SECOND),
        ("Leider nun doch ohne mich.", "reply", "cancelled", "cancelled", SECOND),
        ("Ich storniere meine Anmeldung für Rosen schneiden.", "new", "cancelled", "cancelled", SECOND),
        ("Ich möchte mich wieder anmelden, für den 20. April.", "reply", "confirmed", "confirmed", FIRST),
        ("Vielen Dank!", "reply", None, "confirmed", FIRST),
        ("", "decline", "cancelled", "cancelled", FIRST),
    ),
}


def _twice() -> Any:
    starts = datetime(2027, 4, 20, 13, 0, tzinfo=BRUSSELS)
    again = starts.replace(day=27)
    sessions = (
        Session(key=FIRST, starts=starts, ends=starts.replace(hour=16)),
        Session(key=SECOND, starts=again, ends=again.replace(hour=16)),
    )
    title = Localized(fr="La taille des rosiers", nl="Rozen snoeien", en="Pruning roses", de="Rosen schneiden")
    return event(title=title, attend="one", sessions=sessions)


def _on_file(town: Town) -> tuple[str | None, str | None]:
    with town.store.begin() as tx:
        found = [r for r in tx.registrations() if r.email == ANNE]
    if not found:
        return None, None
    return found[0].status.value, found[0].sessions[0] if found[0].sessions else None


@pytest.mark.parametrize("by", ["token", "references"])
@pytest.mark.parametrize("language", DIALOGUES)
def test_a_whole_life_by_mail(town: Town, language: str, by: str) -> None:
    town.policy = with_events(town.policy, _twice())
    talk = Talk(town)
    last: Any = None
    invited: Any = None
    for number, (text, how, kind, status, session) in enumerate(DIALOGUES[language], start=1):
        where = f"{language}, turn {number}: {text}"
        if how == "decline":
            mails = talk.decline(ANNE, invited)
        elif how == "reply":
            to = reply_to(last) if by == "token" else "desk@town.example"
            extra = "" if by == "token" else f"In-Reply-To: {last.message_id}\r\nReferences: {last.message_id}\r\n"
            mails = talk.write(ANNE, text, to=to, subject=last.subject, extra=extra)
        else:
            mails = talk.write(ANNE, text, subject="Atelier")
        held = [hold.reasons for hold in town.holds()]
        assert [mail.kind for mail in mails] == ([f"registrant-{kind}"] if kind else []), (where, held)
        assert all(mail.language == language for mail in mails), where
        assert _on_file(town) == (status, session), where
        assert held == [], where
        last = mails[0] if mails else last
        invited = last if b"text/calendar" in last.content else invited


def test_the_same_mail_delivered_twice_does_nothing_twice(town: Town) -> None:
    talk = Talk(town)
    mails = talk.write(ANNE, "Je m'inscris à « Compost pour tous ».")
    assert [mail.kind for mail in mails] == ["registrant-confirmed"]
    town.server.deliver(talk.last)
    town.poll()
    assert len(town.deliveries()) == 1
    with town.store.begin() as tx:
        assert len(list(tx.registrations())) == 1


def _links(mail: Any) -> list[tuple[str, str, str]]:
    """(address, subject, body) of each ``mailto:`` link of the HTML part, decoded as RFC 6068 §5 says."""
    part = message_from_bytes(mail.content, policy=default).get_body(("html",))
    assert part is not None
    found = []
    for target in re.findall(r'href="(mailto:[^"]+)"', part.get_content()):
        assert re.fullmatch(
            r"mailto:[A-Za-z0-9+@._%-]+\?subject=[A-Za-z0-9._~%/-]+&amp;body=[A-Za-z0-9._~%/-]+", target
        )
        url = urlsplit(unescape(target))
        fields = dict(pair.split("=", 1) for pair in url.query.split("&"))
        found.append((unquote(url.path), unquote(fields["subject"]), unquote(fields["body"])))
    return found


@pytest.mark.parametrize("language", DIALOGUES)
def test_the_ready_made_links_do_what_they_say(town: Town, language: str) -> None:
    talk = Talk(town)
    (confirmed,) = talk.write(ANNE, REGISTER[language])
    change, cancel = _links(confirmed)
    assert change[0] == cancel[0] == reply_to(confirmed)
    assert "Compost" in cancel[1] or "Kompost" in cancel[1]
    (cancelled,) = talk.write(ANNE, cancel[2], to=cancel[0], subject=cancel[1])
    assert (cancelled.kind, _on_file(town)[0]) == ("registrant-cancelled", "cancelled")
    ((to, subject, body),) = _links(cancelled)
    (again,) = talk.write(ANNE, body, to=to, subject=subject)
    assert (again.kind, _on_file(town)[0]) == ("registrant-confirmed", "confirmed")
    assert town.holds() == ()


def _lend(*stocks: int | None) -> Any:
    places = (
        Place(street="Rue de Bonne 66A", postcode="1080", city="Molenbeek"),
        Place(street="Rue Verte 216", postcode="1030", city="Schaerbeek"),
        Place(street="Place Liedts 1", postcode="1030", city="Schaerbeek"),
    )
    points = tuple(
        PickupPoint(key=f"point-{number}", place=place, stock=stock)
        for number, (place, stock) in enumerate(zip(places, stocks, strict=False), start=1)
    )
    item = Localized(fr="un exemplaire de l’outil", nl="een exemplaar van de tool", en="a copy of the tool", de="ein Exemplar des Werkzeugs")  # fmt: skip
    return event(pickup=Pickup(item=item, names=("outil", "exemplaire", "tool", "exemplaar", "copy"), points=points))


def _point(town: Town) -> str | None:
    with town.store.begin() as tx:
        return next(r.pickup for r in tx.registrations() if r.email == ANNE)


@pytest.mark.parametrize("language", DIALOGUES)
def test_the_link_for_another_pick_up_point_changes_it(town: Town, language: str) -> None:
    town.policy = with_events(town.policy, _lend(2, None, None))
    talk = Talk(town)
    (confirmed,) = talk.write(ANNE, REGISTER[language])
    *points, _, _ = _links(confirmed)
    assert len(points) == 3, "nothing is chosen yet: one for each"
    assert _point(town) is None
    to, subject, body = points[1]
    (chosen,) = talk.write(ANNE, body, to=to, subject=subject)
    assert (chosen.kind, chosen.language, _point(town)) == ("registrant-changed", language, "point-2")
    *points, _, _ = _links(chosen)
    assert [body for _, _, body in points if "Rue Verte" in body] == []
    assert len(points) == 2, "the others"
    to, subject, body = points[1]
    (changed,) = talk.write(ANNE, body, to=to, subject=subject)
    assert (changed.kind, _point(town), town.holds()) == ("registrant-changed", "point-3", ())


def test_with_one_point_or_no_item_left_elsewhere_there_is_no_such_link(town: Town) -> None:
    town.policy = with_events(town.policy, _lend(3))
    talk = Talk(town)
    (confirmed,) = talk.write(ANNE, REGISTER["fr"])
    assert len(_links(confirmed)) == 2
    town.policy = with_events(town.policy, _lend(3, 0))
    (again,) = talk.write(ANNE, REGISTER["fr"])
    assert len(_links(again)) == 2


@pytest.mark.parametrize("language", DIALOGUES)
def test_what_the_plain_text_says_of_cancelling_does_it(town: Town, language: str) -> None:
    talk = Talk(town)
    (confirmed,) = talk.write(ANNE, REGISTER[language])
    quoted = re.search(r"[«‘“„]\s?(annulation|annulering|cancellation|Stornierung)\s?[»’”“]", confirmed.text)
    assert quoted is not None
    assert "mailto:" not in confirmed.text
    (cancelled,) = talk.write(
        ANNE, quoted[1].capitalize() + ".", to=reply_to(confirmed), subject="Re: " + confirmed.subject
    )
    assert (cancelled.kind, cancelled.language) == ("registrant-cancelled", language)


@pytest.mark.parametrize("language", DIALOGUES)
def test_the_link_for_a_change_waits_for_what_should_change(town: Town, language: str) -> None:
    """The mail it opens ends in a colon: what is written there is done; sent as it is, it changes nothing."""
    town.policy = with_events(town.policy, _twice())
    talk = Talk(town)
    day = {"fr": "le {} avril", "nl": "{} april", "en": "{} April", "de": "{}. April"}[language]
    said = {"fr": "La taille des rosiers", "nl": "Rozen snoeien", "en": "Pruning roses", "de": "Rosen schneiden"}
    (confirmed,) = talk.write(
        ANNE, REGISTER[language].replace(_COMPOST[language], said[language]) + f" {day.format(20)}."
    )
    assert _on_file(town) == ("confirmed", FIRST)
    (to, subject, body), _ = _links(confirmed)
    (changed,) = talk.write(ANNE, body + day.format(27), to=to, subject=subject)
    assert (changed.kind, _on_file(town)) == ("registrant-changed", ("confirmed", SECOND))
    (to, subject, body), _ = _links(changed)
    (told,) = talk.write(ANNE, body, to=to, subject=subject)
    assert (told.kind, _on_file(town)) == ("registrant-passed-on", ("confirmed", SECOND))
