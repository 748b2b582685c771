"""What is set aside at the pick-up points, and who has it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from mailbot.adapters.store import schema
from mailbot.adapters.store.connected import Connected, insert
from mailbot.adapters.store.errors import ForbiddenTransition, Overbooked
from mailbot.adapters.store.rows import RESERVATION_COLUMNS, reservation_from_row
from mailbot.core.pickups import PICKUP_TRANSITIONS, TAKEN, PickupStatus, Reservation, stock_key

_INSERT = insert(schema.pickups)
_UPDATE = (
    "UPDATE pickups SET event = :event, point = :point, status = :status, number = :number, "
    "reserved_at = :reserved_at, changed_at = :changed_at WHERE registration_id = :registration_id"
)
_SELECT = f"SELECT {RESERVATION_COLUMNS} FROM pickups"  # noqa: S608 - our own names


class HandingOut(Connected):
    def put_reservation(self, reservation: Reservation, stock: int | None = None) -> None:
        """Raises ``ForbiddenTransition``, and ``Overbooked`` where none of the ``stock`` is left."""
        row = self._run(
            "SELECT status, point, number FROM pickups WHERE registration_id = :id", {"id": reservation.registration}
        ).fetchone()
        before = None if row is None else PickupStatus(row[0])
        if reservation.status is not before and reservation.status not in PICKUP_TRANSITIONS[before]:
            raise ForbiddenTransition(
                f"pick-up of {reservation.registration}: {before or 'new'} -> {reservation.status}"
            )
        number: int | None = None
        if reservation.status in TAKEN:
            stays = row is not None and before in TAKEN and row[1] == reservation.point
            number = row[2] if stays else self._item_number(reservation, stock)
        self._run(
            _INSERT if before is None else _UPDATE,
            {
                "registration_id": reservation.registration,
                "event": reservation.event,
                "point": reservation.point,
                "status": reservation.status.value,
                "number": number,
                "reserved_at": self._when(reservation.reserved_at),
                "changed_at": self._when(reservation.changed_at),
            },
        )

    def _item_number(self, reservation: Reservation, stock: int | None) -> int | None:
        if stock is None:
            return None
        rows = self._run(
            "SELECT number FROM pickups WHERE event = :event AND point = :point AND status IN ('reserved', 'collected')",
            {"event": reservation.event, "point": reservation.point},
        ).fetchall()
        taken = {row[0] for row in rows}
        if len(rows) >= stock:
            raise Overbooked(f"{reservation.event}, {reservation.point}: all {stock} items are taken")
        return next(number for number in range(1, stock + 1) if number not in taken)

    def reservations_of(self, registrations: Iterable[str]) -> Mapping[str, Reservation]:
        """What is on file for these registrations, by their ids."""
        found: dict[str, Reservation] = {}
        for identity in registrations:
            row = self._run(f"{_SELECT} WHERE registration_id = :id", {"id": identity}).fetchone()
            if row is not None:
                found[identity] = reservation_from_row(row, self._moment)
        return found

    def stock_taken(self, event: str) -> Mapping[str, int]:
        """How many are set aside or handed out, by ``stock_key``; points with none are left out."""
        rows = self._run(
            "SELECT point, count(*) FROM pickups WHERE event = :event AND status IN ('reserved', 'collected') "
            "GROUP BY point",
            {"event": event},
        )
        return {stock_key(event, row[0]): row[1] for row in rows}

    def reservations(self, *, event: str | None = None) -> tuple[Reservation, ...]:
        """By event and point, the longest set aside first."""
        where = "" if event is None else " WHERE event = :event"
        query = f"{_SELECT}{where} ORDER BY event, point, reserved_at, registration_id"
        given = {} if event is None else {"event": event}
        return tuple(reservation_from_row(row, self._moment) for row in self._run(query, given))
