"""The function that the whole program exists for: one mail, what is on file, the rules; out comes the verdict.

The first rule of the chain that finds something says what happens; all that found something are recorded, so that
"why was this held?" has its answer. The acts themselves are planned in ``acts.py``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from mailbot.core.acts import Act, plan
from mailbot.core.answers import answer
from mailbot.core.case import Case
from mailbot.core.checks import CHECKS, FLAGS, look, unlisted_doubts
from mailbot.core.confirmations import ConfirmationStatus, open_at, settled
from mailbot.core.decisions import (
    CloseHold,
    Decision,
    Disposition,
    Effect,
    Enqueue,
    Facts,
    Hit,
    OpenHold,
    Outcome,
    PutConfirmation,
    PutInvitation,
    RecordBounce,
    SilenceReminders,
)
from mailbot.core.ids import derived_id
from mailbot.core.message import IncomingMessage
from mailbot.core.places import room
from mailbot.core.policy import ChainRule, Policy
from mailbot.core.reply import Answered, questions_asked, reply_to_registrant, told_at_new_address
from mailbot.core.requests import (
    Ambiguous,
    CalendarReply,
    Cancel,
    Change,
    Doubt,
    Enquire,
    Matched,
    Reading,
    Register,
    Request,
)

#: where a mail is that waits for a coordinator
_REVIEW: Outcome = "review"


def decide(
    message: IncomingMessage,
    reading: Reading,
    facts: Facts,
    policy: Policy,
    *,
    waived: frozenset[str] = frozenset(),
    note: str = "",
) -> Decision:
    """The verdict on one mail. ``waived``: reasons that a coordinator looked at and set aside; ``note``: their words."""
    case = Case(
        message=message,
        reading=_with_open_questions(reading, facts, policy),
        facts=facts,
        policy=policy,
        waived=waived,
        note=note,
    )
    acts = _plan_all(case)
    troubles = tuple(Doubt(code=code) for act in acts for code in ((act.trouble,) if act.trouble else act.flags))
    if troubles:
        case = replace(case, reading=replace(case.reading, doubts=(*case.reading.doubts, *troubles)))
    asked = any(act.reply == "registrant-confirmation-asked" for act in acts)  # the registered address says whose it is
    on_file = bool(acts) and not facts.assume_registered and all(act.trouble is None for act in acts)
    if asked or on_file:
        # What was asked for from this address may be given up from it; words against somebody still speak against it.
        doubts = tuple(d for d in case.reading.doubts if d.code != "stranger-request" or (d.evidence and not asked))
        case = replace(case, reading=replace(case.reading, doubts=doubts))
    found, misses = look(case, policy.chain)
    unlisted = unlisted_doubts(case, policy.chain)
    verdict = _verdict(found, unlisted)
    effects = _effects(case, verdict, acts, tuple(hit.reason for _, hit in found) + tuple(h.reason for h in unlisted))
    return Decision(
        disposition=verdict.then,
        outcome=verdict.outcome,
        hits=tuple(hit for _, hit in found) + unlisted,
        misses=misses,
        effects=effects,
        policy_version=policy.version,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Verdict:
    then: Disposition
    outcome: Outcome
    reply: str | None = None
    acts: bool = False
    #: whether the person is told that somebody will look at it; of what is only flagged, the answer itself tells
    passed_on: bool = False


def _verdict(found: tuple[tuple[ChainRule, Hit], ...], unlisted: tuple[Hit, ...]) -> _Verdict:
    """What the first rule that found something says. Acts go on under a hold only where every hold allows it."""
    if not found:
        return _Verdict(then="hold", outcome=_REVIEW)
    first = found[0][0]
    if first.then == "discard":
        return _Verdict(then="discard", outcome=first.outcome)
    holds = [rule for rule, _ in found if rule.then == "hold"]
    if holds or unlisted:
        return _Verdict(
            then="hold",
            outcome=holds[0].outcome if holds else _REVIEW,
            reply=holds[0].reply if holds else None,
            acts=bool(holds) and all(rule.acts for rule in holds) and not unlisted,
            passed_on=bool(unlisted) or any(rule.name not in FLAGS for rule in holds),
        )
    return _Verdict(
        then=first.then, outcome=first.outcome, reply=first.reply, acts=first.then == "accept" or first.reply is None
    )


def _with_open_questions(reading: Reading, facts: Facts, policy: Policy) -> Reading:
    """A question that the event's own description does not answer is a doubt: a person answers it."""
    if reading.machine is not None or not reading.questions:
        return reading
    if any(d.code == "open-question" for d in reading.doubts):
        return reading
    keys = _event_keys(reading.requests)
    language = reading.language or policy.desk.bilingual[0]
    registers = any(isinstance(request, Register) for request in reading.requests)
    for question in reading.questions:
        if question.topic == "places" and registers:
            continue  # that there is room, or none, is told by the confirmation itself
        events = [policy.events[key] for key in keys if key in policy.events]
        topics = [
            (event, room(event, facts.seats_taken)) if question.topic == "places" else (event, question.topic)
            for event in events
        ]
        if not any(topic and answer(policy.templates, event, topic, language, facts.now) for event, topic in topics):
            evidence = tuple(e for e in reading.evidence if e.field == "question")
            return replace(reading, doubts=(*reading.doubts, Doubt(code="open-question", evidence=evidence)))
    return reading


