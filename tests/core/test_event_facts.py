"""What an event was like when people were told of it, beside what it is like now."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from mailbot.core.event_facts import change_for, facts_of
from mailbot.core.events import Afterwards
from tests.core.test_moments import event, registration

LATER = datetime(2030, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("without", [("before",), ("after",), ("before", "after")])
def test_facts_kept_by_an_earlier_version_tell_nothing_of_what_came_afterwards(without: tuple[str, ...]) -> None:
    """An event change that was open while the desk was brought to this version."""
    facts = {
        "before": facts_of(event("2027-04-20T19:30")),
        "after": facts_of(event("2027-04-20T19:30", afterwards=Afterwards(replay="https://x.example/r"))),
    }
    told = change_for(registration(), facts["before"], facts["after"], LATER, thanked=True)
    assert told is not None and told.what == ("replay",)
    for name in without:
        del facts[name]["afterwards"]
    assert change_for(registration(), facts["before"], facts["after"], LATER, thanked=True) is None
