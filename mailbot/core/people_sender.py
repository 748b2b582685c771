"""Who writes: by display name, closing and signature, with house and telephone."""

from __future__ import annotations

import re

from mailbot.core.lexicon import fold
from mailbot.core.message import IncomingMessage
from mailbot.core.names import (
    NameWords,
    as_person,
    checked_email,
    folded_parts,
    has_given,
    names_in,
    same_name,
    spellings,
)
from mailbot.core.phrases import Words
from mailbot.core.requests import Person

_PHONE = re.compile(r"(?<![\w/])(?:\+|00|0)\d[\d ./()\-]{6,16}\d(?![\w/])")


def sender_of(message: IncomingMessage, words: Words, names: NameWords) -> Person:
    """The one who writes: the name from the display name, else from the closing or the signature."""
    address = message.reply_address
    email = checked_email(address.email) if address and address.email else None
    shown = None
    for candidate in (message.sender, address):
        if candidate is not None and candidate.name and shown is None:
            shown = as_person(candidate.name, names, candidate.email)
    signed = signed_name(message, words, names, shown, email)
    name = shown
    if signed is not None and (shown is None or (_fuller(signed, shown) and not _goes_on(signed, shown))):
        name = signed
    elif signed is not None and shown is not None and folded_parts(signed) == folded_parts(shown):
        name = signed if not signed.isupper() else shown
    return Person(
        name=name,
        email=email or (address.email if address else None),
        organisation=organisation_of(message, names, name),
        phone=phone_in(message.signature),
        is_sender=True,
    )


def _fuller(one: str, other: str) -> bool:
    """More words of the same name, or a word for what is an initial in the other."""
    more, fewer = one.split(), other.split()
    if len(more) == len(fewer):
        return same_name(one, other) and _initials(other) > _initials(one)
    return len(more) > len(fewer) and _fits(one, other)


def _goes_on(signed: str, shown: str) -> bool:
    """ "Lena Jousten vom Jugendtreff": a first and family name, and where she is from."""
    rest = signed.removeprefix(shown)
    return len(shown.split()) > 1 and rest != signed and rest[:1] == " " and rest[1:2].islower()


def _initials(name: str) -> int:
    return sum(len(part) == 1 for part in folded_parts(name))


def _fits(longer: str, shorter: str) -> bool:
    return folded_parts(shorter)[0] in folded_parts(longer)


def signed_name(
    message: IncomingMessage, words: Words, names: NameWords, shown: str | None, email: str | None
) -> str | None:
    """The name under the text: after a closing, as a line of its own, or first in the signature."""
    best: str | None = None
    place: str | None = None
    for line in _signing_lines(message):
        candidate = _name_at_start(line, names, email)
        if candidate is None:
            continue
        if shown is not None and not same_name(candidate, shown):
            if email and resembles(candidate, email):
                return candidate
            continue
        if shown is None and " " not in candidate and not has_given(candidate, names):
            # A town as often as a name; and one where a sentence ends: "Kurt Frey, geboren 1957, Amel."
            place = place or (None if line.endswith(".") and len(line.split()) > _CLOSING_WORDS else candidate)
            continue
        if best is None or _fuller(candidate, best):
            best = candidate
        if len(best.split()) > 1:
            return best
    return best or place or _behind_closing(words, names, email)


def _behind_closing(words: Words, names: NameWords, email: str | None) -> str | None:
    """ "Groetjes van Evelien"."""
    closings = words.body.of("language.closings")
    line = words.body.text.raw[closings[-1].end :].strip(" ,") if closings else ""
    first, _, rest = line.partition(" ")
    if not first.isalpha() or not first.islower() or len(first) > _SMALL or not has_given(rest, names):
        return None
    return as_person(rest.strip(" .!"), names, email) if len(rest.split()) < _CLOSING_WORDS else None


#: words between "my" and the name
_SOMEBODYS = 3
#: letters of the longest "from", and words of a line that is a closing and a name
_SMALL = 4
_CLOSING_WORDS = 3

