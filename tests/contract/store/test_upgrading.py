"""A database that an earlier version made, brought up to date with what is in it."""

from __future__ import annotations

import contextlib
import hashlib
import json
import zlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, MetaData, create_engine, event, insert, inspect, text

import mailbot.adapters.migrations.versions
from mailbot.adapters.store import open_store
from mailbot.core.deliveries import DeliveryStatus
from mailbot.core.registrations import RegistrationStatus
from tests.contract.store.samples import registration

VERSIONS = Path(mailbot.adapters.migrations.versions.__file__).parent

#: SHA-256 of each revision as it landed
LANDED = {
    "0001_everything.py": "d9f21e364644a780df37db0476c99a72641c9cdde911622156b5d3dde6ff3a30",
    "0002_exchanges.py": "74399985b85a8ace8b1d5a437373e45a9839a1015d88fedf212a42f586c25889",
    "0003_what_a_tick_reads.py": "90fe53e3a02e177493a77379297970d5892cae52bb80f309922698c790ae3c13",
}

AT = datetime(2021, 9, 1, 10, 30, 0, 123456, tzinfo=UTC)

#: what 0001 kept of a registration in its history
SNAPSHOT = (
    '{"id": "r1", "event": "album", "person_key": "r1@example.org", "status": "confirmed", "name": "Zoë", '
    '"email": "r1@example.org", "organisation": null, "phone": null, "language": "fr", "sessions": ["album/1"], '
    '"choices": {"lab": "a"}, "second_choices": {}, "mode": "online", "pickup": null, "needs": null, '
    '"requested_by": null, "interest_only": false, "sequence": 3, "requested_at": "2021-09-01T10:30:00.123456+00:00", '
    '"arrival_order": 0, "offered_until": null, "updated_at": "2021-09-01T10:30:00.123456+00:00"}'
)


def test_a_revision_that_landed_is_never_edited() -> None:
    """A desk that ran it would have a database that does not fit. What is to change goes into a new revision."""
    found = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in VERSIONS.glob("0*.py")}
    assert found == LANDED


def made_by(url: str, revision: str) -> Engine:
    """The database as it stood after this revision."""
    engine = create_engine(url)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA foreign_keys = ON"))
    config = Config()
    config.set_main_option("script_location", "mailbot.adapters:migrations")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
    return engine


