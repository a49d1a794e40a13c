"""Damage laboratory for PDFs: text layers whose fonts lost outlines, mappings or both, with their truth.

    python -m scripts.lab_pdf TEXT OUT --seed 1

Every PDF is made glyph by glyph from an installed font: what the layer says and what the page shows are set apart.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pikepdf
from pikepdf import Dictionary, Name, Stream

from pipeline.laboratory.losses import lost_characters
from pipeline.laboratory.typesetting import PAPER, rows_of
from pipeline.laboratory.typesetting import Sheet as Setting
from scripts.pdf_fonts import FontDamage, PdfFont

__all__ = ["FontDamage", "Sheet", "Text", "sheets_of", "write_pdf"]

_PICTURE = 96


@dataclass(frozen=True, slots=True)
class Text:
    """Characters at a place: left edge and baseline in points from the top left corner of the page.

    ``invisible`` is text render mode 3, as in the layers of scanned books.
    """

    font: str
    size: float
    glyphs: tuple[tuple[str, float], ...]
    baseline: float
    invisible: bool = False


@dataclass
class Sheet:
    """A page: texts, ruled lines (x0, y0, x1, y1), filled grey pictures (left, top, right, bottom); points."""

    texts: list[Text] = field(default_factory=list)
    rules: list[tuple[float, float, float, float]] = field(default_factory=list)
    pictures: list[tuple[float, float, float, float]] = field(default_factory=list)
    paper: tuple[float, float] = PAPER


def write_pdf(path: Path, sheets: Sequence[Sheet], damages: dict[str, FontDamage], **save: object) -> None:
    """Write *sheets* with *damages* by font: a name of the laboratory, or ``name/role`` for two fonts of one face."""
    pdf = pikepdf.new()
    fonts: dict[str, PdfFont] = {}
    for key, damage in damages.items():
        used = {c for sheet in sheets for text in sheet.texts if text.font == key for c, _ in text.glyphs}
        fonts[key] = PdfFont(pdf, key.split("/")[0], used, damage, f"BUQUE{chr(65 + len(fonts))}")
    resources = pdf.make_indirect(
        Dictionary(
            Font=Dictionary({f"/F{n}": pdf.make_indirect(font.dictionary) for n, font in enumerate(fonts.values())})
        )
    )
    numbers = {key: n for n, key in enumerate(fonts)}
    for sheet in sheets:
        page = pdf.add_blank_page(page_size=sheet.paper)
        page.Resources = resources
        content = _content(sheet, fonts, numbers)
        if sheet.pictures:
            image = Stream(
                pdf,
                _picture(),
                Type=Name.XObject,
                Subtype=Name.Image,
                Width=_PICTURE,
                Height=_PICTURE,
                ColorSpace=Name.DeviceGray,
                BitsPerComponent=8,
            )
            page.Resources = Dictionary(Font=resources.Font, XObject=Dictionary(Im0=image))
        page.Contents = Stream(pdf, content.encode())
    pdf.save(path, deterministic_id="encryption" not in save, **save)


def _picture() -> bytes:
    """Return the greys of a photograph: soft shapes under noise."""
    y, x = np.mgrid[0:_PICTURE, 0:_PICTURE] / _PICTURE
    shapes = 110 + 50 * np.sin(9 * x + 4 * y) * np.cos(7 * y) + np.random.default_rng(0).normal(0, 25, x.shape)
    return bytes(np.clip(shapes, 20, 230).astype(np.uint8).tobytes())


def _content(sheet: Sheet, fonts: dict[str, PdfFont], numbers: dict[str, int]) -> str:
    height = sheet.paper[1]
    parts = []
    for left, top, right, bottom in sheet.pictures:
        parts.append(f"q {right - left:.2f} 0 0 {bottom - top:.2f} {left:.2f} {height - bottom:.2f} cm /Im0 Do Q")
    for x0, y0, x1, y1 in sheet.rules:
        parts.append(f"0.6 w {x0:.2f} {height - y0:.2f} m {x1:.2f} {height - y1:.2f} l S")
    parts.append("BT")
    for text in sheet.texts:
        font = fonts[text.font]
        parts.append(f"/F{numbers[text.font]} {text.size} Tf {3 if text.invisible else 0} Tr")
        for run_left, codes in _runs(text, font):
            parts.append(f"1 0 0 1 {run_left:.2f} {height - text.baseline:.2f} Tm <{codes}> Tj")
    parts.append("ET")
    return "\n".join(parts)


def _runs(text: Text, font: PdfFont) -> list[tuple[float, str]]:
    """Join glyphs that follow each other by their advances, as writers do."""
    runs: list[tuple[float, str]] = []
    expected = None
    for char, left in text.glyphs:
        code = font.code(char)
        if code is None:
            continue
        if expected is not None and abs(left - expected) < 0.01 * text.size:
            runs[-1] = (runs[-1][0], runs[-1][1] + code)
        else:
            runs.append((left, code))
        expected = left + font.width(char) * text.size
    return runs


def sheets_of(text: str, font: str, heading: str | None = None, size: float = 16.0) -> list[Sheet]:
    """Set *text* in lines of a page's width; paragraphs of at most 30 characters without 。 in the font *heading*."""
    setting = Setting.of_points(size)
    sheets: list[Sheet] = []
    row = 0
    for paragraph in text.splitlines():
        short = len(paragraph) <= 30 and "。" not in paragraph
        face = heading if heading and short else font
        for line in rows_of(paragraph, False, setting.columns):
            if row % setting.rows == 0:
                sheets.append(Sheet())
            glyphs = tuple((c, setting.left + x * size) for c, x, _ in line.glyphs)
            baseline = setting.top + row % setting.rows * setting.leading + 0.86 * size
            sheets[-1].texts.append(Text(face, size, glyphs, baseline))
            row += 1
    return sheets


