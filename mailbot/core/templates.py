"""From what a mail has to tell to its words: what templates may name, and how they are rendered."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from jinja2 import (
    Environment,
    Template,
)

from mailbot.core import markup
from mailbot.core.events import Event
from mailbot.core.language import Language
from mailbot.core.pickups import PickupStatus, has_item
from mailbot.core.policy import Desk, Policy
from mailbot.core.registrations import RegistrationStatus
from mailbot.core.replies import Rendered, ReplyContext
from mailbot.core.views import (
    before_view,
    choices_view,
    common,
    event_view,
    missing_details,
    open_choices_view,
    person_view,
    pickup_view,
    session_view,
    sessions_view,
    waits,
    words,
)
from mailbot.core.written import until, when

#: columns of the list attached to the digest; never the sensitive needs
LIST_COLUMNS = (
    *("event", "status", "name", "address", "organisation", "phone", "sessions", "choices", "mode", "pickup"),
    *("item", "requested-by", "requested-at", "otherwise", "exchange", "offered-until"),
)
#: the list for the door, as it is printed
DOOR_PAGE = "list/door.html"
#: what has become of something set aside, as it is listed
LISTED_ITEMS = (PickupStatus.RESERVED, PickupStatus.COLLECTED, PickupStatus.RETURNED)

SUBJECT = re.compile(r"\s*Subject\s*:[ \t]*(.*)\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class Templates:
    """The templates, each compiled once, and the reasons in words by language."""

    environment: Environment
    reasons: Mapping[Language, Mapping[str, str]]
    #: the words of the attached list, by what they stand for
    listing: Mapping[Language, Mapping[str, str]]
    #: words of a certificate of attendance, by language
    certificate: Mapping[Language, Mapping[str, str]]
    #: an event's words, made once; they change with the moment only when its state does
    _views: dict[tuple[int, Language, str], tuple[Event, Mapping[str, Any]]] = field(default_factory=dict)
    #: the same for the sentences that answer questions; ``answers.py`` fills it
    sentences: dict[tuple[int, Language, str, str, str], tuple[Event, str | None]] = field(default_factory=dict)

    def of(self, kind: str, language: Language) -> Template:
        return self.environment.get_template(f"{kind}/{language}.txt")

    def event(self, event: Event, language: Language, now: datetime, state: str) -> Mapping[str, Any]:
        key = (id(event), language, state)
        kept = self._views.get(key)
        if kept is None or kept[0] is not event:
            kept = (event, event_view(event, language, now))
            self._views[key] = kept
        return kept[1]


def render(context: ReplyContext, policy: Policy) -> Rendered:
    """One reply in one language, or in two where the sender's is in doubt."""
    parts = []
    for language in context.languages:
        values = reply_values(policy.templates, context, language, policy.desk)
        parts.append(rendered_of(policy.templates.of(context.kind, language), values, language))
    if len(parts) == 1:
        return parts[0]
    return joined(parts, context.languages)


def joined(parts: list[Rendered], languages: tuple[Language, ...]) -> Rendered:
    """Both texts in one mail, a line between."""
    return Rendered(
        subject=" / ".join(part.subject for part in parts),
        text="\n* * *\n\n".join(part.text for part in parts),
        html=markup.pages_joined([part.html for part in parts], languages),
    )


def rendered_of(template: Template, values: Mapping[str, Any], language: Language) -> Rendered:
    whole = template.render(values)
    found = SUBJECT.match(whole)
    subject = markup.shown(" ".join(found[1].split())) if found else ""
    body = markup.normal(whole[found.end() :] if found else whole)
    return Rendered(subject=subject, text=markup.plain(body), html=markup.page(body, title=subject, language=language))


def desk_view(desk: Desk, language: Language) -> Mapping[str, str]:
    return {
        "name": words(desk.name, language),
        "signature": words(desk.signature, language),
        "privacy": words(desk.privacy, language),
        "address": desk.address,
    }


