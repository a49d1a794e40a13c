"""Scores of restorations against expert readings and simulated damage, shared by the benchmarks.

A score is a pair ``(right, all)`` of character counts.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pipeline import Restoration, Settings, restore
from pipeline.damage.hypotheses import Cut
from pipeline.edits import Edit

GOLD_RUN = re.compile(r"\{([^|}]*)\|(\d)\}")
CUT = Cut("GB2312", "above", 0xC2C9)


@dataclass(frozen=True, slots=True)
class Gap:
    """The expert's reading of one gap: characters with their certainty class (1 guess, 2 likely, 3 certain)."""

    characters: tuple[tuple[str, int], ...]

    @property
    def text(self) -> str:
        """The reading without its classes."""
        return "".join(char for char, _ in self.characters)


def gold_rows(path: Path) -> list[dict[str, object]]:
    """Read a file of expert readings."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def exact_input(gold: str) -> str:
    """Return the gold text with its runs written as □, or ▭ where nobody knows how many are missing."""
    return GOLD_RUN.sub(lambda m: "▭" if m.group(1) == "?" else "□" * len(m.group(1)), gold)


def exact_document(rows: Sequence[dict[str, object]]) -> str:
    """Return the expert-read paragraphs with exact counts, all of them in one document."""
    return "\n\n".join(exact_input(str(row["gold"])) for row in rows) + "\n"


def exact_truth(rows: Sequence[dict[str, object]], text: str) -> dict[int, tuple[str, int]]:
    """Return what the experts read in each □ or ▭ of *text*, the exact document, and how certain, by offset."""
    positions = (i for i, char in enumerate(text) if char in "□▭")
    read = ((char, int(c)) for row in rows for run, c in GOLD_RUN.findall(str(row["gold"])) for char in run)
    return {at: one for at, one in zip(positions, read, strict=True) if one[1]}


def exact_score(
    rows: Sequence[dict[str, object]], text: str, supplied: Mapping[int, str]
) -> dict[int, tuple[int, int]]:
    """Score characters put into *text*, the exact document, by certainty class."""
    score = {c: [0, 0] for c in (1, 2, 3)}
    for at, (char, certainty) in exact_truth(rows, text).items():
        score[certainty][0] += supplied.get(at) == char
        score[certainty][1] += 1
    return {c: (a, b) for c, (a, b) in score.items()}


def supplied_at(result: Restoration, accepted: bool = False) -> dict[int, str]:
    """Return the character put in the place of each □, by offset in the original; only what is *accepted*, or all."""
    supplied = {}
    for edit in result.edits:
        if len(edit.before) == len(edit.after) and (edit.status == "accepted" or not accepted):
            supplied.update({edit.start + k: char for k, char in enumerate(edit.after) if edit.before[k] == "□"})
    return supplied


def gaps_of_gold(gold: str) -> tuple[str, dict[int, Gap]]:
    """Return the seen characters without white space and the gaps before each of them, by their index."""
    seen: list[str] = []
    gaps: dict[int, Gap] = {}
    at = 0
    for match in [*GOLD_RUN.finditer(gold), None]:
        seen.extend("".join(gold[at : match.start() if match else len(gold)].split()))
        if match is None:
            break
        known = gaps[len(seen)].characters if len(seen) in gaps else ()
        gaps[len(seen)] = Gap(known + tuple((char, int(match.group(2))) for char in match.group(1)))
        at = match.end()
    return "".join(seen), gaps


def gaps_restored(original: str, start: int, end: int, edits: Sequence[Edit]) -> tuple[str, dict[int, list[Edit]]]:
    """Return the seen characters of a span without white space and the edits before each, by its index."""
    seen = [i for i in range(start, end) if not original[i].isspace()]
    found: dict[int, list[Edit]] = {}
    for edit in edits:
        # What is put in at the very end of the span stands on the next line.
        if start <= edit.start < end and edit.end <= end and not edit.before.strip():
            found.setdefault(sum(i < edit.start for i in seen), []).append(edit)
    return "".join(original[i] for i in seen), found


def matched(supplied: str, gap: Gap) -> Iterator[tuple[int, str, int]]:
    """Align a supplied run with a gap; yield (index in supplied, character, class) for each agreement."""
    if len(supplied) == len(gap.characters):
        for index, (char, certainty) in enumerate(gap.characters):
            if supplied[index] == char:
                yield index, char, certainty
        return
    for block in difflib.SequenceMatcher(None, supplied, gap.text, autojunk=False).get_matching_blocks():
        for offset in range(block.size):
            char, certainty = gap.characters[block.b + offset]
            yield block.a + offset, char, certainty


@dataclass(slots=True)
class RawScore:
    """Score of a document as it is: by class, and what its accepted characters are worth."""

    right: dict[int, list[int]]
    by_kind: dict[str, list[int]]
    accepted_right: int = 0
    accepted_wrong: int = 0
    certain_accepted: int = 0

    @property
    def precision(self) -> float:
        """Share of accepted characters in gaps of certain characters only that agree with the reading."""
        return self.accepted_right / max(1, self.accepted_right + self.accepted_wrong)


def raw(document: Path, rows: Sequence[dict[str, object]], settings: Settings) -> tuple[RawScore, Restoration]:
    """Restore a document as it is and score the paragraphs that experts read, gap by gap."""
    result = restore(document, settings)
    starts = [0]
    for line in result.original.split("\n"):  # the readings number lines by line feeds alone
        starts.append(starts[-1] + len(line) + 1)
    score = RawScore({c: [0, 0] for c in (1, 2, 3)}, {})
    for row in rows:
        lines = row["lines"]
        assert isinstance(lines, list)
        gold_seen, gaps = gaps_of_gold(str(row["gold"]))
        seen = ""
        found: dict[int, list[Edit]] = {}
        for index in lines:
            part, edits = gaps_restored(result.original, starts[index - 1], starts[index], result.edits)
            for at, several in edits.items():
                found.setdefault(at + len(seen), []).extend(several)
            seen += part
        assert seen == gold_seen, (seen, gold_seen)
        kind = score.by_kind.setdefault(str(row["kind"]), [0, 0])
        for at in sorted({*gaps, *found}):
            gap = gaps.get(at, Gap(()))
            edits_here = found.get(at, [])
            supplied = "".join(edit.after for edit in edits_here)
            accepted = "".join(("1" if edit.status == "accepted" else "0") * len(edit.after) for edit in edits_here)
            for _, certainty in gap.characters:
                if certainty:
                    score.right[certainty][1] += 1
                    kind[1] += certainty == 3
            hits = list(matched(supplied, gap))
            for index, _, certainty in hits:
                if certainty:
                    score.right[certainty][0] += 1
                    kind[0] += certainty == 3
                score.certain_accepted += certainty == 3 and accepted[index] == "1"
            if all(certainty == 3 for _, certainty in gap.characters):
                right = sum(accepted[index] == "1" for index, _, _ in hits)
                score.accepted_right += right
                score.accepted_wrong += accepted.count("1") - right
    return score, result


def simulated(text: str, settings: Settings, cut: Cut = CUT) -> tuple[int, int]:
    """Score a document under a cut with exact counts: right and all lost characters."""
    damaged = "".join("□" if cut.loses(char) else char for char in text)
    supplied = supplied_at(restore(damaged, settings))
    lost = [i for i, char in enumerate(damaged) if char == "□" and text[i] != "□"]
    return sum(supplied.get(i) == text[i] for i in lost), len(lost)


def expected_calibration_error(chances: np.ndarray, right: np.ndarray, bins: int = 15) -> float:
    """Return the mean distance of probability and share of right readings, over bins of equal width."""
    which = np.minimum((chances * bins).astype(int), bins - 1)
    return float(sum(abs(chances[which == b].sum() - right[which == b].sum()) for b in range(bins)) / len(chances))
