"""Once the event is known: which of its sessions and options the sender wants, and gives up."""

from __future__ import annotations

import re
from collections.abc import Mapping

from mailbot.core.decisions import ThreadFacts
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


# -- choices -----------------------------------------------------------------------


def choices_of(wish: Wish) -> tuple[Chosen[Mapping[str, str]], tuple[str, ...]]:
    wanted: dict[str, list[str]] = {}
    given: dict[str, str] = {}
    second: dict[str, str] = {}
    had: dict[str, str] = {}
    exchanged: list[str] = []
    evidence: list[Evidence] = []

    def note(choice: str, option: str, start: int, end: int, rule: str) -> None:
        evidence.append(evidence_of(f"choice.{choice}", wish.text[start:end], f"match.choice.{rule}", start, end))
        stance = wish.stance(start, end)
        side = stance.side
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
        for start, end, option, rule in mentions:
            note(choice.key, option, start, end, rule)
    for key, option in given.items():
        if option in wanted.get(key, []) and len(wanted[key]) > 1:
            wanted[key].remove(option)
    too_many = tuple(key for key, options in wanted.items() if len(options) > 1)
    chosen = {key: options[0] for key, options in wanted.items() if len(options) == 1}
    return Chosen(
        wanted=chosen, given_up=given, second=second, had=had, exchanged=bool(exchanged), evidence=tuple(evidence)
    ), too_many


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
    found += _signs_apart(wish, choice, keys)
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


_SIGN = re.compile(r"(?<![\w'’.])([A-H]|[1-9])(?![\w'’]|[.,:]\d|\s*(?:h\b|u\b|uur|Uhr|am\b|pm\b|€|%))")


def _signs_apart(wish: Wish, choice: str, keys: list[str]) -> list[tuple[int, int, str, str]]:
    """ "Pour le labo, ce sera le D": a letter or number by itself in the sentence that names the choice."""
    found = []
    for pattern, owner in wish.index.choice_words[wish.event.key]:
        if owner != choice:
            continue
        for match in pattern.finditer(wish.text):
            end = re.search(r"[.!?\n]", wish.raw[match.end() :])
            until = match.end() + min(end.start() if end else _APART, _APART)
            sign = _SIGN.search(wish.raw, match.end(), until)
            if sign is None:
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
