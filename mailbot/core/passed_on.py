"""A colleague's request that is passed on: "voir ci-dessous la demande de ma collègue, pouvez-vous faire le nécessaire ?".

What is wanted, for whom, and of what stands in the forwarded mail alone. It is read as its writer's own mail; whoever
passes it on is answered, and takes no part.
"""

from __future__ import annotations

import re
from dataclasses import replace

from mailbot.core.lexicon import Found, fold
from mailbot.core.message import Address, IncomingMessage
from mailbot.core.names import same_name
from mailbot.core.phrases import OF_SENDER, Words, overlaps
from mailbot.core.requests import Doubt, Enquire, Evidence, Person, Reading, Register

#: the header of a mail as programs write it above what they forward: the writer first, then at least two more lines
_HEADER = re.compile(
    r"(?:\A|\n)[ \t]*\*?[^\W\d_][^\n:]{0,20}\s?:\*?[ \t]*(?P<writer>[^\n]{2,120})\n"
    r"(?:[ \t]*\*?[^\W\d_][^\n:]{0,24}\s?:[^\n]*\n){2,6}\s*\n"
)
_ADDRESS = re.compile(r"<?([^\s<>@,;\"]+@[^\s<>,;\"]+\.[^\s<>,;\"]+)>?")

#: characters of what is said above a mail that is passed on; longer texts have wishes of their own
_MOST_ABOVE = 500

#: characters of the quoted text in which the header of what is passed on stands
_HEAD = 1_500

#: what is doubtful of the lines above alone, and may be plain below
_OPEN_ABOVE = frozenset(
    {
        "intent-unclear", "second-opinion", "person-unclear", "group-without-names", "open-question", "unusual",
        "event-unclear", "event-ambiguous", "session-unclear", "choice-unclear", "several-requests",
    }
)  # fmt: skip


def passed_on(message: IncomingMessage, words: Words, own_addresses: tuple[str, ...]) -> IncomingMessage | None:
    """The forwarded mail as one of its own, where all that is said above it is to see to it."""
    body = words.body
    if not message.forwarded or len(message.new_text) > _MOST_ABOVE or not body.of("intent.pass-on"):
        return None
    wishes = body.of("intent.register", "intent.present", "intent.cancel", "intent.change")
    if any(_own(words, f) and not overlaps(f, body.of("intent.pass-on")) for f in wishes):
        return None  # "zet mij er gerust ook bij"
    header = _HEADER.search(message.quoted_text, 0, _HEAD)
    if header is None:
        return None
    text = message.quoted_text[header.end() :]
    below = _HEADER.search(text)
    text = _without_greeting(text[: below.start()] if below is not None else text, message)
    address = _ADDRESS.search(header["writer"])
    email = address[1] if address is not None else ""
    name = header["writer"].replace(address[0], "").strip(' "<>') if address is not None else header["writer"].strip()
    passer = message.reply_address.email.casefold() if message.reply_address else ""
    if any(map(str.isdigit, name)):
        return None  # a program that writes the date first
    if not text.strip() or email.casefold() in {passer, *(own.casefold() for own in own_addresses)}:
        return None
    return replace(
        message,
        sender=Address(name=name, email=email),
        reply_to=(),
        to=(),
        cc=(),
        in_reply_to=(),
        references=(),
        headers={},
        new_text=text.strip(),
        quoted_text="",
        signature="",
        forwarded=False,
        attachments=(),
    )


def _without_greeting(text: str, message: IncomingMessage) -> str:
    """ "Ann-Sofie, wil jij mij opgeven": whoever passes it on is called there, and not told of."""
    called = message.sender.name.split() if message.sender and message.sender.name else []
    for name in called:
        greeted = re.match(rf"\W*(?:\w+\s+)?{re.escape(name)}\b\s*[,!:.]?\s*", text)
        if greeted is not None and len(name) > 1:
            return text[greeted.end() :]
    return text


def _own(words: Words, found: Found) -> bool:
    told = re.findall(r"[^\W_]+", words.body.text.folded[found.start : found.end])
    return any(words.has(kind, word) for kind in OF_SENDER for word in told)


def with_passed_on(above: Reading, below: Reading, passer: str) -> Reading:
    """One reading of both. ``passer``: the name of whoever passes it on, who is called by it below.

    A forwarded announcement leaves the lines above as they are. Where what is passed on wants something and is no plain
    registration, or something else is said above it, a person looks.
    """
    wished = any(e.field == "kind" and e.rule.split(".")[2:4] == ["intent", "register"] for e in below.evidence)
    if not wished or below.machine is not None or not _of_its_writer(above, below):
        return above
    request, *more = below.requests
    people = tuple(_somebody(p) for p in request.details.people if not _is_called(p.name or "", passer))
    plain = (
        isinstance(request, Register)
        and bool(people)
        and all(isinstance(other, Enquire) for other in more)
        and all(_greets(doubt, passer) for doubt in below.doubts)
        and all(question.topic is not None for question in below.questions)
        and all(doubt.code in _OPEN_ABOVE for doubt in above.doubts)
        and all(question.topic is None for question in above.questions)
    )
    if not plain:
        return replace(above, doubts=(*above.doubts, Doubt(code="forwarded")))
    evidence = tuple(_in_the_quote(e) for e in below.evidence if e.field != "language")
    kept = tuple(e for e in above.evidence if e.field == "language")
    return replace(
        above,
        requests=(replace(request, details=replace(request.details, people=people)), *more),
        questions=below.questions,
        doubts=(),
        evidence=(*kept, *evidence),
        considered=below.considered,
    )


def _of_its_writer(above: Reading, below: Reading) -> bool:
    """Whether nobody else is named in the lines above: "Mme Chantal Clippe souhaite assister, voyez l'annonce"."""
    people = [person for request in below.requests for person in request.details.people]
    named = [p for r in above.requests if isinstance(r, Register) for p in r.details.people if not p.is_sender]
    return all(any(same_name(one.name, other.name) for other in people) for one in named)


def _greets(doubt: Doubt, passer: str) -> bool:
    """ "Ann-Sofie, wil jij mij opgeven": whoever passes it on is nobody to be registered."""
    told = [e for e in doubt.evidence if not e.rule.startswith("opinion.")]  # the models count whoever is greeted
    return doubt.code == "person-unclear" and all(_is_called(evidence.text, passer) for evidence in told)


def _is_called(name: str, passer: str) -> bool:
    short = fold(name).strip(" ,!.")
    return bool(short) and short in fold(passer)


def _somebody(person: Person) -> Person:
    return replace(person, is_sender=False, email=person.email or None)


def _in_the_quote(evidence: Evidence) -> Evidence:
    """Offsets are into the forwarded mail, which nobody highlights."""
    return replace(evidence, where="quote", start=-1, end=-1)
