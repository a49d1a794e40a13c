"""Text to clean pages with truth: where every character was printed, and whether its glyph was lost."""

from __future__ import annotations

import re
from collections.abc import Callable, Container
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from pipeline.damage.hypotheses import is_han
from pipeline.errors import MissingDependencyError
from pipeline.imaging.loading import Image as Grey

FONTS = {
    "song": ("/usr/share/fonts/truetype/arphic-gbsn00lp/gbsn00lp.ttf", 0),
    "kai": ("/usr/share/fonts/truetype/arphic-gkai00mp/gkai00mp.ttf", 0),
    "fangsong": ("/usr/share/fonts/truetype/cwtex/cwfs.ttf", 0),
    "hei": ("/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc", 0),
    "microhei": ("/usr/share/fonts/truetype/wqy/wqy-microhei.ttc", 0),
    "ming": ("/usr/share/fonts/truetype/arphic/uming.ttc", 0),
    "ukai": ("/usr/share/fonts/truetype/arphic/ukai.ttc", 0),
    "serif": ("/usr/share/fonts/opentype/noto/NotoSerifCJK-Regular.ttc", 2),
    "sans": ("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc", 2),
    "serif-bold": ("/usr/share/fonts/opentype/noto/NotoSerifCJK-Bold.ttc", 2),
    "sans-bold": ("/usr/share/fonts/opentype/noto/NotoSansCJK-Bold.ttc", 2),
}
"""File and face by name. Debian: fonts-arphic-gbsn00lp, fonts-arphic-gkai00mp, fonts-cwtex-fs (traditional only),
fonts-wqy-zenhei, fonts-wqy-microhei, fonts-arphic-uming, fonts-arphic-ukai, fonts-noto-cjk."""

INDENT = 2
PAPER = (595.3, 841.9)
"""A4, points."""

CLOSING, OPENING = "，。、；：！？）〕》〉”’】", "（〔《〈“‘【"
_PRINTED = re.compile(r"[^㐀-鿿\x21-\x7e，。、；：！？（）〔〕《》“”□]")
_LONGEST_KEPT_WORD = 6
_MIXED_SPACE = 0.25

Glyph = tuple[str, float, float]
"""A character, its left edge and its width in ems."""


@dataclass(frozen=True, slots=True)
class Row:
    """A line to print; whether a paragraph begins or ends with it."""

    glyphs: tuple[Glyph, ...]
    first: bool = False
    last: bool = False


@dataclass(frozen=True, slots=True)
class Sheet:
    """Measures of a page, points; ``columns`` full-width cells a line and ``rows`` lines."""

    points: float = 16.0
    leading: float = 29.0
    columns: int = 28
    rows: int = 22
    left: float = 80.0
    top: float = 105.0

    @classmethod
    def of_points(cls, points: float) -> Sheet:
        """Return a sheet of another size with the same text block."""
        if points == 16.0:
            return cls()
        leading = 1.7 * points
        return cls(points, leading, int(448 // points), int(638 // leading))


def font_path(name: str) -> tuple[Path, int]:
    """Return file and face of a font.

    Raises:
        MissingDependencyError: it is not installed.
    """
    path, face = FONTS[name]
    if not Path(path).exists():
        raise MissingDependencyError(f"The font {path} is not installed.", "Install the packages docs/lab.md names.")
    return Path(path), face


def installed_fonts() -> list[str]:
    """Return the names of the fonts that are there."""
    return [name for name, (path, _) in FONTS.items() if Path(path).exists()]


@cache
def face_of(name: str, size: float) -> ImageFont.FreeTypeFont:
    """Return a font in a size in pixels.

    Raises:
        MissingDependencyError: it is not installed.
    """
    path, face = font_path(name)
    return ImageFont.truetype(path, size=size, index=face)


def proportional(font: str) -> Callable[[str], float]:
    """Return the advance of a font's characters, ems."""
    face = face_of(font, 1000)
    return lambda char: face.getlength(char) / 1000


def rows_of(
    text: str, justified: bool, columns: int = 28, advance: Callable[[str], float] = lambda char: 0.5
) -> list[Row]:
    """Set paragraphs in lines: two cells indent, closing marks hang over the margin, no opening mark ends a line.

    Args:
        text: a paragraph a line.
        justified: stretch full lines to the margin, with a quarter em between Han and Latin.
        columns: full-width cells of a line.
        advance: width of an ASCII character, ems.
    """
    rows: list[Row] = []
    for paragraph in text.splitlines():
        units = [(c, advance(c) if c.isascii() else 1.0) for c in _PRINTED.sub("", paragraph)]
        at, x, first = 0, float(INDENT), True
        while at < len(units):
            row: list[Glyph] = []
            while at < len(units):
                char, width = units[at]
                pair = row[-1][0] + char if row and justified else ""
                mixed = any(map(is_han, pair)) and any(c.isascii() for c in pair)
                left = x + (_MIXED_SPACE if mixed else 0.0)
                if left + width > columns + 1e-6:
                    if char in CLOSING and row:
                        row.append((char, left, width))
                        at += 1
                    break
                row.append((char, left, width))
                x, at = left + width, at + 1
            if at < len(units):
                at -= _take_over(row, units[at][0])
                if justified:
                    row = _justify(row, columns)
            rows.append(Row(tuple(row), first, at >= len(units)))
            x, first = 0.0, False
    return rows


def _take_over(row: list[Glyph], following: str) -> int:
    """Take what must not end the line off *row*: opening marks, and a short word that goes on; return how many."""
    taken = 0
    while len(row) > 1 and row[-1][0] in OPENING:
        row.pop()
        taken += 1
    word = 0
    while word < len(row) and row[-1 - word][0].isascii():
        word += 1
    if following.isascii() and not taken and word <= _LONGEST_KEPT_WORD and word < len(row):
        del row[len(row) - word :]
        taken += word
    return taken


def _justify(row: list[Glyph], columns: int) -> list[Glyph]:
    body = [glyph for glyph in row if glyph[1] < columns - 1e-6]
    slack = columns - body[-1][1] - body[-1][2]
    if not 0 < slack < 2.6 or len(body) < 2:
        return row
    share = slack / (len(body) - 1)
    return [(c, x + share * min(n, len(body) - 1), w) for n, (c, x, w) in enumerate(row)]


def print_page(
    rows: list[Row], font: str, dpi: int, lost: Container[str], sheet: Sheet | None = None
) -> tuple[Grey, list[dict[str, object]]]:
    """Return the grey page and its truth: for every row top, bottom and [character, left, right, seen] in pixels."""
    sheet = sheet or Sheet()
    scale = dpi / 72
    em = sheet.points * scale
    face = face_of(font, em)
    page = Image.new("L", (int(PAPER[0] * scale), int(PAPER[1] * scale)), 255)
    draw = ImageDraw.Draw(page)
    truth: list[dict[str, object]] = []
    for number, row in enumerate(rows):
        base = (sheet.top + number * sheet.leading) * scale + 0.86 * em
        glyphs = []
        for char, x, width in row.glyphs:
            left = sheet.left * scale + x * em
            seen = char not in lost and char != "□"
            if seen:
                centring = max(0.0, (width * em - face.getlength(char)) / 2) if char.isascii() else 0.0
                draw.text((left + centring, base), char, font=face, fill=0, anchor="ls")
            glyphs.append([char, left, left + width * em, seen])
        truth.append({"top": base - 0.86 * em, "bottom": base + 0.14 * em, "glyphs": glyphs})
        truth[-1] |= {"first": row.first, "last": row.last}
    return np.array(page), truth
