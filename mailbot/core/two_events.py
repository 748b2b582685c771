"""Two events in one mail: "de studiedag van 29 november, en ook het webinar over armoede van 10 december".

Each is read by itself, from the mail without the words that name the other. Both are done where both are plain
registrations of the same people; otherwise a person looks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from mailbot.core.events import Event
from mailbot.core.match import Findings
from mailbot.core.message import IncomingMessage
from mailbot.core.requests import Ambiguous, Enquire, Evidence, Matched, Reading, Register


def both_events(found: Findings) -> tuple[str, str] | None:
    """The two events that are told with a day of their own each, the stronger first; None in nearly every mail."""
    if isinstance(found.event, Matched):
        others = [e for doubt in found.contradictions if doubt.code == "several-requests" for e in doubt.evidence]
        keys = {_key(e) for e in others} - {found.event.event}
        return (found.event.event, keys.pop()) if len(keys) == 1 else None
    if not isinstance(found.event, Ambiguous) or len(found.event.events) != 2:
        return None
    one, other = found.event.events
    dated = {_key(e) for e in found.evidence if e.rule.startswith("event.date.") and e.where == "text"}
    return (one, other) if {one, other} <= dated else None


def of_event(evidence: Iterable[Evidence], event: str) -> Iterator[Evidence]:
    """The words that tell this event, and what is chosen of it; those of the other are left out by now."""
    for item in evidence:
        chosen = item.field in {"session", "pickup"} or item.field.startswith("choice.")
        if chosen or (item.field == "event" and _key(item) == event):
            yield item


def left_out(message: IncomingMessage, told: Iterable[Evidence]) -> IncomingMessage:
    """The mail without these words; offsets stay as they are."""
    text = message.new_text
    for item in told:
        if item.where == "text" and item.start >= 0:
            text = f"{text[: item.start]}{' ' * (item.end - item.start)}{text[item.end :]}"
    return replace(message, new_text=text, subject="", quoted_text="")


def with_both(
    above: Reading, readings: tuple[Reading, Reading], keys: tuple[str, str], events: Mapping[str, Event]
) -> Reading:
    """One reading of both; ``above`` where either is not plain."""
    requests = [reading.requests[0] if reading.requests else None for reading in readings]
    plain = all(
        isinstance(request, Register)
        and request.details.event == Matched(event=key)
        and request.details.people == (requests[0].details.people if requests[0] is not None else ())
        and not reading.doubts
        and reading.machine is None
        and all(isinstance(more, Enquire) for more in reading.requests[1:])
        for request, reading, key in zip(requests, readings, keys, strict=True)
    )
    # "À l'Album et au colloque, en visio": where both offer it, of which of the two, if not of both?
    told = any(request is not None and request.details.mode is not None for request in requests)
    if not plain or (told and all(len(events[key].modes) > 1 for key in keys)):
        return above
    first, second = readings
    return replace(
        above,
        requests=(first.requests[0], second.requests[0], *first.requests[1:]),
        questions=tuple({question.text: question for r in readings for question in r.questions}.values()),
        doubts=(),
        evidence=tuple(dict.fromkeys((*first.evidence, *second.evidence))),
    )


def _key(evidence: Evidence) -> str:
    """Of ``event.date.KEY``."""
    return evidence.rule.split(".", 2)[2] if evidence.rule.startswith("event.") else ""
