"""Once the event is known: which of its options the sender wants, and gives up."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from mailbot.core.asked import asked_for, segment_from
from mailbot.core.decisions import ThreadFacts
from mailbot.core.direction import STRONG, Side, Stance
from mailbot.core.event_index import called
from mailbot.core.events import Choice
from mailbot.core.exchanges import exchanges
from mailbot.core.match_words import MatchWords
from mailbot.core.numbered_lines import lettered, numbered_options, picked
from mailbot.core.paraphrase import meant
from mailbot.core.requests import Evidence
from mailbot.core.settling import is_settled, settled_on
from mailbot.core.standing import Spot
from mailbot.core.wish import Chosen, Wish, evidence_of

_NUMBERS = re.compile(r"(?<![\w/:.])([1-9])(?![\w/:]|[.,]\d)")


def thread_answer(text: str, words: MatchWords, thread: ThreadFacts) -> tuple[int, ...]:
    """The numbers by which a short reply answers a numbered question of ours."""
    if thread.kind not in {"registrant-which-event", "registrant-which-session", "registrant-which-choice"}:
        return ()
    head = text.strip()[:200]
    if len(head.split()) > 25:
        return ()
    # "1 april" names a day, not our first line.
    return tuple(dict.fromkeys(int(n) for n in _NUMBERS.findall(words.dates.sub(" ", head))))


#: where an option is named: start, end, its key, by what
_Option = tuple[int, int, str, str]

# -- choices -----------------------------------------------------------------------


def choices_of(wish: Wish) -> tuple[Chosen[Mapping[str, str]], tuple[str, ...], frozenset[str]]:
    """What is chosen; the choices for which too much is; those that only words tell which merely stand somewhere."""
    wanted: dict[str, list[str]] = {}
    given: dict[str, str] = {}
    second: dict[str, str] = {}
    had: dict[str, str] = {}
    exchanged: list[str] = []
    loose: set[str] = set()
    named: dict[str, list[tuple[int, str]]] = {}
    evidence: list[Evidence] = []

    def note(choice: str, option: str, start: int, end: int, rule: str, stance: Stance) -> None:
        evidence.append(
            evidence_of(f"choice.{choice}", wish.text[start:end], f"match.choice.{rule}.{option}", start, end)
        )
        side = stance.side
        clause = wish.clause_at(start)
        if side == "wanted" or (clause is not None and clause.wavering):
            named.setdefault(choice, []).append((start, option))
        if side == "had" and clause is not None and clause.wavering:
            return  # not decided: nothing of it is wanted, and nothing on file
        exchanged.extend([choice] if stance.exchanged else [])
        if side == "given":
            given.setdefault(choice, option)
        elif side == "had":
            had.setdefault(choice, option)
        elif side == "second" and wanted.get(choice):
            second.setdefault(choice, option)
        elif option not in wanted.setdefault(choice, []):
            wanted[choice].append(option)

    for choice in wish.event.choices:
        keys = [option.key for option in choice.options]
        if wish.thread is not None and wish.thread.kind == "registrant-which-choice" and len(wish.numbered) == 1:
            if wish.numbered[0] <= len(keys):
                wanted[choice.key] = [keys[wish.numbered[0] - 1]]
            continue
        mentions = _option_mentions(wish, choice.key, keys)
        likely = wish.likely("choice", [Spot(start=start, end=end, key=option) for start, end, option, _ in mentions])
        mentions = _asked_first(wish, choice.key, mentions, likely)
        nouns = _nouns(wish, choice.key)
        if mentions and all(rule == "topic" and not asked_for(wish, a, b, nouns) for a, b, _, rule in mentions):
            loose.add(choice.key)
        swapped = exchanges(wish, [(start, end, option) for start, end, option, _ in mentions], ranges=False)
        for start, end, option, rule in mentions or _by_paraphrase(wish, choice):
            said = swapped.get(start) or wish.stance(start, end)
            stance = wish.weighed(f"choice.{choice.key}", (start, end), said, likely, evidence)
            note(choice.key, option, start, end, rule, stance)
        if not mentions:
            for start, end, option in _refused(wish, choice):
                note(choice.key, option, start, end, "without", Stance(side="given", strength=STRONG))
        refused = given.get(choice.key)
        if refused is not None and len(keys) == _TWO and choice.key not in exchanged and not wanted.get(choice.key):
            # "I eat no meat": there is only one other.
            wanted[choice.key] = [key for key in keys if key != refused]
    for key, option in given.items():
        if option in wanted.get(key, []) and len(wanted[key]) > 1:
            wanted[key].remove(option)
    for key, starts in named.items():
        settled = settled_on(wish, starts) if len({option for _, option in starts}) > 1 else None
        if settled is not None:
            # What was thought of before it is no choice, and where it was on file it is left for this.
            wanted[key] = [settled]
    choices = {choice.key: choice for choice in wish.event.choices}
    too_many = tuple(
        key for key, options in wanted.items() if len(options) > 1 or _asks_for_several(wish, choices[key])
    )
    chosen = {key: options[0] for key, options in wanted.items() if key not in too_many and options}
    return (
        Chosen(
            wanted=chosen, given_up=given, second=second, had=had, exchanged=bool(exchanged), evidence=tuple(evidence)
        ),
        too_many,
        frozenset(loose),
    )


def _asks_for_several(wish: Wish, choice: Choice) -> bool:
    """ "Für zwei Labs, …": more than one, of which perhaps a single one is understood. "Of the five labs" tells of all."""
    names = called(choice)
    for counted in _COUNTED.finditer(wish.text):
        word, noun = counted.groups()
        number = int(word) if word.isdecimal() else wish.words.numbers.get(word, 0)
        # Of several, the noun has an ending: "voor ons beiden lab 1" is one.
        plural = any(noun.startswith(name) and noun != name for name in names)
        if not (plural and _TWO <= number < len(choice.options)):
            continue
        clause = wish.clause_at(counted.start())
        if clause is not None and not (clause.negated or clause.wavering or clause.asks or clause.past):
            return True
    return False


#: each word, and the one that follows it
_COUNTED = re.compile(r"(?<!\w)(\w+)(?=\s+(\w+))")


def _refused(wish: Wish, choice: Choice) -> Iterator[tuple[int, int, str]]:
    """ "Etwas ohne Fleisch", "pas de viande": a word that one option alone has, denied."""
    known = wish.index.option_words[wish.event.key][choice.key]
    for without in wish.words.patterns["without"].finditer(wish.text):
        found = _DENIED.match(wish.text, without.end())
        owners = known.owners_of(found[1]) if found is not None else set()
        if found is not None and len(owners) == 1:
            yield without.start(), found.end(), next(iter(owners))


_DENIED = re.compile(r"['’\s]+([^\W\d_]{4,})")


def _option_mentions(wish: Wish, choice: str, keys: list[str]) -> list[_Option]:
    found: list[_Option] = []
    for pattern, owner, option in wish.index.options[wish.event.key]:
        if owner == choice:
            found += [
                (m.start(), m.end(), option, "topic") for m in pattern.finditer(wish.text) if not _is_of_event(wish, m)
            ]
    for pattern, owner in wish.index.choice_names[wish.event.key]:
        if owner != choice:
            continue
        for match in pattern.finditer(wish.text):
            more = _MORE_SIGNS.match(wish.text, match.end())
            for sign in (match["sign"], *_SIGNS.findall(more[0] if more else "")):
                number = int(sign) if sign.isdigit() else ord(sign) - ord("a") + 1
                if 1 <= number <= len(keys):
                    found.append((match.start(), match.end(), keys[number - 1], "sign"))
    found += _signs_apart(wish, choice, keys)
    for numbers in (*picked(wish, numbered_options(wish, choice)), *lettered(wish, choice)):
        found += [(numbers.start, numbers.end, option, "number") for option in numbers.keys]
    for match in wish.words.in_order(wish.text):
        near = wish.text[match.start() : match.end() + 14]
        if match["o"] in wish.words.ordinals and any(
            p.search(f"{near} 1") or _named(wish, near)
            for p, o in wish.index.choice_names[wish.event.key]
            if o == choice
        ):
            number = wish.words.ordinals[match["o"]]
            if number <= len(keys):
                found.append((match.start(), match.end(), keys[number - 1], "ordinal"))
    found.sort()
    # A longer phrase that holds a shorter one is the one that was meant.
    found = [
        m for m in found if not any(o[0] <= m[0] and m[1] <= o[1] and (o[1] - o[0]) > (m[1] - m[0]) for o in found)
    ]
    # "Basculez-moi vers le récit": a small word that is also an option leads to the one named right after it.
    small = wish.words.patterns["small"]
    leading = [m for m in found if small.fullmatch(wish.text, m[0], m[1])]
    return [m for m in found if m not in leading or not any(0 < o[0] - m[1] <= _LED_TO for o in found)]


#: "ateliers 2 en 4", "labs a, c"
_MORE_SIGNS = re.compile(r"(?:\s?(?:,|&|\+|/|\b(?:et|en|and|und)\b)\s?(?:\d|[a-h])(?![\w']|[.,:]\d))+")
_SIGNS = re.compile(r"(?<!\w)(?:\d|[a-h])(?!\w)")


def _is_of_event(wish: Wish, match: re.Match[str]) -> bool:
    """A word of the event's title, "Tag der Jugendarbeit", or one that only happens to be written so: "bin ich dabei"."""
    if wish.index.within(wish.text, match.start(), match.end(), _TITLES):
        return True
    shouted = wish.raw[match.start() : match.end()].isupper()
    return (
        not shouted and wish.words.patterns["small"].fullmatch(match[0]) is not None and match[0] in wish.index.shouted
    )


