"""A desk of values: the shipped rules with one event of its own, a store in memory, a clock that stands still."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from mailbot.adapters.clock import FixedClock
from mailbot.adapters.store import SqlStore, open_store
from mailbot.core.decisions import Outcome
from mailbot.core.events import Event, Organiser, Place, RegistrationTerms, Session
from mailbot.core.language import Localized
from mailbot.core.match import build_index
from mailbot.core.policy import Policy
from mailbot.service.intake import Intake, poll
from mailbot.service.outbox import Outbox, Retries, Round, deliver_due
from tests.fakes import FakeMailbox, FakeServer, FakeTransport

ROOT = Path(__file__).parents[2]
BRUSSELS = ZoneInfo("Europe/Brussels")
NOW = datetime(2027, 3, 1, 9, 0, tzinfo=UTC)
FOLDERS: dict[Outcome, str] = {"processed": "Done", "review": "Review", "ignored": "Ignored"}


def event(key: str = "compost", **changes: Any) -> Event:
    starts = datetime(2027, 4, 20, 13, 0, tzinfo=BRUSSELS)
    base = Event(
        key=key,
        title=Localized(
            fr="Compost pour tous", nl="Compost voor iedereen", en="Compost for all", de="Kompost für alle"
        ),
        sessions=(Session(key=key, starts=starts, ends=starts.replace(hour=16)),),
        place=Place(street="Rue des Tanneurs 1", postcode="1000", city="Bruxelles"),
        registration=RegistrationTerms(by="mail"),
        organiser=Organiser(name=Localized(fr="Le jardin"), digest=("organiser@town.example",), language="fr"),
    )
    return replace(base, **changes)


def with_events(policy: Policy, *events: Event) -> Policy:
    known = {each.key: each for each in events}
    return replace(policy, events=known, index=build_index(known))


@cache
def _migrated() -> Any:
    """Made once: migrations take longer than most tests."""
    return open_store("sqlite://").engine.raw_connection()


def empty_store() -> SqlStore:
    """In memory, with the schema that migrations make."""
    made = open_store("sqlite://", migrate=False)
    connection: Any = made.engine.raw_connection()
    _migrated().driver_connection.backup(connection.driver_connection)
    connection.close()
    return made


@dataclass
class Town:
    """The desk and what it works on. A restart makes new services on the same store and the same servers."""

    store: Any
    policy: Policy
    clock: FixedClock = field(default_factory=lambda: FixedClock(NOW))
    server: FakeServer = field(default_factory=FakeServer)
    transport: FakeTransport = field(default_factory=FakeTransport)
    retries: Retries = field(default_factory=Retries)

    def mailbox(self, **options: Any) -> FakeMailbox:
        return FakeMailbox(self.server, **options)

    def intake(self, **options: Any) -> Intake:
        return Intake(store=self.store, clock=self.clock, policy=lambda: self.policy, folders=FOLDERS, **options)

    def outbox(self, **options: Any) -> Outbox:
        return Outbox(
            store=self.store,
            transport=self.transport,
            clock=self.clock,
            retries=self.retries,
            settle_pause=0.001,
            **options,
        )

    def poll(self, mailbox: FakeMailbox | None = None, **options: Any) -> Any:
        return poll(self.intake(**options), mailbox or self.mailbox())

    async def deliver(self, **options: Any) -> Round:
        return await deliver_due(self.outbox(), **options)

    # -- what is on file -------------------------------------------------------

    def counts(self) -> dict[str, int]:
        with self.store.begin() as tx:
            return dict(tx.counts())

    def holds(self) -> Any:
        with self.store.begin() as tx:
            return tx.holds()

    def deliveries(self, status: Any = None) -> Any:
        with self.store.begin() as tx:
            return tx.deliveries(status=status)

    def conditions(self) -> dict[str, str]:
        with self.store.begin() as tx:
            return {condition.name: condition.message for condition in tx.conditions()}

    def registered(self) -> set[str]:
        with self.store.begin() as tx:
            return {f"{r.email} {r.status.value}" for r in tx.registrations()}


def wish(number: int = 1, *, subject: str = "Inscription", extra: str = "", text: str = "") -> bytes:
    """A wish to register by ``person{number}@town.example``."""
    said = text or "Bonjour,\r\n\r\nJe souhaite m'inscrire à « Compost pour tous ».\r\n\r\nBien à vous,\r\nAnne Peeters"
    return (
        f"From: Anne Peeters <person{number}@town.example>\r\nTo: desk@town.example\r\nSubject: {subject}\r\n"
        f"Message-ID: <wish-{number}@town.example>\r\nDate: Mon, 01 Mar 2027 09:00:00 +0000\r\n{extra}"
        f"Content-Type: text/plain; charset=utf-8\r\n\r\n{said}\r\n"
    ).encode()
