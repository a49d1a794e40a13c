"""What the neural witness says of a document's holes, put so that the decoder can add it to its lattice."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from pipeline.holes import Hole, Part
from pipeline.infill.lattice import FEW_UNKNOWN
from pipeline.infill.neural import CELL, NEWLINE, RUN, Floats, Passage, Witness
from pipeline.infill.taught import NOTHING, Taught
from pipeline.infill.told import Told
from pipeline.language.normalise import HOLE_ONE

Path = list[tuple[int, int]]
"""A reading of a piece: pairs of symbol and element."""

UNCOUNTED = np.float32(0.4)
"""Part of the weight that counts in holes of unknown length: drafts are wrong there oftener, and so what is heard. At a
weight of 0.9 lines with gaps are restored as well at 0.3 and worse at 0.55 (docs/results.md)."""

ROUNDS = 2
"""How often drafts are made and heard on where most counts are known: the second ones have heard the witness. A second
round gave 0.1 to 0.7 points on held-out documents for a tenth of the time (docs/training.md), elsewhere none."""


def damaged(parts: Sequence[Part]) -> bool:
    """Tell whether a piece has holes."""
    return any(isinstance(part, Hole) for part in parts)


def lengths_of(pieces: Sequence[Sequence[Part]], witness: Witness, threads: int) -> list[dict[int, Floats]]:
    """Ask how long the holes of unknown length are, before anything is read.

    A hole with a trace is shown as a gap and asked for its own length; where nothing marks it, the symbol behind it is
    asked what is missing before it, as in training.
    """
    shown: list[str] = []
    wanted: list[int] = []
    owners: list[tuple[int, int]] = []
    for number, parts in enumerate(pieces):
        waiting: list[tuple[int, int]] = []
        for element, part in enumerate([*parts, None]):
            if isinstance(part, Hole) and part.least == part.most:
                shown += [CELL] * part.most
                waiting.clear()
                continue
            if isinstance(part, Hole) and part.start == part.end:
                waiting.append((number, element))
                continue
            asked = [(number, element)] if isinstance(part, Hole) else waiting
            owners += asked
            wanted += [len(shown)] * len(asked)
            waiting = []
            shown.append(RUN if isinstance(part, Hole) else NEWLINE if part is None else part.symbol)
    found: list[dict[int, Floats]] = [{} for _ in pieces]
    for (number, element), scores in zip(owners, witness.lengths(shown, wanted, threads), strict=True):
        found[number][element] = scores
    return found


def hear(
    pieces: Sequence[Sequence[Part]],
    draft: Callable[[Sequence[Told]], list[Path]],
    told: Sequence[Told],
    symbols: Sequence[str],
    candidates: Sequence[str],
    witness: Witness,
    threads: int,
    taught: Taught = NOTHING,
    rounds: int = ROUNDS,
) -> list[Told]:
    """Return what is said of each piece, the witness among those who speak.

    Args:
        pieces: the document.
        draft: reads the pieces quickly, given what is known of each.
        told: what others say of each.
        symbols: of the decoder, by number.
        candidates: its admissible characters, in its order.
        witness: the encoder.
        threads: to use; they do not change the result.
        taught: names that the witness does not speak against.
        rounds: drafts to make where most counts are known.
    """
    lengths = lengths_of(pieces, witness, threads) if witness.length_weight else [{} for _ in pieces]
    told = [replace(others, lengths=known) for others, known in zip(told, lengths, strict=True)]
    holes = [part for parts in pieces for part in parts if isinstance(part, Hole)]
    unknown = sum(hole.least != hole.most for hole in holes)
    for _ in range(rounds if unknown <= FEW_UNKNOWN * len(holes) else 1):
        told = _listen(pieces, draft(told), told, symbols, candidates, witness, threads, taught)
    return told


def _listen(
    pieces: Sequence[Sequence[Part]],
    paths: Sequence[Path],
    before: Sequence[Told],
    symbols: Sequence[str],
    candidates: Sequence[str],
    witness: Witness,
    threads: int,
    taught: Taught,
) -> list[Told]:
    """Return what the witness says of drafted pieces; arguments as in ``hear``."""
    passages = []
    for parts, path in zip(pieces, paths, strict=True):
        number = {e: i for i, e in enumerate(e for e, part in enumerate(parts) if isinstance(part, Hole))}
        passages.append(Passage([symbols[s] for s, _ in path], [number.get(e, -1) for _, e in path]))
    told = []
    scores = witness.speak(passages, candidates, threads)
    for parts, path, rows, others in zip(pieces, paths, scores, before, strict=True):
        if taught:
            _admit(taught, seen_of(parts, path, symbols), candidates, rows)
        owners, firsts = np.unique([e for _, e in path if isinstance(parts[e], Hole)], return_index=True)
        held = np.split(rows, firsts[1:])  # the cells of a hole lie together
        heard = {int(element): cells for element, cells in zip(owners, held, strict=False)}
        for element, cells in heard.items():
            hole = parts[element]
            if isinstance(hole, Hole) and hole.least != hole.most:
                cells *= UNCOUNTED
        told.append(replace(others, cells=heard))
    return told


def seen_of(parts: Sequence[Part], path: Path, symbols: Sequence[str]) -> str:
    """Return the draft of a piece with □ for all that is supplied."""
    return "".join(HOLE_ONE if isinstance(parts[element], Hole) else symbols[symbol] for symbol, element in path)


def _admit(taught: Taught, seen: str, candidates: Sequence[str], rows: Floats) -> None:
    """Make names of the user's, where they fit, as likely to the witness as what it likes best; *rows* are changed."""
    column = {char: number for number, char in enumerate(candidates)}
    cells = np.cumsum([symbol == HOLE_ONE for symbol in seen]) - 1
    for at, char in taught.places(seen):
        if char in column:
            rows[cells[at], column[char]] = rows[cells[at]].max()