_TITLES = frozenset({"title", "name"})

#: characters between such a word and the option that it leads to
_LED_TO = 8


_TWO = 2


def _asked_first(
    wish: Wish, choice: str, mentions: list[_Option], likely: Mapping[int, Mapping[Side, float]]
) -> list[_Option]:
    """Without words that merely occur, where others are asked for: "ma mère est tombée, je choisis la solitude"."""
    if len({option for _, _, option, _ in mentions}) < _TWO:
        return mentions
    nouns = _nouns(wish, choice)
    asked = [
        (start, end, option, rule)
        for start, end, option, rule in mentions
        if rule != "topic" or asked_for(wish, start, end, nouns) or is_settled(wish, start)
    ]
    wanted = {m: likely[m[0]]["wanted"] for m in mentions if m[0] in likely and m not in asked}
    if any(chance >= _SURELY for chance in wanted.values()):
        asked += [m for m, chance in wanted.items() if chance >= (_SURELY if asked else _PERHAPS)]
    if all(wish.side(start, end) in {"had", "given"} for start, end, _, _ in asked):
        # "Mit Menü klassisch angemeldet, hätte ich lieber halal": beside what is on file, the other is wanted.
        asked += [m for m in mentions if _wished_instead(wish, m, asked)]
    # What is refused, left for another or a second wish is told of whatever stands beside it.
    return [m for m in mentions if m in asked or wish.nearby(m[0], m[1]) is not None] if asked else mentions


