"""Printed lines hold a constant number of cells: what is not seen on a full line is missing from it.

Where a text keeps the line ends of its print, the sum of the gaps of a line is known within a character or so, however
little is known of each. The number of cells is taken from the document's own undamaged lines or, where it has none,
from the rule for official documents (GB/T 9704-2012, 5.2.4: 28 characters to a line).
"""

from __future__ import annotations

import bisect
import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from pipeline.holes import Hole, Part
from pipeline.language.normalise import Token

OFFICIAL = 28
"""Cells of a line of an official document."""

INDENT = 2
"""Cells left blank at the beginning of a paragraph."""

LEAST_LINES = 5
"""Lines that agree before they say how long a line is."""

LEAST_SHARE = 0.6
"""Share of the undamaged lines that have the commonest width, give or take a cell."""

MOST_ENDED = 0.3
"""Share of lines that end a sentence, above which lines are paragraphs and not printed lines."""

MOST_SPREAD = 4.0
"""Standard deviation in cells of what is seen of damaged lines, above which they are not of one length; losses alone
spread 28 cells by 2.6."""

MOST_WIDER = 0.02
"""Share of lines that may be wider than a line can be: two lines that were joined."""

SENTENCE_ENDS = "。！？；："

DEVIATION, WIDE_DEVIATION, WIDE_SHARE = 0.7, 2.5, 0.1
"""Standard deviations of a line's width in cells: as a rule, and of lines closed up for a mark or cut for a number."""

NOT_FULL = -4.0
"""log10 probability below which a width does not fall: a line may have been ended for a reason nobody sees."""

ADVANCE = 0.3
"""log10 score paid in advance for each symbol put into a full line. On held-out documents cut by hand into lines of 28
cells, gapped and without trace: 0.1: 68.5 % restored, 0.3: 68.8 to 71.2; 0.45 and 0.6 a point less, 0.9 six."""

MANY = 0.15
"""log10 score of each symbol put into a hole of unknown length while readings are sought. The best of many long
fillings says less than all of them together, so that the best reading of all is too short. Five documents that no model
knows, first 2,000 characters, at 0, 0.15, 0.3: of what gapped lines lost 60.5, 62.2, 63.7 % was restored, of collapsed
ones 52.5, 55.2, 56.7 %, of the fillings 77, 74, 68 and 77, 71, 64 % were right, of accepted ones 94 % each. Fillings
that are weighed against each other are summed up: there it does not count."""

MOST_MISSING = 80
"""Characters put into a line that are told apart."""

_BREAK = re.compile(r"\r\n|\r|\n")

Scores = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Ruled:
    """Which line each element of a piece lies on, and what is known of their widths.

    Attributes:
        line: number of its line, by element.
        ends: the last element of each line.
        scores: for each full line log10 scores by the number of symbols put in.
    """

    line: Sequence[int] = ()
    ends: Sequence[int] = ()
    scores: dict[int, Scores] = field(default_factory=dict)

    def at_end(self, element: int) -> list[float]:
        """Return log10 scores, by the symbols put into a line, where it ends; no scores where no line ends."""
        if not self.scores or element != self.ends[self.line[element]]:
            return []
        scores = self.scores.get(self.line[element])
        if scores is None:
            return [0.0]  # what follows is counted anew
        return [float(score) - ADVANCE * put for put, score in enumerate(scores)]

    def sought(self, element: int, least: int, most: int) -> Scores:
        """Return log10 scores of 0 to *most* symbols in a hole while the whole piece is sought.

        On a full line every symbol is paid for in advance, or the search would drop what is long enough before it
        learns at the line's end that the rest is too short. ``at_end`` takes the advance back. In a hole that may hold
        *least* symbols or more each one counts besides, since longer fillings are more.
        """
        ruled = bool(self.scores) and self.line[element] in self.scores
        each = (ADVANCE if ruled else 0.0) + (MANY if least < most else 0.0)
        return each * np.arange(most + 1, dtype=np.float64)

    def weighed(self, element: int, most: int, others: Sequence[int]) -> Scores:
        """Return log10 scores of 0 to *most* symbols in a hole while *others* stand in the other holes of each line."""
        scores = self.scores.get(self.line[element]) if self.scores else None
        if scores is None:
            return np.zeros(most + 1)
        found: Scores = scores[np.minimum(others[element] + np.arange(most + 1), len(scores) - 1)]
        return found

    def others(self, put: Sequence[int]) -> list[int]:
        """Return for each element the symbols in the other holes of its line, of which *put* says how many each holds.

        Where no line is ruled, nobody asks for them: none are returned.
        """
        if not self.scores:
            return []
        totals: Counter[int] = Counter()
        for line, count in zip(self.line, put, strict=True):
            totals[line] += count
        return [totals[line] - count for line, count in zip(self.line, put, strict=True)]


