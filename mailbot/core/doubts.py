"""Why a careful coordinator would look at a mail before anything is done."""

from __future__ import annotations

from mailbot.core.events import Event
from mailbot.core.intent import Intent
from mailbot.core.lexicon import Found
from mailbot.core.message import IncomingMessage
from mailbot.core.names import domain_of
from mailbot.core.people import People
from mailbot.core.people_named import Named
from mailbot.core.phrases import OF_SENDER, Words
from mailbot.core.requests import Ambiguous, Doubt, EventMatch, Evidence, Matched, Question

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
) -> tuple[Doubt, ...]:
    """Each code once, in the order in which a coordinator would ask."""
    found: dict[str, list[Evidence]] = {}
    for code in intent.doubts:
        found.setdefault(code, [])
    for phrase in words.body.found:
        reason = _PHRASES.get(phrase.meaning)
        if reason is not None and not _in_a_name(phrase, chosen):
            found.setdefault(reason, []).append(
                evidence_of(words, phrase.start, phrase.end, "doubt", phrase.entry.rule)
            )
    acts = intent.kind in _ACTS
    if acts:
        _about_acts(words, intent, people, match, found, chosen)
        for contradiction in contradictions:
            if (
                intent.kind == "cancel"
                and contradiction.code == "choice-unclear"
                and _given_away(intent, contradiction)
            ):
                continue
            found.setdefault(contradiction.code, []).extend(contradiction.evidence)
        if too_many_choices:
            found.setdefault("too-many-choices", [])
    elif intent.kind == "question" and not isinstance(match, Matched):
        found.setdefault("event-ambiguous" if isinstance(match, Ambiguous) else "event-unclear", [])
    if any(question.topic is None for question in questions):
        found.setdefault("open-question", [])
    if message.forwarded and not message.new_text.strip():
        found.setdefault("forwarded", [])
    return tuple(Doubt(code=code, evidence=tuple(evidence)) for code, evidence in found.items())


def _in_a_name(phrase: Found, chosen: tuple[Evidence, ...]) -> bool:
    """ "The job interview workshop" is an option of the event, and no journalist's word."""
    return any(e.where == "text" and e.start <= phrase.start and phrase.end <= e.end for e in chosen)


def _falls_back(words: Words, condition: Found, chosen: tuple[Evidence, ...]) -> bool:
    """ "In person if possible; if it is full, I will follow online": whatever comes, the sender takes part."""
    clause = words.body.clause_at(condition.start)
    ways = [(one.start, one.rule) for one in chosen if one.field == "mode" and one.where == "text"]
    first = {rule for start, rule in ways if start < condition.start}
    then = {rule for start, rule in ways if clause is not None and condition.end <= start < clause.end}
    return bool(first and then - first)


def _given_away(intent: Intent, doubt: Doubt) -> bool:
    """ "Give my place at the table to somebody else" gives up the place, whatever the table."""
    return all(any(f.start < e.start < f.end for f in intent.found) for e in doubt.evidence)


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
        if _falls_back(words, phrase, chosen):
            continue
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
    more = (
        people.untold > 0
        or people.names_follow
        or (people.number is not None and people.number > named)
        or _unnamed(people)
    )
    if intent.kind == "register" and more:
        found.setdefault("group-without-names", [])
    elif people.untold or (people.with_sender and (people.number or 0) > named):
        found.setdefault("person-unclear", [])  # "switch us both", and one is known
    if intent.kind != "register" and not intent.replacement and people.others and not _known(people, intent):
        found.setdefault("stranger-request", [])
    if intent.kind != "register":
        _against_somebody(words, people, found)
    if not people.others and intent.kind == "cancel" and _of_somebody_else(words, intent):
        found.setdefault("person-unclear", [])
    if intent.replacement and people.place_unclear:
        found.setdefault("person-unclear", [])
    for start, end in people.unread:
        found.setdefault("person-unclear", []).append(evidence_of(words, start, end, "person", "people.unread"))
    if not people.others and not people.sender.name and not people.sender.email:
        found.setdefault("person-unclear", [])


def _against_somebody(words: Words, people: People, found: dict[str, list[Evidence]]) -> None:
    """ "My ex-wife Carla has booked, please cancel it. Do not tell her": whoever was near may be no friend."""
    told = words.body.of("doubt.behind-back", *(["person.estranged"] if people.others else []))
    if told:
        found.setdefault("stranger-request", []).extend(
            evidence_of(words, f.start, f.end, "doubt", f.entry.rule) for f in told
        )


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
    given_up = [f for f in intent.found if f in words.body.found] or words.body.of("intent.cancel", "intent.absent")
    meant = [_whom(words, found) for found in given_up]
    return "third" in meant and "first" not in meant


def _whom(words: Words, found: Found) -> str | None:
    """Whether the sender or somebody else is meant: by the words in it, else by the subject that stands nearest before."""
    clause = words.body.clause_at(found.start)
    if clause is None:
        return None
    nobody = words.body.within(clause, "clause.nobody")
    said = [
        (word, at)
        for word, at, _ in words.body.text.tokens
        if clause.start <= at < found.end and not any(f.start <= at < f.end for f in nobody)
    ]
    inside = [word for word, at in said if at >= found.start]
    if any(words.has(kind, word) for word in inside for kind in OF_SENDER):
        return "first"
    if found.meaning == "intent.cancel" and any(words.has("person.third", word) for word in inside):
        return "third"
    for word, _ in reversed(said):
        if any(words.has(kind, word) for kind in OF_SENDER):
            return "first"
        if words.has("person.she", word):
            return "third"
    return None


def _unnamed(people: People) -> bool:
    return people.unnamed and not people.others


def _known(people: People, intent: Intent) -> bool:
    """Whether the sender stands near those whose registration is changed: kin, colleagues, the same house.

    Who only cancels for others, and from an address as anybody may have one, may say so without being it.
    """
    near = all(named.vouched or _same_house(named, people) for named in people.others)
    if intent.kind == "cancel" and people.private and not people.with_sender:
        return near
    return people.related or people.together or near


def _same_house(named: Named, people: People) -> bool:
    theirs, own = named.person.email, people.sender.email
    return bool(theirs and own) and not people.private and domain_of(theirs) == domain_of(own)
