"""Batches of a packed corpus (pack.py)."""

from __future__ import annotations

import io
import lzma
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from scripts.train_infill.damage import Tables

FREQUENT = 1500
"""Han symbols, most frequent first, at whose codes cuts fall."""


@dataclass(frozen=True, slots=True)
class Corpus:
    """A packed corpus on the training device.

    Attributes:
        symbols: by id.
        tables: what damage needs to know of them.
        stream: ids of all training text, one source after the other.
        bounds: where the sources begin, and the end of the last.
        shares: of training text that is drawn from each source.
        held_out: ids of the documents that are not trained on.
    """

    symbols: tuple[str, ...]
    tables: Tables
    stream: Tensor
    bounds: Tensor
    shares: Tensor
    held_out: Tensor


def load(path: Path, device: torch.device) -> Corpus:
    """Unpack a corpus onto *device*; ids stay 16 bits wide there."""
    arrays = np.load(io.BytesIO(lzma.decompress(path.read_bytes())), allow_pickle=False)
    han = torch.from_numpy(arrays["han"])
    tables = Tables(
        codes=torch.from_numpy(arrays["codes"]).to(device),
        han=han.to(device),
        followers=torch.from_numpy(arrays["followers"].astype(np.int64)).to(device),
        frequent=han.nonzero()[:FREQUENT, 0].to(device),
    )

    def stream(names: list[str]) -> Tensor:
        return torch.from_numpy(np.concatenate([arrays[name] for name in names]).view(np.int16)).to(device)

    names = [f"train_{name}" for name in arrays["names"]]
    bounds = torch.tensor([0, *np.cumsum([len(arrays[name]) for name in names])], device=device)
    shares = torch.from_numpy(arrays["weights"]).float().to(device)
    return Corpus(tuple(map(str, arrays["symbols"])), tables, stream(names), bounds, shares, stream(["held_out"]))


def draw(corpus: Corpus, batch: int, length: int, generator: torch.Generator) -> Tensor:
    """Return random stretches of the training text as ids, [batch][length]; *generator* is of the corpus's device."""
    device = corpus.stream.device
    source = torch.multinomial(corpus.shares, batch, replacement=True, generator=generator)
    first, behind = corpus.bounds[source], corpus.bounds[source + 1] - length
    start = first + (torch.rand(batch, generator=generator, device=device) * (behind - first)).long()
    return corpus.stream[start[:, None] + torch.arange(length, device=device)].long()


def held_out(corpus: Corpus, count: int, length: int) -> Tensor:
    """Return *count* evenly spread stretches of the held-out documents, [count][length]."""
    starts = torch.linspace(0, len(corpus.held_out) - length - 1, count).long().to(corpus.stream.device)
    return corpus.held_out[starts[:, None] + torch.arange(length, device=starts.device)].long()
