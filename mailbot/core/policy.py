"""Everything that a coordinator can edit, loaded once and never changed while it is used."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mailbot.core.decisions import Disposition, Outcome
from mailbot.core.events import Event
from mailbot.core.language import Language, Localized

if TYPE_CHECKING:
    from mailbot.core.event_index import EventIndex
    from mailbot.core.lexicon import Lexicon
    from mailbot.core.mailwords import MailWords
    from mailbot.core.match_words import MatchWords
    from mailbot.core.opinion import OpinionModel
    from mailbot.core.standing import StandingModel
    from mailbot.core.templates import Templates


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What is looked at in one mail; the bytes beyond are kept, and the mail says so in ``defects``."""

    max_bytes: int = 10_000_000
    max_parts: int = 200
    max_depth: int = 30
    #: characters of text that are read
    max_text: int = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Who the desk is: the section ``[desk]`` of config.toml."""

    name: Localized
    #: every address under which people write to the desk; the first is the one it writes from
    addresses: tuple[str, ...]
    #: closing lines under every mail
    signature: Localized
    #: one sentence on what is kept, how long, and whom to ask (GDPR art. 13)
    privacy: Localized | None = None
    #: who is told of held mails, and in which language
    coordinators: tuple[str, ...] = ()
    coordinator_language: Language = "fr"
    #: what is answered where the sender's language is in doubt, both one below the other
    bilingual: tuple[Language, ...] = ("fr", "nl")
    #: the mail server delivers ``desk+anything@`` to ``desk@`` (RFC 5233)
    subaddressing: bool = True
    #: automatic answers to one address in 24 hours; beyond, its mails are held
    max_replies_per_day: int = 10
    #: the authserv-id of our own receiving server (RFC 8601 §2.5); none: nothing is ever "pass"
    authserv_id: str | None = None
    #: key of the address tokens; never logged
    secret: bytes = field(default=b"", repr=False)

    @property
    def address(self) -> str:
        return self.addresses[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainRule:
    """One line of ``rules/chain.toml``: where the check ``name`` finds something, this is what it leads to."""

    name: str
    then: Disposition
    outcome: Outcome
    #: the kind of reply sent although it is held or discarded; None: silence
    reply: str | None = None
    #: for people, in English: why
    #: with ``hold``: what is clear in the mail is done all the same
    acts: bool = False
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    desk: Desk
    events: Mapping[str, Event]
    #: what of the events people's words are matched against, made once
    index: EventIndex
    lexicons: Mapping[Language, Lexicon]
    match_words: MatchWords
    #: what mail programs write around people's words
    mail_words: MailWords
    #: what a mail wants by the look of its words, asked only whether to hold back
    opinion_model: OpinionModel
    #: which of several things that a mail names is wanted, by the words around each
    standing_model: StandingModel
    chain: tuple[ChainRule, ...]
    templates: Templates
    limits: Limits = field(default_factory=Limits)
    #: fingerprint of all files it was loaded from
    version: str = ""
