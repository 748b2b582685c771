"""Which sessions of a known event the sender wants, gives up or has."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from mailbot.core.direction import NONE, STRONG, WEAK, Stance
from mailbot.core.events import Session
from mailbot.core.exchanges import exchanges
from mailbot.core.other_sessions import Others, others_of
from mailbot.core.requests import Evidence
from mailbot.core.session_doubts import unclear
from mailbot.core.session_mentions import Firmness, Mention, joined, mentions_of
from mailbot.core.settling import settled_on
from mailbot.core.standing import Spot
from mailbot.core.whole_series import Whole, whole_of
from mailbot.core.wish import Chosen, Wish, evidence_of

#: characters after "from … on" in which the first session stands
_ONWARDS = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionsChosen:
    chosen: Chosen[tuple[str, ...]]
    #: sessions are spoken of in words that name none for certain
    unclear: tuple[Evidence, ...] = ()


def sessions_of(wish: Wish) -> SessionsChosen:
    """For events of which one takes any sessions, or one of several; of a whole course all, or a day is missed."""
    ordered = sorted(wish.event.sessions, key=lambda session: session.starts)
    if wish.event.attend not in {"any", "one"}:
        return SessionsChosen(chosen=_of_course(wish, ordered) if wish.event.attend == "all" else Chosen())
    keys = [session.key for session in ordered]
    if wish.thread is not None and wish.thread.kind == "registrant-which-session" and wish.numbered:
        coming = [session.key for session in ordered if session.ends > wish.now]
        numbered = tuple(coming[n - 1] for n in wish.numbered if n <= len(coming))
        evidence = evidence_of("session", wish.raw.strip()[:40], "match.thread.number", 0, 0)
        return SessionsChosen(chosen=Chosen(wanted=numbered, evidence=(evidence,)))
    mentions = mentions_of(wish, ordered)
    decided: list[Evidence] = []
    stances = _stances(wish, mentions, decided)
    given = [key for key, stance in stances.items() if stance.side == "given"]
    wanted = [key for key, stance in stances.items() if stance.side == "wanted"]
    had = [key for key, stance in stances.items() if stance.side == "had"]
    over = {session.key for session in ordered if session.ends <= wish.now}
    if set(wanted) - over:
        # "Ayant suivi la première, je m'inscris à la suivante": what is over is not wanted beside what comes.
        wanted = [key for key in wanted if key not in over]
    if wish.event.attend == "one" and len(wanted) > 1:
        starts = [(m.start, m.keys[0]) for m in mentions if len(m.keys) == 1 and m.keys[0] in wanted]
        settled = settled_on(wish, starts)
        had += [key for key in wanted if settled is not None and key != settled]
        wanted = [key for key in wanted if settled is None or key == settled]
        if settled is None:
            # "Je confirme mon inscription le 26 mars. … et le 19 nous avons exercice": the one that is registered for.
            asked = [key for key in wanted if stances[key].strength > NONE]
            if len(asked) == 1 and stances[asked[0]].strength == WEAK:
                had += [key for key in wanted if key not in asked]
                wanted = asked
    left = _left(wanted, stances) if wish.event.attend == "one" else []
    given, wanted = [*given, *left], [key for key in wanted if key not in left]
    wanted = _onwards(wish, keys, mentions, wanted)
    everything = whole_of(wish, len(keys))
    named = [m for m in mentions if m.firmness > Firmness.LOOSE and set(m.keys) & set(wanted)]
    instead = wish.event.attend == "one" or _only(wish, named)
    if everything is not None and wanted and (instead or (named and not everything.outright)):
        everything = None  # "three of the four: the introduction, …": what is named counts
    if everything is not None:
        given = [key for key in given if not _by_the_way(wish, key, mentions, everything)]
        wanted = [key for key in keys if key not in given]
    wanted = _rest(wish, keys, wanted, given)
    others = _others(wish, ordered, wanted, mentions) if everything is None else None
    wanted = list(others.wanted) if others is not None and others.wanted is not None else wanted
    if not wanted and not given and not had:
        wanted = _of_subject(wish, ordered)
    chosen = Chosen(
        wanted=tuple(key for key in keys if key in wanted),
        given_up=tuple(key for key in keys if key in given and key not in wanted),
        second=tuple(key for key in keys if key in stances and stances[key].side == "second"),
        had=tuple(key for key in keys if key in had and key not in wanted),
        exchanged=bool(left) or any(stance.exchanged for stance in stances.values()),
        evidence=(*_evidence(wish, mentions, everything), *decided),
    )
    doubted = unclear(wish, chosen, everything, mentions)
    if others is not None and others.wanted is None and not doubted:
        text = wish.text[others.start : others.end]
        doubted = (evidence_of("session", text, "match.session.others", others.start, others.end),)
    return SessionsChosen(chosen=chosen, unclear=doubted)


def _by_the_way(wish: Wish, key: str, mentions: list[Mention], everything: Whole) -> bool:
    """ "Meine Frau ist an Alzheimer erkrankt. Ich komme zu allen vier Abenden": of none of them something is given up."""
    clause = wish.clause_at(everything.start)
    told = [m for m in mentions if key in m.keys]
    return bool(told) and all(m.firmness is Firmness.LOOSE and wish.clause_at(m.start) is not clause for m in told)


def _of_course(wish: Wish, ordered: list[Session]) -> Chosen[tuple[str, ...]]:
    """The days of a whole course that somebody cannot come on, told by their dates; else all, where all are spoken of:
    "les quatre après-midi". Days in a row are one thing, which nobody counts."""
    days = [m for m in mentions_of(wish, ordered) if m.rule == "date"]
    missed = [m for m in days if wish.side(m.start, m.end) == "given"]
    keys = [session.key for session in ordered]
    everything = None if missed else whole_of(wish, len(keys))
    named = {key for mention in days for key in mention.keys}
    in_a_row = (ordered[-1].starts.date() - ordered[0].starts.date()).days < len(keys)
    every = not (missed or in_a_row) and (everything is not None or len(named) == len(keys))
    return Chosen(
        wanted=tuple(keys) if every else (),
        given_up=tuple(dict.fromkeys(key for mention in missed for key in mention.keys)),
        evidence=tuple(_evidence(wish, missed if everything or not every else days, everything)),
    )


def _stances(wish: Wish, mentions: Sequence[Mention], evidence: list[Evidence]) -> dict[str, Stance]:
    """For each session what is said of it most strongly; among equals, last. ``evidence``: takes what the model decides."""
    found: dict[str, Stance] = {}
    sure: set[str] = set()
    for mention, stance in _of_lists(wish, _each(wish, mentions, evidence)):
        for key in mention.keys:
            merely = mention.firmness == Firmness.LOOSE and key in sure and stance.strength < STRONG
            if key not in found or (stance.strength >= found[key].strength and not merely):
                found[key] = stance
        sure.update(mention.keys if mention.firmness > Firmness.LOOSE else ())
    return found


def _each(wish: Wish, mentions: Sequence[Mention], evidence: list[Evidence]) -> Iterator[tuple[Mention, Stance]]:
    """What is said of each mention; ``evidence`` takes what the model decides."""
    before: tuple[Mention, Stance] | None = None
    swapped = exchanges(wish, [(m.start, m.end, m.keys) for m in mentions])
    likely = wish.likely("session", [Spot(start=m.start, end=m.end, key="+".join(m.keys)) for m in mentions])
    for mention in mentions:
        stance = swapped.get(mention.start) or wish.stance(mention.start, mention.end)
        stance = wish.weighed("session", (mention.start, mention.end), stance, likely, evidence)
        if stance == _MERELY_NAMED and _replaced_in_what_follows(wish, mention, mentions):
            stance = Stance(side="given", strength=WEAK, exchanged=True)
        if before is not None and (
            _apposed(wish, before[0], mention)  # "the first workshop (23 March)" is one thing said twice
            or (before[1].strength == STRONG and stance.strength < STRONG and joined(wish, before[0], mention))
        ):
            stance = before[1]
        elif before is not None and _after_what_is_left(wish, *before, mention, stance):
            stance = Stance(side="wanted", strength=STRONG)
        yield mention, stance
        before = (mention, stance)


def _of_lists(wish: Wish, told: Iterator[tuple[Mention, Stance]]) -> list[tuple[Mention, Stance]]:
    """ "En février, en avril et le 14 mai j'ai chorale": what is merely named before it in its list is given up too."""
    found = list(told)
    for at in range(len(found) - 1, 0, -1):
        (one, stance), (other, its) = found[at - 1], found[at]
        if stance == _MERELY_NAMED and its.side == "given" and joined(wish, one, other):
            found[at - 1] = (one, its)
    return found


_MERELY_NAMED = Stance(side="wanted", strength=NONE)


def _replaced_in_what_follows(wish: Wish, mention: Mention, mentions: Sequence[Mention]) -> bool:
    """ "Op 1 april moet ik mee op bosklas. Kan ik in plaats daarvan naar die in juni?": the first is left."""
    after = next((clause for clause in wish.clauses if clause.start > mention.start), None)
    if after is None or mention.rule != "date":
        return False
    for found in wish.words.patterns["in_its_place"].finditer(wish.text, after.start, after.end):
        if wish.words.patterns["instead"].match(wish.text, found.start()) is None:
            return any(after.start <= m.start < after.end and m.keys != mention.keys for m in mentions)
    return False


def _left(wanted: Sequence[str], stances: Mapping[str, Stance]) -> list[str]:
    """Of several where one takes one, those beside the only one that something is moved to: they are left for it."""
    moved = [key for key in wanted if stances[key].strength == STRONG]
    return [key for key in wanted if key not in moved] if len(moved) == 1 else []


def _only(wish: Wish, named: Sequence[Mention]) -> bool:
    """ "Vous m'avez confirmé le cycle complet; ma collègue vient uniquement à partir du 6 mai"."""
    clauses = (wish.clause_at(mention.start) for mention in named if mention.firmness == Firmness.FIRM)
    return any(c is not None and wish.words.find("only", wish.text, c.start, c.end) is not None for c in clauses)


def _after_what_is_left(wish: Wish, one: Mention, left: Stance, other: Mention, stance: Stance) -> bool:
    """ "In plaats van die over X op de avond van Y": what is left was named, and this stands in no list with it."""
    both = all(s.side == "given" and s.exchanged and s.strength == STRONG for s in (left, stance))
    return both and one.keys != other.keys and wish.clause_at(one.start) is wish.clause_at(other.start)


def _apposed(wish: Wish, one: Mention, other: Mention) -> bool:
    between = wish.text[one.end : other.start].strip()
    return one.keys == other.keys and between in {"", ",", "(", "-", ":"}


def _evidence(wish: Wish, mentions: Sequence[Mention], everything: Whole | None) -> Iterator[Evidence]:
    for mention in mentions:
        text = wish.text[mention.start : mention.end]
        yield evidence_of(
            "session", text, f"match.session.{mention.rule}.{'+'.join(mention.keys)}", mention.start, mention.end
        )
    if everything is not None:
        text = wish.text[everything.start : everything.end]
        yield evidence_of("session", text, "match.session.all", everything.start, everything.end)


def _onwards(wish: Wish, keys: list[str], mentions: list[Mention], wanted: list[str]) -> list[str]:
    """ "à partir de l'atelier du 6 mai": from that one on."""
    for match in wish.words.patterns["onwards"].finditer(wish.text):
        after = [m.keys[0] for m in mentions if match.end() <= m.start <= match.end() + _ONWARDS]
        if after and after[0] in wanted:
            return [*wanted, *keys[keys.index(after[0]) :]]
    return _between(wish, keys, mentions, wanted)


def _between(wish: Wish, keys: list[str], mentions: list[Mention], wanted: list[str]) -> list[str]:
    """ "Van 23 maart tot en met 17 juni", "du 23 mars jusqu'au 17 juin": those between as well."""
    for one, other in itertools.pairwise([m for m in mentions if m.rule == "date" and len(m.keys) == 1]):
        until = wish.words.patterns["until"].fullmatch(wish.text[one.end : other.start].strip())
        if until is not None and {one.keys[0], other.keys[0]} <= set(wanted):
            return [*wanted, *keys[keys.index(one.keys[0]) : keys.index(other.keys[0])]]
    return wanted


def _rest(wish: Wish, keys: list[str], wanted: list[str], given: list[str]) -> list[str]:
    """ "les suivants": those still to come, without what is given up."""
    coming = [s.key for s in wish.event.sessions if s.starts > wish.now]
    if wish.words.find("remaining", wish.text) is None or any(key in coming for key in wanted):
        return wanted
    return [key for key in keys if key in coming and key not in given]


def _others(wish: Wish, ordered: list[Session], wanted: list[str], mentions: list[Mention]) -> Others | None:
    """ "Pour moi ce sera les trois autres", of those still to come."""
    if wish.event.attend == "one":
        return None
    return others_of(wish, [s.key for s in ordered if s.starts > wish.now], wanted, mentions)


def _of_subject(wish: Wish, ordered: list[Session]) -> list[str]:
    """The session that the subject alone names, by its day or its topic."""
    by_day = [s.key for s in ordered for m in wish.subject_dates if m.fits(s.starts.date())]
    if by_day:
        return by_day
    topics = [key for pattern, key in wish.index.sessions[wish.event.key] if pattern.search(wish.subject)]
    if not topics and wish.words.find("next", wish.subject) is not None:
        return [session.key for session in ordered if session.starts > wish.now][:1]
    return topics if len(topics) == 1 else []
