"""What templates see of an event and of registrations: words, ready to be written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from babel import Locale

from mailbot.core.case import event_state
from mailbot.core.events import Detail, Event, PickupPoint, Session
from mailbot.core.language import Language, Localized
from mailbot.core.markup import literal
from mailbot.core.pickups import NONE_WANTED, told_now
from mailbot.core.registrations import Registration, RegistrationStatus
from mailbot.core.written import address, day, is_month, listed, moment_of, money, several_days, typeset, when

View = Mapping[str, Any]

#: quotation marks within quotation marks
_NESTED: Mapping[Language, Mapping[int, str]] = {
    "fr": str.maketrans({"«": "“", "»": "”"}),
    "nl": str.maketrans({"‘": "“", "’": "”"}),
    "en": str.maketrans({"“": "‘", "”": "’"}),
    "de": str.maketrans({"„": "‚", "“": "‘"}),
}


def title_of(event: Event, language: Language) -> str:
    """The title as it stands inside quotation marks."""
    title = words(event.title, language)
    if language == "nl" and "‘" not in title:  # then ’ is an apostrophe
        return title
    title = title.translate(_NESTED[language])
    return title.replace("“ ", "“").replace(" ”", "”").replace("“\u00a0", "“").replace("\u00a0”", "”")


def words(text: Localized | None, language: Language) -> str:
    """A coordinator's words in this language, typeset; nothing where there are none."""
    return typeset(text.in_(language), language) if text is not None else ""


def event_view(event: Event, language: Language, now: datetime) -> View:
    """An event's words at this moment. Costly; kept by the caller for a language and an event."""
    terms, price, after = event.registration, event.price, event.afterwards
    state = event_state(event, now)
    speakers = event.speakers or tuple(dict.fromkeys(name for session in event.sessions for name in session.speakers))
    contact = ", ".join(part for part in (event.organiser.email, event.organiser.phone) if part)
    links = (
        {name: getattr(after, name) or "" for name in ("replay", "slides", "minutes", "photos", "survey")}
        if after
        else {}
    )
    return {
        # within quotation marks, and alone
        "title": title_of(event, language),
        "heading": words(event.title, language),
        "kind": words(event.kind, language),
        "description": words(event.description, language),
        "when": when(event, language),
        "times_known": event.times_known,
        "is_month": is_month(event),
        "is_range": _is_range(event, language),
        "is_list": event.times_known and not _is_range(event, language) and len(event.sessions) > 1,
        "place": address(event.place, language) if event.place else "",
        "access": words(event.place.access, language) if event.place else "",
        "certificate": event.certificate.offered_to if event.certificate else "",
        "is_online": "online" in event.modes,
        "is_hybrid": len(event.modes) > 1,
        "online_note": words(event.online_note, language),
        "mode_note": words(event.mode_note, language),
        "attend": event.attend,
        "by": terms.by,
        "url": terms.url or event.website or "",
        "opens": day(terms.opens.date(), language) if terms.opens else "",
        "closes": _closes(terms.closes, language),
        "is_open": state == "open",
        "is_closed": state == "closed",
        "is_past": state == "past",
        "not_open_yet": state == "not-open",
        "needs_session": event.attend in {"any", "one"},
        "needs_choice": listed(
            [words(choice.title, language) for choice in event.choices if choice.required], language
        ),
        "spoken": _languages(event.languages.spoken, language),
        "questions_in": _languages(event.languages.questions, language),
        "interpretation": _codes(event.languages.interpretation),
        "speakers": listed(speakers, language),
        "has_session_places": event.place is None and all(session.place for session in event.sessions),
        "has_links": any(session.online_link for session in event.sessions),
        "is_free": price is not None and price.amount == 0,
        "price": money(price.amount, price.currency, language) if price is not None and price.amount else "",
        "how_to_pay": words(price.how_to_pay, language) if price else "",
        "payment_reference": (price.reference or "") if price else "",
        "conditions": words(terms.conditions, language),
        "members_told": words(terms.members.told, language) if terms.members else "",
        "practical": words(event.practical, language),
        "has_waiting_list": event.waiting_list != "none",
        "cancelled_reason": words(event.cancelled, language),
        "postponed_reason": words(event.postponed.reason, language) if event.postponed else "",
        "afterwards": [{"what": name, "url": url} for name, url in links.items() if url],
        "afterwards_note": words(after.note, language) if after else "",
        "replay": "",
        "slides": "",
        "minutes": "",
        "photos": "",
        "survey": "",
        **links,
        "organiser": words(event.organiser.name, language),
        "organiser_contact": contact or event.organiser.website or "",
        "has_session_titles": all(session.title is not None for session in event.sessions),
    }


def _is_range(event: Event, language: Language) -> bool:
    """Whether its time already begins with a preposition: ``du … au …``."""
    return not is_month(event) and when(event, language)[:1].islower() and when(event, language).split()[0] in _FROM


_FROM = frozenset({"du", "van", "vom", "von"})


def _closes(moment: datetime | None, language: Language) -> str:
    """The last day; a moment at midnight closes the day before."""
    return day((moment - timedelta(seconds=1)).date(), language) if moment else ""


def _languages(codes: tuple[str, ...], language: Language) -> str:
    locale = Locale(language)
    names = [locale.languages.get(code, code) for code in codes]
    # French alone writes languages without a capital.
    return listed([name.lower() if language == "fr" else name for name in names], language)


