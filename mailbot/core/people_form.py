"""The person of a filled-in form: labelled lines."""

from __future__ import annotations

import re

from mailbot.core.names import EMAIL, NameWords, as_person, checked_email, same_name
from mailbot.core.people_named import Named
from mailbot.core.people_rows import label_of
from mailbot.core.people_sender import phone_in
from mailbot.core.phrases import Words
from mailbot.core.requests import Person

_LABEL = re.compile(r"^[ \t>*\-•]*([^:\n]{2,45}?)[ \t]*:[ \t]*(?:\[[^\]\n]{1,12}\][ \t]*)?(.*)$", re.MULTILINE)


def labelled_name(raw: str, words: Words, names: NameWords) -> Named | None:
    """The one name of a form that holds no more of a person: "Nom : Zoé Petit", "Formation : …"."""
    for match in _LABEL.finditer(raw):
        if label_of(words.lexicons, match.group(1)) not in {"form.name", "form.last-name"}:
            continue
        written = match.group(2).strip(" .,;")
        name = as_person(written, names) if len(written.split()) <= _NAME_WORDS else None
        if name is not None and " " in name:
            start = match.start(2)
            return Named(person=Person(name=name), start=start, end=start + len(written), sign="form")
    return None


_NAME_WORDS = 5


def form_person(raw: str, words: Words, sender: Person) -> Named | None:
    """The person of a filled-in form: at least a name and one more labelled line."""
    values: dict[str, tuple[str, int, int]] = {}
    for match in _LABEL.finditer(raw):
        meaning = label_of(words.lexicons, match.group(1))
        value = match.group(2).strip()
        if meaning and value and meaning not in values:
            values[meaning] = (value, match.start(2), match.end(2))
    named = "form.name" in values or "form.last-name" in values
    if not named or len(values) < 2:
        return None
    first, last = values.get("form.first-name"), values.get("form.last-name")
    written, start, end = values.get("form.name") or last or ("", 0, 0)
    if first and last:
        written = f"{first[0]} {last[0]}"
    mail = EMAIL.search(values["form.email"][0]) if "form.email" in values else None
    email = checked_email(mail.group()) if mail else None
    if email is None and same_name(written, sender.name):
        email = sender.email
    return Named(
        person=Person(
            name=" ".join(written.replace(",", " ").split()),
            email=email,
            organisation=values["form.organisation"][0] if "form.organisation" in values else None,
            phone=phone_in(values["form.phone"][0]) if "form.phone" in values else None,
        ),
        start=start,
        end=end,
        sign="form",
    )
