"""Every kind of mail in every language, rendered with rich and with bare data: text a colleague could have written."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, get_args

import pytest

from mailbot.core import templates as room
from mailbot.core.checks import CHECKS
from mailbot.core.digest_text import DigestContext, DigestGroup, listed_registrations, render_digest
from mailbot.core.language import LANGUAGES, Language
from mailbot.core.policy import Policy
from mailbot.core.registrations import Exchange
from mailbot.core.replies import Rendered, ReplyContext, ReplyKind
from mailbot.core.samples import NOW, RICH, change_samples, digest_samples, hold_samples, reply_samples
from mailbot.core.template_files import OTHER_KINDS, templates_from
from mailbot.core.templates import Templates

FOLDER = Path(__file__).resolve().parents[2] / "templates"
VOID = {"meta", "br", "hr"}


@pytest.fixture(scope="module")
def templates() -> Templates:
    sources = {path.relative_to(FOLDER).as_posix(): path.read_text("utf-8") for path in FOLDER.rglob("*.txt")}
    made, problems = templates_from(sources, tried=False)
    assert made is not None, problems
    return made


def rendered(templates: Templates, kind: str, language: Language) -> Iterator[Rendered]:
    desk = {"desk": room.desk_view(room.SAMPLE_DESK, language)}
    values: list[Any] = []
    if kind == "organiser-digest":
        values = [{**sample, **desk} for sample in digest_samples(language)]
    elif kind == "coordinator-holds":
        values = [{**sample, **desk} for sample in hold_samples(language)]
    elif kind == "coordinator-event-changes":
        values = [{**sample, **desk} for sample in change_samples(language)]
    else:
        for context in reply_samples(kind, language):  # type: ignore[arg-type]
            values.append(room.reply_values(templates, context, language, room.SAMPLE_DESK))
    for sample in values:
        yield room.rendered_of(templates.of(kind, language), sample, language)


class WellFormed(HTMLParser):
    """Every tag closed, in order; nothing fetched from elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag not in {"img", "script", "link", "iframe", "object", "form"}
        given = dict(attrs)
        assert "src" not in given
        assert "url(" not in (given.get("style") or "")
        if tag == "a":
            self.links.append(given["href"] or "")
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", (*get_args(ReplyKind), *OTHER_KINDS))
def test_every_mail_is_fit_to_be_sent(templates: Templates, kind: str, language: Language) -> None:
    for mail in rendered(templates, kind, language):
        assert mail.subject.strip()
        assert "\n" not in mail.subject
        for text in (mail.subject, mail.text):
            assert not re.search(r"None|\bundefined\b|\{\{|\{%|⟦|⟧|]\(|[\ue000-\ue004]", text)
            assert not re.search(r"  |\(\)|\( |,,|\.\.| \.| ,", text), text
            assert "'" not in re.sub(r"https?://\S+|mailto:\S+", "", text), "a typewriter's apostrophe"
        assert "\n\n\n" not in mail.text
        if language == "fr":
            # French sets a no-break space before high punctuation and within guillemets.
            assert not re.search(r"(?<=\w)[;!?»](?=\s|$)|(?<=[\w)]) [;:!?»]|« ", mail.text), mail.text
        page = WellFormed()
        page.feed(mail.html)
        assert page.open == []
        assert all(re.match(r"(https?://|mailto:)[^\s<>]+$", link) for link in page.links)
        assert f'<html lang="{language}">' in mail.html
        assert 'name="color-scheme" content="light dark"' in mail.html
        # A colour of the text without one of the ground, or the other way round, is unreadable in a dark mail program.
        assert not re.search(r"(?<!-)color\s*:|background", mail.html.replace("color-scheme:", ""))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_languages_say_the_same(templates: Templates, language: Language) -> None:
    """Every template names the same values in every language: nothing is told to some only."""
    for kind in (*get_args(ReplyKind), *OTHER_KINDS):
        # French has articles and inflections that ask for a look at more values.
        wanted = _values(kind, "en") - _GRAMMAR
        assert wanted <= _values(kind, language), kind


#: looked at for grammar, not told
_GRAMMAR = {"event.is_range", "event.is_month", "event.is_list"}


def _values(kind: str, language: Language, name: str | None = None) -> set[str]:
    text = (FOLDER / (name or f"{kind}/{language}.txt")).read_text("utf-8")
    found = set(re.findall(r"\b(?:event|person|session|point|hold|group|line|item|desk|pickup|choice)\.\w+", text))
    for included in re.findall(r'{% (?:include|extends) "([^"]+)" %}', text):
        found |= _values(kind, language, included)
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_confirmation_has_all_that_people_need(templates: Templates, language: Language) -> None:
    _, alone, *_ = rendered(templates, "registrant-confirmed", language)
    for told in (
        "Street 1, 2nd floor, 1000 Town",  # where
        "By tram 3.",
        "Part 1",
        "Option A",
        "For adults.",
        "+++1+++",  # what to write with the payment
        "a copy of the tool",
        "Ann",
        "9–12",
        "Bring a pen.",
        "In our own words.",
        "organiser@town.example",
        "desk@town.example",
    ):
        assert told in alone.text, told
    assert alone.text.rstrip().endswith(("Accueil", "Onthaal", "Desk", "Empfang")), "the privacy line is the last"
    assert alone.html.count("mailto:desk+token@town.example?subject=") == 3, "another pick-up point, change and cancel"


