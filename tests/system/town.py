"""A desk on Dovecot and Postfix for each test, with an address and participants of its own."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

from tests.rigs import desk as desk_rig
from tests.rigs.desk import Desk, wish
from tests.rigs.dovecot import Dovecot
from tests.rigs.postfix import Postfix

NUMBERS = itertools.count(1)


@dataclass(kw_only=True)
class Town:
    """The desk, the mail servers, and people who write."""

    desk: Desk
    dovecot: Dovecot
    postfix: Postfix

    def people(self, count: int) -> list[str]:
        """Addresses nobody used before."""
        return [f"p{next(NUMBERS)}@example.test" for _ in range(count)]

    def write(self, *senders: str, number: int = 1) -> None:
        """Each wants to take part; returns when Postfix has taken the mails."""
        mails = [(sender, wish(sender, self.desk.address, number=number, name=_name(sender))) for sender in senders]
        desk_rig.send(self.postfix.port, self.desk.address, *mails)

    def mails(self, user: str | None = None, folder: str = "INBOX") -> list[Any]:
        return desk_rig.mails_of(self.dovecot, user or self.desk.address, folder)

    def count(self, folder: str, user: str | None = None) -> int:
        return desk_rig.count_of(self.dovecot, user or self.desk.address, folder)

    def answers(self, *users: str) -> dict[str, list[str]]:
        return desk_rig.answers_to(self.dovecot, users)


def _name(sender: str) -> str:
    """A name that is a name: no digits."""
    number = int("".join(c for c in sender.partition("@")[0] if c.isdigit()) or 0)
    letters = ""
    while number:
        number, digit = divmod(number - 1, 26)
        letters = chr(ord("a") + digit) + letters
    return f"Anne P{letters}ters"
