"""People told in one breath: "my husband Jan, a neighbour and I". What ties them tells who they are.

A breath is a stretch of the text in which people stand side by side, with commas or words for "and" between them.
Whether those in it take part is told by what stands around it (``beside``), and so is who is meant but not named.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache

from mailbot.core.lexicon import Lexicon, fold
from mailbot.core.names import EMAIL, NAME, NameWords, has_given, is_compound, trimmed
from mailbot.core.phrases import Passage, Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One who is told of: by name, by what he or she is to the sender, or the sender."""

    start: int
    end: int
    name: str | None = None
    is_sender: bool = False
    #: told by a word that is known for people, or by a name; not only by "my …"
    sure: bool = True
    #: told by the bare word for what somebody is: "collègue", "partner"
    bare: bool = False
    number: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Breath:
    told: tuple[Told, ...]
    start: int
    end: int
    #: what stands behind it in the clause is another thought: "voor mijn vader en ik wil …"
    cut: bool = False

    @property
    def with_sender(self) -> bool:
        return any(one.is_sender for one in self.told)


#: letters of the shortest word that may stand between a relation and the name
_ADJECTIVE = 4
#: words between "my" and what somebody is: "my dear old neighbour"
_BETWEEN = 2
#: characters of what stands in brackets behind a name
_ASIDE = re.compile(r"\s{0,2}\(([^()\n]{1,60})\)")
_COLON = re.compile(r"\s?: ")
#: words of a family name
_FAMILY = 3
#: what stands between a relation and the name: "my colleague, Priya"; "ma collègue (Anne Petit)"
_BEFORE_NAME = re.compile(r"\s{0,2}[,(:]?\s{0,2}")


def breaths_in(words: Words, names: NameWords, start: int, end: int) -> tuple[Breath, ...]:
    """Every breath between the greeting and the closing, in order."""
    return _Reader(words, names).breaths(start, end)


def is_word(words: Words, name: str) -> bool:
    """Whether what may be a first name is a word of the language, or a language: "Dan", "Frans"."""
    word = fold(name)
    return words.has("language.words", word) or any(words.has(tongue, word) for tongue in TONGUES)


def name_after(words: Words, names: NameWords, end: int) -> str | None:
    """The name that stands right after this place, a comma, a colon or a title between."""
    between = _AFTER_NAME_IS.match(words.body.text.raw, end)
    named = _Reader(words, names).name_at(between.end()) if between and between.end() > end else None
    return named[0] if named else None


def says_me_after(words: Words, end: int) -> bool:
    """Whether what stands in brackets right behind a name says that it is the sender's."""
    if any(f.start == end + 1 for f in words.body.of("person.is-me")):
        return True  # "Pol c'est moi"
    aside = _ASIDE.match(words.body.text.raw, end) or _LATER_ASIDE.match(words.body.text.raw, end)
    if aside is None:
        return False
    told = [word for word, at, _ in words.body.text.tokens if aside.start(1) <= at < aside.end(1)]
    own = any(words.has("person.i", word) for word in told) and len(told) <= _FEW
    return own or any(aside.start(1) <= f.start < aside.end(1) for f in words.body.of("person.me", "person.is-me"))


_FEW = 4
#: "…, secretary general (me)"
_LATER_ASIDE = re.compile(r",[^\n(),A-ZÀ-Ý]{3,40}\(([^()\n]{2,30})\)")


#: "ich bin die Lea"
_AFTER_NAME_IS = re.compile(r"\s{0,2}[,:]?\s{0,2}(?:d(?:ie|er|e) )?")


TONGUES = ("tongue.fr", "tongue.nl", "tongue.en", "tongue.de")


