"""The language of a mail: of its new text, of what stands around it where that is too short."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from mailbot.core.decisions import ThreadFacts
from mailbot.core.language import Language
from mailbot.core.language_of import Verdict, language_of
from mailbot.core.lexicon import Lexicon
from mailbot.core.mailwords import MailWords
from mailbot.core.message import IncomingMessage
from mailbot.core.phrases import own_subject
from mailbot.core.requests import Evidence

#: votes from which the text alone decides, and what its surroundings give otherwise
_CLEAR = 2.0
_HINT = 1.2
#: what a language has that nothing speaks against
_MAYBE = 0.5


def mail_language(
    message: IncomingMessage,
    body: str,
    lexicons: Mapping[Language, Lexicon],
    mail_words: MailWords,
    thread: ThreadFacts | None,
) -> Verdict:
    """Of the new text; of the sender's own subject where there is none; a hint of the quote where that is too short.

    One word in answer to a mail of ours, "Annulering.", is in the language that the person registered in.
    """
    subject, answered = own_subject(message, mail_words)
    if not body.strip():
        return language_of(subject, lexicons)
    verdict = language_of(body, lexicons)
    if verdict.sure and sum(verdict.votes.values()) >= _CLEAR:
        return verdict
    if not verdict.sure and not verdict.words and thread is not None and thread.registrations:
        known = thread.registrations[0].language
        return replace(verdict, language=known, sure=False, votes={**dict.fromkeys(lexicons, _MAYBE), known: _HINT})
    context = language_of(message.quoted_text[:1500] if answered else subject, lexicons)
    if verdict.language is None:
        return replace(context, sure=False)
    if context.language is not None and context.sure and verdict.votes.get(context.language, 0.0) > 0:
        votes = {**verdict.votes, context.language: verdict.votes[context.language] + _HINT}
        best = max(votes, key=lambda language: votes[language])
        return replace(verdict, language=best, sure=votes[best] >= 1.6 * max([0.0, *_rest(votes, best)]), votes=votes)
    return verdict


def _rest(votes: Mapping[Language, float], best: Language) -> list[float]:
    return [vote for language, vote in votes.items() if language != best]


def language_evidence(verdict: Verdict) -> tuple[Evidence, ...]:
    if verdict.language is None:
        return ()
    return (
        Evidence(
            field="language",
            text=" ".join(dict.fromkeys(verdict.words[:8])),
            rule=f"lexicon.{verdict.language}.language.words",
        ),
    )