def reply_values(templates: Templates, context: ReplyContext, language: Language, desk: Desk) -> Mapping[str, Any]:
    """Everything that a reply's template may name."""
    event = context.event
    values: dict[str, Any] = {
        "desk": desk_view(desk, language),
        "name": markup.literal(context.addressee or ""),
        "event": None,
        "sessions": [],
        "open_sessions": [],
        "people": [],
        "several": len(context.registrations) > 1,
        "for_other": False,
        "waiting_some": False,
        "mode": "",
        "dates": "",
        "choices": [],
        "open_choices": [],
        "missing_details": [],
        "pickup": None,
        "changed": context.changed,
        "before": None,
        "remarks": context.remarks,
        "until": until(context.until, event.timezone, language) if context.until and event else "",
        "status": context.registrations[0].status.value if context.registrations else "",
        "candidates": [
            {"title": words(candidate.title, language), "when": when(candidate, language)}
            for candidate in context.candidates
        ],
        "choice": None,
        "answers": [],
        "passed_on": context.passed_on,
        "note": "\n\n".join(markup.literal(part) for part in context.note.split("\n\n") if part.strip()),
        "invitation": context.invitations > 0,
        "invitations": context.invitations,
        "withdrawals": context.withdrawals,
        "reply_to": context.reply_to or desk.address,
        "asked_by": markup.literal(context.asked_by),
        "asked_act": context.asked_act,
        "new_address": markup.literal(context.new_address),
    }
    if context.choice is not None:
        values["choice"] = {
            "title": words(context.choice.title, language),
            "options": [words(option.title, language) for option in context.choice.options],
            "full": [words(o.title, language) for o in context.choice.options if o.key in context.full_options],
        }
    if event is not None:
        values |= _event_values(templates, context, event, language)
        if context.answers:
            from mailbot.core.answers import answer

            found = (answer(templates, event, topic, language, context.now, desk) for topic in context.answers)
            values["answers"] = [sentence for sentence in found if sentence]
    return values


def _event_values(templates: Templates, context: ReplyContext, event: Event, language: Language) -> dict[str, Any]:
    from mailbot.core.case import event_state

    registrations = context.registrations
    shared = common(registrations)
    differs = shared is not None and any(
        r.sessions != shared.sessions or dict(r.choices) != dict(shared.choices) for r in registrations
    )
    chosen = tuple(key for r in registrations for key in r.sessions)
    mode = (shared.mode if shared and shared.mode in event.modes else None) or (
        event.modes[0] if len(event.modes) == 1 else ""
    )
    chosen_point = shared.pickup if shared else None
    takers = [r for r in registrations if has_item(event, r)]
    offer = event.pickup if takers else None
    waiting = [r for r in registrations if waits(r)]
    return {
        "event": templates.event(event, language, context.now, event_state(event, context.now)),
        "sessions": sessions_view(event, chosen, language),
        "dates": when(event, language, chosen),
        "open_sessions": [session_view(s, language) for s in event.sessions if s.ends > context.now],
        "people": [person_view(event, r, language, differs=differs) for r in registrations],
        "for_other": len(registrations) == 1 and registrations[0].requested_by is not None,
        "waiting_some": bool(waiting) and any(r.status is RegistrationStatus.CONFIRMED for r in registrations),
        "mode": mode,
        "before": before_view(context.before, event, chosen, context.place_before, language)
        if context.before
        else None,
        "choices": choices_view(event, shared.choices if shared else {}, language),
        "open_choices": open_choices_view(event, registrations, language),
        "missing_details": missing_details(event, registrations),
        "pickup": pickup_view(event, chosen_point, language, context.now, context.empty_points) if offer else None,
    }


def answer_values(
    templates: Templates, event: Event, language: Language, now: datetime, desk: Desk | None
) -> Mapping[str, Any]:
    """What the blocks of ``answers/`` may name."""
    context = ReplyContext(kind="registrant-answer", languages=(language,), now=now, event=event)
    values = dict(reply_values(templates, context, language, desk or SAMPLE_DESK))
    values["pickup"] = pickup_view(event, None, language, now) if event.pickup else None
    return values


def _sample_desk() -> Desk:
    from mailbot.core.language import Localized

    name = Localized(fr="Accueil", nl="Onthaal", en="Desk", de="Empfang")
    return Desk(name=name, addresses=("desk@town.example",), signature=name, privacy=name)


SAMPLE_DESK = _sample_desk()
