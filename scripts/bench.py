"""Accuracy benchmark: expert-read paragraphs and simulated damage on documents the models never saw.

Usage: python scripts/bench.py SHARED [--beam N]. SHARED holds bench/ and seeds/ (not part of the repository).
"""

from __future__ import annotations

import argparse
import json
import re
import time
from pathlib import Path

from pipeline import Settings, restore
from pipeline.damage.hypotheses import Cut
from pipeline.edits import CLOSE_MARK, OPEN_MARK

GOLD_RUN = re.compile(r"\{([^|}]*)\|(\d)\}")
SUPPLIED = re.compile(f"{OPEN_MARK}([^{CLOSE_MARK}]*){CLOSE_MARK}")
CUT = Cut("GB2312", "above", 0xC2C9)


def guoluo_exact(path: Path, settings: Settings) -> dict[int, tuple[int, int]]:
    """Score expert-read paragraphs with exact counts: right and all characters of each certainty class."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    paragraphs, gold = [], []
    for row in rows:
        # Runs that touch are one run of □ in the input; their parts keep their own class.
        for match in GOLD_RUN.finditer(row["gold"]):
            gold.append((match.group(1), int(match.group(2))))
        paragraphs.append(GOLD_RUN.sub(lambda m: "▭" if m.group(1) == "?" else "□" * len(m.group(1)), row["gold"]))
    result = restore("\n\n".join(paragraphs) + "\n", settings)
    supplied = {}
    for edit in result.edits:
        for offset in range(len(edit.before)):
            supplied[edit.start + offset] = edit.after[offset] if edit.before[offset] == "□" else ""
    positions = [i for i, char in enumerate(result.original) if char in "□▭"]
    score = {c: [0, 0] for c in (1, 2, 3)}
    at = 0
    for text, certainty in gold:
        for char in text:
            if certainty:
                score[certainty][0] += supplied.get(positions[at]) == char
                score[certainty][1] += 1
            at += 1
    return {c: (a, b) for c, (a, b) in score.items()}


def simulated(path: Path, settings: Settings) -> tuple[int, int]:
    """Score a document under the GB2312 cut with exact counts: right and all lost characters."""
    text = path.read_text(encoding="utf-8")
    damaged = "".join("□" if CUT.loses(char) else char for char in text)
    result = restore(damaged, settings)
    right = sum(
        a == b
        for edit in result.edits
        for a, b in zip(edit.after, text[edit.start : edit.end], strict=False)
        if len(edit.after) == len(edit.before)
    )
    return right, damaged.count("□") - text.count("□")


def main() -> None:
    """Print one line a measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("shared", type=Path)
    parser.add_argument("--beam", type=int, default=Settings().beam)
    arguments = parser.parse_args()
    settings = Settings(fill="best", beam=arguments.beam)
    began = time.perf_counter()
    score = guoluo_exact(arguments.shared / "bench" / "guoluo_dev.jsonl", settings)
    certain, likely = score[3], score[2]
    print(f"guoluo dev, exact counts, c=3: {certain[0] / certain[1]:.4f} of {certain[1]}")
    both = (certain[0] + likely[0], certain[1] + likely[1])
    print(
        f"guoluo dev, exact counts, c>=2: {both[0] / both[1]:.4f} of {both[1]}  ({time.perf_counter() - began:.1f} s)"
    )
    for path in sorted((arguments.shared / "seeds").glob("00[1-4]*.txt")):
        began = time.perf_counter()
        right, lost = simulated(path, settings)
        share, seconds = right / lost, time.perf_counter() - began
        print(f"{path.stem}, GB2312 cut, exact counts: {share:.4f} of {lost}  ({seconds:.1f} s)")
        damage = restore(path).damage
        print(f"{path.stem}, as it is: cut {damage.cut} (evidence {damage.evidence:.0f} nats)")
    began = time.perf_counter()
    raw = restore(arguments.shared / "seeds" / "000_guoluo_2018.txt", settings)
    print(f"guoluo raw: {raw.damage.cut}, {len(raw.edits)} edits, {time.perf_counter() - began:.1f} s")


if __name__ == "__main__":
    main()
