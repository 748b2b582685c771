"""A desk on Dovecot and Postfix for each test, with an address and participants of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.rigs import desk as desk_rig
from tests.rigs.dovecot import Dovecot
from tests.rigs.postfix import Postfix
from tests.system.town import NUMBERS, Town


@pytest.fixture
def town(dovecot: Dovecot, postfix: Postfix, tmp_path: Path) -> Iterator[Town]:
    """The desk's files are written; ``town.desk.open()`` starts it."""
    address = f"desk{next(NUMBERS)}@example.test"
    settings = {"imap_port": dovecot.imap_port, "smtp_port": postfix.port}
    with desk_rig.desk(tmp_path, address, **settings) as made:
        yield Town(desk=made, dovecot=dovecot, postfix=postfix)