def _codes(codes: tuple[str, ...]) -> str:
    return "/".join(code.upper() for code in codes)


def session_view(session: Session, language: Language) -> View:
    return {
        "text": moment_of(session.starts, session.ends, language),
        "title": words(session.title, language),
        "link": session.online_link or "",
        "place": address(session.place, language) if session.place else "",
    }


def sessions_view(event: Event, keys: tuple[str, ...], language: Language) -> list[View]:
    """The chosen sessions, all where nothing is chosen; whole conferences in one line."""
    chosen = [session for session in event.sessions if session.key in keys] or list(event.sessions)
    if not event.times_known or (event.attend == "all" and not any(s.title for s in chosen)):
        return [{"text": when(event, language), "title": "", "link": "", "place": ""}]
    return [session_view(session, language) for session in sorted(chosen, key=lambda s: s.starts)]


def before_view(
    before: Event, event: Event, keys: tuple[str, ...], place: Localized | None, language: Language
) -> View:
    """An event as people know it: their sessions, those of them that are gone, and the place."""
    mine = tuple(key for key in keys if before.session(key)) or tuple(session.key for session in before.sessions)
    gone = tuple(key for key in mine if event.session(key) is None)
    moved = tuple(key for key in mine if _moved(before.session(key), event.session(key)))
    return {
        "dates": when(before, language, mine),
        # each as it was and as it is now
        "moved": [
            (session_view(old, language)["text"], session_view(new, language)["text"])
            for key in moved
            if (old := before.session(key)) and (new := event.session(key))
        ]
        if before.times_known
        else [],
        "gone": [view["text"] for view in sessions_view(before, gone, language)] if gone else [],
        "place": words(place, language),
    }


def _moved(before: Session | None, now: Session | None) -> bool:
    return before is not None and now is not None and (before.starts, before.ends) != (now.starts, now.ends)


def pickup_view(
    event: Event, chosen: str | None, language: Language, now: datetime, empty: frozenset[str] = frozenset()
) -> View:
    """Where and how, or from when on it is told: ``later``. ``empty``: points with none left; they are not offered."""
    pickup = event.pickup
    if pickup is None:
        return {}
    points = [point for point in pickup.points if point.key == chosen]
    points = points or [point for point in pickup.points if point.key not in empty]
    later = ""
    if not told_now(event, now):
        later = "after-event" if not isinstance(pickup.when, date) else day(pickup.when, language)
    return {
        "item": words(pickup.item, language),
        "note": words(pickup.note, language),
        "chosen": len(points) == 1 and chosen is not None,
        "declined": chosen == NONE_WANTED,
        "later": later,
        "all_hours": all(point.hours for point in pickup.points),
        "points": [_point(point, language) for point in points],
        # where else: the other points with one left
        "others": [_point(p, language) for p in pickup.points if p not in points and p.key not in empty],
    }


def _point(point: PickupPoint, language: Language) -> View:
    return {
        "address": address(point.place, language),
        "ask_for": point.ask_for or "",
        "hours": words(point.hours, language),
        "contact": point.contact or "",
    }


def choices_view(event: Event, chosen: Mapping[str, str], language: Language) -> list[View]:
    found: list[View] = []
    for choice in event.choices:
        option = next((o for o in choice.options if o.key == chosen.get(choice.key)), None)
        if option is not None:
            title = words(choice.title, language)
            found.append({"title": title[:1].upper() + title[1:], "option": words(option.title, language)})
    return found


def open_choices_view(event: Event, registrations: tuple[Registration, ...], language: Language) -> list[View]:
    """The choices that somebody has not made yet."""
    return [
        {
            "title": words(choice.title, language),
            "options": [words(option.title, language) for option in choice.options],
        }
        for choice in event.choices
        if any(choice.key not in r.choices for r in registrations)
    ]


def missing_details(event: Event, registrations: tuple[Registration, ...]) -> list[Detail]:
    """The details asked that a registration has no room for, or lacks."""
    return [detail for detail in event.registration.details if any(not getattr(r, detail, None) for r in registrations)]


def person_view(event: Event, r: Registration, language: Language, *, differs: bool) -> View:
    """One of the people in a mail; ``differs``: what they chose is told with each, not for all at once."""
    parts = [literal(part) for part in (r.organisation, r.email if r.name else None) if part]
    if differs and event.attend in {"any", "one"}:
        dates = sorted({s.starts.date() for s in event.sessions if s.key in r.sessions})
        parts += [several_days(dates, language)] if dates else []
    if differs:
        parts += [str(choice["option"]) for choice in choices_view(event, r.choices, language)]
    return {"name": literal(r.name or r.email or "?"), "details": ", ".join(parts), "status": r.status.value}


def common(registrations: tuple[Registration, ...]) -> Registration | None:
    """What all of them have in common, as one registration to describe; None where there is none."""
    if not registrations:
        return None
    same = registrations[0]
    for other in registrations[1:]:
        if other.sessions != same.sessions:
            same = replace(same, sessions=())
        if dict(other.choices) != dict(same.choices):
            same = replace(same, choices={})
        if other.mode != same.mode:
            same = replace(same, mode=None)
        if other.pickup != same.pickup:
            same = replace(same, pickup=None)
    return same


def waits(r: Registration) -> bool:
    return r.status is RegistrationStatus.WAITLISTED
