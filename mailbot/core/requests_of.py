"""What was understood of a mail as requests: who, what, when, and what is given up."""

from __future__ import annotations

from dataclasses import replace

from mailbot.core.events import Event
from mailbot.core.intent import Intent
from mailbot.core.intent_signs import Signs
from mailbot.core.match import Findings
from mailbot.core.people import People
from mailbot.core.requests import (
    Cancel,
    Change,
    Details,
    Enquire,
    Person,
    Register,
    Request,
    Thanks,
    Unclear,
)


def requests_of(
    intent: Intent, heard: Signs, found: Findings, people: People, event: Event | None
) -> tuple[Request, ...]:
    everybody = _everybody(people, event)
    details = Details(
        event=found.event,
        people=everybody,
        sessions=found.sessions,
        choices=found.choices,
        second_choices=found.second_choices,
        mode=found.mode,
        second_mode=found.second_mode if found.mode is not None else None,
        pickup=found.pickup,
    )
    bare = Details(event=found.event)
    asked: tuple[Request, ...] = (Enquire(details=bare),) if heard.questions else ()
    if intent.kind == "register":
        return (Register(details=details), *asked)
    if intent.kind == "cancel":
        given = _given_up(details, found, event)
        # "I cancel the course of 20 April" gives up all of it; "I cannot come on 20 April" one day.
        whole = event is not None and event.attend == "all" and bool(heard.cancel)
        return (Cancel(details=replace(given, sessions=()) if whole else given), *asked)
    if intent.kind == "change":
        return (_change(intent, details, found, people), *asked)
    if intent.kind == "question":
        return (Enquire(details=bare),)
    if intent.kind == "thanks":
        return (Thanks(details=bare), *asked)
    return (Unclear(details=bare, kind="declined" if intent.declines else "other"), *asked)


def _everybody(people: People, event: Event | None) -> tuple[Person, ...]:
    if people.form:
        return tuple(replace(n.person, is_sender=people.with_sender) for n in people.others)
    others = tuple(
        replace(n.person, organisation=n.person.organisation or people.sender.organisation) for n in people.others
    )
    return (people.sender, *others) if people.with_sender else others


def _given_up(details: Details, found: Findings, event: Event | None) -> Details:
    sessions = found.sessions_given_up or found.sessions
    named = any(e.field == "session" for e in found.evidence)
    if event is not None and (len(sessions) == len(event.sessions) or (event.attend == "one" and not named)):
        sessions = ()  # all of it, or the only one somebody can have, which the subject of our own mail names
    # "Ich hatte mich so auf das Labor zu X gefreut" is no option that is given up alone.
    choices = found.choices_given_up or found.choices_had
    return replace(
        details,
        sessions=sessions,
        # "Crisis op het werk": no lab on crises is given up.
        choices={key: option for key, option in choices.items() if key not in found.choices_loose},
        mode=None,
        second_mode=None,
        pickup=None,
    )


def _change(intent: Intent, details: Details, found: Findings, people: People) -> Change:
    if not intent.replacement:
        return Change(details=details, leaving_sessions=found.sessions_given_up)
    # "I cannot come on 6 May, X will", "I was registered for 6 May, X takes my place": X comes for that.
    details = replace(details, sessions=details.sessions or found.sessions_given_up or found.sessions_had)
    replaced = tuple(n.person for n in people.others if n.sign == "replaced")
    coming = tuple(n.person for n in people.others if n.sign != "replaced")
    if replaced:
        # "In her place X will come", or the sender.
        coming = coming or (people.sender,)
        return Change(details=replace(details, people=(*coming, *replaced)), leaving=replaced, coming=coming)
    leaving: tuple[Person, ...] = (people.sender,)
    if len(people.others) == 2 and not people.with_sender:
        # "X will come in Y's place": whoever is named first comes.
        coming, leaving = (people.others[0].person,), (people.others[1].person,)
    return Change(details=replace(details, people=(*coming, *leaving)), leaving=leaving, coming=coming)
