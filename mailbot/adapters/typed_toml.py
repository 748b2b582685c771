"""TOML files as values of the core's dataclasses: every problem found, each in words for whoever edits the file.

pydantic does the checking; its own messages are for programmers and are put into plain words here.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, get_args, get_type_hints

from pydantic import TypeAdapter, ValidationError

from mailbot.core.problems import Problem

T = TypeVar("T")

#: what pydantic calls a mistake -> (what is wrong, what to write); {…} from the error's context
_WORDS: Mapping[str, tuple[str, str]] = {
    "missing": ("is missing", "Add it"),
    "string_type": ("is not a text", 'Write it in quotes: "…"'),
    "bool_type": ("is neither true nor false", "Write true or false, without quotes"),
    "bool_parsing": ("is neither true nor false", "Write true or false, without quotes"),
    "int_type": ("is not a whole number", "Write a number without quotes, such as 20"),
    "int_parsing": ("is not a whole number", "Write a number without quotes, such as 20"),
    "int_from_float": ("is not a whole number", "Write a number without a fraction, such as 20"),
    "float_type": ("is not a number", "Write a number without quotes, such as 15 or 2.5"),
    "decimal_type": ("is not an amount", "Write a number without quotes, such as 12.50"),
    "decimal_parsing": ("is not an amount", "Write a number without quotes, such as 12.50"),
    "tuple_type": ("is not a list", 'Write a list in square brackets: ["…", "…"]'),
    "dataclass_type": ("is not a table", 'Write it as a table, for example {{ fr = "…", nl = "…" }}'),
    "dataclass_exact_type": ("is not a table", 'Write it as a table, for example {{ fr = "…", nl = "…" }}'),
    "datetime_type": ("is not a moment", "Write date and time without quotes: 2021-09-16T13:00:00"),
    "datetime_parsing": ("is not a moment", "Write date and time without quotes: 2021-09-16T13:00:00"),
    "datetime_from_date_parsing": ("is not a moment", "Write date and time without quotes: 2021-09-16T13:00:00"),
    "date_type": ("is not a day", "Write it without quotes: 2021-09-16"),
    "date_from_datetime_parsing": ("is not a day", "Write it without quotes: 2021-09-16"),
    "date_from_datetime_inexact": ("is not a day", "Write the day alone: 2021-09-16"),
    "time_type": ("is not a time of day", "Write it without quotes: 07:30:00"),
    "time_parsing": ("is not a time of day", "Write it without quotes: 07:30:00"),
    "literal_error": ("is not one of what is possible", "Write one of {expected}"),
}


def read_toml(path: Path) -> tuple[dict[str, Any] | None, tuple[Problem, ...]]:
    """The data of one file, or the problem that keeps it from being read."""
    name = shown(path)
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        return None, (_problem(name, "", "the file does not exist", "Make it, or name another one"),)
    except OSError as error:
        return None, (_problem(name, "", f"cannot be read ({error.strerror})", "Check its permissions"),)
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        return None, (_problem(name, f"line {line}", "is not UTF-8", "Save the file with the encoding UTF-8"),)
    try:
        return tomllib.loads(text), ()
    except tomllib.TOMLDecodeError as error:
        remedy = "Mend that line; texts stand in quotes, lists in square brackets, and a key is given once"
        return None, (_problem(name, "", f"is not valid TOML: {error}", remedy),)


def shown(path: Path) -> str:
    """A path as a person would open it: relative to here where it lies below."""
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def validated(kind: type[T], data: Mapping[str, Any], file: str) -> tuple[T | None, tuple[Problem, ...]]:
    """``data`` as a ``kind``, or everything that is wrong with it."""
    unknown = tuple(_unknown_keys(kind, data, file, ""))
    try:
        shape: Any = kind
        value: T = _adapter(shape).validate_python(data)
    except ValidationError as error:
        wrong = [item for item in error.errors() if item["type"] != "unexpected_keyword_argument"]
        return None, (*unknown, *_in_words(wrong, data, file))
    return (None, unknown) if unknown else (value, ())


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def _in_words(errors: Iterable[Any], data: Any, file: str) -> Iterable[Problem]:
    """One problem a key: where several kinds of value are possible, pydantic complains of each."""
    found: dict[str, list[tuple[str, str]]] = {}
    for error in errors:
        message, remedy = _WORDS.get(error["type"], (f"is wrong: {error['msg']}", "Correct it"))
        context = {name: value for name, value in error.get("ctx", {}).items() if isinstance(value, str)}
        key = _key(_in_data(error["loc"], data))
        found.setdefault(key, []).append((message, remedy.format(**{"expected": "", **context})))
    for key, each in found.items():
        message = each[0][0] if len(each) == 1 else "is not what can stand here"
        remedies = [remedy if index == 0 else remedy[:1].lower() + remedy[1:] for index, (_, remedy) in enumerate(each)]
        yield _problem(file, key, message, "; or ".join(remedies))


def _in_data(location: Iterable[Any], data: Any) -> Iterable[str | int]:
    """The part of a location that is in the file; behind it pydantic names the kind of value it tried."""
    for part in location:
        if not isinstance(data, Mapping | list):
            return
        yield part
        try:
            data = data[part]
        except (KeyError, IndexError, TypeError):
            data = {}


def _key(location: Iterable[str | int]) -> str:
    """``sessions[2].starts``: entries are counted from 1, as people do."""
    key = ""
    for part in location:
        key += f"[{part + 1}]" if isinstance(part, int) else (f".{part}" if key else str(part))
    return key


def _unknown_keys(kind: Any, data: Any, file: str, prefix: str) -> Iterable[Problem]:
    """Keys that no field has, at any depth, each with the nearest one that exists."""
    if isinstance(data, list | tuple):
        for index, item in enumerate(data, start=1):
            yield from _unknown_keys(kind, item, file, f"{prefix}[{index}]")
        return
    owner = _dataclass_in(kind)
    if owner is None or not isinstance(data, Mapping):
        return
    hints = get_type_hints(owner)
    names = [field.name for field in fields(owner)]
    for key, value in data.items():
        path = f"{prefix}.{key}" if prefix else str(key)
        if key not in names:
            near = difflib.get_close_matches(str(key), names, n=1)
            remedy = f"Did you mean {near[0]!r}?" if near else f"Remove it; known here are {', '.join(names)}"
            yield _problem(file, path, "is not a known key", remedy)
        else:
            yield from _unknown_keys(hints[key], value, file, path)


def _dataclass_in(hint: Any) -> Any:
    """The dataclass within ``X | None`` or ``tuple[X, ...]``."""
    if isinstance(hint, type) and is_dataclass(hint):
        return hint
    return next((found for part in get_args(hint) if (found := _dataclass_in(part)) is not None), None)


def _problem(file: str, key: str, message: str, remedy: str) -> Problem:
    return Problem(file=file, key=key, message=message, remedy=remedy)
