"""Misread characters, side by side with pycorrector's KenLM corrector: the same sentences, the same run, one table.

    python -m scripts.bench_peers SHARED --peer PEER_PYTHON [--clean N] [--held MODELS TEXT...]

SHARED holds bench/ and corpus/ (not in the repository). PEER_PYTHON is the Python of an environment that has
pycorrector. Buque runs as it is shipped, and with --pinyin-confusions. Times are CPU seconds of one process after
loading. Clean sentences come from the right sides of the sets, and with --held from texts that MODELS never saw.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from pipeline import Settings, restore

Pair = tuple[str, str]
Corrected = list[tuple[str, dict[int, list[str]]]]
"""Of each sentence the corrected text, and by offset the readings that were accepted or suggested, best first."""

LONGEST = 200
"""Characters of a clean sentence; the peer's time grows faster than the length."""


@dataclass(frozen=True, slots=True)
class Score:
    """Strict sentence scores, shares of wrong characters found, of clean sentences altered, and speed."""

    precision: float
    recall: float
    found: float
    top3: float
    altered: int
    sentences: int
    speed: float

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        return 2 * self.precision * self.recall / max(1e-9, self.precision + self.recall)


def ecspell(path: Path) -> list[Pair]:
    """Read pairs of wrong and right sentences of equal length."""
    rows = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    return [(a, b) for a, b in rows if len(a) == len(b)]


def faspell(path: Path, most: int) -> list[Pair]:
    """Read pairs of OCR output and truth."""
    rows = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    return [(row[1], row[2]) for row in rows if len(row) == 3 and len(row[1]) == len(row[2])][:most]


def buque(sentences: Sequence[str], settings: Settings) -> tuple[Corrected, float]:
    """Restore each sentence as a document of its own; CPU seconds."""
    restore("预热。", settings)
    began = time.process_time()
    results: Corrected = []
    for sentence in sentences:
        result = restore(sentence, settings)
        told = {
            edit.start: [edit.after, *(text for text, _ in edit.alternatives)]
            for edit in result.edits
            if edit.kind == "misread"
        }
        results.append((result.text, told))
    return results, time.process_time() - began


def pycorrector(sentences: Sequence[str], python: Path, model: Path) -> tuple[Corrected, float]:
    """Let the peer correct the sentences."""
    script = Path(__file__).with_name("peer_pycorrector.py")
    done = subprocess.run(
        [str(python), str(script), str(model)], input=json.dumps(list(sentences)), capture_output=True, text=True
    )
    if done.returncode:
        raise SystemExit(f"pycorrector failed:\n{done.stderr[-2000:]}")
    data = json.loads(done.stdout)
    results: Corrected = []
    for sentence, text in zip(sentences, data["corrected"], strict=True):
        changed = {i: [b] for i, (a, b) in enumerate(zip(sentence, text, strict=False)) if a != b}
        results.append((text, changed))
    return results, float(data["seconds"])


def score(pairs: Sequence[Pair], run: Callable[[Sequence[str]], tuple[Corrected, float]]) -> Score:
    """Score both sides of the pairs."""
    wrong, seconds = run([pair[0] for pair in pairs])
    right, more = run([pair[1] for pair in pairs])
    corrected = changed = damaged = places = found = top3 = 0
    for (seen, truth), (text, told) in zip(pairs, wrong, strict=True):
        damaged += seen != truth
        changed += text != seen
        corrected += text == truth and seen != truth
        for at, (a, b) in enumerate(zip(seen, truth, strict=True)):
            if a != b:
                places += 1
                found += at in told
                top3 += b in told.get(at, [])[:3]
    altered = sum(text != truth for (_, truth), (text, _) in zip(pairs, right, strict=True))
    characters = sum(len(a) + len(b) for a, b in pairs)
    return Score(
        corrected / max(1, changed),
        corrected / max(1, damaged),
        found / max(1, places),
        top3 / max(1, places),
        altered,
        len(pairs),
        characters / (seconds + more),
    )


def clean_pairs(texts: Sequence[Path], most: int) -> list[Pair]:
    """Return sentences of clean texts, evenly spread, each as its own right side."""
    sentences = [
        sentence
        for path in texts
        for file in ([path] if path.is_file() else sorted(path.rglob("*.txt")))
        for line in file.read_text(encoding="utf-8").splitlines()
        for sentence in re.findall(r"[^。！？；]{8,}[。！？；]", line)
        if len(sentence) <= LONGEST
    ]
    step = max(1, len(sentences) // most)
    return [(sentence, sentence) for sentence in sentences[::step][:most]]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shared", type=Path)
    parser.add_argument("--peer", type=Path, help="Python of an environment with pycorrector")
    parser.add_argument("--clean", type=int, default=5000, help="clean sentences that Buque reads")
    parser.add_argument("--peer-clean", type=int, default=200, help="clean sentences that the peer reads: it is slow")
    parser.add_argument("--held", type=Path, nargs="+", help="models, and texts that they never saw")
    arguments = parser.parse_args()
    settings = Settings(jobs=1)
    typed = replace(settings, pinyin_confusions=True)
    bench = arguments.shared / "bench"
    sets = {
        "ECSpell odw": ecspell(bench / "ecspell" / "ecspell_odw_dev.tsv"),
        "ECSpell law": ecspell(bench / "ecspell" / "ecspell_law_dev.tsv"),
        "FASpell OCR": faspell(bench / "faspell" / "ocr_test_dev500.txt", 500),
    }
    systems: dict[str, Callable[[Sequence[str]], tuple[Corrected, float]]] = {
        "Buque": partial(buque, settings=settings),
        "Buque --pinyin-confusions": partial(buque, settings=typed),
    }
    if arguments.peer:
        model = settings.models / "general.klm"
        systems["pycorrector KenLM"] = partial(pycorrector, python=arguments.peer, model=model)
    print("| set | system | P | R | F1 | wrong found | right in top 3 | right sides altered | characters a second |")
    print("|---|---|---|---|---|---|---|---|---|")

    def row(name: str, system: str, got: Score) -> None:
        print(
            f"| {name} | {system} | {got.precision:.3f} | {got.recall:.3f} | {got.f1:.3f} | {got.found:.3f} | "
            f"{got.top3:.3f} | {got.altered} of {got.sentences} | {got.speed:.0f} |",
            flush=True,
        )

    for name, pairs in sets.items():
        for system, run in systems.items():
            row(name, system, score(pairs, run))
    if arguments.held:
        unseen = replace(settings, models=arguments.held[0])
        for path in arguments.held[1:]:
            pairs = clean_pairs([path], arguments.clean)
            row(f"clean: {path.stem}", "Buque", score(pairs, partial(buque, settings=unseen)))
            heard = replace(unseen, pinyin_confusions=True)
            row(f"clean: {path.stem}", "Buque --pinyin-confusions", score(pairs, partial(buque, settings=heard)))
            if arguments.peer:
                few = pairs[:: max(1, len(pairs) // arguments.peer_clean)][: arguments.peer_clean]
                model = arguments.held[0] / "general.klm"
                peer = partial(pycorrector, python=arguments.peer, model=model)
                row(f"clean: {path.stem}", "pycorrector KenLM", score(few, peer))


if __name__ == "__main__":
    main()
