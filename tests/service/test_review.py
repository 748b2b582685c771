"""What a coordinator does with a held mail: carried out once, answered once, and only by one of them."""

from __future__ import annotations

from typing import Any

import pytest

from mailbot.adapters.store import ForbiddenTransition
from mailbot.core.requests import Person
from mailbot.service import review
from mailbot.service.ports import MailboxUnavailable
from mailbot.service.review import Correction, dismiss, settle
from tests.service.town import NOW, Town, event, wish, with_events

#: several things in doubt, so that a person looks
DOUBTFUL = (
    "Bonjour,\r\n\r\nJe souhaite m'inscrire à « Compost pour tous », si mon chef est d'accord.\r\n\r\n"
    "Bien à vous,\r\nAnne Peeters\r\n"
)
NONSENSE = "frtz grmbl\r\n"


def held(town: Town, text: str = DOUBTFUL, number: int = 1) -> Any:
    town.server.deliver(wish(number, text=text))
    town.poll()
    with town.store.begin() as tx:
        (hold,) = tx.holds()
    return hold


def replies(town: Town) -> list[str]:
    return [d.message.kind for d in reversed(town.deliveries())]


def do(town: Town, hold: Any, correction: Correction | None = None) -> review.Settled:
    with town.store.begin() as tx:
        return settle(tx, hold, town.policy, now=NOW, by="Bea", correction=correction)


def test_approved_as_understood_it_is_done_answered_and_closed(town: Town) -> None:
    hold = held(town)
    assert town.registered() == set()
    before = len(town.deliveries())
    settled = do(town, hold)
    assert settled.done
    assert town.registered() == {"person1@town.example confirmed"}
    assert replies(town)[before:] == ["registrant-confirmed"]
    assert town.holds() == ()
    with town.store.begin() as tx:
        closed = tx.hold(hold.id)
    assert (closed.outcome, closed.closed_by) == ("approved", "Bea")


@pytest.mark.parametrize("second", ["approve", "dismiss"])
def test_two_coordinators_at_once_settle_it_once(town: Town, second: str) -> None:
    hold = held(town)
    do(town, hold)
    before = replies(town)
    with pytest.raises(ForbiddenTransition), town.store.begin() as tx:
        if second == "approve":
            settle(tx, hold, town.policy, now=NOW, by="Carel")
        else:
            dismiss(tx, hold, now=NOW, by="Carel")
    assert replies(town) == before
    assert len(town.registered()) == 1


def test_a_crash_before_the_commit_leaves_it_open_and_undone(town: Town) -> None:
    hold = held(town)
    before = replies(town)
    with pytest.raises(RuntimeError), town.store.begin() as tx:
        settle(tx, hold, town.policy, now=NOW, by="Bea")
        raise RuntimeError("power cut")
    assert town.registered() == set()
    assert replies(town) == before
    assert do(town, hold).done
    assert len(town.registered()) == 1


def test_corrected_it_is_done_as_the_coordinator_says(town: Town) -> None:
    town.policy = with_events(town.policy, event(), event("honey", title=event().organiser.name))
    hold = held(town, NONSENSE)
    assert not do(town, hold).done  # nothing was understood that could be approved
    assert len(town.holds()) == 1
    correction = Correction(
        kind="register", event="honey", people=(Person(name="Ben Claes", email="ben@town.example"),), language="nl"
    )
    assert do(town, hold, correction).done
    with town.store.begin() as tx:
        (registration,) = tx.registrations()
    assert (registration.event, registration.name, registration.email) == ("honey", "Ben Claes", "ben@town.example")
    with town.store.begin() as tx:
        assert tx.hold(hold.id).outcome == "corrected"


def test_a_correction_names_only_what_exists(town: Town) -> None:
    correction = Correction(kind="dance", event="nowhere")
    found = review.problems_of(correction, town.policy)
    assert len(found) == 2
    assert all("write one of" in problem for problem in found)


def test_dismissed_nothing_is_done_and_nobody_is_answered(town: Town) -> None:
    hold = held(town, NONSENSE)
    before = replies(town)
    with town.store.begin() as tx:
        dismiss(tx, hold, now=NOW, by="Bea")
    assert town.holds() == ()
    assert town.registered() == set()
    assert replies(town) == before


def test_a_copy_of_a_settled_mail_opens_nothing_again(town: Town) -> None:
    hold = held(town)
    do(town, hold)
    town.server.deliver(wish(1, text=DOUBTFUL))
    assert town.poll().copies == 1
    assert town.holds() == ()
    assert len(town.registered()) == 1


@pytest.mark.parametrize("how", ["approved", "corrected", "dismissed"])
def test_the_mail_of_a_settled_hold_leaves_the_folder_for_review_at_the_next_poll(town: Town, how: str) -> None:
    town.server.deliver(wish(2, text=NONSENSE))  # waits on
    town.server.deliver(wish(1, text=DOUBTFUL))
    town.server.deliver(wish(1, text=DOUBTFUL))  # a copy
    town.poll()
    assert len(town.server.moved["Review"]) == 3
    hold = next(hold for hold in town.holds() if hold.sender == "person1@town.example")
    if how == "dismissed":
        with town.store.begin() as tx:
            dismiss(tx, hold, now=NOW, by="Bea")
    else:
        do(town, hold, Correction(people=(Person(name="Anne Peeters"),)) if how == "corrected" else None)
    for _ in range(2):
        town.poll()
        assert town.server.moved["Review"] == [wish(2, text=NONSENSE)]
        assert town.server.moved["Done"] == [wish(1, text=DOUBTFUL)] * 2
    with town.store.begin() as tx:
        assert tx.settled("main", "INBOX", 10) == []


@pytest.mark.parametrize("step", ["move", "refile"])
def test_a_settled_mail_is_moved_although_the_server_failed_meanwhile(town: Town, step: str) -> None:
    hold = held(town)

    def fails(name: str) -> None:
        if name == step:
            raise MailboxUnavailable("connection", "cut")

    do(town, hold)
    with pytest.raises(MailboxUnavailable):
        town.poll(town.mailbox(fails=fails))
    town.poll()
    assert town.server.moved == {"Review": [], "Done": [wish(1, text=DOUBTFUL)]}


def test_a_mail_that_was_settled_before_it_was_moved_goes_straight_to_the_processed(town: Town) -> None:
    def fails(name: str) -> None:
        if name == "move":
            raise MailboxUnavailable("connection", "cut")

    town.server.deliver(wish(1, text=DOUBTFUL))
    with pytest.raises(MailboxUnavailable):
        town.poll(town.mailbox(fails=fails))
    do(town, town.holds()[0])
    town.poll()
    assert town.server.moved == {"Done": [wish(1, text=DOUBTFUL)]}


def test_a_settled_mail_that_somebody_moved_elsewhere_stays_there(town: Town) -> None:
    hold = held(town)
    town.server.moved["Mine"] = town.server.moved.pop("Review")
    do(town, hold)
    town.poll()
    assert list(town.server.moved) == ["Mine"]
    with town.store.begin() as tx:
        assert tx.settled("main", "INBOX", 10) == []
