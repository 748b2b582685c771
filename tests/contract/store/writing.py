"""One writer among several: three mails, read, decided and recorded as the daemon does it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import cache

from mailbot.adapters.files import load_policy
from mailbot.adapters.store import SqlStore, open_store
from mailbot.core.language import Localized
from mailbot.core.message import MailboxKey, RawMessage
from mailbot.core.policy import Desk, Limits, Policy
from mailbot.service.places import fill_after
from mailbot.service.processing import process
from tests.service.town import NOW, ROOT, event, wish, with_events

WRITERS = 8
PLACES = 5


@cache
def policy() -> Policy:
    name = Localized(fr="Accueil")
    desk = Desk(name=name, addresses=("desk@town.example",), signature=name, secret=b"0" * 16)
    loaded, problems = load_policy(desk, Limits(), ROOT / "rules", ROOT / "templates")
    assert loaded is not None, problems
    return with_events(loaded, replace(event(), capacity=PLACES))


def write(store: SqlStore, number: int) -> None:
    """Three people; each in a transaction of its own, with the facts read inside it."""
    rules = policy()
    for mail in range(3):
        uid = number * 3 + mail + 1
        key = MailboxKey(account="main", folder=f"F{number}", uidvalidity=1, uid=uid)
        content = wish(uid)
        raw = RawMessage(key=key, content=content, received_at=NOW + timedelta(seconds=uid), size=len(content))
        with store.begin() as tx:
            processed = process(tx, raw, rules, NOW)
            tx.apply(processed)
            fill_after(tx, rules, processed.decision.effects, NOW)


def main(url: str, number: int) -> None:
    store = open_store(url)
    write(store, number)
    store.close()
