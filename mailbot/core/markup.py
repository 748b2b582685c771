"""The few signs that templates use, as plain text and as HTML.

Paragraphs are separated by blank lines; ``- `` and ``1) `` begin list items (``1. `` begins a German date); ``## `` a heading; ``[words](address)`` is a
link; what stands between ⟦ and ⟧ is for HTML only, between ⟪ and ⟫ for plain text only. Everything else is shown as it is: nothing in a value can become a
tag, and what strangers wrote goes through ``literal`` so that it becomes no link, heading or item either.
"""

from __future__ import annotations

import html
import re
from functools import lru_cache

_BLANK = " \t\u00a0"
_ITEM = re.compile(r"- |\d+\) ")
_HTML_ONLY = re.compile(r"⟦.*?⟧", re.DOTALL)
_TEXT_ONLY = re.compile(r"⟪.*?⟫", re.DOTALL)
_HEADING = re.compile(r"^## (.*)$", re.MULTILINE)
_LINK = re.compile(r"\[([^\]\n]+)\]\(((?:https?|mailto):[^)\s]+)\)|(https?://[^\s<>\"'»”]+[^\s<>\"'».,;:!?)”])")

#: at most three words and a colon: "Lieu :", "Op naam van:"
_LABEL = re.compile(r"(?:[^\s:.,;()<>]+ ){0,2}[^\s:.,;()<>]+\u00a0?:(?= )")

#: signs of ours within strangers' words, until the markup is read: from the private use area of Unicode
_HIDDEN = str.maketrans(
    {
        "[": "\ue000",
        "/": "\ue001",
        "#": "\ue002",
        "*": "\ue003",
        "-": "\ue004",
        "⟦": "\ue000",
        "⟧": "]",
        "⟪": "\ue000",
        "⟫": "]",
    }
)
_SHOWN = str.maketrans({"\ue000": "[", "\ue001": "/", "\ue002": "#", "\ue003": "*", "\ue004": "-"})
_SPECIAL = re.compile(r"[\[/#*⟦⟧⟪⟫\x00-\x1f\ue000-\ue004-]|^\d+\)")

_PAGE = (
    '<!DOCTYPE html>\n<html lang="{language}"><head><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width, initial-scale=1">'
    '<meta name="color-scheme" content="light dark"><meta name="supported-color-schemes" content="light dark">'
    "<title>{title}</title><style>:root{{color-scheme:light dark}}</style></head>\n"
    '<body style="margin:0;padding:1rem"><main style="font:16px/1.5 system-ui,-apple-system,Segoe UI,Roboto,sans-serif;'
    'max-width:40rem;overflow-wrap:anywhere">\n{body}\n</main></body></html>\n'
)


def literal(text: str) -> str:
    """A stranger's words on one line, none of whose signs means anything to us."""
    if _SPECIAL.search(text) is None:
        return text
    words = " ".join("".join(c if c.isprintable() or c.isspace() else "" for c in text).split())
    if words[:1].isdigit():
        words = "\u2060" + words  # "1)" would begin an item
    return words.translate(_HIDDEN)


def shown(text: str) -> str:
    """Text without markup, such as a subject, after ``literal``."""
    # str.translate looks at every character in turn, which costs more than the rest of a mail together.
    return text.translate(_SHOWN) if any(sign in text for sign in "\ue000\ue001\ue002\ue003\ue004") else text


def normal(text: str) -> str:
    """What a template left behind put in order: one blank line between paragraphs, none between items."""
    paragraphs: list[list[str]] = [[]]
    for line in text.strip().split("\n"):
        if line.strip(_BLANK):
            paragraphs[-1].append(line)
        elif paragraphs[-1]:
            paragraphs[-1][-1] = paragraphs[-1][-1].rstrip(_BLANK)
            paragraphs.append([])
    parts: list[str] = []
    before = None
    for paragraph in paragraphs:
        if before is not None and paragraph:
            items = _ITEM.match(before[-1]) and _ITEM.match(paragraph[0])
            parts.append("\n" if items else "\n\n")
        parts.append("\n".join(paragraph))
        before = paragraph
    return "".join(parts).strip() + "\n"


