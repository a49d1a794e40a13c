"""What the rules on ordinary damage do to clean text: sentences altered, by kind.

    python -m scripts.check_rules ../shared [--sentences 3000] [--show 5]

Reads the published text of SHARED/corpus (sentences one by one, as their own documents, and stretches of 40 paragraphs
as whole documents), the written documents whole, and the right sides of SHARED/bench. An altered sentence is one an
accepted edit touches; a suggested one only is marked. Published text has wraps and slips of its own, which count
against the rules here.
"""

from __future__ import annotations

import argparse
import bisect
import lzma
import random
import re
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from pipeline import Settings
from pipeline.damage.inference import DamageModel
from pipeline.detection.ordinary import ordinary_damage

SENTENCE = re.compile(r"[^。！？；\n]+[。！？；]?")
STRETCH = 40


def sentences(text: str) -> Iterator[tuple[int, int]]:
    """Yield the spans of sentences of eight characters or more."""
    yield from (m.span() for m in SENTENCE.finditer(text) if len(m.group().strip()) >= 8)


def check(name: str, documents: list[str], show: int) -> None:
    """Print how many sentences of *documents* are altered or marked, by kind of edit, and the speed."""
    settings = Settings()
    total = altered = 0
    kinds: dict[str, Counter[str]] = {"accepted": Counter(), "suggested": Counter(), "open": Counter()}
    examples: list[str] = []
    touched: set[tuple[int, int]] = set()
    began = time.process_time()
    for number, text in enumerate(documents):
        spans = list(sentences(text))
        total += len(spans)
        whole = DamageModel(None, 0.0, 0.0, (), (), ())
        for edit in ordinary_damage(text, whole, settings):
            kinds[edit.status][edit.kind] += 1
            at = bisect.bisect_right([start for start, _ in spans], edit.start) - 1
            if edit.status == "accepted":
                touched.add((number, at))
            if edit.status == "accepted" or edit.kind not in ("cut_off",):
                around = text[max(0, edit.start - 12) : edit.start], text[edit.end : edit.end + 12]
                examples.append(
                    f"{edit.status} {edit.kind} {around[0]!r} {edit.before!r}->{edit.after!r} {around[1]!r}"
                    f" {edit.evidence[:2]}"
                )
    altered = len(touched)
    seconds = time.process_time() - began
    size = sum(map(len, documents))
    print(
        f"{name}: {total} sentences, {altered} altered, untouched {100 * (1 - altered / max(1, total)):.3f} %, "
        f"{size / max(seconds, 1e-9):,.0f} characters/s"
    )
    for status, counts in kinds.items():
        print(f"  {status}: " + ", ".join(f"{kind} {count}" for kind, count in counts.most_common()))
    generator = random.Random(0)
    accepted = [e for e in examples if e.startswith("accepted")]
    rest = [e for e in examples if not e.startswith("accepted")]
    for group in (accepted, rest):
        for example in generator.sample(group, min(show, len(group))):
            print("   ", example)


def main() -> None:
    """Check all texts."""
    parser = argparse.ArgumentParser()
    parser.add_argument("shared", type=Path)
    parser.add_argument("--sentences", type=int, default=3000)
    parser.add_argument("--show", type=int, default=0)
    given = parser.parse_args()
    generator = random.Random(4)
    for name in ("gov_text", "law", "news"):
        with lzma.open(given.shared / "corpus" / f"{name}.txt.xz", "rt", encoding="utf-8") as file:
            lines = [line.rstrip("\n") for line in file]
        single = [
            s
            for line in generator.sample(lines, min(len(lines), given.sentences))
            for s in (line[a:b] for a, b in sentences(line))
        ]
        check(f"{name}, sentence by sentence", generator.sample(single, min(given.sentences, len(single))), given.show)
        starts = generator.sample(range(len(lines) - STRETCH), max(1, given.sentences // STRETCH))
        check(f"{name}, stretches", ["\n".join(lines[at : at + STRETCH]) for at in starts], given.show)
    written = sorted((given.shared / "corpus" / "written" / "reports").glob("*.txt"))
    check("written documents", [path.read_text(encoding="utf-8") for path in written], given.show)
    for path in sorted((given.shared / "bench" / "ecspell").glob("*.tsv")):
        right = [line.split("\t")[1] for line in path.read_text(encoding="utf-8").splitlines() if "\t" in line]
        check(path.name, right, given.show)


if __name__ == "__main__":
    main()
