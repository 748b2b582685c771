"""A mail as the readers of intent and people look at it: its words found once, clause by clause."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from mailbot.core.clauses import Clause, clauses_of
from mailbot.core.language import Language
from mailbot.core.language_of import Verdict
from mailbot.core.lexicon import Found, Lexicon, Text, find_phrases, text_of
from mailbot.core.mailwords import MailWords
from mailbot.core.message import IncomingMessage

#: meanings of single words that speak of the sender: "I", "me", "my"
OF_SENDER = ("person.first", "person.self", "person.mine")

#: a language with this share of the best one's votes is read too: people mix
_MIXED = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A text with the phrases found in it, in order, and its clauses."""

    text: Text
    found: tuple[Found, ...]
    clauses: tuple[Clause, ...]

    def of(self, *meanings: str) -> tuple[Found, ...]:
        return tuple([f for f in self.found if f.entry.meaning in meanings])

    def clause_at(self, position: int) -> Clause | None:
        return next((c for c in self.clauses if c.start <= position < c.end), None)

    def within(self, clause: Clause, *meanings: str) -> tuple[Found, ...]:
        return tuple([f for f in self.found if f.entry.meaning in meanings and clause.start <= f.start < clause.end])


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    lexicons: tuple[Lexicon, ...]
    body: Passage
    #: the sender's own subject, without "Re:"; empty where the subject is that of the mail answered
    subject: Passage
    #: the body is the subject: nothing else was written
    subject_only: bool
    is_reply: bool
    #: answers a confirmation of ours
    to_confirmation: bool

    def has(self, meaning: str, word: str) -> bool:
        return word in _single_words(self.lexicons, meaning)

    def written(self, meaning: str) -> bool:
        """Whether one of the single words of that meaning stands in the body."""
        return not self.body.text.words.isdisjoint(_single_words(self.lexicons, meaning))


@lru_cache(maxsize=512)  # asked for a hundred times a mail
def _single_words(lexicons: tuple[Lexicon, ...], meaning: str) -> frozenset[str]:
    return frozenset().union(*(lexicon.words[meaning] for lexicon in lexicons))


def passage(raw: str, lexicons: tuple[Lexicon, ...]) -> Passage:
    text = text_of(raw)
    found = tuple(sorted(find_phrases(text, lexicons), key=lambda f: (f.start, -f.end)))
    return Passage(text=text, found=found, clauses=clauses_of(text, found))


def courtesies_of(body: Passage) -> tuple[tuple[int, int], ...]:
    """Where lines begin with a greeting or a farewell: "Guten Morgen", "bonne soirée"."""
    said = body.of("language.greetings", "language.closings")
    raw = body.text.raw
    return tuple((f.start, f.end) for f in said if not raw[raw.rfind("\n", 0, f.start) + 1 : f.start].strip(" >*-"))


def used_lexicons(verdict: Verdict, lexicons: Mapping[Language, Lexicon]) -> tuple[Lexicon, ...]:
    """The languages that the text is really written in; all of them where nothing tells."""
    if verdict.language is None:
        return tuple(lexicons.values())
    best = verdict.votes[verdict.language]
    return tuple(
        lexicon
        for language, lexicon in lexicons.items()
        if language == verdict.language or verdict.votes.get(language, 0.0) >= _MIXED * best
    )


def words_of(
    message: IncomingMessage,
    body: str,
    verdict: Verdict,
    *,
    lexicons: Mapping[Language, Lexicon],
    mail_words: MailWords,
    confirmed: bool,
) -> Words:
    """``confirmed``: the thread is known to be about a confirmation of ours."""
    used = used_lexicons(verdict, lexicons)
    subject, is_reply = own_subject(message, mail_words)
    subject_only = not body.strip()
    of_subject = passage(subject, tuple(lexicons.values()) if is_reply else used)
    to_confirmation = confirmed or (is_reply and bool(of_subject.of("intent.confirmation")))
    empty = passage("", used)
    return Words(
        lexicons=used,
        body=of_subject if subject_only and not is_reply else passage(body, used),
        subject=empty if is_reply or subject_only else of_subject,
        subject_only=subject_only,
        is_reply=is_reply,
        to_confirmation=to_confirmation,
    )


def own_subject(message: IncomingMessage, mail_words: MailWords) -> tuple[str, bool]:
    """The subject without its prefixes, and whether it is that of a mail that is answered or passed on."""
    subject = message.subject
    stripped = False
    while (match := mail_words.subject_prefixes.match(subject.lower())) is not None and match.end() > 0:
        subject, stripped = subject[match.end() :], True
    answered = stripped or bool(message.in_reply_to or message.references)
    return subject.strip(), answered


def overlaps(one: Found, others: Iterable[Found]) -> bool:
    return any(o.start < one.end and one.start < o.end for o in others)
