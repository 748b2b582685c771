"""HTML bodies as text lines that people would see, with what programs say about them: quoted, signature.

Table rows become one line, their cells separated by tabs. Markup that mail programs put around quotes and
signatures is honoured; colours and layout are not.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from selectolax.lexbor import LexborHTMLParser, LexborNode

from mailbot.core.html_marks import BOX, REST, mark_of
from mailbot.core.plain_text import visible

_SPACES = re.compile("[ \t\n\r\f]+")
_SKIPPED = frozenset(
    {"script", "style", "head", "title", "template", "noscript", "svg", "object", "select", "textarea"}
)
# fmt: off
_BLOCKS = frozenset({
    "p", "div", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "dl",
    "dt", "dd", "blockquote", "pre", "hr", "table", "tbody", "thead", "tfoot", "caption", "form", "fieldset",
    "address", "article", "section", "header", "footer", "aside", "nav", "main", "center", "body", "figure",
})
# fmt: on
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
        #: something other than spaces stands in the current line
        self.written = False
        self.role = "n"
        self.preformatted = 0

    def text(self, text: str) -> None:
        if self.preformatted:
            first, *others = text.split("\n")
            self.add(first)
            for other in others:
                self.break_line()
                self.add(other)
        else:
            self.add(_SPACES.sub(" ", text))

    def add(self, text: str) -> None:
        self.current.append(text)
        self.written = self.written or (bool(text) and not text.isspace())

    def break_line(self) -> None:
        line = visible("".join(self.current)).replace("\n", " ")
        self.lines.append(line.rstrip() if self.preformatted else _tidy(line))
        self.roles.append(self.role)
        self.current = []
        self.written = False

    def end_block(self) -> None:
        if self.written:
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
    html, too_deep = _not_too_deep(_HUGE_TAG.sub(r"<\1>", html[: max_text * 20]))
    try:
        root = LexborHTMLParser(html).body
    except Exception:  # a parser written in C: whatever it raises, the mail is still read
        root = None
    if root is None:
        return HtmlText(lines=(), roles="", defects=("bad-html",))
    out = _Lines()
    defects = _walk(root, out, max_text)
    out.end_block()
    return HtmlText(lines=tuple(out.lines), roles="".join(out.roles), defects=defects + too_deep)


#: a picture written into its tag; or so many attributes that comparing them takes the parser minutes
_HUGE_TAG = re.compile(r"<([a-z][a-z0-9]{0,20})\s[^<>]{4000,}>?", re.I)
_DEEPEST = 1_000
_NESTING = re.compile(
    r"<(/?)(?!(?:p|li|td|th|tr|dt|dd|br|hr|img|meta|link|input|col|option|wbr|area|base|source)\b)[a-z][^<>]{0,2000}>?",
    re.I,
)


def _not_too_deep(html: str) -> tuple[str, tuple[str, ...]]:
    """Cut where more elements are open than any mail has: the HTML parser looks through all of them for each new one."""
    if html.count("<") - html.count("</") < _DEEPEST:
        return html, ()
    depth = 0
    for tag in _NESTING.finditer(html):
        depth = max(0, depth - 1) if tag.group(1) else depth + 1
        if depth > _DEEPEST:
            return html[: tag.start()], ("too-deep",)
    return html, ()


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
            _leave_box(node, stack, out, rest)
        if not stack:
            return ()
        node = node.next
    return ()


#: behind the role to go back to: a box whose unquoted lines below the first blockquote are answers
_BOXED = "+"


def _leave_box(node: LexborNode, stack: list[tuple[LexborNode, str | None]], out: _Lines, rest: bool) -> None:
    """Below a blockquote that stood directly in its box, people answer."""
    if node.tag == "blockquote" and stack and not rest and (back := stack[-1][1]) and back.endswith(_BOXED):
        out.role = back[0]


def _is_hidden(node: LexborNode) -> bool:
    style = node.attributes.get("style")
    return bool(style and _HIDDEN.search(style))


def _open(node: LexborNode, tag: str, out: _Lines, rest: bool) -> str | None:
    """Begin an element; answers the role to go back to when it ends, "rest" where there is no way back."""
    if tag == "br":
        out.break_line()
        return None
    if tag in ("td", "th"):
        if out.written or _has_previous_cell(node):
            out.current.append("\t")
        return None
    if tag in _BLOCKS or tag == "tr":
        out.end_block()
        if tag == "p" or tag == "hr":
            out.blank()
    if tag == "li":
        out.add("- ")
    if tag == "pre":
        out.preformatted += 1
    if tag == "img":
        return None
    if rest or out.role == "q":
        return None
    mark = mark_of(node, tag)
    if mark is None:
        return None
    out.end_block()
    back, out.role = out.role, "s" if mark == "s" else "q"
    if mark == BOX:
        return back + _BOXED
    return "rest" if mark == REST else back


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
        out.role = back[0]
