"""How well laboratory pages are read back: gaps, line ends, characters, seconds."""

from __future__ import annotations

import json
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from rapidfuzz.distance import Levenshtein

from pipeline.document import Cell, Page
from pipeline.imaging.loading import load_page
from pipeline.imaging.locate import locate
from pipeline.language.normalise import HOLE_ONE, fold
from pipeline.line_ends import with_told_ends
from pipeline.reading.images import read_image
from pipeline.reading.running import running_text
from pipeline.recognition.engine import load_engine
from pipeline.recognition.lines import recognise
from pipeline.settings import EngineName, Settings

Measured = tuple[dict[str, Any], Counter[str], list[tuple[str, str]]]
"""A page's description, its counts, and the lines that were not read exactly: truth, reading."""


def compare(truth: str, read: str, behind: bool = True) -> Counter[str]:
    """Count gaps, gaps with the exact count, false gaps, edge gaps, characters and character errors of a line.

    Args:
        truth: the line, □ for what was lost.
        read: what was read.
        behind: whether the text goes on in the next line; if not, the end is open: the page does not tell how many
            characters are missing where nothing is printed behind them.
    """
    counts: Counter[str] = Counter()
    truth, read = "".join(map(fold, truth)), "".join(map(fold, read))
    seen, got = truth.replace(HOLE_ONE, ""), read.replace(HOLE_ONE, "")
    counts["characters"] += len(seen)
    counts["errors"] += Levenshtein.distance(seen, got)
    # Gaps are compared between the characters that align, whatever they were read as.
    position: dict[int, int] = {}
    for op in Levenshtein.opcodes(seen, got):
        if op.tag in ("equal", "replace"):
            position.update(zip(range(op.src_start, op.src_end), range(op.dest_start, op.dest_end), strict=False))
    want, have = _holes(truth), _holes(read)
    for at in range(1, len(seen)):
        left, right = position.get(at - 1), position.get(at)
        found = sum(have[left + 1 : right + 1]) if left is not None and right is not None else -1
        if want[at]:
            counts["gaps"] += 1
            counts["exact"] += found == want[at]
        else:
            counts["false"] += found > 0
    for edge, at in (("start", 0), ("end" if behind else "open_end", -1)):
        counts[f"{edge}_false"] += want[at] == 0 and have[at] > 0
        if want[at]:
            counts[edge] += 1
            counts[f"{edge}_exact"] += have[at] == want[at]
    return counts


def _holes(text: str) -> list[int]:
    """Return the number of □ before each other character, and at the end."""
    return [len(piece) for piece in re.split(f"[^{HOLE_ONE}]", text)]


def shown(row: dict[str, Any]) -> str:
    """Return a row of a page's truth as text, □ for what was lost."""
    return "".join(char if seen else HOLE_ONE for char, _, _, seen in row["glyphs"])


def measure_page(path: Path, ocr: EngineName) -> Measured:
    """Read one page, NAME.json beside NAME.png, and compare it with its truth.

    The ends of its lines are told by the language of that page alone; the time of that is not counted.
    """
    cv2.setNumThreads(1)
    engine = load_engine(ocr)
    truth = json.loads(path.read_text(encoding="utf-8"))
    counts: Counter[str] = Counter(pages=1)
    image = load_page(path.with_suffix(".png"), 1)
    began = time.process_time()
    wrong: list[tuple[str, str]] = []
    if "table" in truth:  # pages with parts are located part by part
        halfway = began
        page = read_image(image, engine, 1, path.name)
        in_table, wrong = measure_table(truth["table"]["cells"], page)
        counts += in_table
    else:
        located = locate(image)
        halfway = time.process_time()
        page = recognise(located, engine, 1)
    counts["locate_ms"] = round(1000 * (halfway - began))
    counts["read_ms"] = round(1000 * (time.process_time() - halfway))
    page = with_told_ends(running_text([page]), Settings(ocr=ocr, jobs=1)).pages[0]
    transform = np.array(truth["transform"])
    found: set[int] = set()
    starts = 0
    for at, row in enumerate(truth["rows"]):
        following = truth["rows"][at + 1 : at + 2]
        behind = not (following[0]["first"] if following else row.get("last", False))
        want = shown(row)
        first = next((glyph for glyph in row["glyphs"] if glyph[3]), None)
        if first is None:
            counts["blank_rows"] += 1
            continue
        x, y = transform @ [first[1], (row["top"] + row["bottom"]) / 2, 1]
        line = next((n for n in page.lines if n.box[1] - 4 <= y <= n.box[3] + 4 and _spans(n.cells, x, y)), None)
        got = "".join(cell.text or HOLE_ONE for cell in line.cells) if line else ""
        if line is None:
            counts["rows_missed"] += 1
            counts["characters"] += len(want.replace(HOLE_ONE, ""))
            counts["errors"] += len(want.replace(HOLE_ONE, ""))
        else:
            found.add(id(line))
            starts += line.starts_paragraph == row.get("first", False)
            counts += _kept(compare(want, got, behind))
        if "".join(map(fold, want)) != "".join(map(fold, got)):
            wrong.append((want, got))
    counts["rows"] = len(truth["rows"])
    counts["paragraphs_right"] = starts
    counts["extra_lines"] = sum(
        id(line) not in found and not any(cell.text == "\t" for cell in line.cells) for line in page.lines
    )
    return {key: truth[key] for key in ("dpi", "version", "font", "points", "setting")}, counts, wrong


