"""What the daemon does besides mail: digests, telling coordinators, a sign of life."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from mailbot.core.compose import compose
from mailbot.core.digest_text import HoldLine, HoldsContext, render_holds
from mailbot.core.ids import derived_id
from mailbot.core.message import Address
from mailbot.core.moments import Moment, MomentRules
from mailbot.core.policy import Policy
from mailbot.service.digests import DigestTimes, Recipients, queue_due, recipients_of
from mailbot.service.event_changes import tend_changes
from mailbot.service.moments import open_moments, tell_portion
from mailbot.service.places import tend
from mailbot.service.ports import Clock, Store, StoreUnavailable, Tables, Transaction
from mailbot.service.review import Announcing, holds_to_announce

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chores:
    store: Store
    clock: Clock
    tables: Tables
    digest: DigestTimes = field(default_factory=DigestTimes)
    announcing: Announcing = field(default_factory=Announcing)
    #: until when all mail has been read: no offer ends before its answer could be seen. None: not known yet
    heard: Callable[[], datetime | None]
    moments: MomentRules = field(default_factory=MomentRules)


def do_chores(chores: Chores, policy: Policy) -> None:
    """One tick: whatever is due. What fails does not keep the others from being done; it shows in ``status``."""
    now = chores.clock.now()
    digests = {recipients.job: recipients for recipients in recipients_of(policy)}
    with chores.store.begin() as tx:
        tx.set_value("heartbeat", now.isoformat())
        for condition in tx.conditions():
            if condition.name.startswith("digest:") and condition.name not in digests:
                tx.clear_condition(condition.name)  # of somebody who no longer gets one
    _do(chores, "waiting-lists", lambda tx: tend(tx, policy, now, chores.heard()))
    _do_moments(chores, policy, now)
    for job, recipients in digests.items():
        # Each by itself: one organiser's digest that fails keeps no other from theirs.
        _do(chores, job, partial(_digest, chores, policy, recipients, now))
    _do(chores, "event-changes", lambda tx: tend_changes(tx, policy, now))
    _do(chores, "announcements", lambda tx: announce(tx, policy, chores.announcing, now=now))


def _digest(chores: Chores, policy: Policy, recipients: Recipients, now: datetime, tx: Transaction) -> int:
    return queue_due(tx, policy, recipients, chores.tables, chores.digest, now=now)


def _do_moments(chores: Chores, policy: Policy, now: datetime) -> None:
    """Each moment in a transaction of its own: one that fails keeps no other from being told."""
    due: list[Moment] = []

    def prepare(tx: Transaction) -> int:
        due.extend(open_moments(tx, policy, chores.moments, now))
        names = {_name(moment) for moment in due}
        for condition in tx.conditions():
            if condition.name.startswith("moment ") and condition.name not in names:
                tx.clear_condition(condition.name)  # over, or its event was mended
        return len(due)

    _do(chores, "moments", prepare)
    for moment in due:
        _do(chores, _name(moment), partial(tell_portion, policy=policy, rules=chores.moments, moment=moment, now=now))


def _name(moment: Moment) -> str:
    return f"moment {moment.event.key} {moment.key}"


def _do(chores: Chores, name: str, chore: Callable[[Transaction], int]) -> None:
    trouble: Exception | None = None
    try:
        with chores.store.begin() as tx:
            chore(tx)
            if tx.clear_condition(name):
                log.info("%s: works again", name)
    except StoreUnavailable:
        raise
    except Exception as error:  # a template that an odd name breaks, for example
        trouble = error
    if trouble is None:
        return
    with chores.store.begin() as tx:
        new = tx.set_condition(name, f"{type(trouble).__name__}: {trouble}"[:500], chores.clock.now())
    if new:
        log.error("%s failed, tried again at each tick", name, exc_info=trouble)


def announce(tx: Transaction, policy: Policy, announcing: Announcing, *, now: datetime) -> int:
    """Tell coordinators of held mail, bundled; answers how many holds were told."""
    waiting = holds_to_announce(tx, announcing, now)
    if not waiting or not policy.desk.coordinators:
        return 0
    context = HoldsContext(
        language=policy.desk.coordinator_language,
        now=now,
        holds=tuple(
            HoldLine(
                id=hold.id,
                sender=hold.sender or "?",
                subject=hold.subject,
                arrived=hold.opened_at,
                summary=hold.summary,
                reasons=hold.reasons,
            )
            for hold in waiting
        ),
    )
    rendered = render_holds(context, policy)
    for address in policy.desk.coordinators:
        message = compose(
            rendered,
            id=derived_id("holds", address, *(hold.id for hold in waiting)),
            kind="coordinator-holds",
            language=policy.desk.coordinator_language,
            desk=policy.desk,
            to=Address(name="", email=address),
            in_reply_to=None,
            now=now,
            registrations=(),
            events=(),
            auto_submitted="auto-generated",
        )
        tx.enqueue(message, now)
    tx.set_announced([hold.id for hold in waiting], now)
    tx.set_value("holds-announced-at", now.isoformat())
    return len(waiting)
