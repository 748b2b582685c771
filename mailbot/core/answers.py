"""Questions that an event's own description answers. The sentences stand in ``templates/answers/``."""

from __future__ import annotations

from datetime import datetime

from mailbot.core.events import Event
from mailbot.core.language import Language
from mailbot.core.policy import Desk
from mailbot.core.templates import Templates, answer_values
from mailbot.core.written import typeset

#: topic of a question -> block of the template; ``answer:N`` is the event's own N-th answer
BLOCKS = {
    "when": "when",
    "where": "where",
    "access": "access",
    "language": "language",
    "interpretation": "interpretation",
    "price": "price",
    "how-to-register": "register",
    "opening": "opening",
    "deadline": "deadline",
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
    "members": "members",
    "organiser": "organiser",
}


def answer(
    templates: Templates, event: Event, topic: str, language: Language, now: datetime, desk: Desk | None = None
) -> str | None:
    """The sentence that answers a question about this event; None where only a person can."""
    if topic.startswith("answer:"):
        number = topic.removeprefix("answer:")
        known = number.isdecimal() and int(number) < len(event.answers)
        return typeset(event.answers[int(number)].text.in_(language), language) if known else None
    name = BLOCKS.get(topic)
    template = templates.of("answers", language)
    if name is None or name not in template.blocks:
        return None
    values = answer_values(templates, event, language, now, desk)
    text = "".join(template.blocks[name](template.new_context(dict(values))))
    return typeset(" ".join(text.split()), language) or None
