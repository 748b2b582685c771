"""What is asked, sentence by sentence (tests/data/reading/topics.tsv, taken from no mail), and what answers it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mailbot.adapters.event_files import load_events
from mailbot.core.events import Event
from mailbot.core.intent_signs import signs
from mailbot.core.language import Language, Localized
from mailbot.core.phrases import Words, passage
from mailbot.core.places import room
from mailbot.core.questions import asks_politely, questions_of
from tests.core.mails import ROOT
from tests.core.reading import lexicons

LINES = [
    tuple(line.split("\t")) for line in (ROOT / "tests/data/reading/topics.tsv").read_text("utf-8").splitlines() if line
]


def words_of(text: str, language: Language) -> Words:
    used = (lexicons()[language],)
    return Words(
        lexicons=used,
        body=passage(text, used),
        subject=passage("", used),
        subject_only=False,
        is_reply=False,
        to_confirmation=False,
    )


def asked(text: str, language: Language, event: Event | None = None) -> list[str | None]:
    words = words_of(text, language)
    return [question.topic for question in questions_of(words, signs(words), event)[0]]


@pytest.mark.parametrize(("topics", "language", "text"), LINES)
def test_what_is_asked(topics: str, language: Language, text: str) -> None:
    assert {topic or "-" for topic in asked(text, language)} == set(topics.split())


def event(town: str, key: str) -> Event:
    events, problems = load_events(ROOT / "tests/data/towns" / town / "events")
    assert not problems
    return events[key]


@pytest.mark.parametrize(
    ("town", "key", "language", "text", "topics"),
    [
        # the text of the file speaks of it
        ("valmeer", "lantern", "nl", "Vanaf welke leeftijd mag je mee?", ["conditions"]),
        ("valmeer", "lantern", "de", "Was soll man anziehen?", ["practical"]),
        ("valmeer", "heirlooms", "en", "Are there any steps?", ["access"]),
        ("valbruyere", "declic-numerique", "fr", "Peut-on entrer en fauteuil roulant ?", ["access"]),
        # the coordinator's own answer, under words of another language
        ("valbruyere", "harcelement-ecole", "fr", "Où peut-on stationner ?", ["answer:0"]),
        # nothing in the file tells
        ("valmeer", "open-museums", "fr", "Y a-t-il des escaliers ?", ["step-free"]),
        ("valmeer", "lantern", "fr", "Y a-t-il un parking ?", ["parking"]),
        # in which language it is held, whichever is asked about; but not whether one may speak another
        ("valmeer", "lantern", "en", "Is it in German or in Dutch?", ["language"]),
    ],
)
def test_what_the_file_tells_of_it(town: str, key: str, language: Language, text: str, topics: list[str]) -> None:
    assert asked(text, language, event(town, key)) == topics


def test_room_is_told_only_where_it_is_sure() -> None:
    one = replace(event("valmeer", "lantern"), capacity=None, in_person_capacity=None)
    sessions = tuple(replace(session, capacity=10, in_person_capacity=None) for session in one.sessions)
    limited = replace(one, sessions=sessions)
    first, *rest = (session.key for session in sessions)
    assert room(replace(one, sessions=tuple(replace(s, capacity=None) for s in sessions)), {}) == "places-left"
    assert room(limited, {first: 9}) == "places-left"
    assert room(limited, {first: 10}) is None  # which evening is meant?
    assert room(limited, dict.fromkeys((first, *rest), 10)) == "places-taken"
    assert room(replace(limited, capacity=5), {limited.key: 5}) == "places-taken"


def test_an_events_own_name_asks_nothing() -> None:
    named = replace(event("valmeer", "lantern"), names=("cours de baby-sitting",))
    assert asked("Combien coûte le cours de baby-sitting ?", "fr", named) == ["price"]
    assert asked("Y a-t-il un baby-sitting sur place ?", "fr", named) == ["childcare"]


def test_the_description_answers_where_no_other_text_does() -> None:
    plain = event("valmeer", "lantern")
    silent = replace(plain, practical=None, registration=replace(plain.registration, conditions=None), answers=())
    told = replace(silent, description=Localized(fr="Une promenade pour tous, à partir de 8 ans."))
    assert asked("À partir de quel âge peut-on venir ?", "fr", told) == ["described"]
    assert asked("À partir de quel âge peut-on venir ?", "fr", silent) == ["age"]


@pytest.mark.parametrize(
    ("text", "language", "of_the_act"),
    [
        ("Mag u ons daarbij zetten?", "nl", True),
        ("Würden Sie uns eintragen?", "de", True),
        ("Est-ce qu'il y a des marches ?", "fr", False),
        ("Could you put me down? Is there a lift?", "en", False),
    ],
)
def test_what_stands_as_a_question_and_only_wants_the_act(text: str, language: Language, of_the_act: bool) -> None:
    words = words_of(text, language)
    assert asks_politely(words, signs(words)) is of_the_act


#: of the questions of ``tests/data/questions`` that have a topic, how many at least are heard as it, in hundredths; and
#: of those that a person must answer, how many at most are heard as a topic
HEARD = {"fr": (43, 18), "nl": (33, 14), "en": (36, 23), "de": (32, 16)}


@pytest.mark.parametrize("language", HEARD)
def test_questions_that_nobody_looked_at_are_heard_and_open_ones_are_not(language: Language) -> None:
    lines = (ROOT / f"tests/data/questions/{language}.tsv").read_text("utf-8").splitlines()
    told = [line.split("\t") for line in lines]
    heard = {text: set(asked(text, language)) - {None, "favour"} for _, text in told}
    ours = [heard[text] == {topic} for topic, text in told if topic not in {"open", "request"}]
    taken = [bool(heard[text]) for topic, text in told if topic == "open"]
    least, most = HEARD[language]
    assert 100 * sum(ours) / len(ours) >= least
    assert 100 * sum(taken) / len(taken) <= most