class _Reader:
    def __init__(self, words: Words, names: NameWords) -> None:
        self.words = words
        self.names = names
        self.body: Passage = words.body
        self.raw = words.body.text.flat
        self.folded = words.body.text.folded
        self.tokens = words.body.text.tokens
        self.at = {start: number for number, (_, start, _) in enumerate(self.tokens)}
        self.kin = {f.start: f.end for f in words.body.of("person.relation")}
        self.selves = {f.start: f.end for f in words.body.of("person.i-myself")}
        self.is_me = words.body.of("person.me", "person.is-me")
        #: "votre serviteur", "meine Wenigkeit"
        self.modest = {f.start: f.end for f in words.body.of("person.is-me")}
        self.tie = _tie(words.lexicons)
        self.nor = _nor(words.lexicons)
        self.opening = _opening(words.lexicons, names)
        #: a sentence that begins with what is wanted: "Inscrivez Hortense Mukendi"
        self.verbs = {f.start for f in words.body.found if f.meaning.startswith("intent.") and f.start in self.at}
        self.wants = {f.start for f in words.body.found if f.meaning.startswith("intent.")}
        self.with_at = {f.end + 1 for f in words.body.of("person.with")}
        #: the sender is told by a word of its own: without one nobody is tied to it
        self.says_i = words.written("person.i")
        self.nouns_shout = any(lexicon.language == "de" for lexicon in words.lexicons)

    def breaths(self, start: int, end: int) -> tuple[Breath, ...]:
        found: list[Breath] = []
        number = 0
        while number < len(self.tokens):
            at = self.tokens[number][1]
            if at >= end:
                break
            first = self._told(at, small=at in self.with_at) if at >= start else None
            if first is None and at >= start and self.says_i and self._with_me(number):
                first = self._small(at)
            if first is None:
                number += 1
                continue
            told = [first]
            while (following := self._next(told[-1])) is not None and not _sums_up(told, following):
                told.append(following)
            found.append(Breath(told=tuple(told), start=first.start, end=told[-1].end))
            while number < len(self.tokens) and self.tokens[number][1] < told[-1].end:
                number += 1
        return tuple(found)

    def _with_me(self, number: int) -> bool:
        """ "christoph und ich"."""
        tie = self.tie.match(self.folded, self.tokens[number][2])
        following = self.at.get(tie.end()) if tie is not None and "," not in tie.group() else None
        return following is not None and self.words.has("person.i", self.tokens[following][0])

    def _next(self, last: Told) -> Told | None:
        tie = self.tie.match(self.folded, last.end)
        if tie is None or tie.end() not in self.at:
            return self._nor(last)
        following = self._told(tie.end(), small=last.is_sender)
        if following is not None and following.bare and following.name is None and "," in tie.group():
            return None  # "Anna Petit, infirmière": what she is, and nobody else
        if following is not None and tie.group().strip() == "," and self._says_who(last, following):
            return self._next(replace(last, end=self._past_aside(following.end)))
        if following is not None and following.is_sender and tie.group().strip() == ",":
            # "Thank you for adding Jan, I will …" begins another thought.
            word = self.tokens[self.at[following.start]][0]
            return None if self.words.has("person.first", word) else following
        return following

    def _says_who(self, last: Told, following: Told) -> bool:
        """ "Zoé Ruelle, notre stagiaire (zoe@…), et moi": what she is, and nobody else."""
        if " " not in (last.name or "") or following.name or following.is_sender or following.number != 1:
            return False
        aside = _ASIDE.match(self.raw, following.end)
        if aside is not None and EMAIL.search(aside[1]):
            return True
        # Of the four only English has a comma before the last of several.
        english = any(lexicon.language == "en" for lexicon in self.words.lexicons)
        return not english and self.raw.startswith(", ", self._past_aside(following.end))

    def _nor(self, last: Told) -> Told | None:
        """ "Ni Anna ni moi", "weder Anna noch ich": denied of both."""
        nor = self.nor.match(self.folded, last.end)
        following = self._told(nor.end()) if nor is not None and nor.end() in self.at else None
        before = [word for word, _, end in self.tokens if end == last.start - 1]
        led = any(self.words.has(kind, word) for word in before for kind in ("person.neither", "person.nor"))
        return following if following is not None and (following.is_sender or led) else None

    def _told(self, at: int, *, small: bool = False) -> Told | None:
        word = self.tokens[self.at[at]][0]
        if at in self.modest and self._stands_beside(at):
            return Told(start=at, end=self.modest[at], is_sender=True)
        if not small and at not in self.kin and word not in self.opening and self._is_small(at):
            return None  # most words of a mail
        if self.words.has("person.i", word):
            return self._sender(at)
        return self._kin(at) or self._named(at) or (self._small(at) if small else None)

    # -- the sender: "moi-même (X)", "ich"

    def _stands_beside(self, at: int) -> bool:
        """ "Jane Wood and yours truly", "meine Wenigkeit und Ilse Brandt": a word for "and" on either side."""
        before = [word for word, _, end in self.tokens if end == at - 1]
        after = [word for word, start, _ in self.tokens if start == self.modest[at] + 1]
        return any(self.words.has("person.and", word) for word in (*before, *after))

    def _sender(self, at: int) -> Told:
        end = self.selves.get(at, self.tokens[self.at[at]][2])
        stressed = at in self.selves
        aside = _ASIDE.match(self.raw, end)
        if aside is not None and (named := self.name_at(aside.start(1))) is not None:
            return Told(start=at, end=aside.end(), name=named[0], is_sender=True)
        after = end + 1
        if self.raw[end : end + 2] == ", " and stressed:
            after = end + 2
        if (colon := _COLON.match(self.raw, end)) is not None:
            after = colon.end()  # "Register me: Gaurav Sen"
        named = self.name_at(after) if after in self.at and self.raw[end : end + 1] in " ,:" else None
        if named is not None and after == end + 1 and self._inverted(at):
            return Told(start=at, end=end, is_sender=True)
        if named is None and self.raw[end : end + 2] == ", ":
            # "und ich, Ralf Jousten, …": between commas, and not the next of several.
            named = self.name_at(end + 2)
            if named is not None and (
                " " not in named[0] or self.raw[named[1] : named[1] + 1] not in (",", ".", "", "\n", ")")
            ):
                named = None
            after = end + 1
        ends = named is not None and self.raw[named[1] : named[1] + 1] in (".", "", "\n", ")")
        if named is not None and (len(named[0].split()) > 1 or after == end + 1 or ends):
            return Told(start=at, end=named[1], name=named[0], is_sender=True)
        return Told(start=at, end=end, is_sender=True)

    def _inverted(self, at: int) -> bool:
        """ "Hierbij schrijf ik Mats Claes in": the verb before, the object behind; not "und ich Jan Maes"."""
        before = [word for word, _, end in self.tokens if end == at - 1]
        word = self.tokens[self.at[at]][0]
        tied = bool(before) and self.words.has("person.and", before[0])
        return bool(before) and not tied and self.words.has("person.nominative", word)

    # -- by what somebody is: "my neighbour", "deux collègues"

    def _kin(self, at: int) -> Told | None:
        number = self.at[at]
        word, _, stop = self.tokens[number]
        mine = self.words.has("person.mine", word)
        theirs = self.words.has("person.third", word)
        some = self.words.has("person.some", word)
        count = self._count(word)
        if at in self.kin and not mine:
            return self._with_name(at, self.kin[at], bare=True)
        if not (mine or some or count or theirs):
            return None
        for following in self.tokens[number + 1 : number + 2 + _BETWEEN]:
            gap = self.folded[stop : following[1]]
            if not re.fullmatch(r"[ '\-]+", gap):
                break
            if following[1] in self.kin:
                return self._with_name(at, self.kin[following[1]], number=count or 1)
            count = count or self._count(following[0])
            if self.words.has("person.thing", following[0]):
                return None
            stop = following[2]
        if at in self.kin:
            return self._with_name(at, self.kin[at])
        if not mine or number + 1 >= len(self.tokens):
            return None
        after = self.tokens[number + 1]
        if self.folded[self.tokens[number][2] : after[1]] != " ":
            return None
        return self._with_name(at, after[2], sure=False)

    def _with_name(self, at: int, end: int, *, sure: bool = True, bare: bool = False, number: int = 1) -> Told:
        between = _BEFORE_NAME.match(self.raw, end)
        opening = between.end() if between else end
        named = self.name_at(opening) if opening > end and "\n" not in self.raw[end:opening] else None
        if named is None and not bare and opening in self.at and opening == end + 1:
            if (told := self._small(opening)) is not None:
                return Told(start=at, end=told.end, name=told.name)
            after = self.tokens[self.at[opening]][2] + 1  # "ma fille adoptive Lan"
            own = sure and self.raw[opening].islower() and after - 1 - opening >= _ADJECTIVE
            named = self.name_at(after) if own and self.raw[after - 1 : after] == " " else None
        if named is not None and bare and " " not in named[0] and not has_given(named[0], self.names):
            named = None  # "Child Protection"
        if named is None:
            return Told(start=at, end=end, sure=sure, bare=bare, number=number)
        closed = named[1] + 1 if self.raw[named[1] : named[1] + 1] == ")" else named[1]
        return Told(start=at, end=self._past_aside(closed), name=named[0])

    # -- by name

    def _named(self, at: int) -> Told | None:
        named = self.name_at(at)
        if named is None:
            return None
        name, end = named
        aside = _ASIDE.match(self.raw, end)
        own = aside is not None and self._says_me(aside.start(1), aside.end(1))
        return Told(start=at, end=aside.end() if aside else end, name=name, is_sender=own)

    def _says_me(self, start: int, end: int) -> bool:
        inside = [word for word, at, _ in self.tokens if start <= at < end]
        return any(self.words.has("person.i", word) for word in inside) or any(
            start <= f.start < end for f in self.is_me
        )

    def _past_aside(self, end: int) -> int:
        aside = _ASIDE.match(self.raw, end)
        return aside.end() if aside else end

    def name_at(self, at: int) -> tuple[str, int] | None:
        """The name that begins here, titles before it allowed; its end."""
        untitled = at
        if self._is_small(at) and (at not in self.at or self.tokens[self.at[at]][0] not in self.names.honorific):
            return None
        while at in self.at and self.tokens[self.at[at]][0] in self.names.honorific:
            stop = self.tokens[self.at[at]][2]
            if self.raw.startswith(".-", stop):
                break  # "M.-C. Henrion"
            gap = re.compile(r"\.? ").match(self.raw, stop)
            if gap is None:
                return None
            at = gap.end()
        match = NAME.match(self.raw, at)
        if match is None or (at in self.verbs and fold(match.group().split()[0]) not in self.names.given):
            return None
        name, start, end = next(iter(trimmed(match.group(), at, self.names)), ("", -1, -1))
        if start != at or not name:
            return None
        parts = name.split()
        first = fold(parts[0]).strip(".")
        if len(parts) == 1 and at == untitled:
            known = any(part in self.names.given for part in re.split(r"[-'’]", first))
            if is_word(self.words, first):
                return None
            if not known and (self.nouns_shout or len(first) < 3 or name.isupper() or self._begins_sentence(at)):
                return None
        if self.words.has("person.article", first) or is_compound(name, self.names):
            return None
        return name, end

    def _is_small(self, at: int) -> bool:
        """Whether no name begins here, titles aside: a small letter, and no "d'Hondt"."""
        return "a" <= self.raw[at : at + 1] <= "z" and self.raw[at + 1 : at + 2] not in ("'", "’")

    def _begins_sentence(self, at: int) -> bool:
        before = self.raw[:at].rstrip(" ")
        return not before or before[-1] in "\n.!?:"

    def _small(self, at: int) -> Told | None:
        """A first name in small letters, right after the sender or kin: "ik en ella", "ma collègue ella petit et moi"."""
        word, start, _ = self.tokens[self.at[at]]
        if word not in self.names.given or word in self.names.no_name or is_word(self.words, word):
            return None
        last = self._family_end(self.at[at])
        written = self.raw[start:last].split()
        name = " ".join(w if fold(w) in self.names.particle else w[0].upper() + w[1:] for w in written)
        return Told(start=start, end=last, name=name)

    def _family_end(self, number: int) -> int:
        """The end of a family name in small letters: up to an address, the sender, or what is wanted; else of the first."""
        end = self.tokens[number][2]
        for word, start, stop in self.tokens[number + 1 : number + 2 + _FAMILY]:
            if self.raw[end:start] != " " or start in self.wants or self._ties_sender(end):
                break
            if is_word(self.words, word) and word not in self.names.particle:
                return self.tokens[number][2]
            end = stop
        following = next((at for _, at, _ in self.tokens if at >= end), len(self.raw))
        tied = self._ties_sender(end) or following in self.wants or EMAIL.match(self.raw, following) is not None
        return end if tied else self.tokens[number][2]

    def _ties_sender(self, end: int) -> bool:
        tie = self.tie.match(self.folded, end)
        following = self.at.get(tie.end()) if tie is not None else None
        return following is not None and self.words.has("person.i", self.tokens[following][0])

    def _count(self, word: str) -> int:
        if word.isdecimal() and len(word) < 3:
            return int(word)
        return next((lexicon.numbers[word] for lexicon in self.words.lexicons if word in lexicon.numbers), 0)


