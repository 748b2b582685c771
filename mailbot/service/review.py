"""What a coordinator does with a held mail: carry out what was understood, put it right first, or set it aside."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from mailbot.core.case import fold_name
from mailbot.core.checks import TROUBLES
from mailbot.core.decisions import Effect, Enqueue, Processed, PutRegistration
from mailbot.core.events import Mode
from mailbot.core.language import Language
from mailbot.core.message import RawMessage
from mailbot.core.pickups import NONE_WANTED
from mailbot.core.policy import Policy
from mailbot.core.requests import (
    Cancel,
    Change,
    Details,
    Enquire,
    Matched,
    Person,
    Reading,
    Register,
    Request,
)
from mailbot.service.places import fill_after
from mailbot.service.ports import Transaction
from mailbot.service.processing import process
from mailbot.service.stored import Hold

#: reasons that no approval sets aside: there is nobody to answer, or nothing was understood to carry out
NEVER_WAIVED = frozenset({"nobody-to-answer", "internal-error", "nothing-understood", "event-file-gone", *TROUBLES})

_ACTS: Mapping[str, type[Register] | type[Cancel] | type[Change] | type[Enquire]] = {
    "register": Register,
    "cancel": Cancel,
    "change": Change,
    "question": Enquire,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """What the coordinator says instead of what was read; None or empty leaves it as it was read."""

    kind: str | None = None
    event: str | None = None
    people: tuple[Person, ...] = ()
    sessions: tuple[str, ...] = ()
    choices: Mapping[str, str] = field(default_factory=dict)
    mode: Mode | None = None
    pickup: str | None = None
    language: Language | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What settling a hold did."""

    hold: Hold
    done: bool
    effects: tuple[Effect, ...] = ()
    #: why it could not be carried out, as reason codes
    remaining: tuple[str, ...] = ()

    @property
    def registrations(self) -> tuple[PutRegistration, ...]:
        return tuple(effect for effect in self.effects if isinstance(effect, PutRegistration))

    @property
    def replies(self) -> tuple[Enqueue, ...]:
        return tuple(effect for effect in self.effects if isinstance(effect, Enqueue))


def problems_of(correction: Correction, policy: Policy, read: str | None = None) -> tuple[str, ...]:
    """What in a correction does not exist, each with what to write instead. ``read``: the event as it was understood."""
    found: list[str] = []
    if correction.kind is not None and correction.kind not in _ACTS:
        found.append(f"kind {correction.kind!r} is unknown; write one of {', '.join(_ACTS)}")
    if correction.event is not None and correction.event not in policy.events:
        found.append(f"event {correction.event!r} is unknown; write one of {', '.join(sorted(policy.events))}")
    event = policy.events.get(correction.event or read or "")
    if event is None:
        if (correction.sessions or correction.choices or correction.pickup) and correction.event is None:
            found.append("which event is meant was not understood; write it too: --event KEY")
        return tuple(found)
    known_sessions = [session.key for session in event.sessions]
    found += [
        f"session {key!r} is unknown; write one of {', '.join(known_sessions)}"
        for key in correction.sessions
        if key not in known_sessions
    ]
    options = {choice.key: [option.key for option in choice.options] for choice in event.choices}
    for key, value in correction.choices.items():
        if value not in options.get(key, []):
            known = (
                "; ".join(f"{name}={'|'.join(values)}" for name, values in options.items()) or "nothing: it has none"
            )
            found.append(f"choice {key}={value} is unknown; write {known}")
    points = [*(point.key for point in event.pickup.points), NONE_WANTED] if event.pickup else []
    if correction.pickup is not None and correction.pickup not in points:
        found.append(
            f"pick-up place {correction.pickup!r} is unknown; write one of {', '.join(points) or '(it has none)'}"
        )
    return tuple(found)


def amended(reading: Reading, correction: Correction) -> Reading:
    """The reading as the coordinator says it is: one request, no doubts left."""
    acting = [request for request in reading.requests if isinstance(request, Register | Cancel | Change)]
    first: Request | None = next(iter((*acting, *reading.requests)), None)
    details = first.details if first is not None else Details()
    people = _people(correction.people, details.people)
    if correction.event and details.event != Matched(event=correction.event):
        # What was chosen of another event means nothing in this one.
        details = replace(details, sessions=(), choices={}, second_choices={}, pickup=None)
    details = replace(
        details,
        event=Matched(event=correction.event) if correction.event else details.event,
        people=people,
        sessions=correction.sessions or details.sessions,
        choices={**details.choices, **correction.choices},
        mode=correction.mode or details.mode,
        pickup=correction.pickup or details.pickup,
    )
    request: Request
    if correction.kind is not None:
        request = _ACTS[correction.kind](details=details)
    elif first is None:
        request = Register(details=details)
    else:
        request = replace(first, details=details)
    return replace(
        reading,
        machine=None,
        requests=(request,),
        doubts=(),
        language=correction.language or reading.language,
        language_sure=reading.language_sure or correction.language is not None,
    )


