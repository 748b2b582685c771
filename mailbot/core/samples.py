"""Made-up data that every template is tried with when it is loaded: once rich, once with as little as possible."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, get_args

from mailbot.core.certificates import certificate_data
from mailbot.core.events import (
    Afterwards,
    Certificate,
    Choice,
    Event,
    Languages,
    Members,
    Option,
    Organiser,
    Pickup,
    PickupPoint,
    Place,
    Postponed,
    Price,
    RegistrationTerms,
    Session,
)
from mailbot.core.language import Language, Localized
from mailbot.core.registrations import Registration, RegistrationStatus
from mailbot.core.replies import Remark, ReplyContext, ReplyKind
from mailbot.core.templates import Templates

NOW = datetime(2030, 1, 15, 9, tzinfo=UTC)


def _words(text: str) -> Localized:
    return Localized(fr=text, nl=text, en=text, de=text)


_PLACE = Place(street="Street 1", postcode="1000", city="Town", floor=_words("2nd floor"), access=_words("By tram 3."))

_PICKUP = Pickup(
    item=_words("a copy of the tool"),
    note=_words("Thank you."),
    points=(
        PickupPoint(key="one", place=_PLACE, ask_for="Ann", hours=_words("9–12"), contact="02 000 00 00"),
        PickupPoint(key="two", place=_PLACE),
    ),
)

BARE = Event(
    key="bare",
    title=_words("Bare"),
    sessions=(Session(key="bare", starts=NOW.replace(month=3), ends=NOW.replace(month=3, hour=11)),),
    registration=RegistrationTerms(by="mail"),
    organiser=Organiser(name=_words("Organiser")),
)

RICH = Event(
    key="rich",
    title=_words("Rich & <famous>"),
    description=_words("About it."),
    kind=_words("workshop"),
    attend="any",
    sessions=tuple(
        Session(
            key=f"rich/{number}",
            title=_words(f"Part {number}"),
            starts=NOW.replace(month=number + 1),
            ends=NOW.replace(month=number + 1, hour=12),
            online_link=f"https://meet.example/{number}",
        )
        for number in (1, 2, 3)
    ),
    place=_PLACE,
    modes=("in-person", "online"),
    mode_note=_words("Still to be decided."),
    online_note=_words("The link comes later."),
    languages=Languages(spoken=("fr",), questions=("nl",), interpretation=("fr", "nl")),
    speakers=("A. Speaker", "B. Speaker"),
    choices=(
        Choice(
            key="lab",
            title=_words("lab"),
            required=True,
            options=(Option(key="a", title=_words("Option A")), Option(key="b", title=_words("Option B"))),
        ),
    ),
    capacity=10,
    registration=RegistrationTerms(
        by="mail",
        url="https://elsewhere.example/",
        opens=NOW.replace(month=2),
        closes=NOW.replace(month=4),
        members=Members(domains=("town.example",), told=_words("Members are …")),
        details=("organisation", "function", "address", "phone"),
        conditions=_words("For adults."),
    ),
    price=Price(amount=Decimal(25), how_to_pay=_words("By bank transfer."), reference="+++1+++"),
    pickup=_PICKUP,
    organiser=Organiser(name=_words("Organiser"), email="organiser@town.example", phone="02 000 00 00"),
    afterwards=Afterwards(
        replay="https://x.example/r",
        slides="https://x.example/s",
        minutes="https://x.example/m",
        photos="https://x.example/p",
        survey="https://x.example/q",
        note=_words("See you."),
    ),
    certificate=Certificate(
        title=_words("Certificate"),
        text=_words("Number 1."),
        signatory="A. Speaker",
        role=_words("Head"),
        hours=Decimal("1.5"),
    ),
    postponed=Postponed(dates=(date(2029, 12, 1),), reason=_words("It was moved.")),
    cancelled=None,
    practical=_words("Bring a pen."),
)


#: said of no other event: when it opens is known
NOT_OPEN = replace(BARE, registration=replace(BARE.registration, opens=NOW.replace(month=2)))

CALLED_OFF = replace(RICH, cancelled=_words("No power."))

#: where people are told later what they can pick up
_LATER = (
    replace(RICH, pickup=replace(_PICKUP, when="after-event")),
    replace(RICH, pickup=replace(_PICKUP, when=date(2031, 1, 1))),
)


def _registration(number: int, event: Event) -> Registration:
    return Registration(
        id=f"sample-{number}",
        event=event.key,
        person_key=f"person{number}@town.example",
        status=RegistrationStatus.CONFIRMED if number else RegistrationStatus.WAITLISTED,
        name=f"Person {number}",
        email=f"person{number}@town.example",
        organisation="Town",
        sessions=(event.sessions[0].key,),
        choices={choice.key: choice.options[0].key for choice in event.choices if number},
        mode=event.modes[0],
        pickup=event.pickup.points[0].key if event.pickup and number else None,
        requested_by="secretary@town.example" if number == 2 else None,
        requested_at=NOW,
        updated_at=NOW,
    )


#: whatever can be otherwise at an event
_WHAT = ("restored", "day", "time", "session", "place", "mode", "link")


def _told(event: Event) -> Event:
    """As people know it: a day earlier, with a session that is gone."""
    moved = tuple(
        replace(s, starts=s.starts - timedelta(days=1), ends=s.ends - timedelta(days=1)) for s in event.sessions
    )
    return replace(event, sessions=(*moved, replace(moved[0], key=f"{event.key}/gone")))


def list_samples() -> Iterator[tuple[Event, tuple[Registration, ...]]]:
    yield RICH, tuple(_registration(number, RICH) for number in (0, 1, 2))
    yield BARE, (_registration(0, BARE),)
    yield BARE, ()


def certificate_samples(language: Language, templates: Templates) -> Iterator[Mapping[str, object]]:
    """What ``certificate.typ`` is given: all there can be, and as little as possible."""
    for event in (RICH, replace(BARE, certificate=Certificate(signatory="Ann Person"))):
        person = replace(_registration(0, event), language=language)
        yield certificate_data(event, person, event.sessions, templates, NOW)


def reply_samples(kind: ReplyKind, language: Language) -> Iterator[ReplyContext]:
    """As ``_reply_samples``; those of a changed event with what changed."""
    for context in _reply_samples(kind, language):
        event = context.event
        if not kind.startswith("registrant-event-") or kind == "registrant-event-cancelled" or event is None:
            yield context
            continue
        for known in (True, False):
            told = _told(event)
            people = tuple(replace(r, sessions=(*r.sessions, f"{event.key}/gone")) for r in context.registrations)
            what = _WHAT if known else ("postponed",)
            place = _words("Old street 1") if event.place else None
            now = event if known else replace(event, times_known=False, postponed=None)
            yield replace(
                context, event=now, before=told, place_before=place, changed=what, registrations=people, note=""
            )


def _reply_samples(kind: ReplyKind, language: Language) -> Iterator[ReplyContext]:
    """Rich, with one person, for somebody else, with nothing but the kind, and bare."""
    rich = ReplyContext(
        kind=kind,
        languages=(language,),
        now=NOW,
        addressee="Person 1",
        event=RICH,
        registrations=tuple(_registration(number, RICH) for number in (0, 1, 2)),
        changed=("sessions", "person"),
        candidates=(RICH, BARE),
        choice=RICH.choices[0],
        full_options=frozenset({"a"}),
        remarks=get_args(Remark),
        until=NOW,
        answers=("when", "where", "price"),
        passed_on=True,
        note="In our own words.",
        invitations=2,
        withdrawals=1,
        reply_to="desk+token@town.example",
        asked_by="somebody@else.example",
        asked_act="move",
        new_address="person1@home.example",
    )
    yield rich
    yield replace(rich, registrations=(_registration(1, RICH),), changed=("mode",), invitations=1)
    yield replace(rich, registrations=(_registration(2, RICH),), event=CALLED_OFF)
    yield replace(rich, registrations=(_registration(1, RICH),), empty_points=frozenset({"one", "two"}))
    if kind == "registrant-confirm":
        yield replace(rich, asked_act="cancel")
        yield replace(rich, asked_act="address", event=None, registrations=())
    for later in _LATER:
        yield replace(rich, registrations=(_registration(1, later),), event=later)
    bare = NOT_OPEN if kind == "registrant-not-open" else BARE
    bare_event = bare if kind not in {"registrant-which-event", "registrant-answer", "registrant-passed-on"} else None
    people = (_registration(1, BARE),) if bare_event else ()
    yield ReplyContext(
        kind=kind,
        languages=(language,),
        now=NOW,
        event=bare_event,
        registrations=people,
        candidates=(BARE,),
        choice=RICH.choices[0],
        until=NOW,
        new_address="person1@home.example",
    )


_CHANGES = (
    "registered",
    "cancelled",
    "changed",
    "waitlisted",
    "requested",
    "interest",
    "asked",
    "offered",
    "offer-expired",
    "declined",
)


def digest_samples(language: Language) -> Iterator[Mapping[str, Any]]:
    line = {
        "name": "Person",
        "organisation": "Town",
        "dates": "15/02",
        "choices": "A",
        "mode": "online",
        "pickup": "Town",
        "otherwise": "online",
        "exchange": "B",
        "exchange_offered": False,
    }
    bare = dict.fromkeys(line, "") | {"name": "Person", "change": "registered"}
    counted = [{"label": "Town", "count": 2, "limit": limit} for limit in (None, 3)]
    group = {
        "title": "Rich",
        "when": "15/02",
        "lines": [
            *({**line, "change": change} for change in _CHANGES),
            {**line, "mode": "in-person", "exchange_offered": True, "change": "changed"},
        ],
        "confirmed": 3,
        "attended": 2,
        "limit": 10,
        "waitlisted": 1,
        "pending": 1,
        "offered": 1,
        "exchanging": 1,
        "sessions": counted,
        "choices": counted,
        "modes": [{"mode": "in-person", "count": 1}, {"mode": "online", "count": 0}],
        "pickups": [
            {"label": "Town", "count": 2, "limit": None, "collected": 1, "returned": 1, "waiting": "Person", "more": 0},
            {"label": "Town", "count": 2, "limit": 3, "collected": 0, "returned": 1, "waiting": "Person", "more": 1},
            {"label": "Town", "count": 2, "limit": 3, "collected": 2, "returned": 0, "waiting": "Person", "more": 2},
            {"label": "Town", "count": 0, "limit": 3, "collected": 0, "returned": 0, "waiting": "", "more": 0},
        ],
    }
    nothing: dict[str, Any] = {"sessions": [], "choices": [], "modes": [], "pickups": []}
    nothing |= {"attended": 0, "waitlisted": 0, "pending": 0, "offered": 0, "exchanging": 0, "limit": None}
    yield {"groups": [group], "changes": 7, "total": 7, "day": "15/01/2030"}
    yield {"groups": [{**group, **nothing, "lines": [bare]}], "changes": 1, "total": 1, "day": "15/01/2030"}
    yield {"groups": [{**group, **nothing, "lines": []}], "changes": 0, "total": 0, "day": "15/01/2030"}
    yield {"groups": [], "changes": 0, "total": 0, "day": "15/01/2030"}


def hold_samples(language: Language) -> Iterator[Mapping[str, Any]]:
    hold = {
        "id": "abcdefgh",
        "sender": "p@x.example",
        "subject": "Hi",
        "arrived": "15/01",
        "summary": "?",
        "reasons": "?",
    }
    yield {"holds": [hold]}
    yield {"holds": [hold, hold]}


def change_samples(language: Language) -> Iterator[Mapping[str, Any]]:
    line = {
        "key": "rich",
        "title": "Rich",
        "mails": 12,
        "before": "15/02",
        "now": "16/02",
        "what": _WHAT,
        "renamed": (),
    }
    off = {
        "key": "bare",
        "title": "Bare",
        "mails": 1,
        "before": "",
        "now": "",
        "what": ("cancelled", "postponed"),
        "renamed": (),
    }
    gone = {**line, "what": ("gone",), "before": "", "now": ""}
    yield {"changes": [line], "gone": []}
    yield {"changes": [line, off], "gone": []}
    yield {"changes": [{**gone, "mails": 1, "renamed": ("album-2022",)}], "gone": ["album"]}
    yield {"changes": [gone, line], "gone": ["album"]}
