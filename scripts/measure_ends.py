"""How many characters are missing at the ends of lines: counted on the page, and again once the text was asked.

    python -m scripts.measure_ends TEXT... [--setting official|grid|justified] [--font song] [--version b] [--loss CUT]

Texts have a paragraph a line. ``official`` sets them by GB/T 9704-2012 (pipeline/laboratory/official.py), the first
line as the title; the others are those of ``buque lab``. A line's end counts where characters are missing there and the
paragraph goes on in the next line, its open end where it does not: nothing is printed behind it. Texts on which the
models were trained flatter what the text is asked.
"""

from __future__ import annotations

import argparse
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np

from pipeline import Settings
from pipeline.imaging.loading import Image
from pipeline.laboratory.losses import lost_by
from pipeline.laboratory.measuring import compare, shown
from pipeline.laboratory.official import OfficialPage, print_official, rows_of_block, set_pages
from pipeline.laboratory.rendering import worn, worn_colour
from pipeline.laboratory.typesetting import Sheet, print_page, proportional, rows_of
from pipeline.language.normalise import HOLE_ONE
from pipeline.line_ends import with_told_ends
from pipeline.reading.images import read_image
from pipeline.reading.running import running_text
from pipeline.reading.scan import Scan
from pipeline.recognition.engine import load_engine
from scripts.measure_layout import FONTS

_LINES = 22
"""Lines of a page."""

_LONGEST = 560
"""Characters of a paragraph; what is behind them is left out, since a page holds no more."""

_TITLE = 18
"""Characters of a line of the title."""

_FIRST = re.compile(r"[一二三四五六七八九十]{1,3}、[^。；]*$")
_SECOND = re.compile(r"（[一二三四五六七八九十]{1,3}）[^。；]*$")


@dataclass(frozen=True, slots=True)
class Printed:
    """A printed line: row of its middle in pixels, its text with □, and whether its paragraph goes on behind it."""

    row: float
    text: str
    behind: bool


def official(
    text: str, font: str, dpi: int, version: str, lost: set[str], seed: int
) -> Iterator[tuple[Image, list[Printed]]]:
    """Yield the pages of a text set by GB/T 9704-2012, each with its lines."""
    blocks = [("title", "")]
    room = 0
    for number, line in enumerate(filter(None, map(str.strip, text.splitlines()))):
        kind = "h1" if _FIRST.match(line) else "h2" if _SECOND.match(line) else "p" if number else "title"
        line = line[:_LONGEST]
        rows = rows_of_block(line, kind)
        if number == 0:
            broken = "/".join(line[at : at + _TITLE] for at in range(0, len(line), _TITLE))
            blocks, room = [("title", broken)], _LINES - 5
            continue
        if rows > room:
            blocks.append(("page", ""))
            room = _LINES
        blocks.append((kind, line))
        room -= rows
    gone = lost if version in "bd" else set()
    for number, page in enumerate(set_pages(blocks, FONTS[font])):
        generator = np.random.default_rng([seed, number])
        image = worn_colour(print_official(page, dpi, gone), dpi, version in "cd", generator)
        yield image, list(_printed(page, dpi, gone))


def _printed(page: OfficialPage, dpi: int, gone: set[str]) -> Iterator[Printed]:
    inked = [(block, glyphs) for block, glyphs in page.lines if glyphs]
    for (block, glyphs), following in zip(inked, [*inked[1:], (-1, ())], strict=True):
        row = (glyphs[0].baseline - 0.36 * glyphs[0].points) * dpi / 72
        text = "".join("□" if glyph.char in gone else glyph.char for glyph in glyphs)
        yield Printed(row, text, following[0] == block)


