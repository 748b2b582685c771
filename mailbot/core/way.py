"""Who takes part online by the look of the words, where the event leaves it open and no phrase tells."""

from __future__ import annotations

from collections.abc import Callable

from mailbot.core.attending import BY_PLACE
from mailbot.core.events import Event
from mailbot.core.match import Findings
from mailbot.core.opinion import Opinion
from mailbot.core.requests import Evidence
from mailbot.core.weighing import told_by

#: from here on it is believed, against the name of the place too, which phrases take for coming to it
_LEAST = 0.92


def online_looked(found: Findings, event: Event | None, looks: Callable[[], Opinion | None]) -> Evidence | None:
    """What tells that the sender takes part online: "laptop on the kitchen table rather than the tram".

    Of coming to the place too much else is said, such as where one picks something up. ``looks``: is asked only where
    it matters.
    """
    if event is None or len(event.modes) <= 1 or found.mode == "online" or found.second_mode is not None:
        return None
    if any(evidence.field == "mode" and evidence.rule != BY_PLACE for evidence in found.evidence):
        return None
    opinion = looks()
    if opinion is None or opinion.online < _LEAST:
        return None
    return told_by(opinion, "online", "mode", opinion.online)
