"""Accuracy, time and memory of restorations on documents the models never saw; prints a table for docs/results.md.

Usage: python -m scripts.bench SHARED [--beam N] [--quick] [--engine auto|ngram|both] [--models DIR]. SHARED holds
bench/ and seeds/ (not in the repository). --quick leaves out baseline, references and scaling.
"""

from __future__ import annotations

import argparse
import random
import re
import resource
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import get_args

from pipeline import Settings, restore
from pipeline.damage.hypotheses import is_han
from pipeline.laboratory.rendering import render
from pipeline.language.normalise import HOLE_ONE, fold
from pipeline.settings import Witnesses
from scripts import scoring
from scripts.baseline import greedy
from scripts.bench_pages import described, measure
from scripts.damage import Trace, damage

TRUTH = Path(__file__).resolve().parent.parent / "examples" / "truth" / "held_out_county_2018.txt"

CERTAIN = 3
"""Class of what the experts had no doubt of."""

MASSES = (0.1, 0.3, 0.6)
PAGES, SEED = 4, 5
"""Pages of each size and setting that are rendered, and the seed of their wear."""
SENTENCES = 4
"""One of so many clean sentences is restored."""
TRACES: tuple[Trace, ...] = ("exact", "run", "gapped", "collapsed")


def row(what: str, on: str, figure: str) -> None:
    """Print a row of the table."""
    print(f"| {what} | {on} | {figure} |", flush=True)


def share(pair: tuple[int, int]) -> str:
    """Write a score."""
    return f"{pair[0] / max(1, pair[1]):.4f} of {pair[1]}"


def both(score: dict[int, tuple[int, int]]) -> tuple[int, int]:
    """Add the certain and the likely."""
    return score[3][0] + score[2][0], score[3][1] + score[2][1]


def exact_counts(rows: list[dict[str, object]], seeds: list[Path], settings: Settings) -> None:
    """Holes with exact counts: the expert-read paragraphs, and sister documents under the same cut."""
    began = time.perf_counter()
    text = scoring.exact_document(rows)
    result = restore(text, settings)
    seconds = time.perf_counter() - began
    score = scoring.exact_score(rows, text, scoring.supplied_at(result))
    row("exact counts, c=3", "Guoluo, development half", f"{share(score[3])} ({seconds:.1f} s)")
    row("exact counts, c>=2", "Guoluo, development half", share(both(score)))
    certain = {at: char for at, (char, c) in scoring.exact_truth(rows, text).items() if c == CERTAIN}
    accepted = scoring.supplied_at(result, accepted=True)
    right = [accepted[at] == char for at, char in certain.items() if at in accepted]
    row("exact counts, share of c=3 accepted", "Guoluo", share((len(right), len(certain))))
    row("exact counts, precision of accepted characters", "c=3", share((sum(right), len(right))))
    for path in seeds:
        text = path.read_text(encoding="utf-8")
        row("GB2312 cut, exact counts, all lost", path.stem, share(scoring.simulated(text, settings)))
        damage = restore(path, settings).damage
        row("cut found in the undamaged", path.stem, str(damage.cut))


def raw_file(path: Path, rows: list[dict[str, object]], settings: Settings) -> None:
    """The Guoluo report as it is."""
    before = resource.getrusage(resource.RUSAGE_SELF)
    began = time.perf_counter()
    score, result = scoring.raw(path, rows, settings)
    seconds = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_SELF)
    right = {c: (a, b) for c, (a, b) in score.right.items()}
    row("raw file, c=3", "Guoluo, development half", share(right[3]))
    row("raw file, c>=2", "Guoluo, development half", share(both(right)))
    for kind, (a, b) in sorted(score.by_kind.items()):
        row("raw file, c=3", f"its {kind} paragraphs", share((a, b)))
    row("raw file, precision of accepted characters", "gaps of c=3 only", f"{score.precision:.4f}")
    row("raw file, share of c=3 accepted", "Guoluo", f"{score.certain_accepted / right[3][1]:.4f}")
    row("raw file, cut found", "Guoluo", str(result.damage.cut))
    row("raw file, wall time", "whole report", f"{seconds:.1f} s")
    row("raw file, CPU time", "whole report", f"{after.ru_utime - before.ru_utime:.1f} s")
    row("greatest memory of the benchmark", "process", f"{after.ru_maxrss / 1024:.0f} MB")


def references(rows: list[dict[str, object]], seeds: list[Path], settings: Settings) -> None:
    """What sister documents add."""
    text = scoring.exact_document(rows)
    for count in (1, 2, 4):
        with tempfile.TemporaryDirectory() as folder:
            for path in seeds[:count]:
                shutil.copy(path, folder)
            result = restore(text, replace(settings, references=Path(folder)))
            score = scoring.exact_score(rows, text, scoring.supplied_at(result))
            row(f"exact counts, c=3 with {count} sister reports as references", "Guoluo", share(score[3]))


