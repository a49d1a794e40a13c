"""Pack text into token ids for training: one compressed file that holds the vocabulary, the codes and every source.

    python -m scripts.train_infill.pack OUT.npz NAME=WEIGHT=PATH... [--limit MB] [--like PACKED]

A PATH is a ``.txt.xz``, a ``.txt`` or a folder of ``*.txt``, a paragraph a line; several PATHs of one NAME are
joined by commas. WEIGHT is the share of training text drawn from the source. Every tenth document of a folder is
held out for validation; the invented places of the others get real names, other ones in each of several copies.
With --like it has the symbols of PACKED and its held-out text: a training on PACKED can go on with it.
"""

from __future__ import annotations

import argparse
import io
import lzma
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipeline.damage.hypotheses import ORDERS, is_han
from pipeline.language.normalise import symbols
from scripts.real_places import paragraphs
from scripts.train_infill.split import documents
from scripts.train_infill.vocabulary import NEWLINE, SPECIALS, UNKNOWN

LEAST_COUNT = 5
"""Occurrences below which a symbol is unknown: it could not be learnt."""

COPIES = 3
"""Copies of a folder's documents, alike but for the names of their places."""

FOLLOWERS = 32
"""Likeliest followers of a symbol that are kept: they make locally fluent wrong drafts."""

UNMISTAKABLE = 20
"""Symbols from which a paragraph is the same as another one, not just alike."""

Ids = NDArray[np.uint16]


def archive(path: Path) -> list[str]:
    """Return the paragraphs of a ``.txt.xz`` or ``.txt``."""
    if path.suffix == ".xz":
        with lzma.open(path, "rt", encoding="utf-8") as stream:
            return stream.read().splitlines()
    return path.read_text(encoding="utf-8").splitlines()


def followers(streams: list[Ids], size: int) -> Ids:
    """Return the likeliest followers of each symbol, shape [size][FOLLOWERS], by counted pairs; padded with UNKNOWN."""
    counts = np.zeros(size * size, dtype=np.int32)
    for stream in streams:
        for at in range(0, len(stream) - 1, 1 << 22):
            part = stream[at : at + (1 << 22) + 1].astype(np.int64)
            np.add.at(counts, part[:-1] * size + part[1:], 1)
    table = counts.reshape(size, size)
    table[:, : len(SPECIALS)] = 0
    order = np.argsort(-table, axis=1, kind="stable")[:, :FOLLOWERS]
    known = np.take_along_axis(table, order, axis=1) > 0
    return np.where(known, order, UNKNOWN).astype(np.uint16)


def _lines(stream: NDArray[np.generic]) -> Iterator[bytes]:
    ends = np.flatnonzero(stream == NEWLINE)
    yield from (line.tobytes() for line in np.split(stream, ends + 1))


def unpacked(path: Path) -> dict[str, NDArray[np.generic]]:
    """Return the arrays of a packed corpus, as ``pack`` has made them."""
    return dict(np.load(io.BytesIO(lzma.decompress(path.read_bytes())), allow_pickle=False))


def pack(
    sources: dict[str, tuple[float, list[Path]]], like: dict[str, NDArray[np.generic]] | None = None
) -> dict[str, NDArray[np.generic]]:
    """Return the arrays of a packed corpus.

    Args:
        sources: by name the share of training text and the paths.
        like: arrays of another packed corpus, whose symbols and held-out text are to be kept.

    Returns:
        ``symbols`` and ``codes`` [orders][symbols] (0: no code), ``han``, ``followers``, ``names``, ``weights``, one
        stream of ids for each source (``train_NAME``) and ``held_out``.
    """
    train: dict[str, list[list[str]]] = {}
    held: list[list[str]] = []
    for name, (_, paths) in sources.items():
        train[name] = []
        for path in paths:
            if not path.is_dir():
                train[name].extend(filter(None, map(symbols, archive(path))))
        split = documents([path for path in paths if path.is_dir()])
        for seed in range(COPIES):
            lines = paragraphs([file for file, out in split if not out], seed)
            train[name].extend(filter(None, map(symbols, lines)))
        for file in (file for file, out in split if out):
            held.extend(filter(None, map(symbols, file.read_text(encoding="utf-8").splitlines())))
    counts = Counter(symbol for lines in train.values() for line in lines for symbol in line)
    known = sorted((s for s, n in counts.items() if n >= LEAST_COUNT), key=lambda s: (-counts[s], s))
    table = [*SPECIALS, *known] if like is None else list(map(str, like["symbols"]))
    index = {symbol: i for i, symbol in enumerate(table)}

    def ids(lines: list[list[str]]) -> Ids:
        return np.fromiter(
            (i for line in lines for i in (*(index.get(s, UNKNOWN) for s in line), NEWLINE)), dtype=np.uint16
        )

    if like is not None:  # what is held out there is held out here, wherever it stands in the list of folders
        kept_out = set(_lines(like["held_out"]))
        train = {
            name: [line for line in lines if len(line) < UNMISTAKABLE or ids([line]).tobytes() not in kept_out]
            for name, lines in train.items()
        }
    streams = {name: ids(lines) for name, lines in train.items()}
    han = np.array([len(s) == 1 and is_han(s) for s in table])
    codes = np.array([[ORDERS[o](s) or 0 if h else 0 for s, h in zip(table, han, strict=True)] for o in sorted(ORDERS)])
    return {
        "symbols": np.array(table),
        "codes": codes.astype(np.int32),
        "han": han,
        "followers": followers(list(streams.values()), len(table)),
        "names": np.array(list(sources)),
        "weights": np.array([weight for weight, _ in sources.values()]),
        "held_out": ids(held) if like is None else like["held_out"],
        **{f"train_{name}": stream for name, stream in streams.items()},
    }


def main() -> None:
    """Pack what the arguments name."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("sources", nargs="+")
    parser.add_argument("--limit", type=float, default=60.0, help="MB that the file may have")
    parser.add_argument("--like", type=Path, help="a packed corpus whose symbols and held-out text are kept")
    arguments = parser.parse_args()
    sources = {}
    for source in arguments.sources:
        name, weight, paths = source.split("=", 2)
        sources[name] = (float(weight), [Path(path) for path in paths.split(",")])
    arrays = pack(sources, unpacked(arguments.like) if arguments.like else None)
    plain = io.BytesIO()
    np.savez(plain, allow_pickle=False, **arrays)
    packed = lzma.compress(plain.getvalue(), preset=6)
    arguments.out.write_bytes(packed)
    for name in sources:
        print(f"{name}: {len(arrays[f'train_{name}']):,} tokens")
    print(f"held out: {len(arrays['held_out']):,} tokens; {len(arrays['symbols'])} symbols; {len(packed) / 1e6:.1f} MB")
    if len(packed) > arguments.limit * 1e6:
        raise SystemExit(f"{arguments.out}: over {arguments.limit} MB")


if __name__ == "__main__":
    main()