def filled(connection: Connection) -> None:
    """One row at least in each table of 0001, as that version wrote it."""
    tables = MetaData()
    tables.reflect(connection)
    at: Any = AT if connection.dialect.name == "postgresql" else AT.isoformat(timespec="microseconds")
    mailbox = {"account": "main", "folder": "INBOX", "uidvalidity": 4_000_000_000, "uid": 7}
    person = {"language": "fr", "sessions": '["album/1"]', "choices": '{"lab": "a"}', "second_choices": "{}"}
    own = {"event": "album", "name": "Zoë", "mode": "online", "interest_only": False, "sequence": 3, "arrival_order": 0}
    moments = {"requested_at": at, "updated_at": at, "offered_until": None}
    invitation = {"registration_id": "r1", "session": "1", "uid": "u1", "sequence": 4, "since": 1, "stamped_at": at}
    message = {"message_id": "<d1@example.org>", "kind": "registrant-confirmed", "language": "fr", "subject": "Réponse"}
    envelope = {
        "envelope_from": "desk@example.org",
        "envelope_to": "Zoe@example.org",
        "envelope_to_folded": "zoe@example.org",
    }
    progress = {"position": "r1", "told": 1, "done": False}
    mail = {"message_id": "<m1@example.org>", "sender": "zoe@example.org", "subject": "Album", "record": "{}"}
    rows: dict[str, list[dict[str, Any]]] = {
        "mails": [
            {
                **mailbox,
                **mail,
                "content_hash": "h1",
                "received_at": at,
                "processed_at": at,
                "disposition": "accept",
                "outcome": "processed",
                "policy_version": "v1",
            }
        ],
        "mail_contents": [{"mail_id": 1, "content": zlib.compress(b"x")}],
        "ledger": [{**mailbox, "content_hash": "h1", "outcome": "processed", "moved": 1, "at": at, "mail_id": 1}],
        "positions": [mailbox],
        "registrations": [
            {
                **person,
                **own,
                **moments,
                "id": f"r{number}",
                "person_key": f"r{number}@example.org",
                "email": f"r{number}@example.org",
                "email_folded": f"r{number}@example.org",
                "status": status.value,
                "offered_until": at if status is RegistrationStatus.OFFERED else None,
            }
            for number, status in enumerate(RegistrationStatus)
        ],
        "seats": [{"key": "album/1", "registration_id": "r1", "number": 1}],
        "pickups": [
            {
                "registration_id": "r1",
                "event": "album",
                "point": "desk",
                "status": "reserved",
                "number": 1,
                "reserved_at": at,
                "changed_at": at,
            }
        ],
        "told": [{"registration_id": "r1", "moment": "reminder/7", "delivery_id": "d1", "at": at}],
        "progress": [{"event": "album", "moment": "reminder/7", **progress}],
        "unreminded": [{"address": "zoe@example.org", "at": at}],
        "attendance": [{"registration_id": "r1", "session": "1", "status": "attended", "marked_at": at}],
        "confirmations": [
            {
                "id": "c1",
                "registration_id": "r1",
                "address": "zoe@example.org",
                "act": "{}",
                "status": "asked",
                "asked_at": at,
                "expires_at": at,
            }
        ],
        "invitations": [
            {**invitation, "starts": at, "ends": at, "place": "", "status": "confirmed", "partstat": "ACCEPTED"}
        ],
        "changes": [
            {
                "at": at,
                "event": "album",
                "registration_id": "r1",
                "change": "registered",
                "snapshot": SNAPSHOT,
            }
        ],
        "holds": [{"id": "h1", "mail_id": 1, "opened_at": at, "reasons": '["x"]', "summary": ""}],
        "deliveries": [
            {
                **message,
                **envelope,
                "id": "d1",
                "registrations": '["r1"]',
                "events": '["album"]',
                "status": "queued",
                "attempts": 0,
                "queued_at": at,
                "due_at": at,
                "waits_until": at,
                "changed_at": at,
            }
        ],
        "delivery_contents": [{"number": 1, "text": "Bonjour", "content": zlib.compress(b"x")}],
        "bounces": [
            {"mail_id": 1, "delivery_number": 1, "message_id": "<d1>", "recipient": "x", "status": "5.0.0", "at": at}
        ],
        "told_events": [{"event": "album", "facts": "{}", "at": at}],
        "event_changes": [{"event": "album", "before": "{}", "after": "{}", "noticed_at": at, "mails": 0}],
        "moments": [{"job": "digest", "moment": "2021-09-01", "claimed_at": at}],
        "cursors": [{"name": "digest", "value": 4}],
        "remembered": [{"name": "heartbeat", "value": "x"}],
        "conditions": [{"name": "x", "since": at, "last_seen": at, "message": "y", "count": 1}],
    }
    assert rows.keys() == tables.tables.keys() - {"alembic_version"}
    for table in tables.sorted_tables:
        if table.name in rows:
            connection.execute(insert(table), rows[table.name])


def rows_of(engine: Engine) -> dict[str, list[dict[str, Any]]]:
    tables = MetaData()
    with engine.connect() as connection:
        tables.reflect(connection)
        return {
            table.name: [
                dict(row) for row in connection.execute(table.select().order_by(*table.primary_key)).mappings()
            ]
            for table in tables.sorted_tables
            if table.name != "alembic_version"
        }


def shape_of(engine: Engine) -> dict[str, Any]:
    """Everything that the database tells of its tables; the order of columns too."""
    looked = inspect(engine)
    shape: dict[str, Any] = {}
    for table in looked.get_table_names():
        columns: list[Any] = [
            (c["name"], str(c["type"]), c["nullable"], c["default"], c.get("autoincrement"))
            for c in looked.get_columns(table)
        ]
        indexes: list[Any] = [
            {**index, "dialect_options": {name: str(value) for name, value in index["dialect_options"].items()}}
            for index in looked.get_indexes(table)
        ]
        rules: list[list[Any]] = [
            indexes,
            looked.get_check_constraints(table),
            looked.get_unique_constraints(table),
            looked.get_foreign_keys(table),
        ]
        shape[table] = (columns, looked.get_pk_constraint(table), [sorted(map(repr, rule)) for rule in rules])
    return shape


def fresh_shape(url: str) -> dict[str, Any]:
    """That of a new database; leaves an empty one."""
    open_store(url).close()
    engine = create_engine(url)
    shape = shape_of(engine)
    if engine.dialect.name == "postgresql":
        with engine.begin() as connection:
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
    engine.dispose()
    if engine.dialect.name == "sqlite":
        Path(str(engine.url.database)).unlink()
    return shape


