"""Once the event is known: which of its sessions and options the sender wants, and gives up."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from mailbot.core.decisions import ThreadFacts
from mailbot.core.lexicon import fold
from mailbot.core.match_words import MatchWords
from mailbot.core.requests import Evidence
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


# -- sessions ----------------------------------------------------------------------


def sessions_of(wish: Wish) -> Chosen[tuple[str, ...]]:
    event = wish.event
    if event.attend not in {"any", "one"}:
        return Chosen()
    keys = [session.key for session in sorted(event.sessions, key=lambda s: s.starts)]
    if wish.thread is not None and wish.thread.kind == "registrant-which-session" and wish.numbered:
        coming = [s.key for s in event.sessions if s.ends > wish.now]
        numbered = tuple(coming[n - 1] for n in wish.numbered if n <= len(coming))
        return Chosen(
            wanted=numbered, evidence=(evidence_of("session", wish.raw.strip()[:40], "match.thread.number", 0, 0),)
        )
    found: dict[str, list[tuple[int, int, str]]] = {"wanted": [], "given": [], "had": [], "second": []}
    evidence: list[Evidence] = []

    def note(key: str, start: int, end: int, rule: str) -> None:
        found[wish.side(start, end)].append((start, end, key))
        evidence.append(evidence_of("session", wish.text[start:end], f"match.session.{rule}", start, end))

    _by_date(wish, note)
    _by_topic(wish, note)
    _by_ordinal(wish, keys, note)
    given = tuple(dict.fromkeys(key for _, _, key in found["given"]))
    wanted: list[str] = [key for _, _, key in found["wanted"] if key not in given or _later(found, key)]
    wanted = _onwards(wish, keys, found["wanted"], wanted)
    everything = _all(wish, len(keys))
    if everything is not None and (not wanted or len(wanted) < len(keys)):
        evidence.append(
            evidence_of("session", everything[0], "match.session.all", everything.start(), everything.end())
        )
        if len(set(wanted)) != len(keys):
            wanted = [key for key in keys if key not in given]
    if not wanted and not given:
        wanted = _of_subject(wish)
    ordered = tuple(key for key in keys if key in wanted)
    had = tuple(dict.fromkeys(key for _, _, key in found["had"] if key not in ordered and key not in given))
    second = tuple(dict.fromkeys(key for _, _, key in found["second"] if key not in ordered and key not in given))
    return Chosen(
        wanted=ordered,
        given_up=tuple(k for k in given if k not in ordered),
        second=second,
        had=had,
        evidence=tuple(evidence),
    )


def _of_subject(wish: Wish) -> list[str]:
    """The session that the subject alone names, by its day or its topic."""
    by_day = [s.key for s in wish.event.sessions for m in wish.subject_dates if m.fits(s.starts.date())]
    if by_day:
        return by_day
    topics = [key for pattern, key in wish.index.sessions[wish.event.key] if pattern.search(wish.subject)]
    return topics if len(topics) == 1 else []


def _later(found: Mapping[str, list[tuple[int, int, str]]], key: str) -> bool:
    """Named twice: the last word counts."""
    last_wanted = max(start for start, _, k in found["wanted"] if k == key)
    last_given = max(start for start, _, k in found["given"] if k == key)
    return last_wanted > last_given


def _by_date(wish: Wish, note: Any) -> None:
    for mention in wish.dates:
        fitting = [s.key for s in wish.event.sessions if mention.fits(s.starts.date())]
        if len(fitting) == 1:
            note(fitting[0], mention.start, mention.end, "date")
    # "celui de mai", "the June one": the month alone, where only one session lies in it
    months = {word: number for word, number in wish.words.months.items() if len(word) > 2}
    for match in re.finditer(r"(?<![\w])([a-z]{3,})(?![\w])", wish.text):
        number = months.get(match[1])
        if number is None or any(m.start <= match.start() < m.end for m in wish.dates):
            continue
        fitting = [s.key for s in wish.event.sessions if s.starts.month == number]
        if len(fitting) == 1:
            note(fitting[0], match.start(), match.end(), "month")


def _by_topic(wish: Wish, note: Any) -> None:
    for pattern, key in wish.index.sessions[wish.event.key]:
        found = pattern.search(wish.text)
        if found is not None:
            note(key, found.start(), found.end(), "topic")


def _by_ordinal(wish: Wish, keys: list[str], note: Any) -> None:
    for match in wish.words.ordinal.finditer(wish.text):
        if match["num"]:
            numbers = [int(n) for n in (match["num"], match["num2"]) if n]
            picked = [keys[n - 1] for n in numbers if 1 <= n <= len(keys)]
        else:
            picked = _ordinal(wish, match, keys)
        for key in picked:
            note(key, match.start(), match.end(), "ordinal")


def _ordinal(wish: Wish, match: re.Match[str], keys: list[str]) -> list[str]:
    """ "la deuxième séance", "les deux dernières", "de eerste twee"; an ordinal alone needs a session noun near it."""
    word = match["o"]
    count_word = match["n1"] or match["n2"]
    count = wish.words.numbers.get(count_word, 1) if count_word else 1
    near = wish.text[max(0, match.start() - 30) : match.end() + 25]
    if not count_word and wish.words.find("sessions", near) is None:
        return []
    if any(m.start < match.end() and match.start() < m.end for m in wish.dates):
        return []
    if word in wish.words.ordinals:
        first = wish.words.ordinals[word] - 1
        if count > 1 and first == 0:
            return keys[:count]
        return keys[first : first + 1]
    return keys[-count:]


def _onwards(wish: Wish, keys: list[str], mentions: list[tuple[int, int, str]], wanted: list[str]) -> list[str]:
    """ "à partir de l'atelier du 6 mai": from that one on; "les suivants": those still to come."""
    for match in wish.words.patterns["onwards"].finditer(wish.text):
        after = [key for start, _, key in mentions if match.end() <= start <= match.end() + 40]
        if after:
            return [*wanted, *keys[keys.index(after[0]) :]]
    coming = [s.key for s in wish.event.sessions if s.starts > wish.now]
    if wish.words.find("remaining", wish.text) is not None and not any(key in coming for key in wanted):
        return [key for key in keys if key in coming]
    return wanted


def _all(wish: Wish, count: int) -> re.Match[str] | None:
    found = _whole_quantity(wish, count) or wish.words.find("all", wish.text)
    if found is None or wish.side(found.start(), found.end()) == "given":
        return None
    number = next(
        (n for w, n in wish.words.numbers.items() if n > 1 and re.search(rf"(?<!\w){re.escape(w)}(?!\w)", found[0])),
        None,
    )
    return found if number is None or number == count else None


#: words that a quantity takes without being of one language: "4", "four", "workshops"
_QUANTIFIED = 3


def _whole_quantity(wish: Wish, count: int) -> re.Match[str] | None:
    """ "all 4", "sämtliche Termine", "aan elk van de workshops": a word for all with the number or the noun after it."""
    numbers = {word for word, number in wish.words.numbers.items() if number == count} | {str(count)}
    kinds = wish.event.kind.given().values() if wish.event.kind else ()
    for match in wish.words.patterns["quantity"].finditer(wish.text):
        rest = re.findall(r"[\w'-]+", wish.text[match.end() : match.end() + 40].split("\n")[0])[:_QUANTIFIED]
        for word in rest:
            if word in numbers:
                return match
            if wish.words.find("sessions", word) or any(word.startswith(fold(kind)) for kind in kinds):
                if wish.words.find("every", match[0]) is not None:
                    return match
                break
    return None


# -- choices -----------------------------------------------------------------------


def choices_of(wish: Wish) -> tuple[Chosen[Mapping[str, str]], tuple[str, ...]]:
    wanted: dict[str, list[str]] = {}
    given: dict[str, str] = {}
    second: dict[str, str] = {}
    had: dict[str, str] = {}
    evidence: list[Evidence] = []

    def note(choice: str, option: str, start: int, end: int, rule: str) -> None:
        evidence.append(evidence_of(f"choice.{choice}", wish.text[start:end], f"match.choice.{rule}", start, end))
        side = wish.side(start, end)
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
        for start, end, option, rule in mentions:
            note(choice.key, option, start, end, rule)
    for key, option in given.items():
        if option in wanted.get(key, []) and len(wanted[key]) > 1:
            wanted[key].remove(option)
    too_many = tuple(key for key, options in wanted.items() if len(options) > 1)
    chosen = {key: options[0] for key, options in wanted.items() if len(options) == 1}
    return Chosen(wanted=chosen, given_up=given, second=second, had=had, evidence=tuple(evidence)), too_many


def _option_mentions(wish: Wish, choice: str, keys: list[str]) -> list[tuple[int, int, str, str]]:
    found: list[tuple[int, int, str, str]] = []
    for pattern, owner, option in wish.index.options[wish.event.key]:
        if owner == choice:
            found += [(m.start(), m.end(), option, "topic") for m in pattern.finditer(wish.text)]
    for pattern, owner in wish.index.choice_names[wish.event.key]:
        if owner != choice:
            continue
        for match in pattern.finditer(wish.text):
            sign = match["sign"]
            number = int(sign) if sign.isdigit() else ord(sign) - ord("a") + 1
            if 1 <= number <= len(keys):
                found.append((match.start(), match.end(), keys[number - 1], "sign"))
    for match in wish.words.ordinal.finditer(wish.text):
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
    return [m for m in found if not any(o[0] <= m[0] and m[1] <= o[1] and (o[1] - o[0]) > (m[1] - m[0]) for o in found)]


def _named(wish: Wish, near: str) -> bool:
    names = [name.casefold() for choice in wish.event.choices for name in choice.names]
    return any(re.search(rf"(?<!\w){re.escape(name)}(?!\w)", near) for name in names)
