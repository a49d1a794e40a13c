"""Make examples/scans from examples/truth: the damage of a font cut at GB2312 C2C9, on lines of 28 cells.

Of each report there is the text, and its first pages as a scan: a TIFF of several pages, one of them under a seal.

A heading (a line of at most 30 characters without a full stop) is in another font and stays whole. In
every third paragraph the spaces are lost as well, as in a text layer that collapsed.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import PIL.Image

from pipeline.damage.hypotheses import Cut
from pipeline.laboratory.typesetting import Sheet, print_page, rows_of
from pipeline.laboratory.wear import scan, sealed
from pipeline.language.normalise import HOLE_ONE

ROOT = Path(__file__).resolve().parent.parent / "examples"
CUT = Cut("GB2312", "above", 0xC2C9)
CELLS = 28
PAGES, DPI = 2, 150
SEALED = 1
QUALITY = 30


def damage(text: str) -> str:
    """Return *text* as a damaged scan's text: one blank line between paragraphs."""
    paragraphs = []
    for number, paragraph in enumerate(text.splitlines()):
        if is_heading(paragraph):
            paragraphs.append(paragraph)
            continue
        gap = "" if number % 3 == 0 else " "
        lines = [paragraph[i : i + CELLS] for i in range(0, len(paragraph), CELLS)]
        shown = ["".join("\0" if CUT.loses(char) else char for char in line) for line in lines]
        paragraphs.append("\n".join(re.sub("\0+", gap, line).strip() for line in shown))
    return "\n\n".join(paragraphs) + "\n"


def is_heading(paragraph: str) -> bool:
    """Tell whether a paragraph is in the font that stayed whole."""
    return len(paragraph) <= 30 and "。" not in paragraph


def blanked(text: str) -> str:
    """Return *text* with □ for every lost character."""
    return "\n".join(
        p if is_heading(p) else "".join(HOLE_ONE if CUT.loses(c) else c for c in p) for p in text.splitlines()
    )


def pages(text: str) -> list[PIL.Image.Image]:
    """Return the first pages of *text* as a poor scanner gives them, in grey; one in colour, under a seal."""
    sheet = Sheet()
    rows = rows_of(blanked(text), justified=True)
    images = []
    for number in range(PAGES):
        generator = np.random.default_rng([2018, number])
        printed, _ = print_page(rows[number * sheet.rows : (number + 1) * sheet.rows], "song", DPI, set())
        image, _ = scan(printed, DPI, generator)
        if number == SEALED:
            image = sealed(image, DPI, generator)[0][:, :, ::-1]
        images.append(PIL.Image.fromarray(image))
    return images


def main() -> None:
    """Write the damaged text and the scan of each truth file."""
    for path in sorted((ROOT / "truth").glob("*.txt")):
        first, *others = pages(path.read_text(encoding="utf-8"))
        options = {"compression": "jpeg", "quality": QUALITY, "dpi": (DPI, DPI)}
        first.save(ROOT / "scans" / f"{path.stem} 扫描件.tif", save_all=True, append_images=others, **options)
        (ROOT / "scans" / path.name).write_text(damage(path.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
