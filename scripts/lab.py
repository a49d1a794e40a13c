"""Damage laboratory: seeded pages with lost glyphs and scan damage, their truth, and how well they are read back.

    python -m scripts.lab render TEXT OUT --pages 4 --seed 1
    python -m scripts.lab measure OUT --ocr rapidocr

Versions of a page: a clean, b glyphs lost, c scan damage, d both.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont
from rapidfuzz.distance import Levenshtein

from pipeline.damage.hypotheses import is_han
from pipeline.imaging.loading import load_pages
from pipeline.imaging.locate import locate
from pipeline.language.normalise import HOLE_ONE, fold
from pipeline.recognition.engine import ENGINES, load_engine
from pipeline.recognition.lines import recognise

FONTS = {
    "song": ("/usr/share/fonts/truetype/arphic-gbsn00lp/gbsn00lp.ttf", 0),
    "kai": ("/usr/share/fonts/truetype/arphic-gkai00mp/gkai00mp.ttf", 0),
    "hei": ("/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc", 0),
    "serif": ("/usr/share/fonts/opentype/noto/NotoSerifCJK-Regular.ttc", 2),
    "sans": ("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc", 2),
}
"""Debian packages fonts-arphic-gbsn00lp, fonts-arphic-gkai00mp, fonts-wqy-zenhei, fonts-noto-cjk."""

COLUMNS, ROWS, INDENT = 28, 22, 2
POINTS, LEADING, LEFT, TOP = 16.0, 29.0, 80.0, 105.0
PAPER = (595.3, 841.9)
LOST_SHARE = 0.44
CLOSING, OPENING = "，。、；：！？）〕》〉”’】", "（〔《〈“‘【"
PAGE_MARKS = re.compile(r"[^㐀-鿿\x21-\x7e，。、；：！？（）〔〕《》“”]")


@dataclass(frozen=True, slots=True)
class Row:
    """A line to print: characters with their left edge and width in ems."""

    glyphs: tuple[tuple[str, float, float], ...]


def rows_of(text: str, justified: bool) -> list[Row]:
    """Set paragraphs in lines of 28 cells: two cells indent, marks hang over the margin, none opens a line."""
    rows: list[Row] = []
    for paragraph in text.splitlines():
        units = [(c, 0.5 if c.isascii() else 1.0) for c in PAGE_MARKS.sub("", paragraph)]
        at, x = 0, float(INDENT)
        while at < len(units):
            row: list[tuple[str, float, float]] = []
            while at < len(units):
                char, width = units[at]
                pair = row[-1][0] + char if row and justified else ""
                mixed = any(map(is_han, pair)) and any(c.isascii() for c in pair)
                left = x + (0.25 if mixed else 0.0)
                if left + width > COLUMNS + 1e-6:
                    if char in CLOSING and row:
                        row.append((char, left, width))
                        at += 1
                    break
                row.append((char, left, width))
                x, at = left + width, at + 1
            if at < len(units):
                while len(row) > 1 and row[-1][0] in OPENING:
                    row.pop()
                    at -= 1
                if justified:
                    row = _justify(row)
            rows.append(Row(tuple(row)))
            x = 0.0
    return rows


def _justify(row: list[tuple[str, float, float]]) -> list[tuple[str, float, float]]:
    body = [glyph for glyph in row if glyph[1] < COLUMNS - 1e-6]
    slack = COLUMNS - body[-1][1] - body[-1][2]
    if not 0 < slack < 2.6 or len(body) < 2:
        return row
    share = slack / (len(body) - 1)
    return [(c, x + share * min(n, len(body) - 1), w) for n, (c, x, w) in enumerate(row)]


def lost_characters(text: str, share: float, generator: random.Random) -> set[str]:
    """Return a random set of characters that holds *share* of the running Han characters."""
    counts = Counter(filter(is_han, text))
    kinds = sorted(counts)
    generator.shuffle(kinds)
    lost: set[str] = set()
    mass, target = 0, share * counts.total()
    for kind in kinds:
        if mass + counts[kind] <= 1.03 * target:
            lost.add(kind)
            mass += counts[kind]
        if mass >= target:
            break
    return lost


def print_page(rows: list[Row], font_name: str, dpi: int, lost: set[str]) -> tuple[np.ndarray, list[dict[str, object]]]:
    """Return the grey page and its truth: for every row top, bottom and [character, left, right, seen] in pixels."""
    scale = dpi / 72
    em = POINTS * scale
    path, index = FONTS[font_name]
    font = ImageFont.truetype(path, size=em, index=index)
    page = Image.new("L", (int(PAPER[0] * scale), int(PAPER[1] * scale)), 255)
    draw = ImageDraw.Draw(page)
    truth: list[dict[str, object]] = []
    for number, row in enumerate(rows):
        base = (TOP + number * LEADING) * scale + 0.86 * em
        glyphs = []
        for char, x, width in row.glyphs:
            left = LEFT * scale + x * em
            seen = char not in lost
            if seen:
                centring = max(0.0, (width * em - font.getlength(char)) / 2) if char.isascii() else 0.0
                draw.text((left + centring, base), char, font=font, fill=0, anchor="ls")
            glyphs.append([char, left, left + width * em, seen])
        truth.append({"top": base - 0.86 * em, "bottom": base + 0.14 * em, "glyphs": glyphs})
    return np.array(page), truth


def scan(page: np.ndarray, dpi: int, generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return the page as a poor scanner gives it, and the 2 x 3 transform: skew, blur, light, specks, noise."""
    height, width = page.shape
    unit = dpi / 200
    transform = cv2.getRotationMatrix2D((width / 2, height / 2), generator.uniform(-1.5, 1.5), 1.0)
    transform[:, 2] += generator.uniform(-6, 6, 2)
    image = cv2.warpAffine(page, transform, (width, height), flags=cv2.INTER_CUBIC, borderValue=255)
    press = generator.random()
    if press < 0.33:
        image = cv2.erode(image, np.ones((2, 2), np.uint8))
    elif press < 0.5:
        image = cv2.dilate(image, np.ones((2, 1), np.uint8))
    grey = 30 + cv2.GaussianBlur(image, (0, 0), generator.uniform(0.6, 1.1) * unit).astype(np.float32) * (225 / 255)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    angle = generator.uniform(0, 2 * np.pi)
    slope = (x / width - 0.5) * np.cos(angle) + (y / height - 0.5) * np.sin(angle)
    cx, cy = generator.uniform(0.2, 0.8, 2)
    grey *= np.clip(0.9 + 0.22 * slope - 0.18 * ((x / width - cx) ** 2 + (y / height - cy) ** 2), 0.5, 1.0)
    for shade, count, largest in ((generator.uniform(20, 110), generator.integers(400, 900), 2), (225.0, 450, 1)):
        dots = np.zeros((height, width), np.uint8)
        for _ in range(count):
            centre = int(generator.integers(width)), int(generator.integers(height))
            cv2.circle(dots, centre, int(generator.integers(0, largest + 1) * unit), 1, -1)
        grey = np.where(dots > 0, shade, grey)
    grey = np.clip(grey + generator.normal(0, generator.uniform(7, 15), grey.shape), 0, 255).astype(np.uint8)
    _, coded = cv2.imencode(".jpg", grey, [cv2.IMWRITE_JPEG_QUALITY, 40])
    return cv2.imdecode(coded, cv2.IMREAD_GRAYSCALE), transform