def _sums_up(told: list[Told], following: Told) -> bool:
    """ "Anna Petit et Rose, nos deux médiatrices": those named before."""
    return (
        following.number > 1
        and following.name is None
        and following.number == sum(one.name is not None for one in told)
    )


@lru_cache(maxsize=16)
def _opening(lexicons: tuple[Lexicon, ...], names: NameWords) -> frozenset[str]:
    """Words that may begin with whom somebody is told of, if not by name."""
    kinds = ("person.i", "person.mine", "person.third", "person.some")
    words = {word for lexicon in lexicons for kind in kinds for word in lexicon.words[kind]}
    return names.honorific | words | {word for lexicon in lexicons for word in lexicon.numbers}


@lru_cache(maxsize=16)
def _tie(lexicons: tuple[Lexicon, ...]) -> re.Pattern[str]:
    ands = "|".join(sorted(re.escape(word) for lexicon in lexicons for word in lexicon.words["person.and"]))
    fors = "|".join(sorted(re.escape(word) for lexicon in lexicons for word in lexicon.words["person.for"]))
    return re.compile(rf"\s{{0,2}}(?:,?\s{{0,2}}\b(?:{ands})\b(?! \d)|[,;&+/])\s{{0,2}}(?:\b(?:{fors}) )?(?:[ld]')?")


@lru_cache(maxsize=16)
def _nor(lexicons: tuple[Lexicon, ...]) -> re.Pattern[str]:
    nors = "|".join(sorted(re.escape(word) for lexicon in lexicons for word in lexicon.words["person.nor"]))
    return re.compile(rf"\s{{0,2}},?\s{{0,2}}\b(?:{nors}) (?:[ld]')?")
