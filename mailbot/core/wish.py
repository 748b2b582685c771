"""A mail about a known event, as what it wants of that event is read from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from mailbot.core.dates import DateMention
from mailbot.core.decisions import ThreadFacts
from mailbot.core.direction import Side, Stance, beside, near_stance, second, stance_of
from mailbot.core.event_index import EventIndex
from mailbot.core.events import Event
from mailbot.core.match_words import MatchWords
from mailbot.core.requests import Evidence
from mailbot.core.standing import UNASKED, Spot, Standing, weighed

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen(Generic[T]):
    wanted: T | None = None
    given_up: T | None = None
    second: T | None = None
    #: what is on file already, and was only mentioned
    had: T | None = None
    #: something was given up for what is wanted
    exchanged: bool = False
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """All texts folded, but ``raw``."""

    text: str
    subject: str
    quote: str
    raw: str
    dates: tuple[DateMention, ...]
    subject_dates: tuple[DateMention, ...]
    clauses: Sequence[Any]
    words: MatchWords
    index: EventIndex
    event: Event
    now: datetime
    thread: ThreadFacts | None
    numbered: tuple[int, ...]
    #: answers a confirmation of ours
    answers_us: bool = False
    #: the subject is the sender's own, not that of the mail answered
    of_own_subject: bool = True
    standing: Standing = UNASKED

    def likely(self, slot: str, spots: Sequence[Spot]) -> Mapping[int, Mapping[Side, float]]:
        """Where each mention starts -> how likely it is what; empty where nothing competes."""
        return self.standing.sides(self.text, slot, spots)

    def weighed(
        self,
        name: str,
        span: tuple[int, int],
        stance: Stance,
        likely: Mapping[int, Mapping[Side, float]],
        evidence: list[Evidence],
    ) -> Stance:
        """The stance of the mention at ``span`` once the model was heard; where that decides, ``evidence`` says so.

        It is not heard where the sender says that nothing is decided: "ik twijfel nog tussen X en Y".
        """
        clause = self.clause_at(span[0])
        undecided = clause is not None and clause.wavering
        heard = weighed(stance, likely.get(span[0])) if not undecided else stance
        if heard is not stance:
            sure = round(100 * likely[span[0]][heard.side])
            rule = f"standing.{heard.side}.{sure}%"
            evidence.append(evidence_of(name, self.text[span[0] : span[1]], rule, *span))
        return heard

    def clause_at(self, position: int) -> Any:
        return next((c for c in self.clauses if c.start <= position < c.end), None)

    def stance(self, start: int, end: int) -> Stance:
        return stance_of(self.text, self.clauses, self.words, start, end)

    def side(self, start: int, end: int) -> Side:
        return self.stance(start, end).side

    def second_at(self, start: int) -> bool:
        """Whether it is a second wish: "otherwise …"."""
        return second(self.text, self.words, start)

    def nearby(self, start: int, end: int) -> Stance | None:
        """What the words right beside it say, if anything."""
        return near_stance(self.text, self.clause_at(start), self.words, start, end)

    def beside(self, start: int, end: int) -> Side:
        """By the words right beside it alone, whatever its clause gives up."""
        return beside(self.text, self.clauses, self.words, start, end)


def evidence_of(name: str, text: str, rule: str, start: int, end: int, where: str = "text") -> Evidence:
    return Evidence(field=name, text=text, rule=rule, where=where, start=start, end=end)  # type: ignore[arg-type]