def measure_table(cells: list[list[dict[str, Any]]], page: Page) -> tuple[Counter[str], list[tuple[str, str]]]:
    """Compare the rows of a page that have cells with a table's truth, row by row in order.

    White at the ends of a cell is no sign of loss: □ there is neither asked for nor blamed.

    Returns:
        Counts of cells, cells read exactly, lost cells and those of them that stayed empty ones, rows and those with as
        many cells as they have; and the cells that were not read exactly: truth, reading.
    """
    found = ["".join(cell.text or HOLE_ONE for cell in line.cells).split("\t") for line in page.lines]
    found = [row for row in found if len(row) > 1]
    counts: Counter[str] = Counter(table_rows=len(cells), cells=sum(map(len, cells)))
    wrong: list[tuple[str, str]] = []
    for at, want in enumerate(cells):
        row = found[at] if at < len(found) and len(found[at]) == len(want) else None
        counts["table_rows_right"] += row is not None
        for cell, text in zip(want, row or [HOLE_ONE] * len(want), strict=True):
            shown, got = ("".join(map(fold, side)).strip(HOLE_ONE) for side in (cell["shown"], text))
            counts["cells_lost"] += cell["lost"]
            counts["cells_kept"] += cell["lost"] and text == ""
            counts["cells_exact"] += row is not None and shown == got
            if row is None or shown != got:
                wrong.append((cell["shown"], text))
    return _kept(counts), wrong


def _kept(counts: Counter[str]) -> Counter[str]:
    return Counter({key: value for key, value in counts.items() if value})


def _spans(cells: tuple[Cell, ...], x: float, y: float) -> bool:
    """Tell whether the cell nearest to column x holds row y: the boxes of skewed lines overlap."""
    cell = min(cells, key=lambda c: abs((c.box[0] + c.box[2]) / 2 - x))
    return cell.box[1] - 4 <= y <= cell.box[3] + 4


def measure(folder: Path, ocr: EngineName = "rapidocr", jobs: int = 1) -> Iterator[tuple[str, Measured]]:
    """Yield every page of *folder*, by name, with what was measured on it."""
    paths = sorted(folder.glob("*.json"))
    if jobs == 1:
        yield from ((path.stem, measure_page(path, ocr)) for path in paths)
        return
    with ProcessPoolExecutor(jobs) as pool:
        results = pool.map(measure_page, paths, [ocr] * len(paths))
        yield from zip((path.stem for path in paths), results, strict=True)


def totals(measured: list[Measured], key: Callable[[dict[str, Any]], str]) -> dict[str, Counter[str]]:
    """Add up counts by a key of the pages' descriptions."""
    sums: dict[str, Counter[str]] = {}
    for about, counts, _ in measured:
        sums.setdefault(key(about), Counter()).update(counts)
    return sums


def table(sums: dict[str, Counter[str]]) -> str:
    """Return the measures as lines of text."""
    lines = []
    for name, c in sorted(sums.items()):
        pages = max(1, c["pages"])
        lines.append(
            f"{name}: pages {c['pages']}, gaps {c['gaps']} exact {c['exact'] / max(1, c['gaps']):.4f}, "
            f"false a page {c['false'] / pages:.2f}, start {c['start_exact']}/{c['start']} (false {c['start_false']}), "
            f"end {c['end_exact']}/{c['end']} (false {c['end_false']}), "
            f"where a paragraph ends {c['open_end_exact']}/{c['open_end']} (false {c['open_end_false']}), "
            f"character errors {c['errors'] / max(1, c['characters']):.4f} of {c['characters']}, "
            f"rows missed {c['rows_missed']}, extra {c['extra_lines']}, wholly blank {c['blank_rows']}, "
            f"paragraphs {c['paragraphs_right']}/{c['rows']}, {_table_figures(c)}"
            f"CPU seconds a page {c['locate_ms'] / 1000 / pages:.2f} + {c['read_ms'] / 1000 / pages:.2f}"
        )
    return "\n".join(lines)


def _table_figures(counts: Counter[str]) -> str:
    if not counts["cells"]:
        return ""
    return (
        f"cells exact {counts['cells_exact']}/{counts['cells']}, lost cells kept {counts['cells_kept']}/"
        f"{counts['cells_lost']}, table rows {counts['table_rows_right']}/{counts['table_rows']}, "
    )