UNRULED = Ruled()


def width(text: str) -> float:
    """Return the cells that a text takes: letters, digits and other ASCII take half of one."""
    return sum(0.0 if char.isspace() else 0.5 if char.isascii() else 1.0 for char in text)


class Ruler:
    """The line ends of a document and the width of its full lines."""

    def __init__(self, text: str) -> None:
        """Find the line ends of *text*."""
        self._text = text
        self._breaks = [match.start() for match in _BREAK.finditer(text)]
        self.cells: int | None = None
        self._measured = False

    def line_of(self, part: Part) -> int:
        """Return the number of the line that a part begins on."""
        return bisect.bisect_left(self._breaks, part.start)

    def measure(self, paragraphs: Sequence[Sequence[Part]]) -> None:
        """Learn how many cells a full line has, if lines are printed lines at all; once, from whole documents."""
        if self._measured:
            return
        self._measured = True
        whole: list[float] = []
        damaged: list[float] = []
        ended = 0
        for parts in paragraphs:
            for first, last in self._lines(parts)[:-1]:
                line = parts[first:last]
                (damaged if any(isinstance(part, Hole) for part in line) else whole).append(self._seen(line))
                ended += self._ended(line)
        if ended > MOST_ENDED * (len(whole) + len(damaged)):
            return
        counts = Counter(map(round, whole))
        common = max(counts, key=lambda cells: (counts[cells], cells), default=0)
        alike = sum(count for cells, count in counts.items() if abs(cells - common) <= 1)
        if alike >= LEAST_LINES and alike >= LEAST_SHARE * len(whole):
            cells = common
        elif len(whole) < LEAST_LINES <= len(damaged) and np.std(damaged) <= MOST_SPREAD:
            cells = OFFICIAL
        else:
            return
        if sum(seen > cells + 1 for seen in damaged) <= MOST_WIDER * len(damaged):
            self.cells = cells

    def rule(self, parts: Sequence[Part], begins: bool) -> Ruled:
        """Say what is known of the lines of a piece; *begins* tells whether a paragraph begins with it."""
        if self.cells is None:
            return UNRULED
        lines = self._lines(parts)
        number = [n for n, (first, last) in enumerate(lines) for _ in range(first, last)]
        scores: dict[int, Scores] = {}
        for n, (first, last) in enumerate(lines[:-1]):
            line = parts[first:last]
            unknown = any(isinstance(part, Hole) and part.least < part.most for part in line)
            if unknown and not self._ended(line) and (n or begins):
                scores[n] = self._scores(self.cells - self._seen(line), indented=n == 0)
        return Ruled(number, [last - 1 for _, last in lines], scores) if scores else UNRULED

    def _lines(self, parts: Sequence[Part]) -> list[tuple[int, int]]:
        numbers = [self.line_of(part) for part in parts]
        starts = [i for i, number in enumerate(numbers) if i == 0 or number != numbers[i - 1]]
        return list(zip(starts, [*starts[1:], len(parts)], strict=True))

    def _seen(self, line: Sequence[Part]) -> float:
        return sum(width(self._text[part.start : part.end]) for part in line if isinstance(part, Token))

    def _ended(self, line: Sequence[Part]) -> bool:
        """Tell whether the last that is seen of a line ends a sentence: its paragraph may end there too."""
        last = next((part for part in reversed(line) if isinstance(part, Token)), None)
        return last is not None and last.symbol in SENTENCE_ENDS

    @staticmethod
    def _scores(missing: float, indented: bool) -> Scores:
        """Return log10 scores of 0, 1 ... symbols put into a line that lacks *missing* cells."""
        put = np.arange(MOST_MISSING + 1)

        def bell(centre: float, deviation: float) -> Scores:
            spread: Scores = np.exp(-(((put - centre) / deviation) ** 2) / 2) / (deviation * math.sqrt(2 * math.pi))
            return spread

        centres = (missing, missing - INDENT) if indented else (missing,)
        chance = sum(
            (1 - WIDE_SHARE) * bell(centre, DEVIATION) + WIDE_SHARE * bell(centre, WIDE_DEVIATION) for centre in centres
        ) / len(centres)
        return np.maximum(np.log10(np.maximum(chance, 1e-30)), NOT_FULL)
