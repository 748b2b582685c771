"""Questions that an event's own description answers. The sentences stand in ``templates/answers/``."""

from __future__ import annotations

import re
from datetime import datetime

from mailbot.core.case import event_state
from mailbot.core.events import Event
from mailbot.core.language import Language
from mailbot.core.policy import Desk
from mailbot.core.templates import Templates, answer_values
from mailbot.core.views import words

#: topic of a question -> block of the template; ``answer:N`` is the event's own N-th answer
BLOCKS = {
    "when": "when",
    "where": "where",
    "access": "access",
    "language": "language",
    "own-language": "language",
    "interpretation": "interpretation",
    "price": "price",
    "payment": "payment",
    "how-to-register": "register",
    "opening": "opening",
    "deadline": "deadline",
    "places-left": "places_left",
    "places-taken": "places_taken",
    "sessions": "sessions",
    "replay": "replay",
    "slides": "slides",
    "minutes": "minutes",
    "photos": "photos",
    "survey": "survey",
    "pickup-where": "pickup_where",
    "pickup-what": "pickup_what",
    "pickup-hours": "pickup_hours",
    "online-link": "link",
    "mode": "mode",
    "speakers": "speakers",
    "programme": "programme",
    "conditions": "conditions",
    "practical": "practical",
    "described": "described",
    "members": "members",
    "organiser": "organiser",
    "certificate": "certificate",
}


def answer(
    templates: Templates, event: Event, topic: str, language: Language, now: datetime, desk: Desk | None = None
) -> str | None:
    """The sentence that answers a question about this event; None where only a person can.

    Made once: it changes with the moment only when the event's state does.
    """
    state = event_state(event, now)
    key = (id(event), language, state, topic, desk.address if desk else "")
    kept = templates.sentences.get(key)
    if kept is None or kept[0] is not event:
        kept = (event, _made(templates, event, topic, language, now, desk))
        templates.sentences[key] = kept
    return kept[1]


def _made(
    templates: Templates, event: Event, topic: str, language: Language, now: datetime, desk: Desk | None
) -> str | None:
    if topic.startswith("answer:"):
        number = topic.removeprefix("answer:")
        known = number.isdecimal() and int(number) < len(event.answers)
        return words(event.answers[int(number)].text, language) if known else None
    name = BLOCKS.get(topic)
    template = templates.of("answers", language)
    if name is None or name not in template.blocks:
        return None
    values = answer_values(templates, event, language, now, desk)
    # Splitting at every white space would also split at the no-break spaces of French.
    return _SPACES.sub(" ", "".join(template.blocks[name](template.new_context(dict(values))))).strip(" ") or None


_SPACES = re.compile(r"[ \t\n]+")