def plain(text: str) -> str:
    """The text/plain alternative."""
    text = _HTML_ONLY.sub("", text).replace("⟪", "").replace("⟫", "") if "⟦" in text or "⟪" in text else text
    text = _LINK.sub(lambda m: f"{m[1]} <{m[2]}>" if m[1] else m[0], text) if "](" in text else text
    if "## " in text:
        text = _HEADING.sub(lambda m: f"{m[1]}\n{'-' * min(len(m[1]), 72)}", text)
    return shown(text)


def page(text: str, *, title: str, language: str) -> str:
    """The text/html alternative: sober, without anything that is fetched from elsewhere."""
    text = _TEXT_ONLY.sub("", text) if "⟪" in text else text
    text = text.replace("⟦", "").replace("⟧", "")
    blocks = [_block(block) for block in text.strip().split("\n\n")]
    body = shown("\n".join(blocks))
    return _PAGE.format(language=language, title=html.escape(title), body=body)


def body_of(html_page: str) -> str:
    """What stands between ``<main>`` and ``</main>``."""
    return html_page.partition("<main")[2].partition(">")[2].rpartition("</main>")[0].strip()


def pages_joined(pages: list[str], languages: tuple[str, ...]) -> str:
    """Several languages in one page, each part marked as what it is."""
    parts = [
        f'<div lang="{language}">\n{body_of(page)}\n</div>' for page, language in zip(pages, languages, strict=True)
    ]
    head, _, rest = pages[0].partition("<main")
    opening, _, _ = rest.partition(">")
    return f"{head}<main{opening}>\n" + "\n<hr>\n".join(parts) + "\n</main></body></html>\n"


@lru_cache(maxsize=1024)  # most paragraphs stand in mail after mail
def _block(block: str) -> str:
    lines = block.split("\n")
    first = lines[0]
    if first.startswith("## "):
        rest = _block("\n".join(lines[1:])) if len(lines) > 1 else ""
        return f'<h2 style="font-size:1.1em">{_inline(first[3:])}</h2>{rest}'
    for mark, tag in (("- ", "ul"), ("1) ", "ol")):
        start = next((i for i, line in enumerate(lines) if line.startswith(mark)), None)
        if start is not None:
            before = _paragraph(lines[:start]) if start else ""
            items = _items([line.partition(" ")[2] for line in lines[start:]])
            return f"{before}<{tag}>{items}</{tag}>"
    return _paragraph(lines)


def _paragraph(lines: list[str]) -> str:
    return "<p>" + "<br>".join(_inline(line) for line in lines) + "</p>"


def _items(texts: list[str]) -> str:
    """Labels in bold, so that the eye finds the place and the date; but only where all that have a colon are labels.

    One alone is no label but a title with a colon of its own, such as an option that people choose.
    """
    labels = [_LABEL.match(text) for text in texts]
    bold = sum(label is not None for label in labels) > 1 and all(
        label or not re.search(r":(?= )", text) for label, text in zip(labels, texts, strict=True)
    )
    return "".join(
        f"<li><b>{_inline(label[0])}</b>{_inline(text[label.end() :])}</li>"
        if bold and label
        else f"<li>{_inline(text)}</li>"
        for label, text in zip(labels, texts, strict=True)
    )


def _inline(text: str) -> str:
    if "http" not in text and "](" not in text:
        return html.escape(text, quote=False)
    parts: list[str] = []
    end = 0
    for found in _LINK.finditer(text):
        parts.append(html.escape(text[end : found.start()], quote=False))
        words, target = (found[1], found[2]) if found[1] else (found[3], found[3])
        parts.append(f'<a href="{html.escape(target)}">{html.escape(words, quote=False)}</a>')
        end = found.end()
    parts.append(html.escape(text[end:], quote=False))
    return "".join(parts)
