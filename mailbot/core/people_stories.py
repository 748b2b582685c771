"""Those of whom a mail only tells, beside its writer who registers: "my son Lucas is six and loves to draw"."""

from __future__ import annotations

from mailbot.core.people_named import WISHES, Named
from mailbot.core.phrases import Words, overlaps

#: what ties somebody named to what is wanted
_TIES = (
    *WISHES,
    "intent.comes",
    "person.with",
    "person.both",
    "person.also",
    "person.too",
    "person.group",
    "person.namely",
    "person.in-copy",
    "person.called",
    "person.unnamed",
)
#: words beside a name in a clause that tells something: "ma femme Anne Petit" alone may be the next on a list
_TELLING = 6


def only_in_stories(words: Words, named: list[Named]) -> list[Named]:
    """Those known only by what they are to the sender, who registers alone in so many words; a person looks."""
    body = words.body
    if words.written("person.we") or body.of("person.group", "person.both", *_GIVEN_UP):
        return []
    own_wish = body.of("intent.register")
    if any(not overlaps(f, own_wish) for f in body.of("intent.register-other")):
        return []
    own = {body.clause_at(f.start) for f in own_wish if _of_sender(words, f.start, f.end)}
    if not own:
        return []
    return [
        n
        for n in named
        if n.sign == "relation" and n.person.email is None and (_is_told(words, n) or _is_told_before_a_comma(words, n))
    ]


_GIVEN_UP = ("intent.cancel", "intent.absent", "intent.replace", "intent.change")


def _of_sender(words: Words, start: int, end: int) -> bool:
    inside = [word for word, at, _ in words.body.text.tokens if start <= at < end]
    return any(words.has(kind, word) for word in inside for kind in ("person.first", "person.self"))


def _is_told(words: Words, named: Named) -> bool:
    clause = words.body.clause_at(named.start)
    if clause is None or words.body.within(clause, *_TIES):
        return False
    return _besides(words, named, clause.start, clause.end) >= _TELLING


def _is_told_before_a_comma(words: Words, named: Named) -> bool:
    """ "Ma voisine Paulette m'en a dit le plus grand bien, inscrivez-moi": nothing of what is wanted stands in its part."""
    clause = words.body.clause_at(named.start)
    if clause is None:
        return False
    text = words.body.text.folded
    start, end = clause.start, text.find(",", named.end, clause.end)
    if end < 0 or "," in text[start : named.start]:
        return False
    if any(start <= f.start < end for f in words.body.of(*_TIES, "person.i-myself")):
        return False
    inside = [word for word, at, _ in words.body.text.tokens if named.end <= at < end]
    own = any(words.has("person.i", word) for word in inside)
    return not own and _besides(words, named, start, end) >= _TELLING


def _besides(words: Words, named: Named, start: int, end: int) -> int:
    """Words in this stretch beside the name."""
    return sum(start <= at < end and not named.start <= at < named.end for _, at, _ in words.body.text.tokens)