def variants(lost: frozenset[str], generator: random.Random, characters: Sequence[str]) -> dict[str, FontDamage]:
    """Name the ways in which a layer breaks."""
    shuffled = list(characters)
    generator.shuffle(shuffled)
    lies = dict(zip(characters, shuffled, strict=True))
    return {
        "emptied": FontDamage(emptied=lost),
        "unmapped": FontDamage(unmapped=lost, cmap=False),
        "emptied_unmapped": FontDamage(emptied=lost, unmapped=lost, cmap=False),
        "no_tounicode": FontDamage(to_unicode=False),
        "no_map_at_all": FontDamage(to_unicode=False, cmap=False),
        "emptied_no_map": FontDamage(emptied=lost, to_unicode=False, cmap=False),
        "notdef": FontDamage(notdef=lost),
        "skipped": FontDamage(skipped=lost),
        "not_embedded": FontDamage(embedded=False),
        "lying": FontDamage(say=lambda char: lies.get(char, char), cmap=False),
        "private": FontDamage(say=lambda char: chr(0xE000 + ord(char) % 6000), cmap=False),
    }


def main() -> None:
    """Write every variant of a text, and truth.json."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("text", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--font", default="song")
    parser.add_argument("--pages", type=int, default=2)
    arguments = parser.parse_args()
    text = arguments.text.read_text(encoding="utf-8")
    arguments.out.mkdir(parents=True, exist_ok=True)
    sheets = sheets_of(text, arguments.font)[: arguments.pages]
    lost = frozenset(lost_characters(text, 0.44, random.Random(arguments.seed)))
    shown = [["".join(c for c, _ in line.glyphs) for line in sheet.texts] for sheet in sheets]
    characters = sorted({c for lines in shown for line in lines for c in line})
    for name, damage in variants(lost, random.Random(arguments.seed), characters).items():
        write_pdf(arguments.out / f"{name}.pdf", sheets, {arguments.font: damage})
    truth = {"pages": shown, "lost": sorted(lost)}
    (arguments.out / "truth.json").write_text(json.dumps(truth, ensure_ascii=False), encoding="utf-8")


if __name__ == "__main__":
    main()