def baseline(rows: list[dict[str, object]], settings: Settings) -> None:
    """Greedy filling of the same holes with the same models."""
    text = scoring.exact_document(rows)
    cut = restore(text, settings).damage.cut
    supplied = greedy(text, cut, settings.models)
    row("baseline: greedy KenLM, exact counts, c=3", "Guoluo", share(scoring.exact_score(rows, text, supplied)[3]))


def kinds(settings: Settings) -> None:
    """Kinds of damage on a document that no model has seen, with a bar for each."""
    truth = TRUTH.read_text(encoding="utf-8")[:3000]
    for name, loses in (
        ("GB2312 cut", scoring.CUT.loses),
        *((f"glyph set, {m:.0%}", glyph_set(truth, m)) for m in MASSES),
    ):
        for trace in TRACES:
            if trace in ("gapped", "collapsed") and name != "GB2312 cut":
                continue  # without marks a random set is not told from nothing missing
            damaged = damage(truth, loses, trace, random.Random(1))
            right = 0
            for reading in restore(damaged.text, settings).readings:
                lost = "".join(map(fold, damaged.lost_at(reading.hole.start, reading.hole.end)))
                gap = scoring.Gap(tuple((char, 3) for char in lost))
                right += sum(1 for _ in scoring.matched(reading.text, gap))
            every = sum(map(loses, truth))
            bar = "█" * round(20 * right / every)
            row(f"{name}, {trace}", "held-out county, 3,000 characters", f"{share((right, every))} {bar}")


def glyph_set(text: str, mass: float) -> Callable[[str], bool]:
    """Return a test for a random set of the Han characters of *text* that holds about *mass* of their occurrences."""
    counts = Counter(filter(is_han, text))
    order = sorted(counts)
    random.Random(2).shuffle(order)
    lost: set[str] = set()
    for char in order:
        if sum(counts[c] for c in lost) < mass * counts.total():
            lost.add(char)
    return lost.__contains__


def scaling(settings: Settings) -> None:
    """Time for each missing character as the document grows tenfold."""
    text = TRUTH.read_text(encoding="utf-8")
    damaged = "".join(HOLE_ONE if scoring.CUT.loses(char) else char for char in text)
    for times in (1, 10):
        began = time.perf_counter()
        restore("\n".join([damaged] * times), settings)
        cost = (time.perf_counter() - began) / (damaged.count(HOLE_ONE) * times)
        row("time for a missing character", f"{times} x {len(text)} characters", f"{1000 * cost:.3f} ms")


def misread(prose: Path) -> None:
    """Scanned pages of prose that no model has seen, through the engine and the whole path; clean sentences of it."""
    texts = [file.read_text(encoding="utf-8") for file in sorted(prose.glob("*.txt"))]
    settings = Settings(jobs=1)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        render(texts[-2], folder, PAGES, SEED, (150, 200), (10.5, 16.0), (), "0.44", (), "c")
        for version, counts in measure(folder, settings, "c").items():
            row(
                "misread characters of worn scans",
                f"version {version}, 150 and 200 dpi, 10.5 and 16 pt",
                described(counts),
            )
    sentences = [s for text in texts for s in re.findall(r"[^。！？；\s]{8,}[。！？；]", text)][::SENTENCES]
    altered = sum(restore(sentence, settings).text != sentence for sentence in sentences)
    row("clean sentences altered", f"{len(sentences)} of unseen official prose", str(altered))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shared", type=Path)
    parser.add_argument("--beam", type=int, default=Settings().beam)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--engine", choices=get_args(Witnesses), default=Settings().engine)
    parser.add_argument("--models", type=Path, default=Settings().models)
    arguments = parser.parse_args()
    settings = Settings(fill="best", beam=arguments.beam, engine=arguments.engine, models=arguments.models)
    rows = scoring.gold_rows(arguments.shared / "bench" / "guoluo_dev.jsonl")
    seeds = sorted((arguments.shared / "seeds").glob("00[1-4]*.txt"))
    print("| what | on | figure |\n|---|---|---|")
    exact_counts(rows, seeds, settings)
    raw_file(arguments.shared / "seeds" / "000_guoluo_2018.txt", rows, settings)
    if not arguments.quick:
        baseline(rows, settings)
        references(rows, seeds, settings)
        kinds(settings)
        scaling(settings)
        misread(arguments.shared / "corpus" / "written" / "prose")


if __name__ == "__main__":
    main()
