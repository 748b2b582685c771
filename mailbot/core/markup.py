"""The few signs that templates use, as plain text and as HTML.

Paragraphs are separated by blank lines; ``- `` and ``1. `` begin list items; ``## `` a heading; ``[words](address)`` is a
link; what stands between ⟦ and ⟧ is for HTML only. Everything else is shown as it is: nothing in a value can become a tag.
"""

from __future__ import annotations

import html
import re

_BLANK = re.compile(r"[ \t\u00a0]*\n(?:[ \t\u00a0]*\n)+")
_BETWEEN_ITEMS = re.compile(r"^((?:- |\d+\. ).*)\n\n(?=(?:- |\d+\. ))", re.MULTILINE)
_HTML_ONLY = re.compile(r"⟦.*?⟧", re.DOTALL)
_HEADING = re.compile(r"^## (.*)$", re.MULTILINE)
_LINK = re.compile(r"\[([^\]\n]+)\]\(((?:https?|mailto):[^)\s]+)\)|(https?://[^\s<>\"'»”]+[^\s<>\"'».,;:!?)”])")

_PAGE = (
    '<!DOCTYPE html>\n<html lang="{language}"><head><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">'
    "<title>{title}</title></head>\n"
    '<body style="margin:0;padding:1rem;font:16px/1.5 system-ui,-apple-system,Segoe UI,Roboto,sans-serif;max-width:40rem">\n'
    "{body}\n</body></html>\n"
)


def normal(text: str) -> str:
    """What a template left behind put in order: one blank line between paragraphs, none between items."""
    text = _BLANK.sub("\n\n", text.strip() + "\n")
    previous = None
    while previous != text:
        previous = text
        text = _BETWEEN_ITEMS.sub(r"\1\n", text)
    return text.strip() + "\n"


def plain(text: str) -> str:
    """The text/plain alternative."""
    text = _HTML_ONLY.sub("", text)
    text = _LINK.sub(lambda m: f"{m[1]} <{m[2]}>" if m[1] else m[0], text)
    return _HEADING.sub(lambda m: f"{m[1]}\n{'-' * min(len(m[1]), 72)}", text)


def page(text: str, *, title: str, language: str) -> str:
    """The text/html alternative: sober, without anything that is fetched from elsewhere."""
    text = text.replace("⟦", "").replace("⟧", "")
    blocks = [_block(block) for block in text.strip().split("\n\n")]
    return _PAGE.format(language=language, title=html.escape(title), body="\n".join(blocks))


def _block(block: str) -> str:
    lines = block.split("\n")
    if block.startswith("* * *"):
        return "<hr>"
    if lines[0].startswith("## "):
        rest = _block("\n".join(lines[1:])) if len(lines) > 1 else ""
        return f'<h2 style="font-size:1.1em">{_inline(lines[0][3:])}</h2>{rest}'
    for mark, tag in (("- ", "ul"), ("1. ", "ol")):
        first = next((i for i, line in enumerate(lines) if line.startswith(mark)), None)
        if first is not None:
            before = _paragraph(lines[:first]) if first else ""
            items = "".join(f"<li>{_inline(line.partition(' ')[2])}</li>" for line in lines[first:])
            return f"{before}<{tag}>{items}</{tag}>"
    return _paragraph(lines)


def _paragraph(lines: list[str]) -> str:
    return "<p>" + "<br>".join(_inline(line) for line in lines) + "</p>"


def _inline(text: str) -> str:
    parts: list[str] = []
    end = 0
    for found in _LINK.finditer(text):
        parts.append(html.escape(text[end : found.start()]))
        words, target = (found[1], found[2]) if found[1] else (found[3], found[3])
        parts.append(f'<a href="{html.escape(target)}">{html.escape(words)}</a>')
        end = found.end()
    parts.append(html.escape(text[end:]))
    return "".join(parts)
