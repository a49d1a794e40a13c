"""Count how headings go on behind the beginnings that pipeline/imaging/endings.py knows: what its table rests on.

    python -m scripts.heading_ends corpus more_documents

Of every stem: the ending said of it; how many headings end with the stem or go on behind it, by no more characters
than the ending has, for the more a heading lost the less likely the loss; how many of these go on by just so many; and
whether that bears the stem out. Of the beginnings of words: how many headings end with one, and how many have one last
but one.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterable
from pathlib import Path

from pipeline.imaging.endings import BREAKS_OFF, ENDINGS

LEAST, SHARE = 5, 8 / 9
"""Headings that a stem is counted in, and the share of them that go on as said, at least."""

_HEADING = re.compile(
    r"[\s#*]*(?:[一二三四五六七八九十]{1,3}、|[（(][一二三四五六七八九十]{1,3}[）)])\s*([^，。；：\s]{1,30})[。：]?\s*$"
)


def headings_of(folders: Iterable[Path]) -> list[str]:
    """Return the headings of the text files in folders, without their numbers; of equal files those of one.

    Rows of tables are numbered like them, but hold white.
    """
    texts = {path.read_text("utf-8") for folder in folders for path in sorted(folder.rglob("*.txt"))}
    found = (_HEADING.match(line) for text in sorted(texts) for line in text.splitlines())
    return [heading[1] for heading in found if heading]


def count(headings: Iterable[str], stem: str, size: int) -> tuple[int, int]:
    """Return in how many headings at most *size* characters stand behind a stem, and in how many just so many do."""
    behind = re.compile(stem.replace("□", ".") + f"(.{{0,{size}}})$")  # □ is a character that was not read
    rests = [len(found[1]) for heading in headings if (found := behind.search(heading))]
    return len(rests), rests.count(size)


def borne_out(held: int, fit: int) -> bool:
    """Tell whether such counts bear a stem out."""
    return held >= LEAST and fit >= SHARE * held


def main() -> None:
    """Print the counts of the headings of the folders named."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path)
    headings = headings_of(parser.parse_args().folders)
    print(f"{len(headings)} headings")
    for ending, stems in ENDINGS:
        for stem in stems.split("|"):
            held, fit = count(headings, stem, len(ending))
            print(f"{stem}\t{ending}\t{held}\t{fit}\t{'yes' if borne_out(held, fit) else 'no'}")
    ends = sum(BREAKS_OFF.search(heading) is not None for heading in headings)
    last_but_one = sum(BREAKS_OFF.search(heading[:-1]) is not None for heading in headings)
    print(f"beginnings of words: {ends} at the end, {last_but_one} last but one")


if __name__ == "__main__":
    main()
