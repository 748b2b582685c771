"""Which options a sentence means: the workshops and lunches of ``studiedag-geweld`` and ``mobilite``."""

from __future__ import annotations

from datetime import datetime

import pytest

from mailbot.core.event_index import stemmed
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
        # not the word of a title
        ("orvaux", "fr", "Je m'inscris à Orvaux bouge, atelier B.", {"workshop": "cargo"}),
        # exchanged, preferred, a second wish
        ("geulbrug", "nl", "Ik wil van workshop 1 naar workshop 3.", {"workshop": "perpetrators"}),
        ("geulbrug", "nl", "Kan ik mijn workshop over plegers ruilen voor die over kinderen?", {"workshop": "children"}),
        ("geulbrug", "de", "Statt Workshop A hätte ich lieber Workshop C.", {"workshop": "perpetrators"}),
        ("geulbrug", "fr", "Mettez-moi plutôt dans l'atelier sur les auteurs que dans celui sur le risque.", {"workshop": "perpetrators"}),
        ("geulbrug", "nl", "Eerste keus plegers, tweede keus kinderen.", {"workshop": "perpetrators"}),
        ("geulbrug", "nl", "Ik doe mee met de kinderworkshop.", {"workshop": "children"}),
        # one of two refused
        ("geulbrug", "nl", "Ik schrijf me in. Liever geen vlees, dus niet gewoon.", {"lunch": "vegetarian"}),
        # left for another beside what is on file, or for what fits better
        ("geulbrug", "nl", "Bij mijn aanmelding had ik workshop risico aangeduid. Plegers sluit beter aan.", {"workshop": "perpetrators"}),
        ("geulbrug", "fr", "Inscrit avec un repas ordinaire, je voudrais finalement le végétarien.", {"lunch": "vegetarian"}),
        ("geulbrug", "fr", "L'atelier sur le risque me serait plus utile que celui sur les enfants, pour lequel je m'étais inscrit.", {"workshop": "risk"}),
        # not decided, then decided
        ("geulbrug", "nl", "Ik twijfel tussen plegers en kinderen. Doe mij maar plegers, na dit jaar.", {"workshop": "perpetrators"}),
        ("geulbrug", "de", "Ich melde mich an. Ich schwanke noch zwischen Kinder und Täter.", {}),
        # a wish that looks like a registration on file
        ("geulbrug", "nl", "Graag had ik mij ingeschreven voor de studiedag, workshop kinderen als getuige.", {"workshop": "children"}),
        ("geulbrug", "fr", "Comme atelier, je choisis celui sur un enfant qui est témoin.", {"workshop": "children"}),
        # other inflections, and numbers that are no signs
        ("geulbrug", "de", "Ich melde mich an, bitte das normale Mittagessen.", {"lunch": "regular"}),
        ("geulbrug", "nl", "Workshop plegers, 29/11.", {"workshop": "perpetrators"}),
        ("geulbrug", "nl", "1) ik kom, veggie lunch\n2) tot dan", {"lunch": "vegetarian"}),
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


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("fr", "Ma collègue prendra ma place. Même atelier, même repas."),
        ("nl", "Mijn collega komt in mijn plaats. Dezelfde workshop en alvast dank."),
    ],
)
def test_the_same_as_before_is_no_choice_that_is_not_understood(language: Language, text: str) -> None:
    assert not read(language, text).contradictions


def test_the_same_as_somebody_else_is() -> None:
    found = read("nl", "Schrijf me in voor dezelfde workshop als Annemie Peeters.")
    assert [doubt.code for doubt in found.contradictions] == ["choice-unclear"]


LETTERS = "Workshops:\nA  Kinderen als getuige\nB  Risicotaxatie\nC  Werken met plegers"


@pytest.mark.parametrize(
    ("text", "quote", "wanted"),
    [
        ("C voor mij, en alvast dank.", LETTERS, {"workshop": "perpetrators"}),
        ("Ik kom graag naar B.", LETTERS, {"workshop": "risk"}),
        ("A voor mij.", LETTERS, {"workshop": "children"}),
        ("Ik kom, met de C in mijn geval.", LETTERS, {"workshop": "perpetrators"}),
        # the list begins below the header of the mail that is answered
        ("C voor mij, en alvast dank.", "À : desk@town.example\n\n" + LETTERS, {"workshop": "perpetrators"}),
        # no sign: a greeting, an initial, a letter of no list, a list with a line that is none of the options
        ("A bientôt, ik kom.", LETTERS, {}),
        ("Ik kom, groeten van C. Peeters", LETTERS, {}),
        ("C voor mij.", "", {}),
        ("C voor mij.", LETTERS + "\nD  Parkeren", {}),
    ],
)
def test_letters_of_the_lines_of_the_answered_mail(text: str, quote: str, wanted: dict[str, str]) -> None:
    now = datetime(2024, 11, 7, 12, tzinfo=BRUSSELS)
    assert read_in("geulbrug", "nl", text, now=now, subject="Studiedag geweld 29/11", quote=quote).choices == wanted


