"""What is announced: events, their sessions, choices and pick-up points.

The shape of these classes is the shape of ``rules/events/*.toml``; ``adapters/files.py`` validates the
files against them. Every moment is aware: wall time in the event's own zone.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from mailbot.core.language import Language, Localized

Mode = Literal["in-person", "online"]
Detail = Literal["organisation", "function", "address", "phone"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where people go. ``aliases`` are other words by which people name it, in any language."""

    name: Localized | None = None
    street: str
    #: the street where a language has another name for it: { nl = "Groenstraat 216" }
    street_in: Localized | None = None
    postcode: str | None = None
    city: str
    city_in: Localized | None = None
    country: str | None = None
    floor: Localized | None = None
    #: how to get there, parking, step-free access: told when asked, and with the confirmation
    access: Localized | None = None
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    #: stable and unique within the event; people's registrations point at it
    key: str
    title: Localized | None = None
    starts: datetime
    ends: datetime
    #: overrides the event's own place
    place: Place | None = None
    online_link: str | None = None
    capacity: int | None = None
    #: seats in the room, where one can also take part online
    in_person_capacity: int | None = None
    speakers: tuple[str, ...] = ()
    #: words by which people name this session rather than another, in any language
    topics: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    key: str
    title: Localized
    topics: tuple[str, ...] = ()
    capacity: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One thing to choose, such as a lab or a meal; exactly one of its options."""

    key: str
    title: Localized
    #: what people call one option of it: "lab", "atelier", "werkgroep"
    names: tuple[str, ...] = ()
    required: bool = False
    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PickupPoint:
    key: str
    place: Place
    #: whom to ask for there
    ask_for: str | None = None
    hours: Localized | None = None
    contact: str | None = None
    stock: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pickup:
    item: Localized
    #: words by which people name the item: "l'outil", "koffertje"
    names: tuple[str, ...] = ()
    #: none of it for people who take part online only
    in_person_only: bool = False
    #: when people are told where and how: with their confirmation, the day after the event, or from a day on
    when: Literal["with-confirmation", "after-event"] | date = "with-confirmation"
    #: who has not fetched it is reminded so many days later; 0: not at all. Without it config.toml decides
    reminder_days: int | None = None
    note: Localized | None = None
    points: tuple[PickupPoint, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Members:
    domains: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    #: others who ask: ``told`` who may come, or ``held`` for a coordinator to decide
    others: Literal["told", "held"] = "told"
    #: who may come, as told to those who may not
    told: Localized | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationTerms:
    #: ``mail``: here. ``elsewhere``: at ``url``. ``none``: nobody registers
    by: Literal["mail", "elsewhere", "none"]
    url: str | None = None
    opens: datetime | None = None
    closes: datetime | None = None
    approval: bool = False
    members: Members | None = None
    #: details asked of everyone; the confirmation asks for those that are not known
    details: tuple[Detail, ...] = ()
    #: told to people with the confirmation: age, residence …
    conditions: Localized | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    #: 0 is free, and is said so
    amount: Decimal = Decimal(0)
    currency: str = "EUR"
    how_to_pay: Localized | None = None
    reference: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Organiser:
    name: Localized
    email: str | None = None
    phone: str | None = None
    website: str | None = None
    #: who gets the daily digest, in ``language``
    digest: tuple[str, ...] = ()
    language: Language = "fr"


@dataclass(frozen=True, slots=True, kw_only=True)
class Afterwards:
    """What there is once the event is over."""

    replay: str | None = None
    slides: str | None = None
    minutes: str | None = None
    photos: str | None = None
    survey: str | None = None
    note: Localized | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """A certificate of attendance. Its wording stands in ``templates/certificate/``; here is what is this event's own."""

    #: instead of the usual heading
    title: Localized | None = None
    #: added below: a recognition number, what was learnt
    text: Localized | None = None
    #: who signs, and as what
    signatory: str
    role: Localized | None = None
    #: hours of training that it certifies; for sessions that one chooses, of each
    hours: Decimal | None = None
    #: ``attended``: who was marked as having come; ``registered``: everybody who was confirmed
    offered_to: Literal["attended", "registered"] = "attended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Postponed:
    #: the days it was first announced for; mails that name them still mean this event
    dates: tuple[date, ...]
    reason: Localized | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Languages:
    """Spoken languages; each entry is a language code such as ``fr``."""

    spoken: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()
    interpretation: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A question that people ask about this event, and its answer: the coordinator may add any."""

    #: words of which any marks the question: ("parking", "parkeren", "se garer")
    topics: tuple[str, ...]
    text: Localized


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    key: str
    title: Localized
    description: Localized | None = None
    #: the word for this kind of event, by which people name it: "formation", "cyclus", "webinar"
    kind: Localized | None = None
    #: other names, in any language; the strongest sign after the title
    names: tuple[str, ...] = ()
    #: words that point to it, weaker than names
    topics: tuple[str, ...] = ()
    timezone: str = "Europe/Brussels"
    #: ``single``: one session. ``any``: people take as many as they like. ``one``: exactly one of several
    #: identical editions. ``all``: the whole course only
    attend: Literal["single", "any", "one", "all"] = "single"
    sessions: tuple[Session, ...]
    #: false where only the month or the period is known; then times are not told
    times_known: bool = True
    place: Place | None = None
    modes: tuple[Mode, ...] = ("in-person",)
    #: told while it is not yet decided how the event is held
    mode_note: Localized | None = None
    online_note: Localized | None = None
    languages: Languages = field(default_factory=Languages)
    speakers: tuple[str, ...] = ()
    choices: tuple[Choice, ...] = ()
    capacity: int | None = None
    #: seats in the room, where one can also take part online
    in_person_capacity: int | None = None
    #: when a place comes free: ``offer`` asks the first in line and waits for the answer, ``automatic`` gives the
    #: place at once, ``none``: who finds it full is told so and does not wait
    waiting_list: Literal["offer", "automatic", "none"] = "offer"
    #: hours that an offered place is kept; less shortly before the event, and never ending at night
    offer_hours: int = 48
    registration: RegistrationTerms
    price: Price | None = None
    pickup: Pickup | None = None
    organiser: Organiser
    #: days before a session on which people are reminded; [] for none. Without it config.toml decides
    reminders: tuple[int, ...] | None = None
    afterwards: Afterwards | None = None
    certificate: Certificate | None = None
    postponed: Postponed | None = None
    #: the reason, as told to people; a cancelled event takes no registrations
    cancelled: Localized | None = None
    #: said with the confirmation: what to bring, accessibility, …
    practical: Localized | None = None
    website: str | None = None
    answers: tuple[Answer, ...] = ()

    @property
    def starts(self) -> datetime:
        return min(s.starts for s in self.sessions)

    @property
    def ends(self) -> datetime:
        return max(s.ends for s in self.sessions)

    def session(self, key: str) -> Session | None:
        return next((s for s in self.sessions if s.key == key), None)