def _event_keys(requests: tuple[Request, ...]) -> tuple[str, ...]:
    matches = [request.details.event for request in requests]
    return tuple(dict.fromkeys(match.event for match in matches if isinstance(match, Matched)))


def _plan_all(case: Case) -> tuple[Act, ...]:
    if case.reading.machine is not None or case.sender is None:
        return ()
    used: dict[str, int] = {}
    requests = case.reading.requests
    if len(requests) > 1:  # a question beside an act is answered in the act's reply
        acting = tuple(request for request in requests if not isinstance(request, Enquire))
        requests = acting or requests[:1]
    return tuple(plan(case, request, used) for request in requests)


def _effects(case: Case, verdict: _Verdict, acts: tuple[Act, ...], reasons: tuple[str, ...]) -> tuple[Effect, ...]:
    effects: list[Effect] = list(_bounces(case))
    if verdict.then == "discard":
        return tuple(effects)
    done = tuple(act for act in acts if act.trouble is None) if verdict.acts else ()
    writes = {put.registration.id: put for act in done for put in act.puts}
    effects.extend(writes.values())
    effects.extend(reservation for act in done for reservation in act.reservations)
    effects.extend(PutInvitation(invitation=each) for act in done for each in act.invitations)
    effects.extend(PutConfirmation(confirmation=asked) for act in done for asked in act.confirmations)
    effects.extend(
        PutConfirmation(confirmation=settled(act.settled, ConfirmationStatus.DONE, case.now))
        for act in done
        if act.settled is not None
    )
    effects.extend(SilenceReminders(addresses=act.silence) for act in done if act.silence)
    effects.extend(_late(case))
    replies = _replies(case, verdict, done)
    if verdict.then == "hold":
        effects.insert(0, replace(_hold(case, reasons), asked=_asked(case, reasons, replies)))
    elif (hold := _settled_by_answer(case)) is not None:
        effects.append(CloseHold(id=hold))
    effects.extend(replies)
    effects.extend(question for act in done for question in questions_asked(case, act))
    effects.extend(effect for act in done for effect in told_at_new_address(case, act))
    return tuple(effects)


def _settled_by_answer(case: Case) -> str | None:
    """The hold under which we asked back, once whom we asked has answered with something that is done."""
    thread = case.facts.thread
    done = any(isinstance(request, Register | Cancel | Change) for request in case.reading.requests)
    return thread.hold if done and thread.written_to is not None and thread.written_to == case.sender else None


def _asked(case: Case, reasons: tuple[str, ...], replies: list[Effect]) -> str | None:
    """The question to the sender, where its answer is all that is missing."""
    asking = {rule.name for rule in case.policy.chain if rule.reply == "registrant-which-event"}
    holding = {rule.name for rule in case.policy.chain if rule.then == "hold"}
    if not set(reasons) & asking or (set(reasons) & holding) - asking:
        return None
    return next(
        (r.message.id for r in replies if isinstance(r, Enqueue) and r.message.kind == "registrant-which-event"), None
    )


