"""Which characters can be missing at all: cuts in the code orders that fonts are subset by, or sets in no order."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Side = Literal["above", "below"]


def is_han(char: str) -> bool:
    """Tell whether *char* is a CJK unified ideograph of the basic block or extension A, or 〇."""
    return "\u4e00" <= char <= "\u9fff" or "\u3400" <= char <= "\u4dbf" or char == "〇"


def _bytes_order(codec: str) -> Callable[[str], int | None]:
    @functools.lru_cache(maxsize=1 << 16)  # every document asks for the codes of all usual characters
    def order(char: str) -> int | None:
        try:
            raw = char.encode(codec)
        except UnicodeEncodeError:
            return None
        return int.from_bytes(raw, "big") if len(raw) == 2 else None

    return order


ORDERS: dict[str, Callable[[str], int | None]] = {
    "GB2312": _bytes_order("gb2312"),
    "GBK": _bytes_order("gbk"),
    "Unicode": ord,
    "Big5": _bytes_order("big5"),
}
"""Code orders a font can be cut in. Big5 orders traditional fonts; simplified characters outside it have no code."""


@dataclass(frozen=True, slots=True)
class Cut:
    """Han characters on one side of a code are lost, all others survive.

    Attributes:
        order: a key of ``ORDERS``.
        side: which side is lost.
        code: first lost code (``above``) or last lost code (``below``).
    """

    order: str
    side: Side
    code: int

    def loses(self, char: str) -> bool:
        """Tell whether the cut loses *char*; only Han characters are ever lost, those without a code survive."""
        if not is_han(char):
            return False
        code = ORDERS[self.order](char)
        if code is None:
            return False
        return code >= self.code if self.side == "above" else code <= self.code

    def __str__(self) -> str:
        """Name the cut, as reports print it."""
        return f"{self.order} {'from' if self.side == 'above' else 'up to'} {self.code:04X} lost"


@dataclass(frozen=True, slots=True)
class GlyphSet:
    """Han characters are lost wherever they stood, but for some that are known to have survived.

    Attributes:
        kept: the Han characters that stand in the text of the font.
    """

    kept: frozenset[str]

    def loses(self, char: str) -> bool:
        """Tell whether *char* may have been lost."""
        return is_han(char) and char not in self.kept

    def __str__(self) -> str:
        """Name the damage, as reports print it."""
        return f"glyph set lost, {len(self.kept)} characters kept"


Loss = Cut | GlyphSet
"""What a font lost."""
