"""Bytes to text when the label may be missing, wrong or invented. Never raises."""

from __future__ import annotations

import codecs
import re

#: what people's programs call what they mean. WHATWG: latin-1 and ASCII are read as windows-1252
_MEANT = {
    "iso-8859-1": "cp1252",
    "iso8859-1": "cp1252",
    "latin-1": "cp1252",
    "latin1": "cp1252",
    "us-ascii": "utf-8",
    "ascii": "utf-8",
    "ansi_x3.4-1968": "utf-8",
    "unicode-1-1-utf-7": "utf-7",
    "utf8": "utf-8",
    "uft-8": "utf-8",
    "utf8mb4": "utf-8",
    "iso-8859-8-i": "iso-8859-8",
    "x-mac-roman": "mac-roman",
    "macintosh": "mac-roman",
    "ansi": "cp1252",
    "windows-1252http-equivcontent-type": "cp1252",
}
#: two-byte sequences of UTF-8 that were read as cp1252 and written again: "Ã©", "â€™"
_TWICE = re.compile("[ÂÃâÅ][\u0080-\u00bf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]")
#: codecs that are not charsets, or that are slow or dangerous on hostile input
_NO_CHARSET = frozenset({"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "mbcs", "oem"})


def _codec(label: str) -> str | None:
    name = label.strip().strip("\"'").lower()
    name = _MEANT.get(name, name)
    if name in ("utf-8", "cp1252"):
        return name
    try:
        info = codecs.lookup(name)
    except (LookupError, ValueError, UnicodeError):
        return None
    if info.name in _NO_CHARSET or not getattr(info, "_is_text_encoding", True):
        return None
    return info.name


def decode(data: bytes, label: str | None) -> tuple[str, tuple[str, ...]]:
    """The text and the defects found: ``unknown-charset``, ``wrong-charset``, ``double-encoding``.

    The ladder: the label, UTF-8, cp1252, latin-1 (which takes every byte).
    """
    defects: list[str] = []
    codec = _codec(label) if label else None
    if label and codec is None:
        defects.append("unknown-charset")
    if data.isascii() and codec in (None, "utf-8", "cp1252"):
        return data.decode("ascii"), tuple(defects)
    text = _by_ladder(data, codec, defects)
    if _SURROGATE.search(text):  # UTF-7 can spell them; no database takes them
        text = _SURROGATE.sub("\ufffd", text)
        defects.append("wrong-charset")
    repaired = undouble(text)
    if repaired is not text:
        defects.append("double-encoding")
    return repaired, tuple(defects)


def _by_ladder(data: bytes, codec: str | None, defects: list[str]) -> str:
    # bytes that are valid UTF-8 beyond ASCII are UTF-8 whatever a one-byte label says
    if codec == "cp1252":
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError:
            pass
        else:
            defects.append("wrong-charset")
            return text
    for candidate in (codec, "utf-8", "cp1252"):
        if candidate is None:
            continue
        try:
            text = data.decode(candidate)
        except (UnicodeError, ValueError, LookupError):
            if candidate == codec:
                defects.append("wrong-charset")
            continue
        return text
    return data.decode("latin-1")


def undouble(text: str) -> str:
    """Text that was encoded twice, read once: "prÃ©sent" becomes "présent". The same object where nothing is to repair."""
    if text.isascii() or not _TWICE.search(text):
        return text
    try:
        return _as_cp1252_bytes(text).decode("utf-8")
    except UnicodeError:
        # only some of it was doubled, such as a quote under a sound text
        return _RUNS.sub(_repair, text)


_SURROGATE = re.compile("[\ud800-\udfff]")
_RUNS = re.compile("[ÂÃâÅ][\u0080-\u00bf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]{1,2}")


def _repair(match: re.Match[str]) -> str:
    run = match.group()
    for length in (len(run), 2):
        try:
            return _as_cp1252_bytes(run[:length]).decode("utf-8") + run[length:]
        except UnicodeError:
            continue
    return run


_UNDEFINED = re.compile("([\x81\x8d\x8f\x90\x9d])")


def _as_cp1252_bytes(text: str) -> bytes:
    """cp1252 leaves five bytes undefined; programs pass them through as C1 controls."""
    try:
        return text.encode("cp1252")
    except UnicodeEncodeError:
        pieces = _UNDEFINED.split(text)
    return b"".join(piece.encode("latin-1" if i % 2 else "cp1252") for i, piece in enumerate(pieces))
