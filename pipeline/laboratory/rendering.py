"""A folder of laboratory pages: images, and beside each its truth as JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from pipeline.errors import MissingDependencyError
from pipeline.imaging.loading import Image
from pipeline.laboratory.losses import lost_by
from pipeline.laboratory.tables import LabTable, height_of, print_table, table_of
from pipeline.laboratory.typesetting import Row, Sheet, installed_fonts, print_page, proportional, rows_of
from pipeline.laboratory.wear import Transform, faded, folded, scan, scribbled, sealed

WEAR = ("fold", "fade", "seal", "strokes")
VERSIONS = "abcd"
_ABOVE = 8
"""Lines of text above a table."""

_TABLE_ROWS = 6
"""Rows of a table below its head."""


def render(
    text: str,
    out: Path,
    pages: int,
    seed: int = 1,
    dpis: Sequence[int] = (200, 300),
    points: Sequence[float] = (16.0,),
    fonts: Sequence[str] = (),
    loss: str = "0.44",
    wear: Sequence[str] = (),
    versions: str = VERSIONS,
    tables: bool = False,
) -> list[Path]:
    """Render *pages* pages of *text*, set on the grid and justified, and write NAME.png with NAME.json; deterministic.

    Args:
        text: a paragraph a line.
        out: folder.
        pages: of each setting and size.
        seed: of loss and wear; it also says with which font the pages begin.
        dpis: resolutions.
        points: sizes of the characters.
        fonts: names of ``typesetting.FONTS``; those that are installed by default.
        loss: damage model, see ``losses.lost_by``.
        wear: further damage, of ``WEAR``, put on every page before scanning.
        versions: a clean, b glyphs lost, c scanned, d both.
        tables: put a ruled table in the middle of every page, some of its cells lost whole in versions b and d.

    Raises:
        MissingDependencyError: no font is installed.
    """
    out.mkdir(parents=True, exist_ok=True)
    names = list(fonts) or [name for name in installed_fonts() if name != "fangsong"]
    if not names:
        raise MissingDependencyError("No Chinese font is installed.", "apt-get install fonts-noto-cjk.")
    lost = lost_by(loss, text, seed)
    written: list[Path] = []
    for size in points:
        sheet = Sheet.of_points(size)
        for justified in (False, True):
            for number in range(pages):
                font = names[(number + seed + justified) % len(names)]
                advance = proportional(font) if justified else lambda char: 0.5
                rows = rows_of(text, justified, sheet.columns, advance)
                room = _room(sheet) if tables else 0
                rows = rows[number * (sheet.rows - room) : (number + 1) * (sheet.rows - room)]
                if len(rows) < (sheet.rows - room) // 2:
                    break
                rows[_ABOVE:_ABOVE] = [Row(())] * room
                table = table_of(text, _TABLE_ROWS, seed + number) if tables else None
                for dpi in dpis:
                    for version in versions:
                        gone = lost if version in "bd" else set()
                        clean, truth = print_page(rows, font, dpi, gone, sheet)
                        content: dict[str, Any] = {"rows": [row for row in truth if row["glyphs"]]}
                        if table is not None:
                            shown = table if version in "bd" else LabTable(table.rows, frozenset())
                            top = sheet.top + (_ABOVE + 0.3) * sheet.leading
                            clean, content["table"] = print_table(clean, shown, font, dpi, gone, top, sheet)
                        generator = np.random.default_rng([seed, number, dpi, justified, ord(version), int(size)])
                        image, transform = worn(clean, dpi, wear, version in "cd", generator)
                        setting = "just" if justified else "grid"
                        path = out / f"{setting}-{number:02d}-{font}-{size:g}pt-{dpi}-{version}.png"
                        cv2.imencode(".png", image)[1].tofile(path)
                        content |= {"transform": transform.tolist(), "dpi": dpi, "version": version}
                        content |= {"font": font, "points": size, "setting": setting, "wear": list(wear)}
                        path.with_suffix(".json").write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
                        written.append(path)
    return written


def _room(sheet: Sheet) -> int:
    """Return the lines that a table takes."""
    return math.ceil(height_of(range(_TABLE_ROWS + 1), sheet) / sheet.leading) + 1


def worn(
    page: Image, dpi: int, wear: Sequence[str], scanned: bool, generator: np.random.Generator
) -> tuple[Image, Transform]:
    """Return a grey page after wear and, if wanted, scanning, and the 2 x 3 transform of its pixels."""
    transform: Transform = np.eye(2, 3)
    if "fade" in wear:
        page = faded(page, generator)
    if "strokes" in wear:
        page = scribbled(page, dpi, generator)
    if "fold" in wear:
        page = folded(page, generator)
    if scanned:
        page, transform = scan(page, dpi, generator)
    if "seal" in wear:
        page, _ = sealed(page, dpi, generator)
    return page, transform


def worn_colour(page: Image, dpi: int, scanned: bool, generator: np.random.Generator) -> Image:
    """Return a page, BGR, as a scanner gives it: what is black is worn, red print stays as it is."""
    if not scanned:
        return page
    red = cv2.subtract(page[:, :, 2], cv2.max(page[:, :, 0], page[:, :, 1]))
    black: Image = np.where(red > 0, page[:, :, 2], cv2.cvtColor(page, cv2.COLOR_BGR2GRAY)).astype(np.uint8)
    grey, transform = scan(black, dpi, generator)
    size = page.shape[1], page.shape[0]
    ink = cv2.warpAffine(page, transform, size, flags=cv2.INTER_CUBIC, borderValue=(255, 255, 255))
    result: Image = np.minimum(np.repeat(grey[:, :, None], 3, axis=2), ink)
    return result