#: how likely what no phrase asks for is wanted, to be held as asked for; and what is not to be left out beside it
_SURELY, _PERHAPS = 0.8, 0.3


def _nouns(wish: Wish, choice: str) -> list[re.Pattern[str]]:
    return [pattern for pattern, owner in wish.index.choice_words[wish.event.key] if owner == choice]


def _wished_instead(wish: Wish, mention: _Option, asked: list[_Option]) -> bool:
    """In the clause that names what is left, or in one that prefers."""
    clause = wish.clause_at(mention[0])
    if clause is None:
        return False
    same = any(clause.start <= start < clause.end for start, _, _, _ in asked)
    return same or any(wish.words.find(m, wish.text, clause.start, clause.end) for m in ("better", "rather"))


def _by_paraphrase(wish: Wish, choice: Choice) -> list[_Option]:
    """ "the workshop about staying on one's feet": words that belong to one option alone."""
    known = wish.index.option_words[wish.event.key][choice.key]
    for word in wish.words.compound.finditer(wish.text) if like_a_session(wish, choice) else ():
        owners = known.owners_of(word[1])
        if len(owners) == 1:
            return [(word.start(), word.end(), next(iter(owners)), "words")]
    for start, end in spoken_of(wish, choice):
        found = meant(wish.text, start, end, known, wish.words.patterns["small"])
        if found is not None:
            return [(found.start, found.end, found.key, "words")]
    return []


