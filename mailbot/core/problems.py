"""A problem found in something a person wrote: a configuration, an event, a lexicon, a template.

Problems are values: loaders collect all of them and return them beside what they could read.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    #: the file as a person would open it, relative to where the program runs when possible
    file: str
    #: where in the file: a dotted key such as ``session[2].starts``; empty for the whole file
    key: str
    #: what is wrong, in one sentence
    message: str
    #: what to write instead, in one sentence
    remedy: str

    def __str__(self) -> str:
        where = f"{self.file}: {self.key}" if self.key else self.file
        return f"{where}: {self.message}. {self.remedy}"
