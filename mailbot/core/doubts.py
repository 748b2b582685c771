"""Why a careful coordinator would look at a mail before anything is done."""

from __future__ import annotations

from mailbot.core.events import Event
from mailbot.core.intent import Intent
from mailbot.core.message import IncomingMessage
from mailbot.core.people import People
from mailbot.core.people_named import Named
from mailbot.core.phrases import Words
from mailbot.core.requests import Ambiguous, Doubt, EventMatch, Evidence, Matched, Question
from mailbot.core.second_opinion import Opinion

#: phrases that are a doubt wherever they stand in the new text
_PHRASES = {
    "doubt.complaint": "complaint",
    "doubt.privacy": "privacy-request",
    "doubt.press": "press-request",
    "doubt.legal": "legal-request",
    "doubt.suspicious": "suspicious",
    "doubt.exception": "exception-asked",
}
_ACTS = ("register", "cancel", "change")

#: how sure a second opinion of another kind must be for an act to be held. Half of all labelled mails register: what
#: is taken for something else in spite of that is worth a look, while it knows few that cancel or change.
#: ``make model ARGS=--measure`` tells what these figures cost and save.
_SURE = {"register": 0.65, "cancel": 0.9, "change": 0.9}
#: how sure it must be that something is asked in a mail that would be passed over in silence
_ASKED = 0.75


def doubts_of(
    message: IncomingMessage,
    words: Words,
    intent: Intent,
    people: People,
    match: EventMatch,
    event: Event | None,
    questions: tuple[Question, ...],
    contradictions: tuple[Doubt, ...],
    too_many_choices: bool,
    chosen: tuple[Evidence, ...] = (),
    opinion: Opinion | None = None,
) -> tuple[Doubt, ...]:
    """Each code once, in the order in which a coordinator would ask."""
    found: dict[str, list[Evidence]] = {}
    for code in intent.doubts:
        found.setdefault(code, [])
    for phrase in words.body.found:
        reason = _PHRASES.get(phrase.meaning)
        if reason is not None:
            found.setdefault(reason, []).append(
                evidence_of(words, phrase.start, phrase.end, "doubt", phrase.entry.rule)
            )
    acts = intent.kind in _ACTS
    if acts:
        _about_acts(words, intent, people, match, found, chosen)
        for contradiction in contradictions:
            found.setdefault(contradiction.code, []).extend(contradiction.evidence)
        if too_many_choices:
            found.setdefault("too-many-choices", [])
    elif intent.kind == "question" and not isinstance(match, Matched):
        found.setdefault("event-ambiguous" if isinstance(match, Ambiguous) else "event-unclear", [])
    if opinion is not None and _contradicts(opinion, intent):
        found.setdefault("second-opinion", []).append(_of_opinion(opinion))
    if any(question.topic is None for question in questions):
        found.setdefault("open-question", [])
    if message.forwarded and not message.new_text.strip():
        found.setdefault("forwarded", [])
    return tuple(Doubt(code=code, evidence=tuple(evidence)) for code, evidence in found.items())


def takes_opinion(intent: Intent) -> bool:
    """Whether a second opinion could hold it: a question, or what is unclear, is looked at for what it says itself."""
    return intent.kind in _ACTS or intent.kind == "thanks" or intent.declines


def _contradicts(opinion: Opinion, intent: Intent) -> bool:
    """Whether to hold what phrases were read as: acting on what is no request, or silence on what is one."""
    if intent.kind in _ACTS:
        return opinion.kind != intent.kind and opinion.chance(opinion.kind) > _SURE[intent.kind]
    return takes_opinion(intent) and opinion.chance(*_ACTS) > _ASKED


def _of_opinion(opinion: Opinion) -> Evidence:
    percent = round(100 * opinion.chance(opinion.kind))
    return Evidence(field="kind", text=" ".join(opinion.words()), rule=f"second-opinion.{opinion.kind}.{percent}%")


def evidence_of(words: Words, start: int, end: int, field: str, rule: str) -> Evidence:
    where = "subject" if words.subject_only else "text"
    return Evidence(
        field=field,
        text=words.body.text.raw[start:end],
        rule=rule,
        where="subject" if where == "subject" else "text",
        start=start,
        end=end,
    )


def _about_acts(
    words: Words,
    intent: Intent,
    people: People,
    match: EventMatch,
    found: dict[str, list[Evidence]],
    chosen: tuple[Evidence, ...],
) -> None:
    if isinstance(match, Ambiguous):
        found.setdefault("event-ambiguous", [])
    elif not isinstance(match, Matched):
        found.setdefault("event-unclear", [])
    for phrase in words.body.of("doubt.condition"):
        found.setdefault("conditional-request", []).append(
            evidence_of(words, phrase.start, phrase.end, "doubt", phrase.entry.rule)
        )
    if intent.kind == "register":
        for phrase in words.body.of("doubt.needs"):
            if any(e.field.startswith("choice.") and e.start < phrase.end and phrase.start < e.end for e in chosen):
                continue  # the event lets one choose it
            found.setdefault("needs-told", []).append(
                evidence_of(words, phrase.start, phrase.end, "needs", phrase.entry.rule)
            )
    named = len(people.others) + (1 if people.with_sender else 0)
    more = people.untold > 0 or (people.number is not None and people.number > named) or _unnamed(people)
    if intent.kind == "register" and more:
        found.setdefault("group-without-names", [])
    elif people.untold:
        found.setdefault("person-unclear", [])
    if intent.kind != "register" and not intent.replacement and people.others and not _known(people):
        found.setdefault("stranger-request", [])
    if not people.others and intent.kind == "cancel" and _of_somebody_else(words, intent):
        found.setdefault("person-unclear", [])
    for start, end in people.unread:
        found.setdefault("person-unclear", []).append(evidence_of(words, start, end, "person", "people.unread"))
    if not people.others and not people.sender.name and not people.sender.email:
        found.setdefault("person-unclear", [])


def _of_somebody_else(words: Words, intent: Intent) -> bool:
    """ "Elle ne viendra pas": somebody who is not named, and not the sender."""
    for found in intent.found:
        clause = words.body.clause_at(found.start)
        if clause is None:
            continue
        inside = [word for word, start, _ in words.body.text.tokens if clause.start <= start < clause.end]
        nobody = words.body.within(clause, "clause.nobody")
        third = any(
            words.has("person.third", word) and not any(f.start <= start < f.end for f in nobody)
            for word, start, _ in words.body.text.tokens
            if clause.start <= start < clause.end
        )
        first = any(words.has("person.first", word) or words.has("person.self", word) for word in inside)
        if third and not first:
            return True
    return False


def _unnamed(people: People) -> bool:
    return people.unnamed and not people.others


def _known(people: People) -> bool:
    """Whether the sender stands near those whose registration is changed: kin, colleagues, the same house."""
    return people.related or people.together or all(_same_house(named, people) for named in people.others)


def _same_house(named: Named, people: People) -> bool:
    theirs, own = named.person.email, people.sender.email
    return bool(theirs and own) and _domain(theirs) == _domain(own)


def _domain(address: str | None) -> str:
    return (address or "").rpartition("@")[2].casefold()
