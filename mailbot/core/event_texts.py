"""Topics that have no key of their own in the event file: which of its free texts speaks of one, so that it answers.

"Where can I park?" is answered by ``place.access`` where that tells of parking, and by an ``[[answers]]`` that is about
it, whatever words its coordinator listed. Where no text speaks of it, a person answers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from mailbot.core.events import Event
from mailbot.core.language import Localized
from mailbot.core.lexicon import Lexicon, find_phrases, text_of

#: topic -> the texts in which it may stand, the likeliest first; each has a sentence of its own in templates/answers
_WHERE: Mapping[str, tuple[str, ...]] = {
    "parking": ("access", "practical"),
    "step-free": ("access", "practical", "described"),
    "bring": ("practical", "described"),
    "food": ("practical", "conditions", "described"),
    "childcare": ("practical", "conditions", "described"),
    "age": ("conditions", "practical", "described"),
    "weather": ("practical", "described"),
}


def told_by(topic: str, event: Event, lexicons: Iterable[Lexicon]) -> str:
    """The topic whose sentence answers it, ``answer:N`` or that of a text; the topic itself where no text speaks of it."""
    if topic not in _WHERE:
        return topic
    used = tuple(lexicons)
    for number, answer in enumerate(event.answers):
        if _speaks(topic, answer.text, used) or any(_in(topic, word, used) for word in answer.topics):
            return f"answer:{number}"
    texts = {
        "access": event.place.access if event.place else None,
        "practical": event.practical,
        "conditions": event.registration.conditions,
        "described": event.description,
    }
    return next((name for name in _WHERE[topic] if _speaks(topic, texts[name], used)), topic)


def _speaks(topic: str, text: Localized | None, lexicons: tuple[Lexicon, ...]) -> bool:
    return text is not None and any(_in(topic, text.in_(lexicon.language), (lexicon,)) for lexicon in lexicons)


def _in(topic: str, text: str, lexicons: tuple[Lexicon, ...]) -> bool:
    return any(found.meaning == f"question.{topic}" for found in find_phrases(text_of(text), lexicons))
