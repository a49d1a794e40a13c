"""Restore scanned pages of a report under a font cut, and the same text with its holes given as □.

python -m scripts.end_to_end TEXT [--pages 3] [--version b|d] [--dpi 200] [--font song] [--loss GB2312>C2C9]

Prints the share of the lost characters that either way gets right, as the best reading: the difference is what reading
the image costs.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import numpy as np
import PIL.Image
from rapidfuzz.distance import Levenshtein

from pipeline import Settings, restore
from pipeline.laboratory.losses import lost_by
from pipeline.laboratory.rendering import worn
from pipeline.laboratory.typesetting import Row, Sheet, print_page, rows_of
from pipeline.language.normalise import HOLE_ONE, fold


def text_of(rows: list[Row]) -> str:
    """Return the text of rows, a paragraph a line."""
    return "".join(
        ("\n" if row.first and at else "") + "".join(g[0] for g in row.glyphs) for at, row in enumerate(rows)
    )


def right(truth: str, restored: str, lost: set[str]) -> tuple[int, int]:
    """Return how many of the lost characters of *truth* stand in their places in *restored*, and how many there are."""
    truth, restored = ("".join(map(fold, "".join(text.split()))) for text in (truth, restored))
    kept = set()
    for op in Levenshtein.opcodes(truth, restored):
        if op.tag == "equal":
            kept.update(range(op.src_start, op.src_end))
    places = [at for at, char in enumerate(truth) if char in lost]
    return sum(at in kept for at in places), len(places)


def main() -> None:
    """Print both shares."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("text", type=Path)
    parser.add_argument("--pages", type=int, default=3)
    parser.add_argument("--version", choices=("b", "d"), default="d")
    parser.add_argument("--dpi", type=int, default=200)
    parser.add_argument("--font", default="song")
    parser.add_argument("--loss", default="GB2312>C2C9")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    sheet = Sheet()
    rows = rows_of(given.text.read_text(encoding="utf-8"), justified=True)[: given.pages * sheet.rows]
    truth = text_of(rows)
    lost = lost_by(given.loss, truth, given.seed)
    images = []
    for number in range(0, len(rows), sheet.rows):
        page, _ = print_page(rows[number : number + sheet.rows], given.font, given.dpi, lost)
        generator = np.random.default_rng([given.seed, number])
        images.append(PIL.Image.fromarray(worn(page, given.dpi, (), given.version == "d", generator)[0]))
    settings = Settings(fill="best", jobs=2)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "scan.tif")
        images[0].save(path, save_all=True, append_images=images[1:])
        scanned = restore(path, settings)
    exact = restore("".join(HOLE_ONE if char in lost else char for char in truth), settings)
    for name, text in (("scan", scanned.text), ("□", exact.text)):
        found, count = right(truth, text, lost)
        print(f"{name}: {found} of {count} lost characters, {found / max(1, count):.4f}")
    print(f"damage inferred: {scanned.damage.cut} from the scan, {exact.damage.cut} from the text")


if __name__ == "__main__":
    main()
