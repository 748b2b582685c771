"""What mail programs write into their HTML about quotes and signatures: ids, classes and attributes, no words."""

from __future__ import annotations

import re
from typing import Literal

from selectolax.lexbor import LexborNode

#: QUOTE: this element. REST: all from here on. BOX: this element, but what stands below a blockquote directly in it is
#: an answer. SIGNATURE: this element.
Mark = Literal["q", "rest", "box", "s"]
QUOTE: Mark = "q"
REST: Mark = "rest"
BOX: Mark = "box"
SIGNATURE: Mark = "s"

# One id or class; Outlook on the web puts "x_" before those of a mail that it quotes.
_QUOTE = re.compile(
    r"gmail_quote|gmail_quote_container|gmail_attr|gmail_extra_quote|yahoo_quoted|\w{0,40}yahoo_quoted|moz-cite-prefix|"
    r"moz-forward-container|moz-email-headers-table|protonmail_quote|zmail_extra|ox-quote|quoted-?message|tutanota_quote|"
    r"iCloud-quote|WordSection0|reply-intro|ik_mail_quote|forwardbox|aolReplyHeader|quoted_text|x?-?k9mail-quote|"
    r"composer_quote|originalMessage|simplelogin-quote|mailo-quote|skiff_quote|hey-quote|missive_quote|front-blockquote"
)
_REST = re.compile(
    r"divRplyFwdMsg|appendonsend|OLK_SRC_BODY_SECTION|mail-editor-reference-message-container|ms-outlook-mobile-reference|"
    r"zwchr|stopSpelling|reply-mail-header"
)
_SIGNATURE = re.compile(
    r"gmail_signature|moz-signature|[sS]ignature|ms-outlook-mobile-signature|protonmail_signature_block(?:-user|-proton)?|"
    r"AppleMailSignature|k9mail-signature|composer_signature|_rc_sig|editorUserSignature|ox-signature|io-ox-signature|"
    r"tutanota_signature|x_gmail_signature|hey-signature|mailo-signature"
)
#: Zimbra
_DATA_MARKERS: dict[str, Mark] = {
    "__divider__": REST,
    "__headers__": REST,
    "__quoted_text__": QUOTE,
    "__sig_pre__": SIGNATURE,
    "__sig_post__": SIGNATURE,
}
#: the line that Word draws above the header block it copies
_BORDER_TOP = re.compile(r"border:\s*none;\s*border-top:\s*solid\s*#?\w+\s*1(?:\.0)?pt", re.I)
_MARKED = frozenset({"div", "blockquote", "span", "p", "table", "section", "hr", "pre"})


def mark_of(node: LexborNode, tag: str) -> Mark | None:
    """What ``node`` is marked as."""
    if tag not in _MARKED:
        return None
    attributes = node.attributes
    if not attributes:
        return None
    if tag == "blockquote" and ((attributes.get("type") or "").lower() == "cite" or "cite" in attributes):
        return QUOTE
    marker = attributes.get("data-marker")
    if marker and (mark := _DATA_MARKERS.get(marker.lower())):
        return mark
    # GMX and web.de
    if tag == "div" and (attributes.get("name") or "").lower() == "quote":
        return BOX if _has_blockquote(node) else QUOTE
    for name in f"{attributes.get('id') or ''} {attributes.get('class') or ''}".split():
        mark = _named(name.removeprefix("x_"), node, tag)
        if mark:
            return mark
    style = attributes.get("style")
    if tag == "div" and style and _BORDER_TOP.search(style) and _is_header_block(node):
        return REST
    return None


def _is_header_block(node: LexborNode) -> bool:
    """Word draws the same line above any paragraph; below this one stand a sender, a date and a subject."""
    return (node.text_content or "")[:800].count(":") >= 3


def _named(name: str, node: LexborNode, tag: str) -> Mark | None:
    if _REST.fullmatch(name):
        return REST
    if _QUOTE.fullmatch(name):
        return BOX if tag == "div" and _has_blockquote(node) else QUOTE
    return SIGNATURE if _SIGNATURE.fullmatch(name) else None


def _has_blockquote(node: LexborNode) -> bool:
    child = node.child
    while child is not None:
        if child.tag == "blockquote":
            return True
        child = child.next
    return False
