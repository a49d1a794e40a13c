"""Restore scanned pages of a report under a font cut, and the same text with its holes given as □.

    python -m scripts.end_to_end TEXT... [--pages 3] [--version b|d] [--dpi 200] [--font song] [--points 16]

Options that may be repeated give a set for each combination. Prints the share of the lost characters that either way
gets right, as the best reading: the difference is what reading the image costs.
"""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np
import PIL.Image
from rapidfuzz.distance import Levenshtein

from pipeline import Settings, restore
from pipeline.laboratory.losses import lost_by
from pipeline.laboratory.rendering import worn
from pipeline.laboratory.typesetting import Row, Sheet, print_page, proportional, rows_of
from pipeline.language.normalise import HOLE_ONE, fold


@dataclass(frozen=True, slots=True)
class Compared:
    """Lost characters restored from the scan and from the text, all lost characters, and the damage inferred."""

    scan: int
    text: int
    count: int
    from_scan: str
    from_text: str

    @property
    def points(self) -> float:
        """What the scan costs, percentage points."""
        return 100 * (self.text - self.scan) / max(1, self.count)

    @property
    def line(self) -> str:
        """Both shares and their difference."""
        shares = f"scan {self.scan / max(1, self.count):.4f}, \N{WHITE SQUARE} {self.text / max(1, self.count):.4f}"
        return f"{shares} of {self.count}, {self.points:.2f} points"


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


def scanned(text: str, font: str, points: float, dpi: int, version: str, given: argparse.Namespace) -> Compared:
    """Restore scanned pages of *text* and the same text with its holes given."""
    sheet = Sheet.of_points(points)
    rows = rows_of(text, True, sheet.columns, proportional(font))[: given.pages * sheet.rows]
    truth = text_of(rows)
    lost = lost_by(given.loss, truth, given.seed)
    images = []
    for number in range(0, len(rows), sheet.rows):
        page, _ = print_page(rows[number : number + sheet.rows], font, dpi, lost, sheet)
        generator = np.random.default_rng([given.seed, number])
        images.append(PIL.Image.fromarray(worn(page, dpi, (), version == "d", generator)[0]))
    settings = Settings(fill="best", jobs=given.jobs)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "scan.tif")
        images[0].save(path, save_all=True, append_images=images[1:])
        scan = restore(path, settings)
    exact = restore("".join(HOLE_ONE if char in lost else char for char in truth), settings)
    found, count = right(truth, scan.text, lost)
    return Compared(found, right(truth, exact.text, lost)[0], count, str(scan.damage.cut), str(exact.damage.cut))


def main() -> None:
    """Print both shares of every set, and of all together."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("texts", type=Path, nargs="+")
    parser.add_argument("--pages", type=int, default=3)
    parser.add_argument("--version", choices=("b", "d"), action="append")
    parser.add_argument("--dpi", type=int, action="append")
    parser.add_argument("--font", action="append")
    parser.add_argument("--points", type=float, action="append")
    parser.add_argument("--loss", default="GB2312>C2C9")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    given = parser.parse_args()
    settings = given.font or ["song"], given.points or [16.0], given.dpi or [200], given.version or ["d"]
    every: list[Compared] = []
    for path, *chosen in product(given.texts, *settings):
        one = scanned(path.read_text(encoding="utf-8"), *chosen, given)
        every.append(one)
        print(path.name, *chosen, one.line, f"cuts {one.from_scan}, {one.from_text}", flush=True)
    whole = Compared(*(sum(getattr(one, name) for one in every) for name in ("scan", "text", "count")), "", "")
    worst = max(one.points for one in every)
    print(f"all: {whole.line}; worst set {worst:.2f} points")


if __name__ == "__main__":
    main()
