"""Count how a draft misreads the levels of government, on documents that neither model has seen.

    python -m scripts.fit_levels FOLDER... [--documents N]

FOLDERs are those of scripts/fit_witness.py: what the neural witness was not trained on gets real names, is damaged by
the cut of the Guoluo report and read with a genre model of half of the rest, and no document is told what it is of.
By the level that stands where a government calls itself by one, pipeline/infill/confusions.tsv gets how often a draft
reads each. Needs the tools of scripts/train.py.
"""

from __future__ import annotations

import argparse
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path
from unittest.mock import patch

from pipeline import Settings, restore
from pipeline.infill.home import Home
from pipeline.infill.levels import CONFUSIONS, seats
from pipeline.language.normalise import HOLE_ONE, symbols
from pipeline.vocabulary.divisions import LEVELS
from scripts.real_places import renamed
from scripts.scoring import CUT
from scripts.train import models_of_half
from scripts.train_infill.split import documents

LENGTH = 3000  # characters of a document
SEEDS = (5, 6)  # of the names that documents get


@dataclass(frozen=True, slots=True)
class Overheard(Home):
    """A home of which nothing is known; it keeps the drafts that it is asked about."""

    drafts: list[tuple[str, str]] = field(default_factory=list)

    def seats(self, draft: str, lost: str) -> list[int]:
        """Keep a draft and say nothing."""
        self.drafts.append((draft, lost))
        return []


def misread(text: str, settings: Settings) -> Counter[tuple[str, str]]:
    """Return how often each level stands where each is drafted."""
    home = Overheard()
    damaged = "".join(HOLE_ONE if CUT.loses(char) else char for char in text)
    with patch("pipeline.filling.Home", lambda *_: home):
        restore(damaged, settings)
    # Only damaged paragraphs are drafted, long ones in pieces; those with confirmed names once more, behind the others.
    damaged_lines = [line for line in text.splitlines() if any(map(CUT.loses, line))]
    truth = [symbol for line in damaged_lines for symbol in symbols(line)]
    counts = Counter[tuple[str, str]]()
    first = 0
    for draft, lost in home.drafts:
        stands = truth[first : first + len(draft)]
        first += len(draft)
        # Behind the end of the text, which is cut off anywhere, something may be drafted too.
        draft, lost = draft[: len(stands)], lost[: len(stands)]
        if any(gone not in (HOLE_ONE, seen) for seen, gone in zip(stands, lost, strict=True)):
            break  # what comes now was drafted before
        counts.update((stands[at], draft[at]) for at in seats(draft) if lost[at] == HOLE_ONE and stands[at] in LEVELS)
    return counts


def main() -> None:
    """Count what the arguments name and write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--documents", type=int, default=60)
    parser.add_argument("--jobs", type=int, default=2)
    arguments = parser.parse_args()
    settings = Settings(fill="best", jobs=arguments.jobs)
    split = documents(arguments.folders)
    texts = [path.read_text(encoding="utf-8") for path, out in split if out][: arguments.documents]
    counts = Counter[tuple[str, str]]()
    with models_of_half([path for path, out in split if not out], settings.models) as folder:
        for seed in SEEDS:
            for text in renamed(texts, seed):
                counts += misread(text[:LENGTH], replace(settings, models=folder))
                print(counts.total(), flush=True)
    rows = [["stands", *LEVELS], *([level, *(str(counts[level, read]) for read in LEVELS)] for level in LEVELS)]
    CONFUSIONS.write_text("".join("\t".join(row) + "\n" for row in rows), encoding="utf-8")


if __name__ == "__main__":
    main()
