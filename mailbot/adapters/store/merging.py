"""What hangs on a registration, handed over to another of the same person."""

from __future__ import annotations

from dataclasses import replace

from mailbot.adapters.store.handing_out import HandingOut
from mailbot.adapters.store.telling import AttendingOf
from mailbot.core.attendance import AttendanceStatus
from mailbot.core.pickups import PickupStatus

#: the item is, or was, in the person's hands
_HAD = frozenset({PickupStatus.COLLECTED, PickupStatus.RETURNED})


class Merging(HandingOut, AttendingOf):
    def hand_over(self, given_up: str, kept: str) -> None:
        ids = {"gone": given_up, "kept": kept}
        self._hand_over_attendance(given_up, kept)
        # A mail that still waits, or was withdrawn, has told nobody.
        self._run(
            "UPDATE told SET registration_id = :kept WHERE registration_id = :gone "
            "AND moment NOT IN (SELECT moment FROM told WHERE registration_id = :kept) "
            "AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.id = told.delivery_id "
            "AND (d.waits_until IS NOT NULL OR d.status = 'withdrawn'))",
            ids,
        )
        self._run(
            "UPDATE invitations SET registration_id = :kept WHERE registration_id = :gone "
            "AND session NOT IN (SELECT session FROM invitations WHERE registration_id = :kept)",
            ids,
        )
        items = self.reservations_of([given_up, kept])
        if given_up in items and items[given_up].status in _HAD:
            if kept in items and items[kept].status in _HAD:
                return  # two items in one person's hands: both are listed until one comes back
            self._run("DELETE FROM pickups WHERE registration_id = :kept", ids)
            self._run("UPDATE pickups SET registration_id = :kept WHERE registration_id = :gone", ids)

    def _hand_over_attendance(self, given_up: str, kept: str) -> None:
        """Who came under either came."""
        own = {mark.session: mark.status for mark in self.marks_of(kept)}
        self.put_attendance(
            [
                replace(mark, registration=kept)
                for mark in self.marks_of(given_up)
                if mark.session not in own or mark.status is AttendanceStatus.ATTENDED
            ]
        )
        self._run("DELETE FROM attendance WHERE registration_id = :gone", {"gone": given_up})