def render(text: str, out: Path, pages: int, seed: int, dpis: tuple[int, ...] = (200, 300)) -> None:
    """Render *pages* pages in four versions a resolution, with NAME.png and the truth NAME.json; deterministic."""
    out.mkdir(parents=True, exist_ok=True)
    fonts = [name for name, (path, _) in FONTS.items() if Path(path).exists()]
    if not fonts:
        raise SystemExit("No font found; install fonts-noto-cjk.")
    lost = lost_characters(text, LOST_SHARE, random.Random(seed))
    for justified in (False, True):
        rows = rows_of(text, justified)
        sheets = [rows[i : i + ROWS] for i in range(0, len(rows), ROWS)]
        for number, sheet in enumerate(s for s in sheets[:pages] if len(s) >= ROWS // 2):
            font = fonts[(number + seed + justified) % len(fonts)]
            for dpi in dpis:
                for version in "abcd":
                    image, truth = print_page(sheet, font, dpi, lost if version in "bd" else set())
                    transform = np.eye(2, 3)
                    if version in "cd":
                        generator = np.random.default_rng([seed, number, dpi, justified, ord(version)])
                        image, transform = scan(image, dpi, generator)
                    name = f"{'just' if justified else 'grid'}-{number:02d}-{font}-{dpi}-{version}"
                    cv2.imwrite(str(out / f"{name}.png"), image)
                    content = {"rows": truth, "transform": transform.tolist(), "dpi": dpi, "version": version}
                    (out / f"{name}.json").write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")


def compare(truth: str, read: str) -> Counter[str]:
    """Count gaps, gaps with the exact count, false gaps, edge gaps, characters and character errors of a line."""
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
    for edge, at in (("start", 0), ("end", -1)):
        counts[f"{edge}_false"] += want[at] == 0 and have[at] > 0
        if want[at]:
            counts[edge] += 1
            counts[f"{edge}_exact"] += have[at] == want[at]
    return counts


def _holes(text: str) -> list[int]:
    """Return the number of □ before each other character, and at the end."""
    return [len(piece) for piece in re.split(f"[^{HOLE_ONE}]", text)]


def measure(folder: Path, ocr: str) -> dict[str, Counter[str]]:
    """Read every page of *folder* and compare it with its truth; by version."""
    cv2.setNumThreads(1)
    engine = load_engine("tesseract" if ocr == "tesseract" else "rapidocr")
    totals: dict[str, Counter[str]] = {}
    for path in sorted(folder.glob("*.json")):
        truth = json.loads(path.read_text(encoding="utf-8"))
        counts = totals.setdefault(truth["version"], Counter())
        began = time.perf_counter()
        image = next(load_pages(path.with_suffix(".png")))
        located = locate(image)
        halfway = time.perf_counter()
        page = recognise(located, engine, 1)
        counts["locate_ms"] += round(1000 * (halfway - began))
        counts["read_ms"] += round(1000 * (time.perf_counter() - halfway))
        counts["pages"] += 1
        transform = np.array(truth["transform"])
        for row in truth["rows"]:
            shown = "".join(char if seen else HOLE_ONE for char, _, _, seen in row["glyphs"])
            first = next((glyph for glyph in row["glyphs"] if glyph[3]), None)
            if first is None:
                counts["blank_rows"] += 1
                continue
            x, y = transform @ [first[1], (row["top"] + row["bottom"]) / 2, 1]
            line = next((n for n in page.lines if n.box[1] - 4 <= y <= n.box[3] + 4 and _spans(n.cells, x, y)), None)
            if line is None:
                counts["rows_missed"] += 1
                counts["characters"] += len(shown.replace(HOLE_ONE, ""))
                counts["errors"] += len(shown.replace(HOLE_ONE, ""))
                continue
            counts += compare(shown, "".join(cell.text or HOLE_ONE for cell in line.cells))
            totals[truth["version"]] = counts
        print(path.stem, f"{counts['exact']}/{counts['gaps']}", file=sys.stderr)
    return totals


def _spans(cells: tuple[object, ...], x: float, y: float) -> bool:
    """Tell whether the cell nearest to column x holds row y: the boxes of skewed lines overlap."""
    cell = min(cells, key=lambda c: abs((c.box[0] + c.box[2]) / 2 - x))  # type: ignore[attr-defined]
    return bool(cell.box[1] - 4 <= y <= cell.box[3] + 4)  # type: ignore[attr-defined]


def show(totals: dict[str, Counter[str]]) -> None:
    """Print a table of the measures."""
    for version, c in sorted(totals.items()):
        pages = max(1, c["pages"])
        print(
            f"{version}: pages {c['pages']}, gaps {c['gaps']} exact {c['exact'] / max(1, c['gaps']):.4f}, "
            f"false a page {c['false'] / pages:.2f}, start {c['start_exact']}/{c['start']} (false {c['start_false']}), "
            f"end {c['end_exact']}/{c['end']} (false {c['end_false']}), "
            f"character errors {c['errors'] / max(1, c['characters']):.4f} of {c['characters']}, "
            f"rows missed {c['rows_missed']}, wholly blank {c['blank_rows']}, "
            f"seconds a page {c['locate_ms'] / 1000 / pages:.2f} + {c['read_ms'] / 1000 / pages:.2f}"
        )


def main() -> None:
    """Run the laboratory."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    renderer = commands.add_parser("render")
    renderer.add_argument("text", type=Path)
    renderer.add_argument("out", type=Path)
    renderer.add_argument("--pages", type=int, default=3)
    renderer.add_argument("--seed", type=int, default=1)
    measurer = commands.add_parser("measure")
    measurer.add_argument("folder", type=Path)
    measurer.add_argument("--ocr", choices=ENGINES, default="rapidocr")
    arguments = parser.parse_args()
    if arguments.command == "render":
        render(arguments.text.read_text(encoding="utf-8"), arguments.out, arguments.pages, arguments.seed)
    else:
        show(measure(arguments.folder, arguments.ocr))


if __name__ == "__main__":
    main()
