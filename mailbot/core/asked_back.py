"""Answers to mails of ours that ask something: which event, whether a place is wanted, whether it was really you."""

from __future__ import annotations

from dataclasses import replace

from mailbot.core.intent import Intent
from mailbot.core.intent_signs import Signs
from mailbot.core.lexicon import Found
from mailbot.core.match import Findings
from mailbot.core.offer_answers import OFFERING, Answer, answer_of
from mailbot.core.phrases import Words
from mailbot.core.requests import Matched

#: mails of ours that ask one thing back: what answers them needs no word of registering
_ASKING = ("registrant-which-event", "registrant-which-session", "registrant-which-choice")

#: the mail that asks the registered address whether somebody else's wish is its own
CONFIRM = "registrant-confirm"
#: mails of ours that ask whether a place is wanted: a bare yes takes it
_INVITING = ("registrant-opens",)

#: mails of ours after which somebody may come after all
_RETURNING = ("registrant-cancelled", "registrant-offer-declined")

#: mails of ours to which an answer is read by what they ask
ASKED = frozenset({*_ASKING, *_INVITING, *_RETURNING, *OFFERING, CONFIRM})


def intent_asked(kind: str, intent: Intent, words: Words, heard: Signs, found: Findings) -> Intent:
    """What is wanted by a mail that answers ours of this ``kind``; ``intent`` is what it says by itself."""
    if kind in OFFERING:
        return _to_offer(intent, answer_of(words, heard))
    if kind == CONFIRM:
        return _to_confirmation(intent, words, heard)
    if kind in _RETURNING:
        back = _back(words, heard)
        return replace(intent, kind="register", found=back, doubts=()) if back else intent
    if intent.kind not in {"thanks", "other"} or heard.questions:
        return intent
    if kind in _INVITING:
        return replace(intent, kind="register", doubts=()) if heard.present else intent
    # "Le 23 mars, merci" answers our "which dates?". What cannot be told is asked for by a person, not passed over.
    if _tells(kind, found):
        return replace(intent, kind="register", doubts=())
    return replace(intent, kind="other", doubts=intent.doubts or ("intent-unclear",))


def _back(words: Words, heard: Signs) -> tuple[Found, ...]:
    """Coming after all, where nothing else is said beside it."""
    if heard.questions or heard.absent or heard.decline or heard.cancel or heard.later:
        return ()
    clauses = [(found, words.body.clause_at(found.start)) for found in words.body.of("intent.return")]
    said = tuple(found for found, clause in clauses if clause is not None and not clause.hypothetical)
    return (*said, *heard.register)


def _to_confirmation(intent: Intent, words: Words, heard: Signs) -> Intent:
    """A plain yes stands for the act that we asked about; a no, a question or anything else is for a person."""
    if intent.kind in {"cancel", "change"}:
        return intent
    denied = (*words.body.of("clause.negation"), *heard.decline, *heard.absent, *heard.later, *heard.questions)
    if words.body.of("intent.present") and not denied and not words.subject_only:
        return replace(intent, kind="register", doubts=())
    return replace(intent, kind="other", doubts=("intent-unclear",))


def _to_offer(intent: Intent, answer: Answer | None) -> Intent:
    """A place is given up, or taken, only by a clear word; what else is wanted of it is read as in any mail."""
    if intent.kind == "change" or answer is None:
        return intent
    if answer == "unclear":
        return replace(intent, kind="other", doubts=(*intent.doubts, "intent-unclear"))
    return replace(intent, kind="register" if answer == "yes" else "cancel", doubts=())


def _tells(asked: str, found: Findings) -> bool:
    """Whether the one thing that we asked for is named."""
    if asked == "registrant-which-event":
        # The mail that we asked in does not tell the event; so the answer does.
        return isinstance(found.event, Matched)
    return bool(found.sessions if asked == "registrant-which-session" else found.choices)
