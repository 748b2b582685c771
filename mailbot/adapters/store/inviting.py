"""What stands in people's calendars because of us."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mailbot.adapters.store import schema
from mailbot.adapters.store.connected import Connected, clean, insert
from mailbot.core.invitations import Invitation

_COLUMNS = (
    "registration_id, session, uid, sequence, since, stamped_at, starts, ends, place, status, partstat, "
    "replied_sequence, replied_at"
)
_SELECT = f"SELECT {_COLUMNS} FROM invitations"  # noqa: S608 - our own names
_PUT = insert(
    schema.invitations,
    then="ON CONFLICT (registration_id, session) DO UPDATE SET "
    + ", ".join(
        f"{column.name} = excluded.{column.name}"
        for column in schema.invitations.columns
        if column.name not in ("registration_id", "session", "uid")
    ),
)


class Inviting(Connected):
    def invitations(self, registrations: Sequence[str]) -> tuple[Invitation, ...]:
        """In the order of their registrations, then of their sessions."""
        return tuple(
            self._invitation(row)
            for registration in dict.fromkeys(registrations)
            for row in self._run(f"{_SELECT} WHERE registration_id = :id ORDER BY session", {"id": registration})
        )

    def invitation(self, uid: str) -> Invitation | None:
        row = self._run(f"{_SELECT} WHERE uid = :uid", {"uid": clean(uid)}).fetchone()
        return None if row is None else self._invitation(row)

    def put_invitation(self, invitation: Invitation) -> None:
        """Its UID stays as it first was: calendars know it by that."""
        replied = invitation.replied_at
        self._run(
            _PUT,
            {
                "registration_id": invitation.registration,
                "session": invitation.session,
                "uid": invitation.uid,
                "sequence": invitation.sequence,
                "since": invitation.since,
                "stamped_at": self._when(invitation.stamped_at),
                "starts": self._when(invitation.starts),
                "ends": self._when(invitation.ends),
                "place": clean(invitation.place),
                "status": invitation.status,
                "partstat": clean(invitation.partstat),
                "replied_sequence": invitation.replied_sequence,
                "replied_at": None if replied is None else self._when(replied),
            },
        )

    def _invitation(self, row: Sequence[Any]) -> Invitation:
        return Invitation(
            registration=row[0],
            session=row[1],
            uid=row[2],
            sequence=row[3],
            since=row[4],
            stamped_at=self._moment(row[5]),
            starts=self._moment(row[6]),
            ends=self._moment(row[7]),
            place=row[8],
            status=row[9],
            partstat=row[10],
            replied_sequence=row[11],
            replied_at=None if row[12] is None else self._moment(row[12]),
        )