def _late(case: Case) -> list[Effect]:
    late = case.facts.confirmation
    if late is None or late.status is not ConfirmationStatus.ASKED or open_at(late, case.now):
        return []
    return [PutConfirmation(confirmation=settled(late, ConfirmationStatus.EXPIRED, case.now))]


def _replies(case: Case, verdict: _Verdict, done: tuple[Act, ...]) -> list[Effect]:
    if case.reading.machine is not None or case.sender is None:
        return []
    passed_on = verdict.passed_on
    left_open = not case.note and any(d.code == "open-question" for d in case.reading.doubts)
    answered = [
        Answered(kind=act.reply, act=act, passed_on=passed_on or left_open)
        for act in done
        # Under a hold, an answer without an act behind it is the coordinator's to give.
        if act.reply is not None and (act.puts or act.silence or not passed_on or act.reply != "registrant-answer")
    ]
    if not answered and verdict.reply is not None and not _said_already(case, verdict.reply):
        answered = [_chain_reply(case, verdict.reply, passed_on)]
    return [effect for index, item in enumerate(answered) for effect in reply_to_registrant(case, item, index)]


def _chain_reply(case: Case, kind: str, passed_on: bool) -> Answered:
    """The answer that a line of the chain names, with the event where the mail told one."""
    keys = _event_keys(case.reading.requests)
    event = case.policy.events.get(keys[0]) if len(keys) == 1 else None
    candidates = next(
        (case.candidates(r.details.event) for r in case.reading.requests if isinstance(r.details.event, Ambiguous)), ()
    )
    if kind == "registrant-which-event" and len(candidates) < 2:
        kind = "registrant-passed-on"
    asking = kind == "registrant-which-event"
    return Answered(kind=kind, act=Act(event=event), passed_on=passed_on and not asking, candidates=candidates)  # type: ignore[arg-type]


def _said_already(case: Case, kind: str) -> bool:
    """ "A colleague will look at it" is said to one address once a day."""
    return kind == "registrant-passed-on" and case.facts.recent_replies.get(kind, 0) > 0


def _hold(case: Case, reasons: tuple[str, ...]) -> OpenHold:
    acts = {"register", "cancel", "change", "question", "calendar-reply", "thanks", "no-wish", "other"}
    causes = tuple(dict.fromkeys(reason for reason in reasons if reason not in acts)) or reasons
    return OpenHold(
        id=derived_id("hold", case.message.content_hash),
        reasons=causes or ("nothing-understood",),
        summary=summary(case.reading),
    )


def _bounces(case: Case) -> list[Effect]:
    return [
        RecordBounce(
            message_id=status.original_message_id,
            recipient=status.recipient,
            action=status.action,
            status=status.status,
        )
        for status in case.message.delivery_statuses
        if status.original_message_id
    ]


def summary(reading: Reading) -> str:
    """One line of what was understood, for lists."""
    if reading.machine is not None:
        return f"{reading.machine.kind} ({reading.machine.rule})"
    parts = []
    for request in reading.requests:
        details = request.details
        match = details.event
        event = (
            match.event
            if isinstance(match, Matched)
            else " or ".join(match.events)
            if isinstance(match, Ambiguous)
            else "?"
        )
        people = ", ".join(p.name or p.email or "?" for p in details.people)
        more = [*details.sessions, *(f"{k}={v}" for k, v in details.choices.items()), details.mode, details.pickup]
        verb = (
            f"calendar {request.partstat.lower()}"
            if isinstance(request, CalendarReply)
            else type(request).__name__.lower()
        )
        parts.append(" · ".join(x for x in (f"{verb} {event}", people, *more) if x))
    return "; ".join(parts) or "nothing understood"


def known_checks() -> tuple[str, ...]:
    """The names that ``rules/chain.toml`` may use, and must."""
    return tuple(CHECKS)