NAMED = "Workshop 1 - Werken met plegers\nWorkshop 2 - Kinderen als getuige\nWorkshop 3 - Risicotaxatie"


def test_numbers_behind_the_name_of_the_choice_in_the_answered_mail() -> None:
    now = datetime(2024, 11, 7, 12, tzinfo=BRUSSELS)
    for text, wanted in (("Voor mij graag nummer 1.", "perpetrators"), ("Nummer 3, alstublieft.", "risk")):
        found = read_in("geulbrug", "nl", text, now=now, subject="Studiedag geweld 29/11", quote=NAMED)
        assert found.choices == {"workshop": wanted}


@pytest.mark.parametrize(
    ("text", "too_many"),
    [
        ("Ik schrijf me in voor twee workshops, risicotaxatie en nog één die u mag kiezen.", ("workshop",)),
        ("Van de drie workshops kies ik die over risicotaxatie.", ()),  # all that there are
        ("Voor ons beiden de workshop risicotaxatie graag.", ()),
        ("Ik twijfel tussen twee workshops, maar zet mij bij risicotaxatie.", ()),
    ],
)
def test_who_asks_for_several_gets_none_before_a_person_looked(text: str, too_many: tuple[str, ...]) -> None:
    found = read("nl", text)
    assert (found.choices, found.too_many_choices) == ({} if too_many else {"workshop": "risk"}, too_many)


def test_two_signs_are_two_options() -> None:
    for text in ("Noteert u mij bij de workshops 1 en 3.", "Inscrivez-moi, ateliers a et b."):
        found = read("nl" if "u mij" in text else "fr", text)
        assert (found.choices, found.too_many_choices) == ({}, ("workshop",))


def test_a_word_that_is_written_as_an_acronym_is_none() -> None:
    now = datetime(2023, 10, 20, 12, tzinfo=BRUSSELS)
    for text, wanted in (
        ("Am 18. bin ich dabei.", {}),
        ("Ich melde mich zum Atelier BIN an.", {"atelier": "neighbours"}),
    ):
        found = read_in("rodenhoven", "de", text, now=now, subject="Tag des Einbruchschutzes")
        assert found.choices == wanted


def test_a_word_of_the_title_chooses_nothing() -> None:
    now = datetime(2024, 3, 20, 12, tzinfo=BRUSSELS)
    for text, wanted in (
        ("Gerne wäre ich beim Tag der Jugendarbeit dabei.", {}),
        ("Gerne wäre ich beim Tag der Jugendarbeit dabei, Workshop Wohlbefinden.", {"workshop": "wellbeing"}),
    ):
        assert read_in("ravelsart", "de", text, now=now, subject="Tag der Jugendarbeit").choices == wanted


@pytest.mark.parametrize(
    ("text", "loose"),
    [
        ("Ik moet afzeggen, ik zit met de kinderen thuis.", {"workshop"}),
        ("Ik moet de workshop over kinderen afzeggen.", set()),
    ],
)
def test_words_that_merely_stand_there_are_known_as_such(text: str, loose: set[str]) -> None:
    assert read("nl", text).choices_loose == loose


def test_a_second_event_by_its_name_and_day_is_seen() -> None:
    text = "1) studiedag 29/11: ik doe mee, workshop kinderen als getuige\n2) webinar energiearmoede 10/12: ook"
    assert "several-requests" in [doubt.code for doubt in read("nl", text).contradictions]
    assert not read("nl", "Ik doe mee op 29/11, workshop kinderen als getuige. Energie boeit me ook.").contradictions


@pytest.mark.parametrize(
    ("told", "written"),
    [
        ("wij-zij", "het labo over wij/zij"),
        ("meervoudige diagnose", "nummer 2, de meervoudige diagnoses"),
        ("normal", "das normale menu"),
    ],
)
def test_an_option_in_another_spelling_or_inflection(told: str, written: str) -> None:
    assert stemmed([told]).search(written)


def test_what_the_subject_alone_says() -> None:
    now = datetime(2024, 11, 7, 12, tzinfo=BRUSSELS)
    found = read_in("geulbrug", "nl", "", now=now, subject="Inschrijving studiedag geweld 29/11, workshop plegers")
    assert found.choices == {"workshop": "perpetrators"}


