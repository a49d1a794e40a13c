"""What a dictionary of everyday words says of a doubtful cell: does it fall into words as it stands, or as it may be?

The n-gram models know official text; the dictionary (that of jieba, MIT) knows words they met too seldom, and that a
string of single characters in the midst of words is a sign of damage.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass

import jieba

LONGEST = 6
"""Characters of the longest word looked up."""

WORD_OF_BEST = 7
"""Place in ``Words.evidence`` of the length of the word that holds the cell with the best alternative in it."""

LONGEST_OVER_SEEN, LONGEST_OVER_BEST = 4, 9
"""The same of the longest word over the cell as it was seen, and with the best alternative."""


@dataclass(frozen=True, slots=True)
class Words:
    """Log10 counts of words, and log10 of their sum."""

    counts: dict[str, float]
    total: float

    def segment(self, text: str, at: int) -> tuple[float, int, str]:
        """Return log10 P of the likeliest segmentation, its number of words, and the word that holds position *at*."""
        counts, floor = self.counts, -1.0 - self.total
        size = len(text)
        best = [0.0] * (size + 1)
        ends = [0] * (size + 1)
        for i in range(size - 1, -1, -1):
            count = counts.get(text[i])
            best[i], ends[i] = (floor if count is None else count - self.total) + best[i + 1], i + 1
            for j in range(i + 2, min(size, i + LONGEST) + 1):
                count = counts.get(text[i:j])
                if count is not None and count - self.total + best[j] >= best[i]:
                    best[i], ends[i] = count - self.total + best[j], j
        number, start = 0, 0
        word = ""
        while start < size:
            number += 1
            if start <= at < ends[start]:
                word = text[start : ends[start]]
            start = ends[start]
        return best[0], number, word

    def longest_over(self, text: str, at: int) -> tuple[int, float]:
        """Return the length of the longest word of two or more characters over position *at*, and its log10 count."""
        longest, count = 1, 0.0
        for start in range(max(0, at - LONGEST + 1), at + 1):
            for end in range(max(at + 1, start + 2), min(len(text), start + LONGEST) + 1):
                found = self.counts.get(text[start:end])
                if found is not None and end - start >= longest:
                    longest, count = end - start, found
        return longest, count

    def evidence(self, before: str, seen: str, best: str, behind: str) -> list[float]:
        """Describe the words over a cell between *before* and *behind*, as it was seen and with another character."""
        at = len(before)
        told: list[float] = []
        costs = []
        for char in (seen, best):
            text = before + char + behind
            cost, number, word = self.segment(text, at)
            length, count = self.longest_over(text, at)
            costs.append(cost)
            told += [float(number), float(len(word)), self.counts.get(word, -1.0), float(length), count]
        return [costs[1] - costs[0], *told]


@functools.cache
def everyday_words() -> Words:
    """Read jieba's dictionary; takes about 0.3 s, once a process, and only where there is something to decide."""
    counts: dict[str, float] = {}
    total = 0
    with jieba.dt.get_dict_file() as file:
        for line in file.read().decode("utf-8").splitlines():
            word, count, _ = line.split(" ")
            if len(word) <= LONGEST:
                counts[word] = int(count)
                total += int(count)
    return Words({word: math.log10(count) for word, count in counts.items() if count}, math.log10(total))
