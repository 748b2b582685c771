"""One sentence held against the catalogue of an invented town, without the rest of a mail."""

from __future__ import annotations

import tomllib
from datetime import datetime
from functools import cache
from zoneinfo import ZoneInfo

from mailbot.adapters.event_files import load_events
from mailbot.core.event_index import EventIndex, build_index
from mailbot.core.language import LANGUAGES, Language
from mailbot.core.lexicon import Lexicon
from mailbot.core.lexicon_files import lexicon_from
from mailbot.core.match import Findings, find
from mailbot.core.match_words import MatchWords, match_words_from, spoken
from mailbot.core.message import IncomingMessage
from mailbot.core.phrases import courtesies_of, passage
from tests.core.mails import ROOT

BRUSSELS = ZoneInfo("Europe/Brussels")


@cache
def index_of(town: str) -> EventIndex:
    """Those of the desk itself are ``rules``."""
    folder = ROOT / "rules" if town == "rules" else ROOT / "tests/data/towns" / town
    events, problems = load_events(folder / "events")
    assert not problems
    return build_index(events)


@cache
def lexicons() -> dict[Language, Lexicon]:
    folder = ROOT / "rules/lexicon"
    found, problems = lexicon_from({f"{x}.toml": tomllib.loads((folder / f"{x}.toml").read_text()) for x in LANGUAGES})
    assert found is not None, problems
    return found


@cache
def match_words() -> MatchWords:
    files = {path.name: tomllib.loads(path.read_text()) for path in sorted((ROOT / "rules/lexicon").glob("match-*"))}
    words, problems = match_words_from(files)
    assert words is not None, problems
    return words


def read_in(town: str, language: Language, text: str, *, now: datetime, subject: str = "", quote: str = "") -> Findings:
    """What ``text`` in ``language`` means of the events of ``town``."""
    body = passage(text or subject, (lexicons()[language],))
    return find(
        IncomingMessage(content_hash="x", subject=subject, new_text=text, quoted_text=quote),
        index_of(town),
        spoken(match_words(), frozenset({language})),
        now=now,
        clauses=body.clauses,
        courtesies=courtesies_of(body) if text else (),
    )
