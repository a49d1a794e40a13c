"""The pairs of symbols that the language models list, in files beside them.

The decoder's tables of bigrams need the probability of millions of pairs for every document. The models list one in ten
of them and back off for the rest; to find out which takes seconds. A file of pairs says it at once. It is derived from
its model (scripts/train.py) and counts only for that: for any other the models are asked.
"""

from __future__ import annotations

import functools
import os
import zlib
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from pipeline.infill import _native
from pipeline.language import models

SUFFIX = ".pairs.npz"
SAMPLES, SAMPLE = 32, 4096
"""So many pieces of a model of so many bytes tell it from another."""


@functools.lru_cache(maxsize=4)
def listed(folder: Path) -> list[_native.Pairs]:
    """Return the pairs that each model of a folder lists, general first: from their files where these fit.

    Raises:
        MissingDependencyError: a model is not there.
    """
    return [_read(Path(path)) or _ask(Path(path)) for path in models.paths(folder)]


def write(folder: Path) -> None:
    """Write the file of pairs of each model of a folder where there is none that fits."""
    for path in map(Path, models.paths(folder)):
        if _read(path):
            continue
        pairs = _ask(path)
        values, code = np.unique(pairs.score, return_inverse=True)  # a quantised model has 256 at most
        np.savez(
            path.with_suffix(SUFFIX),
            model=np.array(_fingerprint(path)),
            begins=pairs.begins,
            second=pairs.second,
            code=code.astype(np.min_scalar_type(max(0, len(values) - 1))),
            score=values,
        )


def _ask(path: Path) -> _native.Pairs:
    symbols = models.symbols(path.parent)
    return _native.Decoder([str(path)], list(symbols)).listed(0, len(symbols), os.cpu_count() or 1)


def _read(path: Path) -> _native.Pairs | None:
    file = path.with_suffix(SUFFIX)
    if not file.is_file():
        return None
    try:
        with np.load(file) as found:
            if not np.array_equal(found["model"], _fingerprint(path)):
                return None
            return _native.Pairs(found["begins"], found["second"], found["score"][found["code"]])
    except (BadZipFile, KeyError, IndexError, OSError, ValueError):  # a damaged file is as good as none
        return None


def _fingerprint(path: Path) -> list[int]:
    """Return what tells a model and its table of symbols from others: sizes and checksums, of the model of samples."""
    table = (path.parent / models.SYMBOLS).read_bytes()
    size, checksum = path.stat().st_size, 0
    with path.open("rb") as file:
        for part in range(SAMPLES):
            file.seek(part * max(0, size - SAMPLE) // (SAMPLES - 1))
            checksum = zlib.crc32(file.read(SAMPLE), checksum)
    return [size, checksum, len(table), zlib.crc32(table)]
