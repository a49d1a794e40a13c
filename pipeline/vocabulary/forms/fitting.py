"""What a label lacks against that of its form."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.damage.hypotheses import Cut, is_han
from pipeline.vocabulary.forms.matching import MANY, LabelRow, plain
from pipeline.vocabulary.forms.templates import FormRow


def insertions(row: LabelRow, wanted: FormRow) -> list[tuple[int, str]] | None:
    """Return what the label lacks, as (index of the sign it stands before, text), or None where it holds more.

    Of the ways to fit the label into the form's, the one is taken that puts most of what is missing into gaps.
    """
    label = plain(wanted.label)
    signs = row.signs
    n, m = len(signs), len(label)
    if n > m:
        return None
    gaps = [1.0 if sign.gap is not None or not index else 0.0 for index, sign in enumerate(signs)] + [1.0]
    counts = [sign.lost for sign in signs] + [row.tail_lost]
    if any(counts):  # somebody marked the holes: nothing is missing elsewhere
        counts = [count if count is not None else 0 for count in counts]
    # best[i][j]: signs i.. fitted into label j..; the cost of every place where something is missing without a gap.
    dead = float("inf")
    best = [[dead] * (m + 1) for _ in range(n + 1)]
    for j in range(m + 1):
        best[n][j] = 0.0 if counts[n] in (None, m - j, MANY) else dead
    step: dict[tuple[int, int], int] = {}
    for i in range(n - 1, -1, -1):
        for j in range(m - (n - i), -1, -1):
            for at in range(j, m - (n - i) + 1):
                if label[at] != signs[i].char or best[i + 1][at + 1] == dead or counts[i] not in (None, at - j, MANY):
                    continue
                cost = best[i + 1][at + 1] + (0.0 if at == j else 1.0 - gaps[i] + 0.01)
                if cost < best[i][j]:
                    best[i][j] = cost
                    step[i, j] = at
    if best[0][0] == dead:
        return None
    missing: list[tuple[int, str]] = []
    j = 0
    for i in range(n):
        at = step[i, j]
        if at > j:
            missing.append((i, label[j:at]))
        j = at + 1
    if j < m:
        missing.append((n, label[j:]))
    return missing


def lost_only(missing: Sequence[tuple[int, str]], cut: Cut | None) -> bool:
    """Tell whether a cut explains everything that is missing."""
    return cut is not None and all(cut.loses(char) or not is_han(char) for _, part in missing for char in part)
