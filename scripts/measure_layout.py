"""How official documents are read back: invented and missed holes, paragraphs joined and parted, characters.

    python -m scripts.measure_layout tests/cases/official --version a --version d --dpi 200

Every document (see ``pipeline.laboratory.official``) is printed, worn and read as a scan of so many pages. Versions: a
clean, b glyphs lost, c scanned, d both.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from rapidfuzz.distance import Levenshtein

from pipeline.imaging.loading import Image
from pipeline.laboratory.losses import lost_by
from pipeline.laboratory.official import paragraphs, parse, print_official, set_pages
from pipeline.laboratory.rendering import worn_colour
from pipeline.language.normalise import HOLE_ONE, fold
from pipeline.reading.images import read_image
from pipeline.reading.running import running_text
from pipeline.recognition.engine import load_engine

FONTS = {
    "song": {"body": "song", "title": "serif-bold", "heading": "hei", "second": "kai"},
    "kai": {"body": "kai", "title": "hei", "heading": "sans-bold", "second": "song"},
    "serif": {"body": "serif", "title": "serif-bold", "heading": "sans", "second": "kai"},
}
"""Names of fonts by role."""


def compared(truth: str, read: str) -> Counter[str]:
    """Count holes and paragraph ends that one of two texts has alone, and wrong characters of the others."""
    counts: Counter[str] = Counter(truth.replace("\n", "¶"))
    result = Counter(holes=counts[HOLE_ONE], breaks=counts["¶"], characters=len(truth))
    for op in Levenshtein.opcodes(truth, read):
        gone, come = truth[op.src_start : op.src_end], read[op.dest_start : op.dest_end]
        if op.tag != "equal":
            for sign, name in ((HOLE_ONE, "holes"), ("\n", "breaks")):
                more = come.count(sign) - gone.count(sign)
                result[f"{name} {'invented' if more > 0 else 'missed'}"] += abs(more)
            others = [sum(c not in (HOLE_ONE, "\n") for c in text) for text in (gone, come)]
            result["errors"] += max(others)
    return result


def plain(text: str) -> str:
    """Return a text without spaces and tabs, and with one form of each character."""
    return "".join(c for c in map(fold, text) if c == "\n" or not c.isspace())


def pictures(
    blocks: Sequence[tuple[str, str]], fonts: dict[str, str], dpi: int, version: str, lost: set[str], seed: int
) -> list[Image]:
    """Return the pages of a document as printed and worn."""
    gone = lost if version in "bd" else set()
    images = []
    for number, page in enumerate(set_pages(blocks, fonts)):
        generator = np.random.default_rng([seed, number])
        images.append(worn_colour(print_official(page, dpi, gone), dpi, version in "cd", generator))
    return images


def main() -> None:
    """Print the counts of every document and their sums."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--version", choices="abcd", action="append")
    parser.add_argument("--dpi", type=int, action="append")
    parser.add_argument("--fonts", choices=list(FONTS), action="append")
    parser.add_argument("--loss", default="0.44")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", action="append", help="names of documents")
    parser.add_argument("--show", action="store_true", help="print what was read where it differs")
    parser.add_argument("--save", type=Path, help="folder for the pages")
    given = parser.parse_args()
    engine = load_engine("rapidocr")
    for version in given.version or "ad":
        total: Counter[str] = Counter()
        for path in sorted(given.folder.glob("*.txt")):
            if given.only and path.stem not in given.only:
                continue
            for fonts in given.fonts or ["song"]:
                for dpi in given.dpi or [200]:
                    blocks = parse(path.read_text(encoding="utf-8"))
                    lost = lost_by(given.loss, "".join(text for _, text in blocks), given.seed)
                    images = pictures(blocks, FONTS[fonts], dpi, version, lost, given.seed)
                    if given.save:
                        given.save.mkdir(parents=True, exist_ok=True)
                        for number, image in enumerate(images, 1):
                            name = f"{path.stem}-{fonts}-{dpi}-{version}-{number}.png"
                            cv2.imwrite(str(given.save / name), image)
                    pages = [read_image(image, engine, n, path.stem) for n, image in enumerate(images, 1)]
                    read = plain(running_text(pages).text)
                    truth = plain("\n".join(paragraphs(blocks, lost if version in "bd" else ())) + "\n")
                    counts = compared(truth, read)
                    total += counts
                    told = ", ".join(f"{name} {count}" for name, count in sorted(counts.items()) if count)
                    print(version, path.stem, fonts, dpi, told, flush=True)
                    if given.show and truth != read:
                        print(f"--- printed\n{truth}--- read\n{read}")
        print(version, "all:", ", ".join(f"{name} {count}" for name, count in sorted(total.items()) if count))


if __name__ == "__main__":
    main()
