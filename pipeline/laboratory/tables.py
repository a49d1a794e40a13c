"""Ruled tables on laboratory pages, with truth: labels, units and numbers, some glyphs lost, some cells lost whole."""

from __future__ import annotations

import random
from collections.abc import Container, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from pipeline.damage.hypotheses import is_han
from pipeline.imaging.loading import Image as Grey
from pipeline.laboratory.typesetting import Sheet, face_of

HEAD = ("项目", "单位", "数量", "备注")
UNITS = ("条", "件", "次", "个", "人次")
WIDTHS = (0.46, 0.14, 0.2, 0.2)
"""Share of the text block's width of each column."""

LABELS = (4, 9)
"""Fewest and most characters of a label."""

ROW_HEIGHT = 1.9
"""Ems."""

PADDING = 0.5
RULE = 0.75
"""White beside the text of a cell, ems; thickness of a rule, points."""

LOST_CELL = 0.12
"""Share of the cells whose whole content is lost."""


@dataclass(frozen=True, slots=True)
class LabTable:
    """The cells of a table row by row, and the row and column of those that are lost whole."""

    rows: tuple[tuple[str, ...], ...]
    lost: frozenset[tuple[int, int]]


def table_of(text: str, rows: int, seed: int) -> LabTable:
    """Return a table whose labels are stretches of a text, with made-up numbers.

    Args:
        text: where labels come from.
        rows: rows below the head.
        seed: of labels, numbers and lost cells.
    """
    generator = random.Random(seed)
    han = "".join(filter(is_han, text))
    body = []
    for number in range(rows):
        length = generator.randint(*LABELS)
        start = generator.randrange(max(1, len(han) - length))
        note = "" if generator.random() < 0.7 else "同比上升"
        value = str(generator.randrange(10 ** generator.randint(1, 5)))
        body.append((f"{number + 1}.{han[start : start + length]}", generator.choice(UNITS), value, note))
    cells = [(at, column) for at, row in enumerate(body, 1) for column, cell in enumerate(row) if cell and column]
    lost = generator.sample(cells, round(LOST_CELL * len(cells)))
    return LabTable((HEAD, *body), frozenset(lost))


def print_table(
    page: Grey, table: LabTable, font: str, dpi: int, lost: Container[str], top: float, sheet: Sheet
) -> tuple[Grey, dict[str, Any]]:
    """Return the page with a table, and its truth: cells with text, whether lost whole, and box in pixels.

    Args:
        page: grey.
        table: what stands in it.
        font: name of its font.
        dpi: resolution.
        lost: characters whose glyphs are lost.
        top: its upper edge, points from the page's.
        sheet: measures of the page.
    """
    scale = dpi / 72
    em = sheet.points * scale
    face = face_of(font, em)
    image = Image.fromarray(page)
    draw = ImageDraw.Draw(image)
    left, width = sheet.left * scale, sheet.columns * em
    xs = [left + width * sum(WIDTHS[:k]) for k in range(len(WIDTHS) + 1)]
    ys = [top * scale + ROW_HEIGHT * em * k for k in range(len(table.rows) + 1)]
    thick = max(1, round(RULE * scale))
    for y in ys:
        draw.line([(xs[0], y), (xs[-1], y)], fill=0, width=thick)
    for x in xs:
        draw.line([(x, ys[0]), (x, ys[-1])], fill=0, width=thick)
    truth: list[list[dict[str, Any]]] = []
    for row, texts in enumerate(table.rows):
        truth.append([])
        for column, text in enumerate(texts):
            whole = (row, column) in table.lost
            x = xs[column] + PADDING * em
            for char in text:
                if not whole and char not in lost:
                    draw.text((x, ys[row] + 1.35 * em), char, font=face, fill=0, anchor="ls")
                x += face.getlength(char) if char.isascii() else em
            shown = "" if whole else "".join("□" if char in lost else char for char in text)
            box = [xs[column], ys[row], xs[column + 1], ys[row + 1]]
            truth[-1].append({"text": text, "shown": shown, "lost": whole, "box": box})
    return np.array(image), {"cells": truth, "bottom": ys[-1]}


def height_of(rows: Sequence[object], sheet: Sheet) -> float:
    """Return the height of a table of so many rows, points."""
    return ROW_HEIGHT * sheet.points * len(rows)
