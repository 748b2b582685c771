"""``docs/states.md``: every state and every move, made from the tables. ``python -m mailbot.core.states_text``."""

from __future__ import annotations

from collections.abc import Iterator

from mailbot.core.confirmations import CONFIRMATION_MOVES
from mailbot.core.deliveries import TRANSITIONS as DELIVERY_TRANSITIONS
from mailbot.core.pickups import PICKUP_MOVES
from mailbot.core.registrations import MOVES

_HEAD = """# States

Made from the code by `make states`; a test holds it against the code. Nothing else moves anything.
"""


def states_text() -> str:
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield _HEAD
    yield "## Registrations"
    yield ""
    yield "`mailbot/core/registrations.py`. The mail is the template that tells the person."
    yield ""
    yield "| from | to | when | mail |"
    yield "| --- | --- | --- | --- |"
    for move in MOVES:
        yield f"| {move.before or '(new)'} | {move.after} | {move.cause} | {move.told} |"
    yield ""
    yield "An offer that nobody answers ends in `cancelled`, not at the end of the waiting list: the next in line would"
    yield "otherwise get a place that comes back to somebody silent again and again. Who still wants to come answers the"
    yield "mail that tells so, and is registered anew, in the order of that answer."
    yield ""
    yield "## Items at the pick-up points"
    yield ""
    yield "`mailbot/core/pickups.py`"
    yield ""
    yield "| from | to | when |"
    yield "| --- | --- | --- |"
    for before, moves in PICKUP_MOVES.items():
        for after, cause in moves.items():
            yield f"| {before or '(new)'} | {after} | {cause} |"
    yield ""
    yield "## Acts asked from another address than the registered one"
    yield ""
    yield "`mailbot/core/confirmations.py`"
    yield ""
    yield "| from | to | when |"
    yield "| --- | --- | --- |"
    for asked, answers in CONFIRMATION_MOVES.items():
        for came, why in answers.items():
            yield f"| {asked or '(new)'} | {came} | {why} |"
    yield ""
    yield "## Mails that go out"
    yield ""
    yield "`mailbot/core/deliveries.py`"
    yield ""
    yield "| from | to |"
    yield "| --- | --- |"
    for status, following in DELIVERY_TRANSITIONS.items():
        if following:
            yield f"| {status} | {', '.join(sorted(following))} |"


if __name__ == "__main__":
    import sys

    sys.stdout.write(states_text())
