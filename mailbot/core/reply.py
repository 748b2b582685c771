"""From an act to the mail that tells the person: context, words, calendar, bytes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from mailbot.core.acts import Act
from mailbot.core.answers import answer
from mailbot.core.calendar_told import Told, told
from mailbot.core.case import Case
from mailbot.core.compose import compose
from mailbot.core.confirmations import ConfirmationStatus
from mailbot.core.decisions import Enqueue, PutInvitation
from mailbot.core.events import Event
from mailbot.core.ids import derived_id
from mailbot.core.language import Language
from mailbot.core.message import Address
from mailbot.core.notice import notice
from mailbot.core.pickups import empty_points
from mailbot.core.places import full_options, room
from mailbot.core.registrations import Registration
from mailbot.core.replies import InReplyTo, ReplyContext, ReplyKind
from mailbot.core.templates import render
from mailbot.core.tokens import reply_address


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """One answer to be written."""

    kind: ReplyKind
    act: Act
    #: something of the mail was passed on to a person
    passed_on: bool = False
    candidates: tuple[Event, ...] = ()


def reply_to_registrant(case: Case, item: Answered, index: int) -> tuple[Enqueue | PutInvitation, ...]:
    """The mail to whoever wrote, and what it tells their calendar. Empty where there is nobody to write to."""
    address = case.message.reply_address
    if address is None:
        return ()
    said = (case.note,) if case.note else ()
    identity = derived_id("reply", case.message.content_hash, item.kind, str(index), *said)
    event = item.act.event
    # A coordinator's words are in one language: the mail around them is too.
    languages = case.languages()[:1] if case.note else case.languages()
    calendar = _told(case, item, languages[0])
    context = ReplyContext(
        kind=item.kind,
        languages=languages,
        now=case.now,
        addressee=_addressee(case, address),
        event=event,
        registrations=item.act.registrations,
        changed=item.act.changed,
        candidates=item.candidates,
        choice=item.act.choice,
        full_options=_full_options(case, item.act),
        remarks=item.act.remarks,
        empty_points=empty_points(event, case.facts.stock_taken),
        until=_until(item.act.registrations) if item.kind == "registrant-offered" else None,
        answers=_answers(case, item.act),
        # Who is passed on would tell whether something was found.
        passed_on=item.passed_on and item.kind not in {"registrant-passed-on", "registrant-confirmation-asked"},
        note=case.note,
        invitations=calendar.asking,
        withdrawals=calendar.withdrawn,
        new_address=item.act.new_address or "",
        reply_to=reply_address(case.policy.desk, identity),
    )
    message = compose(
        render(context, case.policy),
        id=identity,
        kind=item.kind,
        language=languages[0],
        desk=case.policy.desk,
        to=address,
        in_reply_to=InReplyTo(
            subject=case.message.subject,
            message_id=case.message.message_id,
            references=case.message.references or case.message.in_reply_to,
        ),
        now=case.now,
        calendar=calendar.objects,
        registrations=tuple(registration.id for registration in item.act.registrations),
        events=tuple(candidate.key for candidate in item.candidates) or ((event.key,) if event else ()),
        auto_submitted="auto-replied",
    )
    return (*(PutInvitation(invitation=each) for each in calendar.invitations), Enqueue(message=message))


def questions_asked(case: Case, act: Act) -> tuple[Enqueue, ...]:
    """To the registered address: somebody wants this of your registration, do you? In the language it registered in.

    To a new address: is it yours? It is told nothing of the person, since it may be anybody's.
    """
    registration = act.concerned
    event = case.policy.events.get(registration.event) if registration is not None else None
    if registration is None or registration.email is None or event is None:
        return ()
    asked = []
    for confirmation in act.confirmations:
        if confirmation.status is not ConfirmationStatus.ASKED:
            continue
        known = confirmation.address == registration.email.casefold()
        context = ReplyContext(
            kind="registrant-confirm",
            languages=(registration.language,),
            now=case.now,
            addressee=registration.name if known else None,
            event=event if known else None,
            registrations=(registration,) if known else (),
            asked_by=(case.sender or "") if known else "",
            asked_act=str(confirmation.act["act"]) if known else "address",
            new_address=str(confirmation.act.get("email") or "") if known else "",
            until=confirmation.expires_at,
            reply_to=reply_address(case.policy.desk, confirmation.id),
        )
        to = registration.email if known else str(confirmation.act["email"])
        message = compose(
            render(context, case.policy),
            id=confirmation.id,
            kind="registrant-confirm",
            language=registration.language,
            desk=case.policy.desk,
            to=Address(name=(registration.name or "") if known else "", email=to),
            in_reply_to=None,
            now=case.now,
            registrations=(registration.id,),
            events=(event.key,),
            auto_submitted="auto-generated",
        )
        asked.append(Enqueue(message=message))
    return tuple(asked)


def told_at_new_address(case: Case, act: Act) -> tuple[Enqueue | PutInvitation, ...]:
    """What is on file, and the calendar, to the address that these registrations have from now on."""
    return tuple(
        effect
        for registration in act.moved
        if (event := case.policy.events.get(registration.event)) is not None
        for effect in notice(
            "registrant-changed",
            event,
            registration,
            case.policy,
            now=case.now,
            cause=case.message.content_hash,
            changed=("email",),
            on_file=case.facts.invitations,
        )
    )


def _full_options(case: Case, act: Act) -> frozenset[str]:
    if act.event is None or act.choice is None:
        return frozenset()
    return full_options(act.event, act.choice.key, case.facts.seats_taken)


def _until(registrations: tuple[Registration, ...]) -> datetime | None:
    return min((r.offered_until for r in registrations if r.offered_until), default=None)


def _addressee(case: Case, address: Address) -> str | None:
    """The name to greet by: as the person writes it, never a role or an organisation."""
    for request in case.reading.requests:
        for person in request.details.people:
            himself = person.is_sender or (person.email or "").casefold() == address.email.casefold()
            if himself and person.name:
                return person.name
    for registration in case.facts.registrations:
        if registration.email and registration.email.casefold() == address.email.casefold():
            return registration.name
    return None


def _answers(case: Case, act: Act) -> tuple[str, ...]:
    """The topics asked that this event's description answers."""
    event = act.event
    if event is None or event.cancelled is not None:  # that it does not take place answers them all
        return ()
    language = case.languages()[0]
    told = None if act.puts else room(event, case.facts.seats_taken)
    asked = (told if each.topic == "places" else each.topic for each in case.reading.questions)
    topics = dict.fromkeys(topic for topic in asked if topic)
    return tuple(topic for topic in topics if answer(case.policy.templates, event, topic, language, case.now))


def _told(case: Case, item: Answered, language: Language) -> Told:
    before = {(each.registration, each.session): each for each in (*case.facts.invitations, *item.act.invitations)}
    after = {r.id: r for r in (*item.act.registrations, *(put.registration for put in item.act.puts))}
    return told(
        item.kind,
        item.act.event,
        after.values(),
        before.values(),
        to=case.sender or "",
        desk=case.policy.desk,
        language=language,
        now=case.now,
    )
