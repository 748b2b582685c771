"""HTML bodies as text lines that people would see, with what programs say about them: quoted, signature.

Table rows become one line, their cells separated by tabs. Markup that mail programs put around quotes and
signatures is honoured; colours and layout are not.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from selectolax.lexbor import LexborHTMLParser, LexborNode

_SPACES = re.compile("[ \t\n\r\f\u200b\u200c\u200d\ufeff\u2060\u00ad]+")
_SKIPPED = frozenset(
    {"script", "style", "head", "title", "template", "noscript", "svg", "object", "select", "textarea"}
)
_BLOCKS = frozenset(
    [
        "p",
        "div",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "ul",
        "ol",
        "li",
        "dl",
        "dt",
        "dd",
        "blockquote",
        "pre",
        "hr",
        "table",
        "tbody",
        "thead",
        "tfoot",
        "caption",
        "form",
        "fieldset",
        "address",
        "article",
        "section",
        "header",
        "footer",
        "aside",
        "nav",
        "main",
        "center",
        "body",
        "figure",
    ]
)
#: a quote container: class or id begins of the programs that write it
_QUOTE_MARKS = re.compile(
    r"gmail_quote|yahoo_quoted|moz-cite-prefix|moz-forward-container|protonmail_quote|zmail_extra|gmail_extra_quote|"
    r"ydp\w*yahoo_quoted|ox-quote|quoted-?message|tutanota_quote|iCloud-quote|WordSection0"
)
#: from this element on, everything that follows is quoted (Outlook on the web and phones)
_REST_MARKS = re.compile(
    r"divRplyFwdMsg|OLK_SRC_BODY_SECTION|mail-editor-reference-message-container|ms-outlook-mobile-reference"
)
_SIGNATURE_MARKS = re.compile(
    r"gmail_signature|moz-signature|^signature$|ms-outlook-mobile-signature|protonmail_signature_block|AppleMailSignature|Signature$"
)
#: Word's line above the header block it copies
_BORDER_TOP = re.compile(r"border:\s*none;\s*border-top:\s*solid\s*#?\w+\s*1(?:\.0)?pt", re.I)
_HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(?:px|pt)?\s*(?:;|$)|mso-hide\s*:\s*all", re.I
)
_MAX_NODES = 60_000


@dataclass(frozen=True, slots=True, kw_only=True)
class HtmlText:
    #: one letter for each line: "n"ew, "q"uoted, "s"ignature
    lines: tuple[str, ...]
    roles: str
    defects: tuple[str, ...] = ()


class _Lines:
    def __init__(self) -> None:
        self.lines: list[str] = []
        self.roles: list[str] = []
        self.current: list[str] = []
        self.role = "n"
        self.preformatted = 0

    def text(self, text: str) -> None:
        if self.preformatted:
            first, *others = text.split("\n")
            self.current.append(first)
            for other in others:
                self.break_line()
                self.current.append(other)
        else:
            self.current.append(_SPACES.sub(" ", text))

    def break_line(self) -> None:
        line = "".join(self.current).replace("\xa0", " ")
        self.lines.append(line.rstrip() if self.preformatted else _tidy(line))
        self.roles.append(self.role)
        self.current = []

    def end_block(self) -> None:
        if "".join(self.current).strip(" \xa0"):
            self.break_line()
        else:
            self.current = []

    def blank(self) -> None:
        if self.lines and self.lines[-1]:
            self.lines.append("")
            self.roles.append(self.role)


def _tidy(line: str) -> str:
    return (
        "\t".join(" ".join(cell.split()) for cell in line.split("\t")).strip()
        if "\t" in line
        else " ".join(line.split())
    )


def html_lines(html: str, max_text: int) -> HtmlText:
    try:
        root = LexborHTMLParser(html[: max_text * 20]).body
    except Exception:  # a parser written in C: whatever it raises, the mail is still read
        root = None
    if root is None:
        return HtmlText(lines=(), roles="", defects=("bad-html",))
    out = _Lines()
    defects = _walk(root, out, max_text)
    out.end_block()
    return HtmlText(lines=tuple(out.lines), roles="".join(out.roles), defects=defects)


def _walk(root: LexborNode, out: _Lines, max_text: int) -> tuple[str, ...]:
    """Depth first without recursion: mails nest deeper than Python does."""
    stack: list[tuple[LexborNode, str | None]] = []  # opened elements, with the role to go back to
    node: LexborNode | None = root
    seen = size = 0
    rest = False
    while node is not None:
        seen += 1
        if seen > _MAX_NODES or size > max_text:
            return ("text-cut",)
        tag = node.tag or ""
        child = None
        if tag == "-text":
            content = node.text_content or ""
            size += len(content)
            out.text(content)
        elif tag not in _SKIPPED and not tag.startswith(("-", "!")) and not _is_hidden(node):
            back = _open(node, tag, out, rest)
            rest = rest or back == "rest"
            child = node.child
            if child is not None:
                stack.append((node, back))
                node = child
                continue
            _close(node, tag, out, back, rest)
        while node.next is None:
            if not stack:
                return ()
            node, back = stack.pop()
            _close(node, node.tag or "", out, back, rest)
        if not stack:
            return ()
        node = node.next
    return ()


def _is_hidden(node: LexborNode) -> bool:
    style = node.attributes.get("style")
    return bool(style and _HIDDEN.search(style))


def _open(node: LexborNode, tag: str, out: _Lines, rest: bool) -> str | None:
    """Begin an element; answers the role to go back to when it ends, "rest" where there is no way back."""
    if tag == "br":
        out.break_line()
        return None
    if tag in ("td", "th"):
        if "".join(out.current).strip() or _has_previous_cell(node):
            out.current.append("\t")
        return None
    if tag in _BLOCKS or tag == "tr":
        out.end_block()
        if tag == "p" or tag == "hr":
            out.blank()
    if tag == "li":
        out.current.append("- ")
    if tag == "pre":
        out.preformatted += 1
    if tag == "img":
        return None
    if rest or out.role == "q":
        return None
    role = _role(node, tag)
    if role is None:
        return None
    out.end_block()
    back, out.role = out.role, role[0]
    return "rest" if role == "q-rest" else back


def _has_previous_cell(node: LexborNode) -> bool:
    before = node.prev
    while before is not None:
        if before.tag in ("td", "th"):
            return True
        before = before.prev
    return False


def _close(node: LexborNode, tag: str, out: _Lines, back: str | None, rest: bool) -> None:
    if tag in _BLOCKS or tag == "tr":
        out.end_block()
        if tag in ("p", "table", "ul", "ol", "blockquote"):
            out.blank()
    if tag == "pre":
        out.preformatted -= 1
    if back is not None and back != "rest" and not rest:
        out.end_block()
        out.role = back


def _role(node: LexborNode, tag: str) -> str | None:
    if tag not in ("div", "blockquote", "span", "p", "table", "section", "hr", "pre"):
        return None
    attributes = node.attributes
    names = f"{attributes.get('id') or ''} {attributes.get('class') or ''}".strip()
    if tag == "blockquote" and ((attributes.get("type") or "").lower() == "cite" or "cite" in attributes):
        return "q"
    if names:
        if _REST_MARKS.search(names):
            return "q-rest"
        if _QUOTE_MARKS.search(names):
            return "q"
        if _SIGNATURE_MARKS.search(names):
            return "s"
    style = attributes.get("style")
    if tag == "div" and style and _BORDER_TOP.search(style):
        return "q-rest"
    return None