_LISTED = re.compile(r"(?:[-*•·–—>+]|\(?\d{1,2}[.)°])\s")


def _signing_lines(message: IncomingMessage) -> tuple[str, ...]:
    blocks = _EMPTY_LINES.split(message.new_text.strip())
    body = [line.strip() for line in blocks[-1].splitlines() if line.strip()]
    if len(blocks) > 1 and len(blocks[-2].splitlines()) <= _SHORT_BLOCK:
        body = [*blocks[-2].splitlines(), *body]  # a longer one above is a list or the text itself
    body = [line.strip() for line in body if not _LISTED.match(line.strip())]
    signature = [line.strip() for line in message.signature.splitlines() if line.strip()]
    return (*signature[:4], *_from_below(body[-3:]))


_SHORT_BLOCK = 2
_EMPTY_LINES = re.compile(r"\n[ \t]*\n")


def _from_below(lines: list[str]) -> list[str]:
    """Upwards to the first that is a sentence or a field: names above it are told of, and sign nothing."""
    found: list[str] = []
    for line in reversed(lines):
        found.append(line)
        if len(line.split()) > _SIGNING_WORDS or ":" in line or line.endswith((".", "!", "?")):
            break
    return found


#: words that a line of a signature has at most
_SIGNING_WORDS = 8


def signing_at(raw: str, names: NameWords) -> int:
    """Where the name under a text without a closing begins; the end of the text where there is none."""
    text = raw.rstrip()
    block = text.rfind("\n\n") + 2 if "\n\n" in text else text.rfind("\n") + 1
    starts = [block, *(m.end() for m in re.compile("\n").finditer(text, block))]
    for start in starts[-_SIGNING_LINES:]:
        lines = [line.strip() for line in text[start:].split("\n")]
        above = text[:start].rstrip()
        if not above or above.endswith(":") or len(lines) > _SIGNING_LINES:
            continue
        short = all(len(line.split()) <= _SIGNING_WORDS and not line.endswith(":") for line in lines)
        if short and _signs(lines[0], names) and not any(_signs(line, names) for line in lines[1:] if "," not in line):
            return start
    ends = [m.end() for m in _SENTENCE.finditer(text, text.rfind("\n") + 1)]
    if ends and len(text[ends[-1] :].split()) <= _SIGNING_WORDS and _signs(text[ends[-1] :], names):
        return ends[-1]
    return len(raw)


_SIGNING_LINES = 4
_SENTENCE = re.compile(r"(?:(?<!\b\w)[.!?…]+|[)\U0001F300-\U0001FAFF☺☀-➿])\s+(?=\w)")


#: where a name on a line of its own ends: "Lies Cools, médiatrice", "Anne Petit - infirmière"
_HEAD_ENDS = re.compile(r"\s*[,(|]|\s[-–]\s|\s{3,}|\t")
_BETWEEN_SENTENCES = re.compile(r"(?<=[.!?])\s+")
_BETWEEN_THOUGHTS = re.compile(r"(?<=[.!?])\s+|(?<=[!?.,])\s+")


def _signs(line: str, names: NameWords) -> bool:
    """Whether a line begins with a name, or with a title, and goes on with a house, a trade or nothing."""
    if _LISTED.match(line) or ":" in line or "@" in line:
        return False
    head = _HEAD_ENDS.split(line.strip(" -–*"), maxsplit=1)[0].strip(" .!")
    first = head.split()[:1]
    if not first or len(head.split()) > _SIGNING_NAME:
        return False
    parts = head.split()
    if not all(p[:1].isupper() or fold(p) in names.particle for p in parts):
        return False
    titled = fold(first[0]).strip(".") in names.honorific | names.function and len(parts) > 1
    person = as_person(head, names)
    return titled or (person is not None and (len(parts) > 1 or fold(head) in names.given))


