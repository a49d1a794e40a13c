"""The pairs of symbols that the language models list, in files beside them.

The decoder's tables of bigrams need the probability of millions of pairs for every document. The models list one in ten
of them and back off for the rest; to find out which takes seconds. A file of pairs says it at once. It is derived from
its model (scripts/train.py). Where it does not fit, by sizes and by checksums of samples of the model, the model is
asked.
"""

from __future__ import annotations

import functools
import os
import struct
import tempfile
import zlib
from pathlib import Path

import numpy as np

from pipeline.infill import _native
from pipeline.language import models

SUFFIX = ".pairs"
SAMPLES, SAMPLE = 128, 4096
"""So many pieces of a model of so many bytes tell it from another."""

_MAGIC = b"BUQUEPR1"  # a change of what is written takes another number
_HEAD = struct.Struct("<8s4Q4Q")
"""Magic; size and checksum of the model, then of its table; checksum of the rest, and how many there are of each part:
begins (4 bytes each), symbols (2), values (4); codes of values (1 byte each) are as many as symbols."""

MOST_VALUES = 256
"""Different probabilities of pairs in a model of 8 bits a probability, which scripts/train.py makes."""


@functools.lru_cache(maxsize=4)
def listed(folder: Path) -> list[_native.Pairs]:
    """Return the pairs that each model of a folder lists, general first: from their files where these fit.

    Raises:
        MissingDependencyError: a model is not there.
        ValueError: the models know more than 65,536 symbols.
    """
    return [read(Path(path)) or _ask(Path(path)) for path in models.paths(folder)]


def write(folder: Path) -> None:
    """Write the file of pairs of each model of a folder where there is none that fits.

    A model of more than ``MOST_VALUES`` different probabilities gets none, and is asked whenever it is needed.
    """
    for path in map(Path, models.paths(folder)):
        if read(path):
            continue
        pairs = _ask(path)
        values, code = np.unique(pairs.score, return_inverse=True)
        if len(values) > MOST_VALUES:
            continue
        rest = b"".join(part.tobytes() for part in (pairs.begins, pairs.second, values, code.astype(np.uint8)))
        parts = (zlib.crc32(rest), len(pairs.begins), len(pairs.second), len(values))
        with tempfile.NamedTemporaryFile(dir=folder, delete=False) as file:
            file.write(_HEAD.pack(_MAGIC, *_fingerprint(path), *parts) + rest)
        Path(file.name).chmod(0o644)
        Path(file.name).replace(path.with_suffix(SUFFIX))


def read(path: Path) -> _native.Pairs | None:
    """Return what the file of pairs of a model says; None where there is none, or none that fits and is whole."""
    try:
        data = path.with_suffix(SUFFIX).read_bytes()
    except OSError:
        return None
    if len(data) < _HEAD.size:
        return None
    magic, *told = _HEAD.unpack_from(data)
    checksum, begins, symbols, values = told[4:]
    rest = memoryview(data)[_HEAD.size :]
    sizes = (4 * begins, 2 * symbols, 4 * values, symbols)
    fits = magic == _MAGIC and tuple(told[:4]) == _fingerprint(path)
    if not fits or len(rest) != sum(sizes) or zlib.crc32(rest) != checksum:
        return None
    ends = np.cumsum(sizes)
    parts = [rest[end - size : end] for end, size in zip(ends, sizes, strict=True)]
    score = np.frombuffer(parts[2], np.float32)[np.frombuffer(parts[3], np.uint8)]
    return _native.Pairs(np.frombuffer(parts[0], np.uint32), np.frombuffer(parts[1], np.uint16), score)


def _ask(path: Path) -> _native.Pairs:
    symbols = models.symbols(path.parent)
    return _native.Decoder([str(path)], list(symbols)).listed(0, len(symbols), os.cpu_count() or 1)


def _fingerprint(path: Path) -> tuple[int, int, int, int]:
    """Return size and checksum of samples of a model, and of all of its table of symbols."""
    table = (path.parent / models.SYMBOLS).read_bytes()
    size, checksum = path.stat().st_size, 0
    with path.open("rb") as file:
        for part in range(SAMPLES):
            file.seek(part * max(0, size - SAMPLE) // (SAMPLES - 1))
            checksum = zlib.crc32(file.read(SAMPLE), checksum)
    return size, checksum, len(table), zlib.crc32(table)