def spoken_of(wish: Wish, choice: Choice) -> Iterator[tuple[int, int]]:
    """What follows the name of a choice, or a noun for sessions where the event lets one choose none of these."""
    for pattern in _nouns(wish, choice.key):
        for found in pattern.finditer(wish.text):
            yield found.end(), segment_from(wish.text, found.end(), _SPOKEN)
            # "Comme labo, je choisis celui sur …"
            rest = _STOP.split(wish.text[found.end() : found.end() + _SPOKEN])[0]
            about = wish.words.find("about", wish.text, found.end(), found.end() + len(rest))
            if about is not None and "," in wish.text[found.end() : about.start()]:
                yield about.end(), segment_from(wish.text, about.end(), _SPOKEN)
    if wish.event.attend in {"any", "one"} or not like_a_session(wish, choice):
        return
    for about in wish.words.patterns["about"].finditer(wish.text):
        before = max(0, about.start() - _NOUN), about.start()
        if any(wish.words.find(meaning, wish.text, *before) for meaning in ("sessions", "groups")):
            yield about.end(), segment_from(wish.text, about.end(), _SPOKEN)


#: characters after a choice's name in which its option is told, and before "about" in which a noun stands
_SPOKEN, _NOUN = 70, 16


def like_a_session(wish: Wish, choice: Choice) -> bool:
    """A workshop, a lab: not a meal."""
    names = called(choice)
    return any(wish.words.find(meaning, name) for name in names for meaning in ("sessions", "groups"))


_STOP = re.compile(r"[.!?\n]")
_SIGN = re.compile(r"(?<![\w'’.])([A-H]|[1-9])(?![\w'’]|[.,:]\d|\s*(?:h\b|u\b|uur|Uhr|am\b|pm\b|€|%))")


def _signs_apart(wish: Wish, choice: str, keys: list[str]) -> list[_Option]:
    """ "Pour le labo, ce sera le D": a letter or number by itself in the sentence that names the choice."""
    found = []
    for pattern, owner in wish.index.choice_words[wish.event.key]:
        if owner != choice:
            continue
        for match in pattern.finditer(wish.text):
            end = re.search(r"[.!?\n]", wish.raw[match.end() :])
            until = match.end() + min(end.start() if end else _APART, _APART)
            sign = _SIGN.search(wish.raw, match.end())
            if sign is None or sign.end() > until:
                continue
            number = int(sign[1]) if sign[1].isdigit() else ord(sign[1]) - ord("A") + 1
            if 1 <= number <= len(keys):
                found.append((sign.start(), sign.end(), keys[number - 1], "sign"))
    return found


#: characters after a choice's name in which its sign stands
_APART = 28


def _named(wish: Wish, near: str) -> bool:
    names = [name.casefold() for choice in wish.event.choices for name in choice.names]
    return any(re.search(rf"(?<!\w){re.escape(name)}(?!\w)", near) for name in names)