_SIGNING_NAME = 5


def _name_at_start(line: str, names: NameWords, email: str | None) -> str | None:
    """The name that a signing line is, or begins with: "Lies Cools, médiatrice", "Groetjes Nico (OCMW)"."""
    if len(line) > 90:
        line = _BETWEEN_SENTENCES.split(line)[-1]
        if len(line) > 90:
            return None
    head = _HEAD_ENDS.split(line.strip("-–* "), maxsplit=1)[0].strip(" .!")
    whole = as_person(head, names, email) if ":" not in head else None
    if (
        whole is not None
        and len(whole.split()) <= 5
        and all(part[:1].isupper() or fold(part) in names.particle for part in whole.split())
    ):
        return whole
    *before_it, sentence = _BETWEEN_SENTENCES.split(line)
    if before_it and _signed_with_house(sentence):  # "rest: nee. Rachid Thijs, Integratie Maasvallei."
        return _name_at_start(sentence, names, email)
    last = _BETWEEN_THOUGHTS.split(line)[-1]
    found = [name for name, _, _ in names_in(line, names)]
    if found and (same := as_person(found[-1], names, email)) and line.rstrip(" .!)").endswith(found[-1].split()[-1]):
        # "Merci d'inscrire ma collègue Anne Petit": whoever is somebody's signs nothing.
        before = re.findall(r"[^\W_]+", fold(line[: line.rindex(found[-1])]))[-_SOMEBODYS:]
        return None if any(word in names.mine for word in before) else same
    if last == line or len(last.split()) > _CLOSING_WORDS or not last[:1].isupper():
        return None
    told = as_person(last, names, email)
    # "Kamera bleibt aus." is a sentence.
    names_all = told is not None and all(p[:1].isupper() or fold(p) in names.particle for p in told.split())
    return told if names_all else None


def _signed_with_house(sentence: str) -> bool:
    """A name, a comma, and nothing but words with a capital."""
    name, comma, house = sentence.strip(" .!").partition(", ")
    words = [*name.split(), *house.split()]
    return bool(comma) and len(words) <= _SIGNING_WORDS and all(word[:1].isupper() for word in words)


def resembles(name: str, email: str) -> bool:
    local = re.sub(r"[^a-z]", "", fold(email.partition("@")[0]))
    parts = [re.sub(r"[^a-z]", "", p) for parts in spellings(name) for p in parts]
    return any(len(p) > 2 and p in local for p in parts)


def phone_in(text: str) -> str | None:
    match = _PHONE.search(text)
    return " ".join(match.group().split()) if match else None


#: words that a line with an organisation's name has at most
_HOUSE_WORDS = 7
_PARTS = re.compile(r"\s*[|(),;]\s*|\s[-–]\s|\t|\s{3,}")
_WORDS_APART = re.compile(r"[\s'’]+")


def organisation_of(message: IncomingMessage, names: NameWords, person: str | None) -> str | None:
    """The organisation named under the text, or by the display name."""
    # Not the greeting, nor a sentence: what stands there is somebody else's house, or none.
    body = [line for line in message.new_text.splitlines() if line.strip()][1:]
    lines = [*message.signature.splitlines(), *(line for line in body[-3:] if len(line.split()) <= _HOUSE_WORDS)]
    for line in lines:
        for part in _PARTS.split(line.strip()):
            if 2 < len(part) < 70 and "@" not in part and part[0].isupper() and not part.endswith((".", "!", "?")):
                folded = [fold(w).strip(".,'") for w in _WORDS_APART.split(part)]
                if folded[0] in names.function or folded[-1] in names.function:
                    continue  # "Fonctionnaire de prévention", "Team manager"
                if any(w in names.organisation for w in folded) and not (person and same_name(part, person)):
                    return part
    shown = message.sender.name if message.sender else ""
    folded = [fold(w).strip(".,'") for w in shown.split()]
    return shown if shown and any(w in names.organisation for w in folded) else None
