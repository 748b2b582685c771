"""Second thoughts, as participants write them in reply to their confirmation: what is on file after each."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from mailbot.core.events import Choice, Event, Option, Session
from mailbot.core.language import Localized
from mailbot.core.registrations import Registration
from tests.service.talk import Talk, reply_to
from tests.service.test_item_refused import lending
from tests.service.town import BRUSSELS, Town, event, with_events

ANNE, KARIM = "anne@town.example", "karim.haddad@town.example"
LANGUAGES = ("fr", "nl", "en", "de")

TITLE = {
    "fr": "« Compost pour tous »",
    "nl": "Compost voor iedereen",
    "en": "Compost for all",
    "de": "Kompost für alle",
}
REGISTER = {
    "fr": "Je m'inscris à « Compost pour tous »{}.",
    "nl": "Ik schrijf me in voor Compost voor iedereen{}.",
    "en": "I would like to register for Compost for all{}.",
    "de": "Ich melde mich für Kompost für alle{} an.",
}


def begun(town: Town, language: str, detail: str, **changes: Any) -> tuple[Talk, Any]:
    """Registered, with this detail: the conversation so far, and the confirmation."""
    town.policy = with_events(town.policy, changes["of"] if "of" in changes else event(**changes))
    talk = Talk(town)
    (confirmed,) = talk.write(ANNE, REGISTER[language].format(detail))
    assert confirmed.kind == "registrant-confirmed", (town.holds(), confirmed.text)
    return talk, confirmed


def reply(talk: Talk, last: Any, text: str, kind: str) -> Any:
    mails = talk.write(ANNE, text, to=reply_to(last), subject="Re: " + last.subject)
    assert [mail.kind for mail in mails] == [f"registrant-{kind}"], (text, talk.town.holds(), on_file(talk.town))
    assert talk.town.holds() == (), text
    assert mails[0].language == last.language, text
    return mails[0]


def on_file(town: Town) -> dict[str | None, Registration]:
    with town.store.begin() as tx:
        return {r.name: r for r in tx.registrations()}


def said(sentences: dict[str, tuple[str, ...]]) -> Any:
    cases = [(language, text) for language in LANGUAGES for text in sentences[language]]
    return pytest.mark.parametrize(("language", "text"), cases, ids=[f"{lang}-{text[:28]}" for lang, text in cases])


# -- a colleague instead -------------------------------------------------------------

COLLEAGUE = {
    "fr": (
        f"Bonjour,\r\n\r\nJe ne pourrai finalement pas venir. Mon collègue Karim Haddad ({KARIM}) me remplacera.",
        f"Un imprévu : c'est ma collègue Karim Haddad, {KARIM}, qui viendra à ma place. Merci d'adapter l'inscription.",
        f"Pouvez-vous inscrire Karim Haddad ({KARIM}) à ma place ?",
    ),
    "nl": (
        f"Dag,\r\n\r\nIk kan toch niet komen. Mijn collega Karim Haddad ({KARIM}) vervangt mij.",
        f"Door omstandigheden komt mijn collega Karim Haddad, {KARIM}, in mijn plaats.",
        f"Kunt u Karim Haddad ({KARIM}) in mijn plaats inschrijven?",
    ),
    "en": (
        f"Hello,\r\n\r\nI cannot come after all. My colleague Karim Haddad ({KARIM}) will take my place.",
        f"Something has come up: my colleague Karim Haddad, {KARIM}, will come instead of me.",
        f"Could you please register Karim Haddad ({KARIM}) in my place?",
    ),
    "de": (
        f"Guten Tag,\r\n\r\nich kann leider doch nicht kommen. Mein Kollege Karim Haddad ({KARIM}) vertritt mich.",
        f"Mir ist etwas dazwischengekommen: Mein Kollege Karim Haddad, {KARIM}, kommt an meiner Stelle.",
        f"Könnten Sie bitte Karim Haddad ({KARIM}) an meiner Stelle anmelden?",
    ),
}


@said(COLLEAGUE)
def test_a_colleague_comes_instead(town: Town, language: str, text: str) -> None:
    talk, confirmed = begun(town, language, "")
    changed = reply(talk, confirmed, text, "changed")
    assert "Karim Haddad" in changed.text
    people = on_file(town)
    assert {name: r.status.value for name, r in people.items()} == {
        "Anne Peeters": "cancelled",
        "Karim Haddad": "confirmed",
    }
    assert people["Karim Haddad"].email == KARIM


# -- another lab ---------------------------------------------------------------------


def _labs(**capacities: int) -> Event:
    titles = {
        "worms": Localized(fr="Les vers", nl="Wormen", en="Worms", de="Würmer"),
        "heat": Localized(fr="Compost chaud", nl="Warme compost", en="Hot compost", de="Heißkompost"),
        "water": Localized(fr="L’eau", nl="Water", en="Water", de="Wasser"),
    }
    options = tuple(
        Option(key=key, title=title, topics=tuple(title.given().values()), capacity=capacities.get(key))
        for key, title in titles.items()
    )
    title = Localized(fr="labo", nl="lab", en="lab", de="Labor")
    return event(
        choices=(Choice(key="lab", title=title, names=("labo", "lab", "Labor"), required=True, options=options),)
    )


FIRST_LAB = {"fr": ", labo 1", "nl": ", lab 1", "en": ", lab 1", "de": ", Labor 1,"}
ANOTHER_LAB = {
    "fr": (
        "Je voudrais changer de labo : le labo 2 plutôt que le labo 1.",
        "Serait-il possible de passer du labo 1 au labo 2 ?",
        "Finalement je préfère suivre le labo « Compost chaud ».",
        "Je me suis trompée : c'est le labo 2 qu'il me faut.",
    ),
    "nl": (
        "Ik zou graag van lab veranderen: lab 2 in plaats van lab 1.",
        "Kan ik van lab 1 naar lab 2 overstappen?",
        "Bij nader inzien kies ik toch voor het lab Warme compost.",
        "Ik heb me vergist: het moet lab 2 zijn.",
    ),
    "en": (
        "I would like to change labs: lab 2 instead of lab 1.",
        "Could I switch from lab 1 to lab 2?",
        "On second thoughts I would rather attend the lab on hot compost.",
        "I made a mistake: it should be lab 2.",
    ),
    "de": (
        "Ich möchte das Labor wechseln: Labor 2 statt Labor 1.",
        "Könnte ich von Labor 1 in Labor 2 wechseln?",
        "Ich möchte nun doch lieber das Labor Heißkompost besuchen.",
        "Ich habe mich vertan: Es soll Labor 2 sein.",
    ),
}


@said(ANOTHER_LAB)
def test_another_lab(town: Town, language: str, text: str) -> None:
    talk, confirmed = begun(town, language, FIRST_LAB[language], of=_labs())
    assert on_file(town)["Anne Peeters"].choices == {"lab": "worms"}
    reply(talk, confirmed, text, "changed")
    assert on_file(town)["Anne Peeters"].choices == {"lab": "heat"}


# -- another way of taking part --------------------------------------------------------

ONLINE = {
    "fr": (
        "Je ne peux malheureusement pas me déplacer, je participerai donc en ligne.",
        "Pourriez-vous modifier mon inscription ? Je préfère participer en ligne plutôt que sur place.",
        "Finalement ce sera en ligne pour moi.",
        "Je passe en distanciel, merci.",
    ),
    "nl": (
        "Ik kan helaas niet ter plaatse zijn en zal dus online deelnemen.",
        "Kunt u mijn inschrijving aanpassen? Ik neem liever online deel in plaats van ter plaatse.",
        "Uiteindelijk wordt het online voor mij.",
        "Mag ik toch online deelnemen?",
    ),
    "en": (
        "Unfortunately I cannot be there in person, so I will join online.",
        "Could you change my registration? I would prefer to take part online rather than in person.",
        "It will be online for me after all.",
        "May I attend online instead?",
    ),
    "de": (
        "Leider kann ich nicht vor Ort sein und nehme daher online teil.",
        "Könnten Sie meine Anmeldung ändern? Ich nehme lieber online statt vor Ort teil.",
        "Bei mir wird es nun doch online.",
        "Darf ich stattdessen online teilnehmen?",
    ),
}
ON_SITE = {"fr": ", sur place", "nl": ", ter plaatse", "en": ", in person", "de": ", vor Ort,"}


@said(ONLINE)
def test_online_instead(town: Town, language: str, text: str) -> None:
    talk, confirmed = begun(town, language, ON_SITE[language], modes=("in-person", "online"))
    assert on_file(town)["Anne Peeters"].mode == "in-person"
    reply(talk, confirmed, text, "changed")
    assert (on_file(town)["Anne Peeters"].mode, on_file(town)["Anne Peeters"].status.value) == ("online", "confirmed")


# -- another place to pick up ------------------------------------------------------------

ELSEWHERE = {
    "fr": (
        "Je préférerais retirer l'outil à Schaerbeek plutôt qu'à Molenbeek.",
        "Finalement, je passerai le chercher rue Verte.",
        "Pour le retrait de l'exemplaire : Schaerbeek m'arrange mieux.",
    ),
    "nl": (
        "Ik haal het exemplaar liever af in Schaerbeek dan in Molenbeek.",
        "Ik kom het toch in de rue Verte afhalen.",
        "Voor het afhalen past Schaerbeek mij beter.",
    ),
    "en": (
        "I would rather collect the copy in Schaerbeek than in Molenbeek.",
        "I will pick it up in rue Verte after all.",
        "For the pick-up, Schaerbeek suits me better.",
    ),
    "de": (
        "Ich möchte das Exemplar lieber in Schaerbeek als in Molenbeek abholen.",
        "Ich hole es nun doch in der rue Verte ab.",
        "Für die Abholung passt mir Schaerbeek besser.",
    ),
}
FETCHED = {
    "fr": ". Je retirerai l'outil à Molenbeek",
    "nl": ". Ik haal het exemplaar af in Molenbeek",
    "en": ". I will collect the copy in Molenbeek",
    "de": " an. Ich hole das Exemplar in Molenbeek ab. Bitte melden Sie mich",
}


@said(ELSEWHERE)
def test_another_place_to_pick_up(town: Town, language: str, text: str) -> None:
    talk, confirmed = begun(town, language, FETCHED[language], of=lending(3, 3))
    assert on_file(town)["Anne Peeters"].pickup == "molenbeek"
    reply(talk, confirmed, text, "changed")
    assert on_file(town)["Anne Peeters"].pickup == "schaerbeek"


# -- one of several days given up ------------------------------------------------------


def _three_days() -> Event:
    starts = datetime(2027, 4, 20, 13, 0, tzinfo=BRUSSELS)
    sessions = tuple(
        Session(key=f"compost/{day}", starts=starts.replace(day=day), ends=starts.replace(day=day, hour=16))
        for day in (20, 22, 27)
    )
    return event(attend="any", sessions=sessions)


ALL_DAYS = {"fr": ", les trois dates", "nl": ", alle data", "en": ", all dates", "de": ", alle Termine,"}
ONE_LESS = {
    "fr": (
        "Je ne pourrai pas être là le 22 avril, mais bien aux deux autres dates.",
        "Merci d'annuler ma participation du 22 avril ; je garde les autres dates.",
        "Je dois annuler la séance du 22 avril.",
    ),
    "nl": (
        "Ik kan er op 22 april niet bij zijn, wel op de twee andere data.",
        "Gelieve mijn deelname op 22 april te annuleren; de andere data behoud ik.",
        "Ik moet de sessie van 22 april annuleren.",
    ),
    "en": (
        "I cannot make it on 22 April, but I will be there on the other two dates.",
        "Please cancel my participation on 22 April; I am keeping the other dates.",
        "I have to cancel the session on 22 April.",
    ),
    "de": (
        "Am 22. April kann ich nicht kommen, an den beiden anderen Terminen schon.",
        "Bitte stornieren Sie meine Teilnahme am 22. April; die anderen Termine behalte ich.",
        "Den Termin am 22. April muss ich absagen.",
    ),
}


@said(ONE_LESS)
def test_one_of_three_days_is_given_up(town: Town, language: str, text: str) -> None:
    talk, confirmed = begun(town, language, ALL_DAYS[language], of=_three_days())
    assert len(on_file(town)["Anne Peeters"].sessions) == 3
    reply(talk, confirmed, text, "changed")
    after = on_file(town)["Anne Peeters"]
    assert (after.status.value, after.sessions) == ("confirmed", ("compost/20", "compost/27"))


# -- coming after all ------------------------------------------------------------------

CANCEL = {
    "fr": "Je dois malheureusement annuler mon inscription.",
    "nl": "Ik moet mijn inschrijving helaas annuleren.",
    "en": "I'm afraid I have to cancel my registration.",
    "de": "Leider muss ich meine Anmeldung stornieren.",
}
AFTER_ALL = {
    "fr": (
        "Finalement, je viens quand même !",
        "Bonne nouvelle : je peux finalement venir. Pouvez-vous me réinscrire ?",
        "Je me suis libérée, je serai là finalement.",
        "Pouvez-vous remettre mon nom sur la liste ?",
        "Ne tenez pas compte de mon annulation, je viens.",
    ),
    "nl": (
        "Ik kom uiteindelijk toch!",
        "Goed nieuws: ik kan toch komen. Kunt u mij opnieuw inschrijven?",
        "Ik heb me kunnen vrijmaken, ik ben er toch bij.",
        "Kunt u mij weer op de lijst zetten?",
        "Hou geen rekening met mijn annulering, ik kom.",
    ),
    "en": (
        "I'm coming after all!",
        "Good news: I can come after all. Could you register me again?",
        "My plans have changed: I will be there after all.",
        "Could you put me back on the list?",
        "Please disregard my cancellation, I am coming.",
    ),
    "de": (
        "Ich komme nun doch!",
        "Gute Nachricht: Ich kann doch kommen. Könnten Sie mich wieder anmelden?",
        "Ich konnte mich freimachen und bin doch dabei.",
        "Könnten Sie mich wieder auf die Liste setzen?",
        "Bitte ignorieren Sie meine Stornierung, ich komme.",
    ),
}


@said(AFTER_ALL)
def test_coming_after_all(town: Town, language: str, text: str) -> None:
    talk, confirmed = begun(town, language, "")
    cancelled = reply(talk, confirmed, CANCEL[language], "cancelled")
    reply(talk, cancelled, text, "confirmed")
    assert on_file(town)["Anne Peeters"].status.value == "confirmed"


# -- one day of a course that is taken as a whole -----------------------------------------

MISSED = {
    "fr": ("Je ne pourrai malheureusement pas être là le 22 avril.",),
    "nl": ("Op 22 april kan ik er helaas niet bij zijn.",),
    "en": ("Unfortunately I cannot make it on 22 April.",),
    "de": ("Am 22. April kann ich leider nicht kommen.",),
}


@said(MISSED)
def test_a_missed_day_of_a_whole_course_gives_up_nothing(town: Town, language: str, text: str) -> None:
    days = _three_days()
    talk, confirmed = begun(town, language, "", of=event(attend="all", sessions=days.sessions))
    (told,) = talk.write(ANNE, text, to=reply_to(confirmed), subject="Re: " + confirmed.subject)
    assert (told.kind, told.language) == ("registrant-day-missed", language)
    assert [hold.reasons for hold in town.holds()] == [("day-missed",)]
    assert (on_file(town)["Anne Peeters"].status.value, len(on_file(town)["Anne Peeters"].sessions)) == ("confirmed", 3)
    (gone,) = talk.write(ANNE, CANCEL[language], to=reply_to(told), subject="Re: " + told.subject)
    assert (gone.kind, on_file(town)["Anne Peeters"].status.value) == ("registrant-cancelled", "cancelled")
