"""Pick out of large corpora the text that is most like the written documents.

    python -m scripts.train_infill.nearest OUT.txt.xz MILLIONS MODELS CORPUS.txt.xz...

What is drawn from a small source again and again teaches little more; most of a large one is of other genres. Blocks of
consecutive paragraphs are ranked by how much likelier the genre model finds a symbol than the general model does (Moore
and Lewis 2010, "Intelligent Selection of Language Model Training Data"); OUT gets the best MILLIONS of characters, in
their old order. All processors are used, and all of the corpora is held in memory. The genre model of MODELS knows
the held-out documents too; what is picked are other texts.
"""

from __future__ import annotations

import argparse
import lzma
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import cache, partial
from pathlib import Path

import kenlm

from pipeline.language.normalise import symbols

BLOCK = 600
"""Least characters of a block: more than the context of an encoder, so that few of its stretches have a seam."""

CHUNK = 500  # blocks that a worker takes at a time


def blocks(lines: Iterable[str]) -> Iterator[str]:
    """Join consecutive paragraphs to blocks."""
    held: list[str] = []
    size = 0
    for line in lines:
        held.append(line.rstrip("\n"))
        size += len(held[-1])
        if size >= BLOCK:
            yield "\n".join(held)
            held, size = [], 0
    if held:
        yield "\n".join(held)


@cache
def _model(path: Path) -> kenlm.Model:
    return kenlm.Model(str(path))


def closeness(models: Path, block: str) -> float:
    """Return how much likelier the genre model finds a symbol, in orders of magnitude (mean over a block)."""
    genre, general = (_model(models / name) for name in ("genre.klm", "general.klm"))
    gain, count = 0.0, 0
    for line in block.split("\n"):
        read = symbols(line)
        text = " ".join(read)
        gain += genre.score(text) - general.score(text)
        count += len(read) + 1
    return gain / count


def nearest(models: Path, found: list[str], characters: float) -> list[str]:
    """Return the blocks closest to the genre, *characters* in all, in the order in which they were *found*."""
    with ProcessPoolExecutor() as pool:
        scores = list(pool.map(partial(closeness, models), found, chunksize=CHUNK))
    ranks = sorted(range(len(found)), key=lambda at: -scores[at])
    kept, size = [], 0
    for at in ranks:
        if size >= characters:
            break
        kept.append(at)
        size += len(found[at])
    return [found[at] for at in sorted(kept)]


def main() -> None:
    """Pick as the arguments say."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("millions", type=float)
    parser.add_argument("models", type=Path)
    parser.add_argument("corpora", nargs="+", type=Path)
    arguments = parser.parse_args()
    found: list[str] = []
    for corpus in arguments.corpora:
        with lzma.open(corpus, "rt", encoding="utf-8") as lines:
            found.extend(blocks(lines))
    kept = nearest(arguments.models, found, arguments.millions * 1e6)
    with lzma.open(arguments.out, "wt", encoding="utf-8") as out:
        out.writelines(block + "\n" for block in kept)
    print(f"{sum(map(len, kept)):,} of {sum(map(len, found)):,} characters")


if __name__ == "__main__":
    main()
