"""Official documents on paper, laid out as GB/T 9704-2012 has it, with their truth.

A document is written one block a line, its kind before the first ``|``::

    red|安岭县人民政府文件
    number|安政发〔2018〕15号
    title|安岭县人民政府关于做好/防汛工作的通知
    to|各乡镇人民政府，县政府各部门：
    p|为切实做好防汛工作，现就有关事项通知如下：
    sign|安岭县人民政府
    date|2018年6月15日
    foot|— 1 —

A ``/`` breaks a line, a tab parts what stands at the left from what stands at the right. Rules have no text.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from PIL import Image, ImageDraw

from pipeline.errors import BuqueError
from pipeline.imaging.loading import Image as Picture
from pipeline.laboratory.typesetting import CLOSING, OPENING, PAPER, face_of

Place = Literal["body", "left", "centre", "right", "hanging", "foot", "ends"]

_RED = (214, 32, 32)
_LEFT, _TOP, _WIDTH = 79.4, 104.9, 448.0
"""Margins of the text block and its width, points: 28 mm, 37 mm and 28 characters of 16 points."""

_FOOT = 759.0
"""Baseline of page numbers, points."""

_LEADING = 29.0
_WIDE_LEADING = 1.65
"""Distance of lines: of the body, points; of other sizes, font sizes."""

_DATE_INDENT = 4
"""Full-width cells between a date and the right margin."""

_SQUEEZED = 0.5
"""Width of an ASCII character, ems."""


@dataclass(frozen=True, slots=True)
class Style:
    """How a kind of block is set: size in points, place, font role, cells of indent, lines of white above."""

    points: float = 16.0
    place: Place = "body"
    role: Literal["body", "title", "heading", "second"] = "body"
    indent: float = 2.0
    above: float = 0.0
    red: bool = False


STYLES = {
    "red": Style(42, "centre", "title", 0, 0, True),
    "number": Style(16, "centre", indent=0, above=1),
    "issued": Style(16, "ends", indent=1, above=1),
    "title": Style(22, "centre", "title", 0, 1),
    "subtitle": Style(16, "centre", "second", 0),
    "plain": Style(16, "centre", indent=0),
    "to": Style(16, "left", indent=0, above=1),
    "left": Style(16, "left", indent=0),
    "label": Style(16, "left", "heading", 0),
    "p": Style(),
    "h1": Style(role="heading"),
    "h2": Style(role="second"),
    "attached": Style(place="hanging", indent=2, above=1),
    "also": Style(place="hanging", indent=5),
    "sign": Style(place="right", indent=2, above=2),
    "date": Style(place="right", indent=_DATE_INDENT),
    "note": Style(),
    "cc": Style(14, "hanging", indent=1),
    "printed": Style(14, "ends", indent=1),
    "contents": Style(16, "left", indent=0),
    "remark": Style(9, "body", indent=0),
    "foot": Style(14, "foot", indent=1),
}
"""Kinds of blocks; besides there are ``rule``, ``redrule``, ``shortrule``, ``gap`` (lines of white) and ``page``."""

_SPECIAL = ("rule", "redrule", "shortrule", "gap", "page")


@dataclass(frozen=True, slots=True)
class PrintedGlyph:
    """A character, its left edge, baseline and size in points, its font, and whether it is printed red."""

    char: str
    left: float
    baseline: float
    points: float
    font: str
    red: bool


@dataclass(frozen=True, slots=True)
class OfficialPage:
    """A page: printed lines, each with the number of its block, and rules (left, top, right, thickness, red)."""

    lines: tuple[tuple[int, tuple[PrintedGlyph, ...]], ...]
    rules: tuple[tuple[float, float, float, float, bool], ...]


def parse(source: str) -> list[tuple[str, str]]:
    """Return the blocks of a document.

    Raises:
        BuqueError: a line has no known kind.
    """
    blocks = []
    for line in source.splitlines():
        kind, _, text = line.partition("|")
        if not line.strip() or line.startswith("#"):
            continue
        if kind not in STYLES and kind not in _SPECIAL:
            raise BuqueError(f"{kind}: no kind of block.", f"Choose from {', '.join([*STYLES, *_SPECIAL])}.")
        blocks.append((kind, text))
    return blocks


def paragraphs(blocks: Sequence[tuple[str, str]], lost: Container[str] = ()) -> list[str]:
    """Return the text that is to be read: a paragraph a block, □ for what is lost; page numbers are left out.

    Line breaks of titles are none in the text; what stands at both ends of a line is parted by a tab.
    """
    kept = [text for kind, text in blocks if kind not in _SPECIAL and kind != "foot"]
    return ["".join("□" if c in lost else c for c in text if c != "/") for text in kept]


def set_pages(blocks: Sequence[tuple[str, str]], fonts: dict[str, str]) -> list[OfficialPage]:
    """Set blocks on pages.

    Args:
        blocks: of ``parse``.
        fonts: names of ``typesetting.FONTS`` by role: body, title, heading, second.
    """
    pages: list[OfficialPage] = []
    lines: list[tuple[int, tuple[PrintedGlyph, ...]]] = []
    rules: list[tuple[float, float, float, float, bool]] = []
    y = _TOP
    for number, (kind, text) in enumerate(blocks):
        if kind == "page":
            pages.append(OfficialPage(tuple(lines), tuple(rules)))
            lines, rules, y = [], [], _TOP
        elif kind == "gap":
            y += float(text or 1) * _LEADING
        elif kind in _SPECIAL:
            right = _LEFT + (_WIDTH if kind != "shortrule" else _WIDTH / 3)
            rules.append((_LEFT, y + 5, right, 1.5 if kind == "redrule" else 0.7, kind == "redrule"))
            y += 10
        else:
            style = STYLES[kind]
            leading = _LEADING if style.points in (14, 16) else _WIDE_LEADING * style.points
            y += style.above * _LEADING
            font = fonts[style.role]
            for row in _rows(text, style):
                baseline = _FOOT if style.place == "foot" else y + 0.5 * (leading + style.points) - 0.12 * style.points
                glyphs = (PrintedGlyph(c, _LEFT + x, baseline, style.points, font, style.red) for c, x in row)
                lines.append((number, tuple(g for g in glyphs if not g.char.isspace())))
                y += leading if style.place != "foot" else 0.0
    pages.append(OfficialPage(tuple(lines), tuple(rules)))
    return pages


def rows_of_block(text: str, kind: str) -> int:
    """Return the number of lines that a block takes."""
    return sum(1 for _ in _rows(text, STYLES[kind]))


def _width(text: str) -> float:
    return sum(_SQUEEZED if char.isascii() else 1.0 for char in text)


def _rows(text: str, style: Style) -> Iterator[list[tuple[str, float]]]:
    """Yield the lines of a block, each character with its left edge from the margin in points."""
    em = style.points
    columns = _WIDTH / em
    if style.place == "ends":
        left, _, right = text.partition("\t")
        yield [*_placed(left, style.indent, em), *_placed(right, columns - style.indent - _width(right), em)]
        return
    if style.place in ("centre", "right", "foot"):
        for part in text.split("/"):
            free = columns - _width(part)
            yield list(_placed(part, free / 2 if style.place == "centre" else free - style.indent, em))
        return
    hang = 0.0
    if style.place == "hanging":
        prefix, colon, rest = text.partition("：")
        hang = style.indent + (_width(prefix) + 1 if colon and len(prefix) <= 4 else 0.0)
        rest = rest if colon else text
        hang += _width(rest.split(".")[0]) + 1 if rest[:1].isdigit() else 0.0
    room = columns - (style.indent if style.points == 14 else 0.0)
    for part in text.split("/"):
        x, row = style.indent if style.place in ("body", "hanging") else 0.0, ""
        start = x
        for char in part:
            if x + _width(char) > room + 1e-6 and char not in CLOSING:
                held = ""
                while row and row[-1] in OPENING:
                    held, row = row[-1] + held, row[:-1]
                yield list(_placed(row, start, em))
                start, row = hang, held
                x = start + _width(row)
            row += char
            x += _width(char)
        yield list(_placed(row, start, em))


def _placed(text: str, start: float, em: float) -> Iterator[tuple[str, float]]:
    for char in text:
        yield char, start * em
        start += _width(char)


def print_official(page: OfficialPage, dpi: int, lost: Container[str] = ()) -> Picture:
    """Return the page as an image, shape (height, width, 3), BGR; the glyphs of *lost* characters leave white."""
    scale = dpi / 72
    paper = Image.new("RGB", (int(PAPER[0] * scale), int(PAPER[1] * scale)), (255, 255, 255))
    draw = ImageDraw.Draw(paper)
    for left, top, right, thick, red in page.rules:
        box = (left * scale, top * scale, right * scale, (top + thick) * scale)
        draw.rectangle(box, fill=_RED if red else (0, 0, 0))
    for _, glyphs in page.lines:
        for glyph in glyphs:
            if glyph.char in lost:
                continue
            em = glyph.points * scale
            face = face_of(glyph.font, em)
            free = max(0.0, (_width(glyph.char) * em - face.getlength(glyph.char)) / 2) if glyph.char.isascii() else 0.0
            where = glyph.left * scale + free, glyph.baseline * scale
            draw.text(where, glyph.char, font=face, fill=_RED if glyph.red else (0, 0, 0), anchor="ls")
    return np.ascontiguousarray(np.array(paper)[:, :, ::-1])
