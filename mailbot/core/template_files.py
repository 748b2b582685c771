"""The templates from their files, compiled once and tried out with sample data: nothing undefined waits for 3 a.m."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, get_args

from jinja2 import BaseLoader, StrictUndefined, TemplateNotFound, TemplateSyntaxError, UndefinedError
from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream
from jinja2.sandbox import SandboxedEnvironment

from mailbot.core.events import Mode
from mailbot.core.language import LANGUAGES, Language
from mailbot.core.problems import Problem
from mailbot.core.registrations import RegistrationStatus
from mailbot.core.replies import ReplyKind
from mailbot.core.templates import (
    DOOR_PAGE,
    LIST_COLUMNS,
    LISTED_ITEMS,
    SAMPLE_DESK,
    SUBJECT,
    Templates,
    desk_view,
    reply_values,
)
from mailbot.core.written import typeset

#: kinds of mail that are not replies to participants
OTHER_KINDS = ("organiser-digest", "coordinator-holds", "coordinator-event-changes")

CERTIFICATE_WORDS = ("heading", "certifies", "attended", "hour", "hours", "issued", "reference", "file")
DOOR_WORDS = ("door-list", "tick", "needs", "attended", "absent", "expected", "not-listed", "printed")
LIST_WORDS = (*LIST_COLUMNS, *LISTED_ITEMS, *RegistrationStatus, *get_args(Mode), *DOOR_WORDS)


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


class _Sandbox(SandboxedEnvironment):
    """Values are nearly all mappings: their keys come before their methods, and cost no AttributeError each."""

    def getattr(self, obj: Any, attribute: str) -> Any:
        if type(obj) is dict and attribute in obj:
            return obj[attribute]
        return super().getattr(obj, attribute)


def templates_from(sources: Mapping[str, str], *, tried: bool = True) -> tuple[Templates | None, tuple[Problem, ...]]:
    """Every template compiled and tried, or everything that is wrong with them.

    Trying them takes 0.7 s. Where only a few mails are shown, ``tried=False`` compiles each when it is first used, and a
    wrong one raises ``TemplateError`` there.
    """
    environment = _Sandbox(
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
                yield from _try(templates, kind, language, reply_values(templates, context, language, SAMPLE_DESK))
        desk = {"desk": desk_view(SAMPLE_DESK, language)}
        for kind, samples in (
            ("organiser-digest", digest_samples),
            ("coordinator-holds", hold_samples),
            ("coordinator-event-changes", change_samples),
        ):
            for values in samples(language) if f"{kind}/{language}.txt" in compiled else ():
                yield from _try(templates, kind, language, {**values, **desk})
        for context in reply_samples("registrant-confirmed", language) if answers in compiled else ():
            yield from _try_answers(templates, language, reply_values(templates, context, language, SAMPLE_DESK))
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
        found = SUBJECT.match(templates.of(kind, language).render(values))
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


def _problem(name: str, key: str, message: str, remedy: str) -> Problem:
    return Problem(file=f"templates/{name}", key=key, message=message, remedy=remedy)
