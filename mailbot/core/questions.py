"""What is asked: each asking clause with the topic that an event's own description may answer."""

from __future__ import annotations

import re

from mailbot.core.clauses import Clause
from mailbot.core.event_texts import told_by
from mailbot.core.events import Event
from mailbot.core.intent_signs import Signs
from mailbot.core.lexicon import Found, fold
from mailbot.core.lexicon_shape import TONGUES
from mailbot.core.phrases import Words
from mailbot.core.requests import Evidence, Question

#: topics that a longer word for the same thing makes more exact
_MORE_EXACT = {
    "when": (
        "weather",
        "pickup-hours",
        "opening",
        "deadline",
        "online-link",
        "replay",
        "slides",
        "minutes",
        "certificate",
    ),
    "where": (
        "pickup-where",
        "how-to-register",
        "replay",
        "slides",
        "minutes",
        "photos",
        "survey",
        "online-link",
        "parking",
        "payment",
    ),
    "access": ("parking", "step-free", "how-to-register"),
    "programme": ("technical",),
    "language": ("interpretation", "own-language"),
    "interpretation": ("own-language",),
    "mode": ("online-link", "how-to-register", "replay", "slides", "minutes", "photos", "payment"),
    "price": ("payment", "parking", "food", "childcare"),
    "bring": ("food",),
    "conditions": ("age", "members", "step-free"),
    "deadline": ("how-to-register",),
    "opening": ("deadline", "places"),
    "slides": ("replay",),
    "photos": ("replay",),
}


def questions_of(
    words: Words, signs: Signs, event: Event | None, *, acts: bool = False
) -> tuple[tuple[Question, ...], tuple[Evidence, ...]]:
    """The questions in order, one for each topic; a clause without any known topic is one of topic None."""
    questions: dict[str, Question] = {}
    evidence = []
    before: int | None = None
    titles = _titles(words.body.text.folded, event) if signs.questions else []
    for clause in signs.questions:
        text = " ".join(clause.text.split())
        found = [
            f
            for f in words.body.found
            if f.meaning.startswith("question.")
            and _in(f, clause.start, clause.end)
            and not any(start <= f.start and f.end <= end for start, end in titles)
        ]
        told = _own_answers(clause.text, event)
        if acts and not found and not told and _asks_for_the_act(words, clause):
            continue
        topics: tuple[str | None, ...] = told or _answered(_topics(found), words, event)
        near = before is not None and not re.search(r"[^\W_]", words.body.text.raw[before : clause.start])
        if not topics and (_says_topic_before(words, clause.start) or (near and questions)):
            # "I look for the minutes. Are they available?" asks one thing.
            topics = _answered(_topics(_last_sentence(words, clause.start)), words, event) or ("",)
        if set(topics) <= {"where"} and words.body.within(clause, "intent.refers"):
            topics = _answered(_topics(_named_before(words, clause.start)), words, event) or topics
        if _another_tongue(words, clause, event):
            topics = (None,)
        before = clause.end
        for topic in topics or (None,):
            if topic == "":
                continue
            key = topic or text
            questions.setdefault(key, Question(topic=topic, text=text[:300]))
        rule = found[0].entry.rule if found else "question.mark"
        evidence.append(Evidence(field="question", text=text[:300], rule=rule, start=clause.start, end=clause.end))
    return tuple(questions.values()), tuple(evidence)


def _titles(folded: str, event: Event | None) -> list[tuple[int, int]]:
    """Where the event is named: "Compost voor iedereen" asks not whether it is for everybody."""
    if event is None:
        return []
    names = {fold(name) for name in (*event.title.given().values(), *event.names)}
    # Most mails name few of them.
    return [m.span() for name in names if name in folded for m in re.finditer(re.escape(name), folded)]


