"""The terminal as a picture for the README: the same each time, and nothing in it is fetched from elsewhere."""

from __future__ import annotations

import re

from rich.console import Console
from rich.terminal_theme import TerminalTheme

_NORMAL = [
    (60, 64, 72),
    (224, 108, 117),
    (126, 192, 106),
    (229, 192, 123),
    (97, 175, 239),
    (198, 120, 221),
    (86, 182, 194),
    (220, 223, 228),
]
_BRIGHT = [(140, 147, 160), *_NORMAL[1:7], (255, 255, 255)]

THEME = TerminalTheme((30, 33, 39), (220, 223, 228), _NORMAL, _BRIGHT)

_FONT = 'Menlo, Consolas, "DejaVu Sans Mono", "Liberation Mono", monospace'


def picture(console: Console) -> str:
    """What a recording console printed so far."""
    drawn = console.export_svg(title="mailbot demo", theme=THEME, clear=False, unique_id="mailbot")
    # rich's own template fetches its font from the network; any monospaced font will do.
    drawn = re.sub(r"\s*@font-face \{.*?\}", "", drawn, flags=re.DOTALL)
    return drawn.replace("font-family: Fira Code, monospace", f"font-family: {_FONT}")
