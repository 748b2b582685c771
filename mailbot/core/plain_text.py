"""Plain text as people would see it: soft breaks joined, files and signatures inside the text taken out.

Programs older than MIME, and some newer ones, put files (uuencode, yEnc) and OpenPGP armour into the text itself.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from mailbot.core.message import Attachment

#: zero-width signs, soft hyphens, bidirectional controls and C0 controls: no word is written with them
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]+"
)
_WIDE = re.compile("[\xa0\u1680\u2000-\u200a\u202f\u205f\u3000]")
_NEWLINE = re.compile("\r+\n|\r|\x0c|\x85|\u2028|\u2029")
_QUOTE_DEPTH = re.compile(r">+")


def visible(text: str) -> str:
    """Lines end in "\\n"; what cannot be seen is gone; every space that is one is " "."""
    if text.isascii() and text.isprintable():
        return text
    if "\r" in text or not text.isascii() or "\x0c" in text:
        text = _NEWLINE.sub("\n", text)
        if not text.isascii():
            text = _WIDE.sub(" ", text)
    return _INVISIBLE.sub("", text)


def unflowed(text: str, *, delsp: bool = False) -> str:
    """Soft line breaks undone (RFC 3676 §4.2); quote depth and the signature line are kept."""
    out: list[str] = []
    paragraph: list[str] = []
    depth_before = 0
    for line in text.split("\n"):
        marks = _QUOTE_DEPTH.match(line)
        depth = marks.end() if marks else 0
        content = line[depth:]
        content = content[1:] if content.startswith(" ") else content
        # RFC 3676 §4.3, §4.5: neither a change of depth nor the signature line may continue a paragraph
        if paragraph and (depth != depth_before or content == "-- "):
            out.append(_flow(paragraph, depth_before))
            paragraph = []
        depth_before = depth
        soft = content.endswith(" ") and content != "-- "
        paragraph.append(content[:-1] if soft and delsp else content)
        if not soft:
            out.append(_flow(paragraph, depth))
            paragraph = []
    if paragraph:
        out.append(_flow(paragraph, depth_before))
    return "\n".join(out)


def with_whole_addresses(text: str) -> str:
    """Addresses that a line break cut behind a hyphen: "anna@plan-", "cohesion.example"."""
    return _CUT_ADDRESS.sub(lambda cut: cut[1] or cut[2], text) if "-\n" in text and "@" in text else text


_CUT_ADDRESS = re.compile(
    r"(@[\w.\-]*\w-)\n(?=[\w\-]+(?:\.[\w\-]+)*\.[a-z]{2,24}\b)|((?<!\S)[\w.]+-)\n(?=[\w.\-]{1,64}@[\w\-]+\.)"
)


def _flow(paragraph: list[str], depth: int) -> str:
    text = "".join(paragraph)
    return f"{'>' * depth} {text}" if depth else text


# -- what is not text in it ----------------------------------------------------

_BEGIN = re.compile(r"begin(?:-base64)? [0-7]{3,4} (\S.{0,200})")
_UU_LINE = re.compile(r"[ -`]{1,90}")
_YBEGIN = re.compile(r"=ybegin .{0,200}name=(.{1,200})")
_PGP = re.compile(r"-----BEGIN PGP (SIGNED MESSAGE|SIGNATURE|MESSAGE|PUBLIC KEY BLOCK)-----\s*")
_PGP_END = "-----END PGP "


@dataclass(frozen=True, slots=True, kw_only=True)
class Cleaned:
    text: str
    attachments: tuple[Attachment, ...] = ()
    defects: tuple[str, ...] = ()


def without_inline_files(text: str) -> Cleaned:
    """Text without uuencoded and yEnc files and OpenPGP armour; encrypted text gives the defect ``encrypted``."""
    if "begin" not in text and "-----BEGIN PGP" not in text:
        return Cleaned(text=text)
    lines = text.split("\n")
    kept: list[str] = []
    files: list[Attachment] = []
    defects: list[str] = []
    i = 0
    while i < len(lines):
        line = lines[i]
        if (match := _BEGIN.fullmatch(line)) and i + 1 < len(lines) and _UU_LINE.fullmatch(lines[i + 1]):
            i = _end_of_file(lines, i, "end", match.group(1), files)
        elif match := _YBEGIN.fullmatch(line):
            i = _end_of_file(lines, i, "=yend", match.group(1), files)
        elif match := _PGP.fullmatch(line):
            i = _armour(lines, i, match.group(1), kept, defects)
        else:
            kept.append(line)
            i += 1
    return Cleaned(text="\n".join(kept), attachments=tuple(files), defects=tuple(defects))


def _end_of_file(lines: list[str], start: int, end: str, name: str, files: list[Attachment]) -> int:
    """The line after the file that begins at ``start``; a file without an end goes as far as its lines look like one."""
    i = start + 1
    size = 0
    while i < len(lines) and not lines[i].startswith(end):
        if end == "end" and lines[i] and not _UU_LINE.fullmatch(lines[i]):
            break
        if not lines[i].strip() and end == "end":
            break
        size += len(lines[i])
        i += 1
    closed = i < len(lines) and lines[i].startswith(end)
    files.append(Attachment(name=name.strip(), content_type="application/octet-stream", size=size * 3 // 4))
    return i + 1 if closed else i


def _armour(lines: list[str], start: int, kind: str, kept: list[str], defects: list[str]) -> int:
    """RFC 4880 §6.2, §7: the signed text is text, with "- " before lines that begin with a dash.

    Armour without an end, such as a mail cut in two, goes to the end.
    """
    i = start + 1
    if kind == "SIGNED MESSAGE":
        while i < len(lines) and ": " in lines[i]:
            i += 1
        while i < len(lines) and not _PGP.fullmatch(lines[i]):
            kept.append(lines[i].removeprefix("- "))
            i += 1
        return i
    if kind == "MESSAGE":
        defects.append("encrypted")
    while i < len(lines) and not lines[i].startswith(_PGP_END):
        i += 1
    return i + 1
