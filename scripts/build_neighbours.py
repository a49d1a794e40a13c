"""Write pipeline/vocabulary/data/neighbours.tsv: what usually stands beside the characters of names of places.

    python -m scripts.build_neighbours TEXT=TIMES...

The table was made of corpus=1, gov_text.txt.xz=3, law.txt.xz=0.5 and news.txt.xz=0.2 (models/README.md).

A TEXT is a folder of ``*.txt`` or a ``.txt.xz``, a paragraph a line; what stands in it counts TIMES over, and with
less than one time one paragraph in so many counts (0.2: every fifth). Names of places do not: what is asked is what
stands beside a character where no place is meant. Only figures are written: shares of the commonest neighbours, in
thousandths.
"""

from __future__ import annotations

import argparse
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from itertools import islice, pairwise
from pathlib import Path

import ahocorasick

from pipeline.language.normalise import symbols
from pipeline.vocabulary.divisions import divisions
from pipeline.vocabulary.neighbours import NEIGHBOURS, WHOLE
from scripts.real_places import stem_of
from scripts.train import archive_lines

FEWEST = 50.0
"""Occurrences below which the shares would be left to chance."""

LEAST = 8
"""Thousandths from which a neighbour is written."""

EDGE = "\ue000"
"""Stands for the edge of a paragraph; no symbol of ordinary text is written like it."""


def paragraphs(text: Path) -> Iterator[str]:
    """Yield the paragraphs of a folder or an archive."""
    if text.is_dir():
        for file in sorted(text.rglob("*.txt")):
            yield from file.read_text(encoding="utf-8").splitlines()
    else:
        yield from archive_lines([str(text)])


def in_names() -> Callable[[str], set[int]]:
    """Return what tells the positions of a text that lie in the name of a division.

    Provinces and prefectures are also called by their names alone: 甘肃.
    """
    names = ahocorasick.Automaton()
    for division in divisions():
        for name in division.names:
            stem = stem_of(name)
            for form in (name, stem) if len(division.chain) < 3 and len(stem) > 1 else (name,):
                names.add_word(form, len(form))
    names.make_automaton()
    return lambda text: {at for end, size in names.iter(text) for at in range(end + 1 - size, end + 1)}


def main() -> None:
    """Count and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("texts", nargs="+")
    arguments = parser.parse_args()
    wanted = {char for division in divisions() for name in division.names for char in name}
    before: dict[str, Counter[str]] = defaultdict(Counter)
    behind: dict[str, Counter[str]] = defaultdict(Counter)
    named = in_names()
    for text in arguments.texts:
        path, _, times = text.partition("=")
        step = max(1, round(1 / float(times or 1)))
        weight = max(1.0, float(times or 1))
        for paragraph in islice(paragraphs(Path(path)), None, None, step):
            shown = "".join((EDGE, *symbols(paragraph), EDGE))
            place = named(shown)
            for at, (first, second) in enumerate(pairwise(shown)):
                if first in wanted and at not in place:
                    behind[first][second] += weight
                if second in wanted and at + 1 not in place:
                    before[second][first] += weight

    def listed(counts: Counter[str]) -> str:
        total = sum(counts.values())
        shares = [(char, round(WHOLE * count / total)) for char, count in counts.most_common()]
        return " ".join(f"{char}:{share}" for char, share in shares if share >= LEAST)

    rows = [
        f"{char}\t{listed(before[char])}\t{listed(behind[char])}\n"
        for char in sorted(wanted)
        if before[char].total() >= FEWEST
    ]
    NEIGHBOURS.write_text("".join(rows), encoding="utf-8")
    print(f"{len(rows)} of {len(wanted)} characters")


if __name__ == "__main__":
    main()
