"""What is a person's name, and what only looks like one: organisations, roles, places, the words of a signature."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from email_validator import EmailNotValidError, validate_email

from mailbot.core.lexicon import Lexicon, fold

_CAPITAL = r"[^\W\d_a-zß-öø-ÿ]"
_WORD = r"[^\W\d_]+(?:['’\-][^\W\d_]+)*\.?"
#: capitalised words with family-name particles between them
NAME = re.compile(
    rf"(?<![\w@.\-])(?:{_CAPITAL}\.-(?={_CAPITAL}\.))?(?:(?:d'|D'|O')?{_CAPITAL}(?:[^\W\d_]|['’\-](?=[^\W\d_]))*\.?)"
    rf"(?:[ \t]+(?:(?:[a-z]{{1,4}}|[A-Z][a-z]{{1,3}})[ \t]+){{0,3}}(?:(?:d'|D'|O'|')?{_CAPITAL}(?:[^\W\d_]|['’\-](?=[^\W\d_]))*\.?)){{0,9}}"
)
EMAIL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._%+\-]{0,63}@[A-Za-z0-9](?:[A-Za-z0-9\-]{0,62}\.)+[A-Za-z]{2,24}")
#: capitals without a vowel are no name: "VBS", "PZ"
_ACRONYM = re.compile(r"[B-DF-HJ-NP-TV-XZ]{2,5}")
_SPLIT = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)  # equal is the same: what is found by them is cached
class NameWords:
    """The lexicons' words about names, of all languages at once: names do not keep to the mail's language."""

    honorific: frozenset[str]
    organisation: frozenset[str]
    function: frozenset[str]
    no_name: frozenset[str]
    particle: frozenset[str]
    #: before the name of a saint, as places and houses have it
    saint: frozenset[str]
    #: first names, as they are frequent: a sign, where others leave it open, that a person is meant
    given: frozenset[str]
    #: in the domains of those who give an address to anybody, so that two who have one share no house
    provider: frozenset[str]
    article: frozenset[str]
    mine: frozenset[str]
    #: the noun of "mein Mann", which German writes as names are written
    kin: frozenset[str]
    #: the end of a compound: "Bewährungshelfer", "gezinscoach"
    compound: re.Pattern[str]
    #: what ties two names together, titles allowed after it
    tie: re.Pattern[str]


#: languages that write compounds as one word, and the letters that the last part of one has at least
_COMPOUNDING = frozenset({"nl", "de"})
_ENDING = 5


@lru_cache(maxsize=4)
def name_words_of(lexicons: tuple[Lexicon, ...]) -> NameWords:
    def joined(meaning: str) -> frozenset[str]:
        return frozenset[str]().union(*(lexicon.words[meaning] for lexicon in lexicons))

    letters = frozenset(
        word
        for lexicon in lexicons
        for entry in lexicon.entries
        if entry.meaning in {"language.greetings", "language.closings"}
        or (entry.meaning == "person.relation" and "-" not in entry.id)
        for word in entry.id.split("-")
        if len(word) > 1
    )
    tied = "|".join(sorted(re.escape(word) for word in joined("person.and")))
    titles = "|".join(sorted(re.escape(word) for word in joined("person.honorific")))
    endings = {
        word
        for lexicon in lexicons
        if lexicon.language in _COMPOUNDING
        for meaning in ("person.organisation", "person.function")
        for word in lexicon.words[meaning]
        if len(word) >= _ENDING
    }
    grammar = {word for word in joined("language.words") if len(word) > 1}  # a letter is an initial
    return NameWords(
        compound=re.compile(rf"\w{{3,}}(?:{'|'.join(sorted(endings))})$" if endings else r"(?!)"),
        tie=re.compile(rf"\s*(?:[,;&+/]|\b(?:{tied})\b|,\s*(?:{tied})\b)\s*(?:(?:{titles})\b\.?\s*)?"),
        honorific=joined("person.honorific"),
        organisation=joined("person.organisation"),
        function=joined("person.function"),
        no_name=(joined("person.no-name") | (letters | grammar) - joined("person.given")) - joined("person.particle"),
        particle=joined("person.particle"),
        saint=joined("person.saint"),
        given=joined("person.given"),
        provider=joined("person.provider"),
        article=joined("person.article"),
        kin=frozenset(
            entry.id.rsplit("-", 1)[1]
            for lexicon in lexicons
            if lexicon.language == "de"
            for entry in lexicon.entries
            if entry.meaning == "person.relation" and "-" in entry.id
        ),
        mine=joined("person.mine"),
    )


def checked_email(written: str) -> str | None:
    """The address as it may be used, without asking DNS; None where it is none."""
    address = written.strip().rstrip(".")
    local, _, domain = address.rpartition("@")
    if len(address) <= _SURELY_SHORT and domain.isascii() and _SIMPLE_LOCAL.fullmatch(local):
        # Most addresses are of a few domains, and this is what takes the time.
        known = _checked(f"a@{domain}")
        return local + known[1:] if known else None
    return _checked(address)


#: nothing that is refused or written in another way; capitals are, in "Info@"
_SIMPLE_LOCAL = re.compile(r"[a-z0-9]{1,30}(?:[._-][a-z0-9]{1,30})?")
_SURELY_SHORT = 100


@lru_cache(maxsize=1024)
def _checked(address: str) -> str | None:
    try:
        return validate_email(address, check_deliverability=False, test_environment=True).normalized
    except EmailNotValidError:
        return None


def domain_of(address: str | None) -> str:
    return (address or "").rpartition("@")[2].casefold()


def is_private(address: str | None, names: NameWords) -> bool:
    """Whether it is of a provider who gives one to anybody, and so of no house."""
    registered = domain_of(address).rpartition(".")[0].rpartition(".")[2]
    return not names.provider.isdisjoint(registered.split("-"))


def names_domain(name: str, address: str | None) -> bool:
    """ "Pleegzorg Haspengouw", of pleegzorg-haspengouw.example: the house, and nobody in it."""
    parts = folded_parts(name)
    letters = re.sub(r"[^a-z0-9]", "", fold(domain_of(address).rpartition(".")[0]))
    return len(parts) > 1 and letters.endswith("".join(parts))


def folded_parts(name: str) -> tuple[str, ...]:
    """The words of a name as they are compared."""
    return tuple(_SPLIT.findall(fold(name).replace("ß", "ss")))


def spellings(name: str) -> tuple[tuple[str, ...], ...]:
    """The words of a name as ``folded_parts``, and as they are written without umlauts: "Jürgen", "Juergen"."""
    plain = folded_parts(name)
    spelt = folded_parts(name.translate(_UMLAUTS))
    return (plain,) if plain == spelt else (plain, spelt)


_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"})


def same_name(one: str | None, other: str | None) -> bool:
    """Whether both may be one person: all words of the shorter in the longer, initials counted."""
    if not one or not other:
        return False
    return any(_same_parts(a, b) for a in spellings(one) for b in spellings(other))


def _same_parts(a: tuple[str, ...], b: tuple[str, ...]) -> bool:
    shorter, longer = (a, b) if len(a) <= len(b) else (b, a)
    if not shorter:
        return False
    if all(part in longer for part in shorter):
        return len(shorter) > 1 or len(longer) == 1 or shorter[0] in (longer[0], longer[-1])
    if len(shorter) == 1:
        return False
    # "P. Cuvelier" is Pauline Cuvelier, whichever of the two is asked for first.
    return _initialled(shorter, longer) or (len(a) == len(b) and _initialled(longer, shorter))


def _initialled(shorter: tuple[str, ...], longer: tuple[str, ...]) -> bool:
    return all(part in longer or (len(part) == 1 and any(w.startswith(part) for w in longer)) for part in shorter)


def has_given(name: str, words: NameWords) -> bool:
    """Whether one of its words is a first name that is known."""
    return any(part in words.given and part not in words.no_name for part in folded_parts(name))


def is_compound(name: str, words: NameWords) -> bool:
    """ "Dagmar-romans": a thing."""
    first, *rest = name.split("-")
    return " " not in first and any(part[:1].islower() and fold(part) not in words.given for part in rest)


@lru_cache(maxsize=512)  # the same line is asked about as a closing, a signature and a row
def as_person(written: str, words: NameWords, email: str | None = None) -> str | None:
    """``written`` as "First Last" where it is a person's name; None for organisations, roles and anything else.

    Titles, ranks, brackets and what follows a bar go; "Last, First" and "LAST First" are turned round.
    """
    text = _ASIDE.sub(" ", written).strip()
    text = _TAIL.split(text, maxsplit=1)[0].strip(" ,;:-'")
    if not text or "@" in text or len(text) > 60 or any(map(str.isdigit, text)):
        return None
    turned = sure = False
    if text.count(",") == 1:
        last, first = (part.strip() for part in text.split(","))
        titles, family = _titles_off(last, words)
        if titles and (len(family.split()) != 1 or not first or _is_other(first, words)):
            text = f"{last} {first}"
        elif titles:
            text, turned = f"{first} {family}", True  # "Dr. Mertes, Katharina"
        elif first and (_is_given(first, words) or not _is_other(first, words)):
            # "De Neef, Carine": a first name that is known tells that the rest is one too.
            text, turned, sure = f"{first} {last}", True, _is_given(first, words)
        else:
            text = last
    parts = text.split()
    while parts and fold(parts[0]).strip(".") in words.honorific:
        parts.pop(0)
    if len(parts) > 2 and _RANK.fullmatch(parts[0]):
        parts.pop(0)  # "Sap. Jan Maes"
    parts = [p for p in parts if fold(p) not in {"em.", "phd", "msc", "ma"}]
    while len(parts) > 2 and fold(parts[0]) in words.no_name and not parts[0].istitle():
        parts.pop(0)  # "LG Anna Klein", "lg anna klein"
    if not parts or len(parts) > 6:
        return None
    whole = " ".join(parts)
    if is_house(whole, words) or (_is_other(whole, words) and not sure and not parts_in_address(whole, email)):
        return None
    if not any(p[:1].isupper() for p in parts):
        # A name in small letters is one only where the address says so too.
        if len(parts) < 2 or not _in_address(parts, email):
            return None
        while len(parts) > 2 and not _in_address(parts[-1:], email):
            parts.pop()  # "ilse moons wijkcontactpersoon"
        parts = [p if fold(p) in words.particle else p[:1].upper() + p[1:] for p in parts]
    return " ".join(_tidy(parts, words) if turned else _tidy(_turned(parts, words, email), words))


def _titles_off(written: str, words: NameWords) -> tuple[int, str]:
    parts = written.split()
    titles = 0
    while titles < len(parts) and fold(parts[titles]).strip(".") in words.honorific:
        titles += 1
    return titles, " ".join(parts[titles:])


def _is_given(text: str, words: NameWords) -> bool:
    """ "An-Sofie": all its parts are first names, whatever else one of them means."""
    return text[:1].isupper() and all(part in words.given for part in folded_parts(text))


_ASIDE = re.compile(r"\([^)]*\)|\[[^\]]*\]|[\"“”]")
_TAIL = re.compile(r"\s[|–/]\s|\s-\s|\bvia\b")
_WORDS = re.compile(r"[\s'’\-]+")
#: an abbreviation that is no initial
_RANK = re.compile(r"[^\W\d_]{3,5}\.")


def is_house(text: str, words: NameWords) -> bool:
    """Holds a word that organisations or their offices have in their names."""
    parts = [fold(p).strip(".,:;!?") for p in _WORDS.split(text)]
    return any(p in words.organisation or p in words.function or words.compound.search(p) for p in parts)


def _is_other(text: str, words: NameWords) -> bool:
    parts = [fold(p).strip(".,:;!?") for p in _WORDS.split(text)]
    if any(_ACRONYM.fullmatch(p) for p in text.split()):
        return True
    return any(
        p in words.organisation or p in words.no_name or p in words.function for p in parts if p not in words.particle
    )


def _in_address(parts: Sequence[str], email: str | None) -> bool:
    local = re.sub(r"[^a-z]", "", fold((email or "").partition("@")[0]))
    return any(len(p) > 2 and re.sub(r"[^a-z]", "", fold(p)) in local for p in parts)


def parts_in_address(name: str, email: str | None) -> bool:
    """Whether every longer word of a name stands in the address, its particles aside: "Op de Beeck", opdebeeck@."""
    local = _letters((email or "").partition("@")[0])
    longer = [[part for part in parts if len(part) > 3] for parts in spellings(name) if len(parts) > 1]
    return any(parts and all(part in local for part in parts) for parts in longer)


def initial_in_address(name: str, email: str) -> bool:
    """Whether an address is the family name and an initial: "Zoé Van Damme", z.vandamme@."""
    local = _letters(email.partition("@")[0])
    told = [(parts[0][:1], "".join(parts[1:])) for parts in spellings(name) if len(parts) > 1]
    return any(local in (initial + family, family + initial) for initial, family in told)


def _letters(text: str) -> str:
    return re.sub(r"[^a-z]", "", fold(text))


def _turned(parts: list[str], words: NameWords, email: str | None) -> list[str]:
    """Family name last: by capitals ("VAN DAM Piet"), else by the order of the address ("piet.vandam@")."""
    shouted = [len(p.strip(".")) > 1 and p.isupper() and not _INITIALS.fullmatch(p) for p in parts]
    if any(shouted) and not all(shouted):
        family = [p for p, loud in zip(parts, shouted, strict=True) if loud]
        given = [p for p, loud in zip(parts, shouted, strict=True) if not loud]
        return given + family
    local = fold((email or "").partition("@")[0])
    pieces = re.split(r"[._\-+\d]+", local)
    if len(parts) > 1 and len(pieces) > 1:
        last = re.sub(r"[^a-z]", "", fold(parts[-1]))
        first = re.sub(r"[^a-z]", "", fold(parts[0]))
        if last == pieces[0] and first != pieces[0]:
            return [parts[-1], *parts[:-1]]
    return parts


def _tidy(parts: list[str], words: NameWords) -> list[str]:
    result = []
    for number, written in enumerate(parts):
        part = written
        if len(part) > 2 and part.isupper() and not part.endswith("."):
            bits = re.split(r"([-'’])", part)
            part = "".join(b if len(b) < 2 else b[0] + b[1:].lower() for b in bits)
        # "Van den Broeck": of several particles only the first keeps its capital.
        if number and written.isupper() and fold(written) in words.particle:
            part = written.lower() if fold(parts[number - 1]) in words.particle else written.capitalize()
        result.append(part.strip(",;:"))
    return result


@lru_cache(maxsize=8)  # the text of a mail is looked through by several readers
def names_in(text: str, words: NameWords) -> tuple[tuple[str, int, int], ...]:
    """(name, start, end) for every stretch of ``text`` that reads as a name of two words or more, titles taken off."""
    result = []
    for match in NAME.finditer(text):
        for name, start, end in trimmed(match.group(), match.start(), words):
            if len(name.split()) > 1:
                result.append((name, start, end))
    return tuple(result)


#: "M.-C. Henrion"
_INITIALS = re.compile(r"[^\W\d_]\.-[^\W\d_]\.")
#: "c'est", "j'ai"
_ELIDED_WORD = re.compile(r"(?:c|j|n|s|qu)['’](\w+)$")
#: "l'inspecteur Petit"
_ELIDED = re.compile(r"^(?:l|d|qu)'(?=[a-z]{4})")


def trimmed(stretch: str, offset: int, words: NameWords) -> Iterable[tuple[str, int, int]]:
    """The stretch cut wherever a word stands that belongs to no name."""
    return [(name, offset + start, offset + end) for name, start, end in _pieces(stretch, words)]


@lru_cache(maxsize=2048)  # most stretches are no names: "Bonjour", "Ik", "Mit"
def _pieces(stretch: str, words: NameWords) -> tuple[tuple[str, int, int], ...]:
    return tuple(_cut(stretch, words))


def _cut(stretch: str, words: NameWords) -> Iterable[tuple[str, int, int]]:
    run: list[re.Match[str]] = []
    for piece in [*re.finditer(r"\S+", stretch), None]:
        word = _ELIDED.sub("", fold(piece.group()).strip(".,;:")) if piece else ""
        breaks = (
            piece is None
            or word in words.honorific
            or (word in words.no_name and word not in words.particle)
            or word in words.organisation
            or (word in words.function)
            or (not run and word in words.kin and piece.end() < len(stretch))
            or ((elided := _ELIDED_WORD.match(word)) is not None and elided[1] in words.no_name)
            or (piece is not None and bool(_ACRONYM.fullmatch(piece.group().strip(".,;:"))))
        )
        if not breaks and piece is not None and (run or word not in words.particle or piece.group()[0].isupper()):
            if piece.group()[0].islower() and word not in words.particle:
                breaks = True
            else:
                run.append(piece)
                if not (piece.group().endswith(".") and len(word) > 2) or _INITIALS.fullmatch(piece.group()):
                    continue
                breaks = True
        if breaks and run:
            while run and fold(run[-1].group()) in words.particle and run[-1].group()[0].islower():
                run.pop()
            if run:
                name = (
                    " ".join(p.group() for p in run).rstrip(".")
                    if len(run[-1].group()) > 2
                    else " ".join(p.group() for p in run)
                )
                ended = run[-1].end() - (run[-1].group().endswith(".") and not name.endswith("."))
                yield name, run[0].start(), ended
            run = []
