"""How many misread characters of real OCR the whole path puts right, on pages of the damage laboratory.

    python -m scripts.lab render TEXT PAGES
    python -m scripts.bench_pages PAGES [--ocr rapidocr] [--models DIR] [--versions ac]

Only pages that lost no glyphs are read (versions a and c): what is lost there is not misread.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

from rapidfuzz.distance import Levenshtein

from pipeline import Settings, restore
from pipeline.damage.hypotheses import is_han
from pipeline.language.normalise import HOLE_ONE, fold


def truth_of(path: Path) -> tuple[str, str]:
    """Return the version of a rendered page and its text in model form."""
    content = json.loads(path.read_text(encoding="utf-8"))
    return content["version"], "".join(fold(glyph[0]) for row in content["rows"] for glyph in row["glyphs"])


def compare(truth: str, read: str, told: dict[int, list[str]], changed: dict[int, str]) -> Counter[str]:
    """Count Han characters of *read* that are right and wrong, and what became of them.

    Args:
        truth: the page.
        read: what was read, in model form, of the same length as the offsets count.
        told: by offset in *read* the readings that were accepted or suggested.
        changed: by offset the accepted ones.
    """
    counts: Counter[str] = Counter()
    for op in Levenshtein.opcodes(truth, read):
        same = op.tag == "equal"
        if not same and (op.tag != "replace" or op.src_end - op.src_start != op.dest_end - op.dest_start):
            counts["not aligned"] += op.src_end - op.src_start
            continue
        for a, at in zip(range(op.src_start, op.src_end), range(op.dest_start, op.dest_end), strict=True):
            if not is_han(truth[a]) or read[at] == HOLE_ONE:
                continue
            counts["characters"] += 1
            if same:
                counts["harmed"] += changed.get(at, truth[a]) != truth[a]
                continue
            counts["misread"] += 1
            counts["repaired"] += changed.get(at) == truth[a]
            counts["still wrong"] += at in changed and changed[at] != truth[a]
            counts["right in top 3"] += truth[a] in told.get(at, [])[:3]
    return counts


def measure(folder: Path, settings: Settings, versions: str = "ac") -> dict[str, Counter[str]]:
    """Restore the pages of *folder* that are of the given versions; return the counts of each version."""
    totals: dict[str, Counter[str]] = {}
    for path in sorted(folder.glob("*.json")):
        version, truth = truth_of(path)
        if version not in versions:
            continue
        result = restore(path.with_suffix(".png"), settings)
        kept = [at for at, char in enumerate(result.original) if not char.isspace()]
        place = {at: k for k, at in enumerate(kept)}
        edits = [e for e in result.edits if e.kind == "misread"]
        told = {place[e.start]: [e.after, *(text for text, _ in e.alternatives)] for e in edits}
        changed = {place[e.start]: e.after for e in edits if e.status == "accepted"}
        read = "".join(fold(result.original[at]) for at in kept)
        totals.setdefault(version, Counter()).update(compare(truth, read, told, changed))
    return totals


def described(counts: Counter[str]) -> str:
    """Say what became of the characters of some pages."""
    wrong = max(1, counts["misread"])
    return (
        f"{counts['characters']} Han read, {counts['misread']} misread, repaired "
        f"{counts['repaired']} ({counts['repaired'] / wrong:.3f}), right in the top 3 {counts['right in top 3']} "
        f"({counts['right in top 3'] / wrong:.3f}), made otherwise wrong {counts['still wrong']}, right characters "
        f"harmed {counts['harmed']} ({counts['harmed'] / max(1, counts['characters']):.5f}), not aligned "
        f"{counts['not aligned']}"
    )


def main() -> None:
    """Print the counts of each version of page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pages", type=Path)
    parser.add_argument("--ocr", choices=("rapidocr", "tesseract"), default="rapidocr")
    parser.add_argument("--models", type=Path, help="models that never saw the text")
    parser.add_argument("--versions", default="ac")
    arguments = parser.parse_args()
    settings = Settings(ocr=arguments.ocr, jobs=1)
    if arguments.models:
        settings = replace(settings, models=arguments.models)
    for version, counts in sorted(measure(arguments.pages, settings, arguments.versions).items()):
        print(f"{version}: {described(counts)}")


if __name__ == "__main__":
    main()
