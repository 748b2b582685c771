"""The four languages that the desk reads and writes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Language = Literal["fr", "nl", "en", "de"]

LANGUAGES: tuple[Language, ...] = ("fr", "nl", "en", "de")


@dataclass(frozen=True, slots=True, kw_only=True)
class Localized:
    """One text in up to four languages, at least one of them given."""

    fr: str | None = None
    nl: str | None = None
    en: str | None = None
    de: str | None = None

    def in_(self, language: Language) -> str:
        """The text in ``language``, else in English, French, Dutch, German, whichever is given first."""
        for candidate in (language, "en", "fr", "nl", "de"):
            text: str | None = getattr(self, candidate)
            if text:
                return text
        return ""

    def given(self) -> dict[Language, str]:
        """The languages that are really written, in the desk's order."""
        return {language: text for language in LANGUAGES if (text := getattr(self, language))}
