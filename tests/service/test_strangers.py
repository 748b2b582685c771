"""A place given up for somebody else, from an address as anybody may have one: what is on file tells whether it may be."""

from __future__ import annotations

from typing import Any

import pytest

from tests.service.talk import Talk
from tests.service.town import Town

ANNE = "anne@gmail.example"
REGISTER = "Je m'inscris à « Compost pour tous » avec ma voisine Rosa Lenoir."
CANCEL = "Ma voisine Rosa Lenoir est malade, merci d'annuler son inscription à « Compost pour tous »."


def status(town: Town) -> dict[str | None, str]:
    with town.store.begin() as tx:
        return {r.name: r.status.value for r in tx.registrations()}


def test_who_asked_for_the_place_may_give_it_up(town: Town) -> None:
    talk = Talk(town)
    talk.write(ANNE, REGISTER)
    assert status(town) == {"Anne Peeters": "confirmed", "Rosa Lenoir": "confirmed"}
    (told,) = talk.write(ANNE, CANCEL)
    assert (told.kind, town.holds()) == ("registrant-cancelled", ())
    assert status(town) == {"Anne Peeters": "confirmed", "Rosa Lenoir": "cancelled"}


@pytest.mark.parametrize("more", ["", " Ne lui dites rien."])
def test_nobody_else_may(town: Town, more: str) -> None:
    talk = Talk(town)
    talk.write(ANNE, REGISTER)
    told: list[Any] = talk.write("eve@gmail.example", CANCEL + more)
    assert "registrant-cancelled" not in [mail.kind for mail in told]
    assert status(town)["Rosa Lenoir"] == "confirmed"
    assert town.holds()


def test_who_does_it_behind_her_back_waits(town: Town) -> None:
    talk = Talk(town)
    talk.write(ANNE, REGISTER)
    talk.write(ANNE, CANCEL + " Ne lui dites rien.")
    assert status(town)["Rosa Lenoir"] == "confirmed"
    assert [hold.reasons for hold in town.holds()] == [("stranger-request",)]