@pytest.mark.parametrize(
    ("language", "text", "wanted"),
    [
        # another time, and now
        (
            "fr",
            "L'an passé, j'avais pris l'atelier d'écoute. Cette fois, inscrivez-moi à celui sur la distance.",
            "naehe",
        ),
        ("nl", "Vorig jaar deed ik de workshop afstand. Nu schrijf ik me in voor die over luisteren.", "gespraech"),
        ("en", "Last year I was in the distance workshop. Please put me down for démarches this time.", "behoerden"),
        ("de", "Letztes Jahr war ich beim Zuhören, diesmal melde ich mich für die Behörden an.", "behoerden"),
        # second thoughts
        ("nl", "Eerst twijfelde ik aan de workshop over afstand, maar het wordt toch die over luisteren.", "gespraech"),
        ("de", "Ich schwankte zwischen Behörden und Distanz, es wird letzteres.", "naehe"),
        ("en", "I hesitated between écoute and distance, and take the latter.", "naehe"),
        ("fr", "La semaine passée j'ai coché l'atelier écoute. Finalement, ce sera la distance.", "naehe"),
        ("fr", "Cette fois l'écoute ne me tente pas. Inscrivez-moi à l'atelier sur la distance.", "naehe"),
    ],
)
def test_of_several_options_the_one_it_comes_to(language: Language, text: str, wanted: str) -> None:
    found = _volunteers(language, text)
    assert (found.choices, found.too_many_choices) == ({"workshop": wanted}, ())


def _volunteers(language: Language, text: str) -> Findings:
    now = datetime(2025, 3, 20, 12, tzinfo=BRUSSELS)
    return read_in(
        "hohenweiler", language, text, now=now, subject="Ehrenamtstag, journée des bénévoles, vrijwilligersdag"
    )


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("de", "Ich melde mich an. Mittags bitte etwas ohne Fleisch."),
        ("fr", "Je m'inscris. Pas de viande pour moi."),
        ("nl", "Schrijf me in, ik eet geen vlees."),
    ],
)
def test_what_is_refused_leaves_the_other_option(language: Language, text: str) -> None:
    assert _volunteers(language, text).choices == {"meal": "vegetarisch"}


def test_an_option_of_another_time_is_none_for_now() -> None:
    found = _volunteers("de", "Ich melde mich an. Beim letzten Mal war ich beim Zuhören.")
    assert (found.choices, found.choices_had) == ({}, {"workshop": "gespraech"})


@pytest.mark.parametrize(
    ("text", "lab", "unread"),
    [
        ("Je serai dans le groupe qui parle du retour des jeunes condamnés.", "young-offenders", False),
        ("Je serai dans le groupe qui parle des pigeons.", None, True),
    ],
)
def test_an_option_by_what_the_group_speaks_of(text: str, lab: str | None, unread: bool) -> None:
    now = datetime(2021, 1, 18, 12, tzinfo=BRUSSELS)
    found = read_in("rules", "fr", text, now=now, subject="25 ans du BeFUS")
    assert found.choices.get("lab") == lab
    assert any(doubt.code == "choice-unclear" for doubt in found.contradictions) is unread


def test_a_small_word_that_is_an_option_leads_to_another() -> None:
    now = datetime(2024, 4, 1, 12, tzinfo=BRUSSELS)
    text = "Basculez-moi vers le récit de vie."
    assert read_in("sartigny", "fr", text, now=now, subject="Tous à vos plumes, 20 avril").choices == {
        "groupe": "recit"
    }


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "You noted me in the workshop about risk. I made a mistake, it must be the one on children."),
        ("fr", "Vous m'avez noté à l'atelier sur le risque. Je me suis trompé, ce doit être celui sur les enfants."),
        ("nl", "U noteerde me voor de workshop risico. Ik heb me vergist, het moet die over kinderen zijn."),
        ("de", "Ich bin im Workshop Risiko. Ich habe mich geirrt, es muss der über Kinder sein."),
    ],
)
def test_the_option_that_it_must_be(language: Language, text: str) -> None:
    found = read(language, text)
    assert (found.choices, found.too_many_choices) == ({"workshop": "children"}, ())


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "I will follow it online; the workshop stays the same."),
        ("fr", "Je suivrai en ligne, l'atelier reste le même."),
        ("nl", "Ik volg online; de workshop blijft dezelfde."),
        ("de", "Ich folge online; der Workshop bleibt derselbe."),
        ("en", "I am registered for the class on Thursday, and will be there."),
    ],
)
def test_what_stays_the_same_or_tells_when_is_no_choice(language: Language, text: str) -> None:
    assert not read(language, text).contradictions


@pytest.mark.parametrize(
    ("text", "lab"),
    [
        ("I'd go for the one about people with several diagnoses at once.", "multidiagnosis"),
        ("I'd go for the one about pigeons.", None),
    ],
)
def test_a_lab_is_spoken_of_as_a_session_is(text: str, lab: str | None) -> None:
    now = datetime(2021, 1, 14, 12, tzinfo=BRUSSELS)
    found = read_in("rules", "en", text, now=now, subject="25 years of BeFUS")
    assert found.choices.get("lab") == lab
    assert bool(found.contradictions) is (lab is None)