@pytest.mark.parametrize("language", LANGUAGES)
def test_who_takes_part_online_gets_the_link_and_no_address(templates: Templates, language: Language) -> None:
    (context, *_) = reply_samples("registrant-confirmed", language)
    online = replace(context, registrations=(replace(context.registrations[1], mode="online", pickup=None),))
    values = room.reply_values(templates, online, language, room.SAMPLE_DESK)
    mail = room.rendered_of(templates.of("registrant-confirmed", language), values, language)
    assert "https://meet.example/1" in mail.text
    assert "By tram 3." not in mail.text


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_still_to_be_chosen_or_told_is_asked_for(templates: Templates, language: Language) -> None:
    several, alone, *_ = rendered(templates, "registrant-confirmed", language)
    assert "- Option B" in several.text, "one of them has not chosen"
    assert "- Option B" not in alone.text
    assert re.search("function|fonction|functie|Funktion", alone.text)
    assert not re.search("the organisation,|l’organisation,|de organisatie,|die Organisation,", alone.text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_one_date_has_one_label(templates: Templates, language: Language) -> None:
    _, alone, *_ = rendered(templates, "registrant-confirmed", language)
    (line,) = [line for line in alone.text.splitlines() if "Part 1" in line]
    assert len(re.findall(r":\s", line)) == 1, line


def test_two_languages_stand_one_below_the_other(templates: Templates) -> None:
    parts = [next(rendered(templates, "registrant-passed-on", language)) for language in ("fr", "nl")]
    both = room.joined(parts, ("fr", "nl"))
    assert both.subject == f"{parts[0].subject} / {parts[1].subject}"
    assert both.text.index("Bonjour") < both.text.index("Beste")
    assert '<div lang="fr">' in both.html
    assert '<div lang="nl">' in both.html
    page = WellFormed()
    page.feed(both.html)
    assert page.open == []


HOSTILE = (
    "<script>alert(1)</script>",
    "[click](https://evil.example/)",
    "https://evil.example/",
    "## Heading",
    "⟦hidden⟧",
    "1) one\n2) two",
    "{{ desk.secret }}",
    "Subject: other\n\nBcc: all@town.example",
)


@pytest.mark.parametrize("words", HOSTILE)
def test_strangers_words_are_only_words(templates: Templates, words: str) -> None:
    (context, *_) = reply_samples("registrant-confirmed", "en")
    registrations = tuple(replace(r, name=words, organisation=words) for r in context.registrations[:1])
    hostile: ReplyContext = replace(context, addressee=words, registrations=registrations, note=words)
    values = room.reply_values(templates, hostile, "en", room.SAMPLE_DESK)
    mail = room.rendered_of(templates.of("registrant-confirmed", "en"), values, "en")
    page = WellFormed()
    page.feed(mail.html)
    assert page.open == []
    assert not any("evil" in link for link in page.links)
    assert "<h2" not in mail.html
    assert mail.subject == "Registration confirmed: Rich & <famous>"
    assert " ".join(re.sub("⟦|⟧", "", words).split())[:8].strip("[]") in mail.text.replace("\u2060", "")


def test_reasons_are_told_in_every_language(templates: Templates) -> None:
    for language in LANGUAGES:
        told = templates.reasons[language]
        assert {*CHECKS, "internal-error", "uidvalidity-changed"} - set(told) <= {
            *(
                "calendar-reply",
                "cancel",
                "change",
                "register",
                "question",
                "thanks",
                "no-wish",
                "offer-unanswered",
            )  # never the reason for a hold
        }


def test_the_list_of_a_digest_is_in_the_organisers_words(templates: Templates) -> None:
    (context, *_) = reply_samples("registrant-confirmed", "nl")
    group = DigestGroup(event=RICH, changes=(), registrations=context.registrations)
    header, rows = listed_registrations((group,), templates, "nl")
    assert header[:3] == ("activiteit", "status", "naam")
    assert [row[1] for row in rows] == ["wachtlijst", "bevestigd", "bevestigd"]
    assert rows[1][2:5] == ["Person 1", "person1@town.example", "Town"]
    assert rows[1][6:10] == ["vrijdag 15 februari 2030", "Option A", "ter plaatse", "Town"]
    assert {row[10] for row in rows} == {""}
    assert all(len(row) == len(header) for row in rows)
    assert "needs" not in header


@pytest.mark.parametrize(
    ("language", "words", "otherwise", "other"),
    [
        ("fr", "à défaut", "Option B, en ligne", "attend une autre place"),
        ("nl", "anders", "Option B, online", "wacht op een andere plaats"),
        ("en", "otherwise", "Option B, online", "waiting for another place"),
        ("de", "sonst", "Option B, online", "wartet auf einen anderen Platz"),
    ],
)
def test_a_digest_tells_of_a_second_wish_and_another_place(
    shipped: Policy, language: Language, words: str, otherwise: str, other: str
) -> None:
    (context, *_) = reply_samples("registrant-confirmed", language)
    waiting, confirmed, _ = context.registrations
    second, option = {RICH.choices[0].key: RICH.choices[0].options[1].key}, RICH.choices[0].options[0].key
    waiting = replace(waiting, second_choices=second, second_mode="online")
    exchange = Exchange(sessions=confirmed.sessions, choices=second, mode="online", requested_at=NOW)
    confirmed = replace(confirmed, choices={RICH.choices[0].key: option}, exchange=exchange)
    group = DigestGroup(
        event=RICH, changes=(("waitlisted", waiting), ("changed", confirmed)), registrations=(waiting, confirmed)
    )
    digest = DigestContext(language=language, day=NOW.date(), groups=(group,), now=NOW)
    text = render_digest(digest, shipped).text.replace("\u00a0", " ").replace("\u202f", " ")
    assert f", {words} {otherwise}" in text
    assert f" – {other}" in text
    header, (first, last) = listed_registrations((group,), shipped.templates, language)
    assert header[-3:-1] == (words, other)
    assert first[-3:] == [otherwise, "", ""]
    assert last[-3] == last[-1] == ""
    assert str(last[-2]).endswith(otherwise)