def _asks_for_the_act(words: Words, clause: Clause) -> bool:
    """ "Vous pouvez adapter ?", "wilt u de inschrijving op haar naam zetten?": the act itself, asked politely."""
    if not words.body.within(clause, "intent.polite", "intent.rhetorical"):
        return False
    return bool(words.body.within(clause, "intent.register-noun", "intent.change", "intent.cancel", "intent.correct"))


def asks_politely(words: Words, signs: Signs) -> bool:
    """Whether all that stands as a question speaks of the act: "vous me comptez ?", "mag u ons daarbij zetten?"."""
    acts = ("intent.polite", "intent.register", "intent.register-other", "intent.cancel", "intent.change")
    return all(words.body.within(clause, *acts) for clause in signs.questions)


def _another_tongue(words: Words, clause: Clause, event: Event | None) -> bool:
    """Whether something is asked in a language that the event has in no way: "may I ask my questions in German?".

    In which language it is held, the description tells, whichever is asked about.
    """
    if event is None or not event.languages.spoken or not words.body.within(clause, "question.own-language"):
        return False
    offered = {*event.languages.spoken, *event.languages.questions, *event.languages.interpretation}
    asked = {
        code
        for word, at, _ in words.body.text.tokens
        if clause.start <= at < clause.end
        for code in TONGUES
        if words.has(f"tongue.{code}", word)
    }
    return bool(asked - offered)


def _last_sentence(words: Words, start: int) -> list[Found]:
    earlier = [c for c in words.body.clauses if c.end <= start]
    if not earlier:
        return []
    clause = earlier[-1]
    return [f for f in words.body.found if f.meaning.startswith("question.") and _in(f, clause.start, clause.end)]


def _named_before(words: Words, start: int) -> list[Found]:
    """What "where can one find them?" asks for: a thing named in the sentence before, else in the sender's subject."""
    before = [f for f in _last_sentence(words, start) if f.meaning in _THINGS]
    return before or [f for f in words.subject.found if f.meaning in _THINGS]


#: topics that are things one can have, as "them" or "anything of the kind"
_THINGS = frozenset(
    f"question.{topic}"
    for topic in (
        "replay", "slides", "minutes", "photos", "survey", "certificate", "programme", "online-link", "parking",
        "food", "childcare", "interpretation", "step-free",
    )
)  # fmt: skip


def _says_topic_before(words: Words, start: int) -> bool:
    """ "I look for the minutes. …", or "I hear that it is full. Is that so?"."""
    earlier = [c for c in words.body.clauses if c.end <= start]
    if not earlier:
        return False
    asked = words.body.within(earlier[-1], "intent.ask") or any(
        f.start >= start and f.start - start < _SHORT for f in words.body.of("intent.asks-so")
    )
    return bool(asked and _last_sentence(words, start))


def _in(found: Found, start: int, end: int) -> bool:
    return start <= found.start < end


def _topics(found: list[Found]) -> tuple[str, ...]:
    topics = dict.fromkeys(f.meaning.removeprefix("question.") for f in found)
    return tuple(t for t in topics if not any(better in topics for better in _MORE_EXACT.get(t, ())))


#: characters before "is that right?" in its own sentence
_SHORT = 12


def _answered(topics: tuple[str, ...], words: Words, event: Event | None) -> tuple[str, ...]:
    """Each topic as that of the text of the event file which tells it."""
    if event is None:
        return topics
    if event.pickup is None:  # "op welke uren gaat dat door?": there is nothing to pick up
        topics = tuple("when" if topic == "pickup-hours" else topic for topic in topics)
    return tuple(dict.fromkeys(told_by(topic, event, words.lexicons) for topic in topics))


def _own_answers(clause: str, event: Event | None) -> tuple[str, ...]:
    """``answer:N`` for the questions that the coordinator answered in the event file itself."""
    if event is None:
        return ()
    folded = fold(clause)
    return tuple(
        f"answer:{number}"
        for number, answer in enumerate(event.answers)
        if any(re.search(rf"\b{re.escape(fold(topic))}", folded) for topic in answer.topics)
    )
