"""The templates, compiled once and tried out with sample data, so that nothing undefined waits for 3 a.m."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, get_args

from jinja2 import (
    BaseLoader,
    Environment,
    StrictUndefined,
    Template,
    TemplateNotFound,
    TemplateSyntaxError,
    UndefinedError,
)
from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream
from jinja2.sandbox import SandboxedEnvironment

from mailbot.core import markup
from mailbot.core.events import Event, Mode
from mailbot.core.language import LANGUAGES, Language
from mailbot.core.pickups import PickupStatus, has_item
from mailbot.core.policy import Desk, Policy
from mailbot.core.problems import Problem
from mailbot.core.registrations import RegistrationStatus
from mailbot.core.replies import Rendered, ReplyContext, ReplyKind
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
from mailbot.core.written import typeset, until, when

#: kinds of mail that are not replies to participants
OTHER_KINDS = ("organiser-digest", "coordinator-holds", "coordinator-event-changes")

#: columns of the list attached to the digest; never the sensitive needs
LIST_COLUMNS = (
    *("event", "status", "name", "address", "organisation", "phone", "sessions", "choices", "mode", "pickup"),
    *("item", "requested-by", "requested-at"),
)
#: the list for the door, as it is printed
DOOR_PAGE = "list/door.html"
CERTIFICATE_WORDS = ("heading", "certifies", "attended", "hour", "hours", "issued", "reference", "file")
DOOR_WORDS = ("door-list", "tick", "needs", "attended", "absent", "expected", "not-listed", "printed")
#: what has become of something set aside, as it is listed
LISTED_ITEMS = (PickupStatus.RESERVED, PickupStatus.COLLECTED, PickupStatus.RETURNED)
LIST_WORDS = (*LIST_COLUMNS, *LISTED_ITEMS, *RegistrationStatus, *get_args(Mode), *DOOR_WORDS)

_SUBJECT = re.compile(r"\s*Subject\s*:[ \t]*(.*)\n")


class _Sources(BaseLoader):
    def __init__(self, sources: Mapping[str, str]) -> None:
        self._sources = sources

    def get_source(self, environment: Any, template: str) -> tuple[str, str | None, Any]:
        if template not in self._sources:
            raise TemplateNotFound(template)
        return self._sources[template], template, lambda: True


class _Typeset(Extension):
    """A template's own words are typeset once, when it is compiled: doing it to every mail costs more than the rest.

    Words of the events are typeset where they are made ready (``views.py``); those of strangers stay as they are.
    """

    def filter_stream(self, stream: TokenStream) -> Iterable[Token]:
        language = next((word for word in re.split(r"[/.]", stream.name or "") if word in LANGUAGES), None)
        for token in stream:
            words = token.type == "data" and language is not None
            yield Token(token.lineno, token.type, typeset(token.value, language)) if words and language else token


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


def templates_from(sources: Mapping[str, str], *, tried: bool = True) -> tuple[Templates | None, tuple[Problem, ...]]:
    """Every template compiled and tried, or everything that is wrong with them.

    Trying them takes 0.7 s. Where only a few mails are shown, ``tried=False`` compiles each when it is first used, and a
    wrong one raises ``TemplateError`` there.
    """
    environment = SandboxedEnvironment(
        loader=_Sources(sources),
        undefined=StrictUndefined,
        autoescape=False,
        lstrip_blocks=True,
        auto_reload=False,
        extensions=[_Typeset],
        # Kept compiled while it is loaded: pieces are shared.
        cache_size=-1,
    )
    problems: list[Problem] = []
    compiled: list[str] = []
    for name in _needed() if tried else ():
        try:
            environment.get_template(name)
            compiled.append(name)
        except TemplateSyntaxError as error:
            problems.append(
                _problem(str(error.name or name), f"line {error.lineno}", str(error.message), "Mend that line")
            )
        except TemplateNotFound as error:
            missing = str(error.name or name)
            problems.append(_problem(missing, "", "is missing", "Write it; the other languages show how"))
    reasons = {language: _glossary(sources, f"reasons/{language}.txt", problems) for language in LANGUAGES}
    certificate = {language: _glossary(sources, f"certificate/{language}.txt", problems) for language in LANGUAGES}
    listing = {language: _glossary(sources, f"list/{language}.txt", problems) for language in LANGUAGES}
    for language in LANGUAGES:
        problems.extend(_lacking(sources, f"list/{language}.txt", listing[language], LIST_WORDS))
        problems.extend(_lacking(sources, f"certificate/{language}.txt", certificate[language], CERTIFICATE_WORDS))
    templates = Templates(environment=environment, reasons=reasons, listing=listing, certificate=certificate)
    if tried:
        problems.extend(_tried(templates, frozenset(compiled)))
    return (None, tuple(dict.fromkeys(problems))) if problems else (templates, ())


def _needed() -> Iterator[str]:
    for language in LANGUAGES:
        for kind in (*get_args(ReplyKind), *OTHER_KINDS, "answers"):
            # ``answers/fr.txt`` has a block for each topic that an event's description may answer.
            yield f"{kind}/{language}.txt"
    yield DOOR_PAGE


def _glossary(sources: Mapping[str, str], name: str, problems: list[Problem]) -> Mapping[str, str]:
    """``code = words``, a line each."""
    if name not in sources:
        problems.append(_problem(name, "", "is missing", "Write it; the other languages show how"))
        return {}
    found: dict[str, str] = {}
    for number, line in enumerate(sources[name].splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        code, sign, words = line.partition("=")
        if not sign or not words.strip():
            problems.append(_problem(name, f"line {number}", "is no line of this file", "Write: code = what it means"))
            continue
        found[code.strip()] = words.strip()
    return found


def _lacking(
    sources: Mapping[str, str], name: str, words: Mapping[str, str], wanted: Iterable[str]
) -> Iterator[Problem]:
    lacking = [word for word in wanted if word not in words]
    if lacking and name in sources:
        yield _problem(name, "", f"lacks {', '.join(lacking)}", f"Write: {lacking[0]} = …")
    for word, value in words.items():
        if word in _FILLED and not _fills(value, _FILLED[word]):
            remedy = f"Write it with {{{_FILLED[word]}}} once, and no other braces"
            yield _problem(name, word, f"{value!r} cannot be filled in", remedy)


#: words of a certificate in which something is filled in
_FILLED = {"hour": "hours", "hours": "hours", "issued": "date", "reference": "id"}


def _fills(value: str, name: str) -> bool:
    return value.count("{" + name + "}") == 1 and value.count("{") == value.count("}") == 1


def _tried(templates: Templates, compiled: frozenset[str]) -> Iterator[Problem]:
    """Render everything that could be compiled, once with rich and once with bare samples."""
    from mailbot.core.samples import change_samples, digest_samples, hold_samples, reply_samples

    for language in LANGUAGES:
        answers = f"answers/{language}.txt"
        for kind in get_args(ReplyKind) if answers in compiled else ():  # replies are made with answers
            if f"{kind}/{language}.txt" not in compiled:
                continue
            for context in reply_samples(kind, language):
                yield from _try(templates, kind, language, _reply_values(templates, context, language, _SAMPLE_DESK))
        desk = {"desk": desk_view(_SAMPLE_DESK, language)}
        for kind, samples in (
            ("organiser-digest", digest_samples),
            ("coordinator-holds", hold_samples),
            ("coordinator-event-changes", change_samples),
        ):
            for values in samples(language) if f"{kind}/{language}.txt" in compiled else ():
                yield from _try(templates, kind, language, {**values, **desk})
        for context in reply_samples("registrant-confirmed", language) if answers in compiled else ():
            yield from _try_answers(templates, language, _reply_values(templates, context, language, _SAMPLE_DESK))
        if DOOR_PAGE in compiled and set(LIST_WORDS) <= templates.listing[language].keys():
            yield from _try_door_page(templates, language)


def _try_door_page(templates: Templates, language: Language) -> Iterator[Problem]:
    from mailbot.core.door_list import door_list, door_page
    from mailbot.core.samples import NOW, list_samples

    for event, people in list_samples():
        try:
            door_page(door_list(event, people, {}, templates, language, needs=True), templates, NOW)
        except UndefinedError as error:
            yield _problem(*_place(error, DOOR_PAGE), str(error.message), "Use only what the page is given")
        except Exception as error:
            yield _problem(*_place(error, DOOR_PAGE), f"cannot be rendered: {error}", "Mend the expression")


def _try_answers(templates: Templates, language: Language, values: Mapping[str, Any]) -> Iterator[Problem]:
    template = templates.of("answers", language)
    for topic, block in template.blocks.items():
        try:
            "".join(block(template.new_context(dict(values))))
        except Exception as error:
            file, line = _place(error, f"answers/{language}.txt")
            yield _problem(file, line, f"block {topic} cannot be rendered: {error}", "Mend that block")


def _try(templates: Templates, kind: str, language: Language, values: Mapping[str, Any]) -> Iterator[Problem]:
    name = f"{kind}/{language}.txt"
    try:
        found = _SUBJECT.match(templates.of(kind, language).render(values))
    except UndefinedError as error:
        known = ", ".join(sorted(values))
        yield _problem(*_place(error, name), str(error.message), f"Use only what there is: {known}")
        return
    except Exception as error:  # a filter or an operator on the wrong thing
        yield _problem(*_place(error, name), f"cannot be rendered: {error}", "Mend the expression")
        return
    if found is None or not found[1].strip():
        yield _problem(name, "block subject", "makes an empty subject", "Write one")


def _place(error: BaseException, name: str) -> tuple[str, str]:
    """The template and the line at fault: it may stand in a piece that many templates share."""
    place = (name, "")
    trace = error.__traceback__
    while trace is not None:
        file = trace.tb_frame.f_code.co_filename
        if file.endswith((".txt", ".html")):
            place = (file, f"line {trace.tb_lineno}")
        trace = trace.tb_next
    return place


def render(context: ReplyContext, policy: Policy) -> Rendered:
    """One reply in one language, or in two where the sender's is in doubt."""
    parts = []
    for language in context.languages:
        values = _reply_values(policy.templates, context, language, policy.desk)
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
    found = _SUBJECT.match(whole)
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


def _reply_values(templates: Templates, context: ReplyContext, language: Language, desk: Desk) -> Mapping[str, Any]:
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
    values = dict(_reply_values(templates, context, language, desk or _SAMPLE_DESK))
    values["pickup"] = pickup_view(event, None, language, now) if event.pickup else None
    return values


def _sample_desk() -> Desk:
    from mailbot.core.language import Localized

    name = Localized(fr="Accueil", nl="Onthaal", en="Desk", de="Empfang")
    return Desk(name=name, addresses=("desk@town.example",), signature=name, privacy=name)


_SAMPLE_DESK = _sample_desk()


def _problem(name: str, key: str, message: str, remedy: str) -> Problem:
    return Problem(file=f"templates/{name}", key=key, message=message, remedy=remedy)
