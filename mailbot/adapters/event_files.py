"""``rules/events/*.toml`` as ``Event`` values, with every problem in words for a coordinator."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import Locale
from email_validator import EmailNotValidError, validate_email

from mailbot.adapters.typed_toml import read_toml, shown, validated
from mailbot.core.events import Event
from mailbot.core.language import Localized
from mailbot.core.pickups import ANY_POINT, NONE_WANTED
from mailbot.core.problems import Problem


def load_events(folder: Path) -> tuple[Mapping[str, Event], tuple[Problem, ...]]:
    """All events of a folder by key, and all problems of all files."""
    events: dict[str, Event] = {}
    origin: dict[str, str] = {}
    problems: list[Problem] = []
    paths = sorted(folder.glob("*.toml"))
    if not paths:
        problems.append(_problem(shown(folder), "", "holds no event", "Put one .toml file an event there"))
    for path in paths:
        data, found = read_toml(path)
        problems.extend(found)
        if data is None:
            continue
        event, found = event_from(data, shown(path))
        problems.extend(found)
        if event is None:
            continue
        if event.key in events:
            problems.append(
                _problem(
                    shown(path), "key", f"{event.key!r} is the key of {origin[event.key]} too", "Give it another key"
                )
            )
        events[event.key] = event
        origin[event.key] = shown(path)
    return events, tuple(problems)


def event_from(data: Mapping[str, Any], file: str) -> tuple[Event | None, tuple[Problem, ...]]:
    """One event of its TOML data."""
    event, problems = validated(Event, data, file)
    if event is None:
        return None, problems
    try:
        zone = ZoneInfo(event.timezone)
    except (ZoneInfoNotFoundError, ValueError):
        return None, (
            _problem(file, "timezone", f"{event.timezone!r} is no time zone", 'Write for example "Europe/Brussels"'),
        )
    event = _in_zone(event, zone)
    found = tuple(_checks(event, file))
    return (None if found else event), found


def _in_zone(event: Event, zone: tzinfo) -> Event:
    """Wall times put into the event's zone; a registration without an end closes with the last session's start."""

    def local(moment: datetime) -> datetime:
        return moment.replace(tzinfo=zone) if moment.tzinfo is None else moment

    sessions = tuple(
        replace(session, starts=local(session.starts), ends=local(session.ends)) for session in event.sessions
    )
    terms = event.registration
    opens = local(terms.opens) if terms.opens else None
    closes = local(terms.closes) if terms.closes else None
    if closes is None and terms.by == "mail" and sessions:
        closes = max(session.starts for session in sessions)
    return replace(event, sessions=sessions, registration=replace(terms, opens=opens, closes=closes))


def _checks(event: Event, file: str) -> Iterator[Problem]:
    """What the types cannot say."""
    yield from _session_checks(event, file)
    yield from _unique(file, "sessions", [session.key for session in event.sessions])
    yield from _unique(file, "choices", [choice.key for choice in event.choices])
    for index, choice in enumerate(event.choices, start=1):
        yield from _unique(file, f"choices[{index}].options", [option.key for option in choice.options])
        if len(choice.options) < 2:
            yield _problem(
                file, f"choices[{index}].options", "has fewer than two options", "Add an option, or remove the choice"
            )
    if event.pickup is not None:
        yield from _unique(file, "pickup.points", [point.key for point in event.pickup.points])
        if not event.pickup.points:
            yield _problem(file, "pickup.points", "is empty", "Add a [[pickup.points]], or remove [pickup]")
        for index, point in enumerate(event.pickup.points, start=1):
            if point.key in {NONE_WANTED, ANY_POINT}:
                message = f"{point.key!r} is what stands for people who want none, or one wherever it is"
                yield _problem(file, f"pickup.points[{index}].key", message, "Give the point another key")
    yield from _terms_checks(event, file)
    yield from _word_checks(event, file)
    yield from _texts(event, file)
    yield from _addresses(event, file)
    yield from _limits(event, file)


def _session_checks(event: Event, file: str) -> Iterator[Problem]:
    count = len(event.sessions)
    if count == 0:
        yield _problem(file, "sessions", "is empty", "Add a [[sessions]] with key, starts and ends")
        return
    for index, session in enumerate(event.sessions, start=1):
        if session.ends <= session.starts:
            yield _problem(file, f"sessions[{index}].ends", "is not after its start", "Write a later moment")
        if session.key != event.key and not session.key.startswith(f"{event.key}/"):
            yield _problem(
                file, f"sessions[{index}].key", f"does not begin with {event.key + '/'!r}", f'Write "{event.key}/…"'
            )
    if event.attend == "single" and count > 1:
        yield _problem(file, "attend", 'is "single", but there are several sessions', 'Write "any", "one" or "all"')
    if event.attend in {"any", "one"} and count < 2:
        yield _problem(
            file, "attend", f'is "{event.attend}", but there is one session', 'Write "single", or add a session'
        )


def _terms_checks(event: Event, file: str) -> Iterator[Problem]:
    terms = event.registration
    if terms.by == "elsewhere" and not terms.url:
        yield _problem(file, "registration.url", "is missing", "Write where one registers, since it is not here")
    if terms.opens and terms.closes and terms.closes <= terms.opens:
        yield _problem(file, "registration.closes", "is not after registration.opens", "Write a later moment")
    if not event.modes:
        yield _problem(file, "modes", "is empty", 'Write ["in-person"], ["online"] or both')
    if "in-person" in event.modes and event.place is None and not all(session.place for session in event.sessions):
        yield _problem(
            file, "place", "is missing, though people may come in person", "Add a [place] with street and city"
        )
    members = terms.members
    if members is not None and not (members.domains or members.addresses):
        yield _problem(file, "registration.members", "names nobody", "Add domains or addresses, or remove it")
    if event.price is not None and event.price.amount < 0:
        yield _problem(file, "price.amount", "is below zero", "Write 0 where it is free")


#: a reminder longer before is none
MOST_REMINDER_DAYS = 60

#: what may stand in a key: seats are counted under ``event:choice=option``, and keys are typed in commands
_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_DOMAIN = re.compile(r"@?([A-Za-z0-9-]+\.)+[A-Za-z0-9-]{2,}")


def _word_checks(event: Event, file: str) -> Iterator[Problem]:
    """Keys, addresses of pages, language codes, currencies, domains: text that must have a form."""
    for where, key in _keys(event):
        if not _KEY.fullmatch(key):
            yield _problem(file, where, f"{key!r} is no key", "Write letters, digits and hyphens only")
    for where, url in _urls(event):
        if not re.match(r"https?://\S+$", url):
            yield _problem(file, where, f"{url!r} is no web address", "Write it whole: https://…")
    known = Locale("en").languages
    for name in ("spoken", "questions", "interpretation"):
        for index, code in enumerate(getattr(event.languages, name), start=1):
            if code not in known:
                remedy = "Write its code: fr, nl, en, de, es …"
                yield _problem(file, f"languages.{name}[{index}]", f"{code!r} is no language code", remedy)
    if event.price is not None and not re.fullmatch(r"[A-Z]{3}", event.price.currency):
        yield _problem(file, "price.currency", f"{event.price.currency!r} is no currency", "Write EUR")
    members = event.registration.members
    for index, domain in enumerate(members.domains if members else (), start=1):
        if not _DOMAIN.fullmatch(domain):
            key = f"registration.members.domains[{index}]"
            yield _problem(file, key, f"{domain!r} is no domain", "Write what stands after the @: town.example")


def _keys(event: Event) -> Iterator[tuple[str, str]]:
    yield "key", event.key
    for index, session in enumerate(event.sessions, start=1):
        yield f"sessions[{index}].key", session.key.removeprefix(f"{event.key}/")
    for number, choice in enumerate(event.choices, start=1):
        yield f"choices[{number}].key", choice.key
        for index, option in enumerate(choice.options, start=1):
            yield f"choices[{number}].options[{index}].key", option.key
    for index, point in enumerate(event.pickup.points if event.pickup else (), start=1):
        yield f"pickup.points[{index}].key", point.key


def _urls(event: Event) -> Iterator[tuple[str, str]]:
    found = [("website", event.website), ("organiser.website", event.organiser.website)]
    found.append(("registration.url", event.registration.url))
    found += [(f"sessions[{i}].online_link", session.online_link) for i, session in enumerate(event.sessions, start=1)]
    if event.afterwards is not None:
        names = ("replay", "slides", "minutes", "photos", "survey")
        found += [(f"afterwards.{name}", getattr(event.afterwards, name)) for name in names]
    yield from ((where, url) for where, url in found if url is not None)


def _texts(value: Any, file: str, key: str = "") -> Iterator[Problem]:
    """Every Localized anywhere in the event holds at least one language."""
    if isinstance(value, Localized):
        if not value.given():
            yield _problem(file, key, "has no text in any language", 'Write at least one: { fr = "…" }')
    elif isinstance(value, tuple):
        for index, item in enumerate(value, start=1):
            yield from _texts(item, file, f"{key}[{index}]")
    elif hasattr(value, "__dataclass_fields__"):
        for name in value.__dataclass_fields__:
            yield from _texts(getattr(value, name), file, f"{key}.{name}" if key else name)


def _addresses(event: Event, file: str) -> Iterator[Problem]:
    found = [("organiser.email", event.organiser.email)] if event.organiser.email else []
    found += [(f"organiser.digest[{index}]", address) for index, address in enumerate(event.organiser.digest, start=1)]
    members = event.registration.members
    if members is not None:
        found += [(f"registration.members.addresses[{i}]", a) for i, a in enumerate(members.addresses, start=1)]
    yield from address_problems(file, [(key, address) for key, address in found if address])


def address_problems(file: str, found: Iterable[tuple[str, str]]) -> Iterator[Problem]:
    """A problem for each address that cannot be one (RFC 5321 §4.1.2). Nothing is looked up."""
    for key, address in found:
        try:
            validate_email(address, check_deliverability=False, test_environment=True)
        except EmailNotValidError as error:
            if "special-use" in str(error) or "reserved" in str(error):
                continue
            yield _problem(file, key, f"{address!r} is no mail address ({error})", "Write it as name@example.org")


def _limits(event: Event, file: str) -> Iterator[Problem]:
    found = [("capacity", event.capacity), ("in_person_capacity", event.in_person_capacity)]
    for index, session in enumerate(event.sessions, start=1):
        found += [
            (f"sessions[{index}].capacity", session.capacity),
            (f"sessions[{index}].in_person_capacity", session.in_person_capacity),
        ]
    for number, choice in enumerate(event.choices, start=1):
        found += [
            (f"choices[{number}].options[{i}].capacity", o.capacity) for i, o in enumerate(choice.options, start=1)
        ]
    for index, point in enumerate(event.pickup.points if event.pickup else (), start=1):
        if point.stock is not None and point.stock < 0:
            yield _problem(file, f"pickup.points[{index}].stock", "is below zero", "Write how many there are")
    for index, days in enumerate(event.reminders or (), start=1):
        if not 0 <= days <= MOST_REMINDER_DAYS:
            message = f"{days} is no number of days from 0 to {MOST_REMINDER_DAYS}"
            yield _problem(file, f"reminders[{index}]", message, "Write how many days before: 7")
    if event.pickup is not None and (event.pickup.reminder_days or 0) < 0:
        yield _problem(file, "pickup.reminder_days", "is below zero", "Write 14, or 0 for none")
    if event.certificate is not None and event.certificate.hours is not None and event.certificate.hours <= 0:
        yield _problem(file, "certificate.hours", "is not above zero", "Write the hours it certifies: 3 or 2.5")
    if event.certificate is not None and not event.certificate.signatory.strip():
        yield _problem(file, "certificate.signatory", "is empty", "Write who signs it")
    for key, limit in found:
        if limit is not None and limit < 1:
            yield _problem(file, key, "is below one", "Write how many people it holds, or remove it")
        if limit is not None and key.endswith("in_person_capacity") and "in-person" not in event.modes:
            yield _problem(file, key, "is given, though nobody comes in person", "Remove it, or mend modes")
    if event.offer_hours < 1:
        yield _problem(file, "offer_hours", "is below one", "Write for how many hours an offered place is kept")
    for index, point in enumerate(event.pickup.points if event.pickup else (), start=1):
        if point.stock is not None and point.stock < 0:
            yield _problem(
                file, f"pickup.points[{index}].stock", "is below zero", "Write how many there are, or remove it"
            )


def _unique(file: str, key: str, names: Iterable[str]) -> Iterator[Problem]:
    for name, count in Counter(names).items():
        if count > 1:
            yield _problem(file, key, f"{name!r} is given {count} times", "Give each its own key")


def _problem(file: str, key: str, message: str, remedy: str) -> Problem:
    return Problem(file=file, key=key, message=message, remedy=remedy)
