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
    return [n for n in named if n.sign == "relation" and n.person.email is None and _is_told(words, n)]


_GIVEN_UP = ("intent.cancel", "intent.absent", "intent.replace", "intent.change")


def _of_sender(words: Words, start: int, end: int) -> bool:
    inside = [word for word, at, _ in words.body.text.tokens if start <= at < end]
    return any(words.has(kind, word) for word in inside for kind in ("person.first", "person.self"))


def _is_told(words: Words, named: Named) -> bool:
    clause = words.body.clause_at(named.start)
    if clause is None or words.body.within(clause, *_TIES):
        return False
    inside = [at for _, at, _ in words.body.text.tokens if clause.start <= at < clause.end]
    return sum(not named.start <= at < named.end for at in inside) >= _TELLING