#: what was in 0001 while it was edited in place: (added, dropped)
EDITED = {
    "as-it-landed": ((), ()),
    "without-sequence": ((), ("sequence",)),
    "with-second-mode": (("second_mode",), ("sequence",)),
    "with-exchange": (("second_mode", "exchange"), ("sequence",)),
}


@pytest.mark.parametrize("edited", EDITED)
def test_an_upgraded_database_is_as_a_new_one_and_keeps_its_rows(shared_database: str, edited: str) -> None:
    fresh = fresh_shape(shared_database)
    engine = made_by(shared_database, "0001")
    with engine.begin() as connection:
        filled(connection)
        added, dropped = EDITED[edited]
        for name in added:
            connection.execute(text(f"ALTER TABLE registrations ADD COLUMN {name} TEXT"))
        for name in dropped:
            connection.execute(text(f"ALTER TABLE registrations DROP COLUMN {name}"))
    before = rows_of(engine)
    assert before["registrations"][0].keys() >= set(added)
    for row in before["registrations"]:
        row.pop("sequence", None)
        row |= {"second_mode": None, "exchange": None, "exchange_until": None}
    engine.dispose()

    open_store(shared_database).close()

    engine = create_engine(shared_database)
    assert rows_of(engine) == before
    assert shape_of(engine) == fresh
    if engine.dialect.name == "sqlite":
        with engine.connect() as connection:
            assert connection.execute(text("PRAGMA foreign_key_check")).all() == []
            assert connection.execute(text("PRAGMA integrity_check")).scalar() == "ok"
    engine.dispose()


def test_what_0001_wrote_is_read_and_written_on(shared_database: str) -> None:
    engine = made_by(shared_database, "0001")
    with engine.begin() as connection:
        filled(connection)
    engine.dispose()
    with contextlib.closing(open_store(shared_database)) as store, store.begin() as tx:
        found = tx.registration("r1")
        assert found is not None
        assert (found.choices, found.second_mode, found.exchange) == ({"lab": "a"}, None, None)
        assert [each.id for each in tx.waiting("album")] == ["r2"]
        (change,) = tx.changes_since(0, ["album"])
        assert (change.registration.name, change.registration.exchange) == ("Zoë", None)
        assert [each.status for each in tx.deliveries(limit=10)] == [DeliveryStatus.QUEUED]
        tx.put_registration(registration("r9"), "registered", AT)
        assert [each.id for each in tx.changes_since(1, ["album"])] == [2]


def test_an_upgrade_that_fails_leaves_the_database_as_it_was(
    shared_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = made_by(shared_database, "0001")
    with engine.begin() as connection:
        filled(connection)
    before, shape = rows_of(engine), shape_of(engine)
    engine.dispose()

    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("the power went")

    monkeypatch.setattr("alembic.op.drop_column", broken)
    with pytest.raises(RuntimeError, match="the power went"):
        open_store(shared_database)
    engine = create_engine(shared_database)
    assert (rows_of(engine), shape_of(engine)) == (before, shape)
    engine.dispose()


def test_offers_that_are_open_end_after_the_upgrade_too(shared_database: str) -> None:
    """0002 kept their end in the exchange alone."""
    engine = made_by(shared_database, "0001")
    with engine.begin() as connection:
        filled(connection)
    engine.dispose()
    engine = made_by(shared_database, "0002")
    open_offer = {
        "sessions": ["album/2"],
        "choices": {},
        "mode": None,
        "requested_at": "2021-09-01T10:30:00+00:00",
        "arrival_order": 0,
        "offered_until": "2021-09-03T12:00:00+02:00",
    }
    with engine.begin() as connection:
        change = text("UPDATE registrations SET exchange = :exchange WHERE id = :id")
        connection.execute(change, {"id": "r1", "exchange": json.dumps(open_offer)})
    engine.dispose()
    with contextlib.closing(open_store(shared_database)) as store, store.begin() as tx:
        end = datetime(2021, 9, 3, 10, tzinfo=UTC)
        of_places = [each.id for each in tx.offers_ended(end) if each.exchange is None]
        assert of_places == ["r3"]
        assert [each.id for each in tx.offers_ended(end)] == ["r3", "r1"]
        assert [each.id for each in tx.offers_ended(end - timedelta(seconds=1))] == ["r3"]
