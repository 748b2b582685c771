"""The checks that ``rules/chain.toml`` puts in order. A check looks; it does not touch."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from mailbot.core.case import Case
from mailbot.core.decisions import Hit
from mailbot.core.moments import KINDS
from mailbot.core.policy import ChainRule
from mailbot.core.requests import (
    CalendarReply,
    Cancel,
    Change,
    Doubt,
    Enquire,
    Evidence,
    Machine,
    Register,
    StopReminders,
    Thanks,
    Unclear,
)

#: what a check found: the words it rests on; None where it found nothing
Check = Callable[[Case], tuple[Evidence, ...] | None]


def _machine(*kinds: str) -> Check:
    def check(case: Case) -> tuple[Evidence, ...] | None:
        machine: Machine | None = case.reading.machine
        return machine.evidence if machine is not None and machine.kind in kinds else None

    return check


def _request(*types: type) -> Check:
    def check(case: Case) -> tuple[Evidence, ...] | None:
        if not any(isinstance(request, types) for request in case.reading.requests):
            return None
        return tuple(e for e in case.reading.evidence if e.field in {"kind", "event"})

    return check


def _no_wish(case: Case) -> tuple[Evidence, ...] | None:
    if not any(isinstance(r, Unclear) and r.kind == "declined" for r in case.reading.requests):
        return None
    return tuple(e for e in case.reading.evidence if e.field in {"kind", "event"})


def _something_else(case: Case) -> tuple[Evidence, ...] | None:
    return None if _no_wish(case) is not None else _request(Unclear)(case)


def doubt(code: str) -> Check:
    """The check for one doubt code of the reading."""

    def check(case: Case) -> tuple[Evidence, ...] | None:
        found: list[Doubt] = [d for d in case.reading.doubts if d.code == code]
        return tuple(e for d in found for e in d.evidence) if found else None

    return check


def _nobody_to_answer(case: Case) -> tuple[Evidence, ...] | None:
    return () if case.sender is None else None


def _authentication_failed(case: Case) -> tuple[Evidence, ...] | None:
    if case.message.authentication != "fail":
        return None
    words = case.message.header("authentication-results") or ""
    return (Evidence(field="sender", text=words[:200], rule="rfc8601", where="header"),)


#: defects with which words of the sender may be missing from what was read
_HIDING = frozenset({"encrypted", "unreadable", "too-deep", "too-many-parts"})


def _unreadable(case: Case) -> tuple[Evidence, ...] | None:
    found = [defect for defect in case.message.defects if defect in _HIDING]
    return (Evidence(field="text", text=", ".join(found), rule="mime", where="header"),) if found else None


def _too_many_replies(case: Case) -> tuple[Evidence, ...] | None:
    # Reminders and the like are no answers: whoever registered twelve colleagues gets twelve of them on one morning.
    sent = sum(count for kind, count in case.facts.recent_replies.items() if kind not in KINDS)
    if sent < case.policy.desk.max_replies_per_day:
        return None
    return (Evidence(field="sender", text=f"{sent} answers in 24 hours", rule="desk.max_replies_per_day"),)


def _event_file_gone(case: Case) -> tuple[Evidence, ...] | None:
    return tuple(Evidence(field="event", text=key, rule="rules/events") for key in case.facts.gone) or None


def _nothing_understood(case: Case) -> tuple[Evidence, ...] | None:
    return None if case.reading.requests or case.reading.machine else ()


#: checks of the reading's doubts
DOUBTS = (
    "event-unclear",
    "event-ambiguous",
    "date-contradiction",
    "session-unclear",
    "choice-unclear",
    "mode-unclear",
    "intent-unclear",
    "second-opinion",
    "unusual",
    "group-without-names",
    "person-unclear",
    "stranger-request",
    "several-requests",
    "too-many-choices",
    "wishes-apart",
    "conditional-request",
    "complaint",
    "privacy-request",
    "press-request",
    "legal-request",
    "suspicious",
    "open-question",
    "exception-asked",
    "forwarded",
    "needs-told",
    "calendar-comment",
)

#: reasons that planning an act can give: they are held by the chain's row of that name
TROUBLES = (
    "confirmation-void",
    "nothing-on-file",
    "nothing-to-change",
    "mode-not-offered",
    "calendar-counter",
    "calendar-late",
)

#: the same, but for those a coordinator can let it happen
JUDGED = ("not-a-member",)

#: reasons that a planned act can give although it is done: a coordinator has the last word
FLAGS = ("approval-needed", "day-missed", "offer-unanswered")

CHECKS: Mapping[str, Check] = {
    "own-mail": _machine("own"),
    "delivery-report": _machine("bounce"),
    "automatic-reply": _machine("auto-reply"),
    "bulk-mail": _machine("bulk"),
    "spam": _machine("spam"),
    "no-reply-sender": _machine("no-reply"),
    "unasked-mail": _machine("unasked"),
    "looks-automatic": _machine("looks-automatic"),
    "nobody-to-answer": _nobody_to_answer,
    "authentication-failed": _authentication_failed,
    "too-many-replies": _too_many_replies,
    "unreadable": _unreadable,
    "event-file-gone": _event_file_gone,
    **{code: doubt(code) for code in DOUBTS},
    **{code: doubt(code) for code in (*TROUBLES, *JUDGED, *FLAGS)},
    "stop-reminders": _request(StopReminders),
    "calendar-reply": _request(CalendarReply),
    "cancel": _request(Cancel),
    "change": _request(Change),
    "register": _request(Register),
    "question": _request(Enquire),
    "thanks": _request(Thanks),
    "no-wish": _no_wish,
    "other": _something_else,
    "nothing-understood": _nothing_understood,
}


def look(case: Case, chain: tuple[ChainRule, ...]) -> tuple[tuple[tuple[ChainRule, Hit], ...], tuple[str, ...]]:
    """Every rule that found something, in the order of the chain, and the names of those that did not."""
    hits: list[tuple[ChainRule, Hit]] = []
    misses: list[str] = []
    for rule in chain:
        found = None if rule.name in case.waived else CHECKS[rule.name](case)
        if found is None:
            misses.append(rule.name)
        else:
            hits.append((rule, Hit(rule=f"chain.{rule.name}", reason=rule.name, message=rule.why, evidence=found)))
    return tuple(hits), tuple(misses)


def unlisted_doubts(case: Case, chain: tuple[ChainRule, ...]) -> tuple[Hit, ...]:
    """Doubts that no line of the chain speaks of. They hold: what nobody decided on is not acted on."""
    listed = {rule.name for rule in chain}
    return tuple(
        Hit(rule="chain", reason=d.code, message="a doubt that rules/chain.toml does not list", evidence=d.evidence)
        for d in case.reading.doubts
        if d.code not in listed and d.code not in case.waived
    )