def laid(
    text: str, justified: bool, font: str, dpi: int, version: str, lost: set[str], seed: int
) -> Iterator[tuple[Image, list[Printed]]]:
    """Yield the pages of a text as ``buque lab`` sets it, each with its lines."""
    sheet = Sheet()
    advance = proportional(font) if justified else lambda char: 0.5
    rows = rows_of(text, justified, sheet.columns, advance)
    gone = lost if version in "bd" else set()
    for number in range(0, len(rows), sheet.rows):
        page, truth = print_page(rows[number : number + sheet.rows], font, dpi, gone, sheet)
        generator = np.random.default_rng([seed, number])
        image, _ = worn(page, dpi, (), version in "cd", generator)
        lines = [
            Printed((float(str(row["top"])) + float(str(row["bottom"]))) / 2, shown(row), not row["last"])
            for row in truth
        ]
        yield np.repeat(image[:, :, None], 3, axis=2), lines


def lines_of(scan: Scan) -> list[str]:
    """Return the printed lines of a scan."""
    return [
        "".join(c.text or HOLE_ONE for c in line.cells) for page in scan.pages for line in page.lines if line.picture
    ]


def measure(pages: Sequence[tuple[Image, list[Printed]]], settings: Settings, show: bool) -> dict[str, Counter[str]]:
    """Read pages; return the counts of their line ends on the page, and once the text was asked."""
    engine = load_engine("rapidocr")
    read = [read_image(image, engine, number, "page") for number, (image, _) in enumerate(pages, 1)]
    scan = running_text(read)
    places = [(page.number, (line.box[1] + line.box[3]) / 2) for page in read for line in page.lines if line.picture]
    counts = {"page": Counter[str](), "asked": Counter[str]()}
    for name, lines in (("page", lines_of(scan)), ("asked", lines_of(with_told_ends(scan, settings)))):
        for number, (_, printed) in enumerate(pages, 1):
            own = [(row, at) for at, (page, row) in enumerate(places) if page == number]
            for line in printed:
                row, at = min((abs(row - line.row), at) for row, at in own) if own else (np.inf, -1)
                got = lines[at] if row < 0.6 * _leading(printed) else ""
                found = compare(line.text, got, line.behind)
                counts[name] += found
                wrong = any(
                    found[e] != found[f"{e}_exact"] or found[f"{e}_false"] for e in ("start", "end", "open_end")
                )
                if show and wrong and line.text.strip("□"):
                    print(f"{name}\n  {line.text}\n  {got}")
    return counts


def _leading(lines: Sequence[Printed]) -> float:
    rows = [line.row for line in lines]
    return float(np.median(np.diff(rows))) if len(rows) > 1 else np.inf


def told(counts: Counter[str]) -> str:
    """Say how many ends are right."""
    names = ("start", "end", "open_end")
    return ", ".join(
        f"{name} {counts[f'{name}_exact']}/{counts[name]} (false {counts[f'{name}_false']})" for name in names
    )


def main() -> None:
    """Print the counts of every set and of all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("texts", type=Path, nargs="+")
    parser.add_argument("--setting", choices=("official", "grid", "justified"), action="append")
    parser.add_argument("--font", choices=list(FONTS), action="append")
    parser.add_argument("--dpi", type=int, default=200)
    parser.add_argument("--version", choices="abcd", action="append")
    parser.add_argument("--loss", default="GB2312>C2C9")
    parser.add_argument("--pages", type=int, default=4)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", action="store_true", help="print the lines whose end is wrong")
    given = parser.parse_args()
    settings = Settings(jobs=1)
    sums: dict[tuple[str, str], Counter[str]] = {}
    for path, setting, font, version in product(
        given.texts, given.setting or ["official"], given.font or ["song"], given.version or ["b", "d"]
    ):
        text = path.read_text(encoding="utf-8")
        lost = lost_by(given.loss, text, given.seed)
        if setting == "official":
            pages = official(text, font, given.dpi, version, lost, given.seed)
        else:
            pages = laid(text, setting == "justified", font, given.dpi, version, lost, given.seed)
        chosen = [page for _, page in zip(range(given.pages), pages, strict=False)]
        for name, counts in measure(chosen, settings, given.show).items():
            print(path.stem, setting, font, version, name, told(counts), flush=True)
            sums.setdefault((version, name), Counter()).update(counts)
    for (version, name), counts in sorted(sums.items()):
        print(f"{version} {name}: {told(counts)}")


if __name__ == "__main__":
    main()