def _people(said: tuple[Person, ...], read: tuple[Person, ...]) -> tuple[Person, ...]:
    """The people the coordinator names, each with what the mail told of them beside."""
    if not said:
        return read
    result = []
    for person in said:
        twin = next(
            (
                p
                for p in read
                if (person.email and p.email and p.email.casefold() == person.email.casefold())
                or (person.name and p.name and fold_name(p.name) == fold_name(person.name))
            ),
            None,
        )
        if twin is None:
            result.append(person)
        else:
            result.append(replace(twin, name=person.name or twin.name, email=person.email or twin.email))
    return tuple(result)


def settle(
    tx: Transaction,
    hold: Hold,
    policy: Policy,
    *,
    now: datetime,
    by: str,
    correction: Correction | None = None,
    note: str = "",
) -> Settled:
    """Carry out a held mail as understood, or as corrected; its doubts are waived, the rules of the event are not.

    The hold is closed only when something was done. Deciding the same mail again derives the same identities, so
    nothing that was already written or sent happens twice. ``note`` goes out with the answer.
    """
    settled = preview(tx, hold, policy, now=now, correction=correction, note=note)
    if settled.done:
        _carry_out(tx, settled, policy, "corrected" if correction else "approved", by, now)
    return settled


def preview(
    tx: Transaction,
    hold: Hold,
    policy: Policy,
    *,
    now: datetime,
    correction: Correction | None = None,
    note: str = "",
) -> Settled:
    """What ``settle`` would do; nothing is done."""
    amend: Callable[[Reading], Reading] = (
        (lambda reading: amended(reading, correction)) if correction else _without_doubts
    )
    settled = _settled(hold, _again(tx, hold, policy, now, amend, note))
    if settled.done and not settled.registrations and not note and "open-question" in hold.reasons:
        # What could be done was done when the mail came; what is left is a question that only a person answers.
        return Settled(hold=hold, done=False, remaining=("open-question",))
    return settled


def answer(tx: Transaction, hold: Hold, policy: Policy, *, now: datetime, by: str, note: str) -> Settled:
    """Change nothing, and answer a held mail in a coordinator's own words."""
    settled = _settled(hold, _again(tx, hold, policy, now, _only_answered, note))
    if settled.done:
        _carry_out(tx, settled, policy, "dismissed", by, now)
    return settled


def _carry_out(tx: Transaction, settled: Settled, policy: Policy, outcome: str, by: str, now: datetime) -> None:
    tx.carry_out(settled.effects, now)
    fill_after(tx, policy, settled.effects, now)
    tx.close_hold(settled.hold.id, outcome, by, now)


def _settled(hold: Hold, processed: Processed) -> Settled:
    decision = processed.decision
    if decision.disposition not in {"accept", "answer"} or not any(
        isinstance(effect, PutRegistration | Enqueue) for effect in decision.effects
    ):
        return Settled(hold=hold, done=False, remaining=tuple(hit.reason for hit in decision.hits))
    return Settled(hold=hold, done=True, effects=decision.effects)


def _again(
    tx: Transaction, hold: Hold, policy: Policy, now: datetime, amend: Callable[[Reading], Reading], note: str
) -> Processed:
    mail = tx.mail(hold.processed_id)
    if mail is None:
        raise LookupError(f"the mail behind hold {hold.id} is no longer on file")
    raw = RawMessage(key=mail.key, content=mail.content, received_at=mail.received_at, size=len(mail.content))
    waived = frozenset(rule.name for rule in policy.chain if rule.then != "accept") - NEVER_WAIVED
    return process(
        tx,
        raw,
        policy,
        now,
        waived=waived,
        amend=amend,
        note=note,
    )


def _without_doubts(reading: Reading) -> Reading:
    return replace(reading, doubts=())


def _only_answered(reading: Reading) -> Reading:
    """As if nothing were asked but a question: the coordinator's words are its answer."""
    details = next((request.details for request in reading.requests), Details())
    request = Enquire(details=Details(event=details.event, people=details.people))
    return replace(reading, machine=None, requests=(request,), questions=(), doubts=())


def dismiss(tx: Transaction, hold: Hold, *, now: datetime, by: str) -> None:
    """Nothing is to be done: a person has answered, or nothing is wanted."""
    tx.close_hold(hold.id, "dismissed", by, now)


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcing:
    """Telling coordinators of held mail: bundled, not one a minute."""

    every: timedelta = timedelta(minutes=15)


def holds_to_announce(tx: Transaction, announcing: Announcing, now: datetime) -> tuple[Hold, ...]:
    """The holds nobody was told of, once the last telling is ``every`` ago; else none."""
    waiting = tx.unannounced_holds()
    if not waiting:
        return ()
    last = tx.value("holds-announced-at")
    if last is not None and now - datetime.fromisoformat(last) < announcing.every:
        return ()
    return waiting
