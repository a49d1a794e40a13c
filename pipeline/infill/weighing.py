"""From the best path through a piece to readings: each filled hole is weighed while the rest stands as read."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipeline.holes import Hole, Part
from pipeline.infill import _native
from pipeline.infill.lattice import FILLING_EFFORT, FILLINGS, RIVALS, cells_of, effort_for, lattice_of
from pipeline.infill.lines import Ruled
from pipeline.infill.readings import CONTEXT, SCALE, Reading, model_shares
from pipeline.infill.told import Told


@dataclass(frozen=True, slots=True)
class _Weighed:
    """A filled hole before its surroundings are known; fields as in ``Reading``."""

    element: int
    text: str
    share: float
    shares: tuple[tuple[str, float], ...]
    fluency: float


def readings(
    decoder: _native.Decoder,
    symbols: Sequence[str],
    index: Mapping[str, int],
    beam: int,
    parts: Sequence[Part],
    told: Told,
    ruled: Ruled,
) -> list[Reading]:
    """Search a piece of a paragraph and weigh what is put into each of its holes.

    Args:
        decoder: what can be missing is set.
        symbols: by id.
        index: ids by symbol.
        beam: hypotheses that the search keeps.
        parts: text and holes of the piece.
        told: what others say of its cells.
        ruled: what the widths of its lines say.
    """
    lattice = lattice_of(parts, told, ruled, index)
    path = decoder.decode(lattice, effort_for(parts, beam), 1)[0][1]
    sequence = [symbol for symbol, _ in path]
    cells = cells_of(path, len(parts))
    filled = [e for e, (start, end) in enumerate(cells) if end > start and isinstance(parts[e], Hole)]
    put = [(end - start) * isinstance(part, Hole) for part, (start, end) in zip(parts, cells, strict=True)]
    lattice = lattice_of(parts, told.weighed(), ruled, index, ruled.others(put))
    found = decoder.fillings(lattice, sequence, cells, filled, FILLING_EFFORT, FILLINGS)
    weighed, certainty = list[_Weighed](), dict[int, float]()  # certainty of supplied symbols, by position
    for element, fillings in zip(filled, found, strict=True):
        start, end = cells[element]
        masses = [math.exp((score - fillings[0][1]) * SCALE) for _, score in fillings]
        shares = tuple(
            ("".join(symbols[s] for s in filling), mass / sum(masses))
            for (filling, _), mass in zip(fillings, masses, strict=True)
        )
        text = "".join(symbols[s] for s in sequence[start:end])
        share = next((share for other, share in shares if other == text), 0.0)
        weighed.append(_Weighed(element, text, share, shares, fillings[0][1] / (len(text) + CONTEXT + 1)))
        certainty.update(dict.fromkeys(range(start, end), share))
    made = []
    for one in weighed:
        hole = parts[one.element]
        assert isinstance(hole, Hole)
        start, end = cells[one.element]
        around = [*range(max(0, start - CONTEXT), start), *range(end, min(len(sequence), end + CONTEXT))]
        made.append(
            Reading(
                hole=hole,
                text=one.text,
                fillings=one.shares,
                text_share=one.share,
                length_share=sum(share for other, share in one.shares if len(other) == len(one.text)),
                context=min((certainty[i] for i in around if i in certainty), default=1.0),
                seen=sum(i not in certainty for i in around) / max(1, len(around)),
                fluency=one.fluency,
                model_shares=model_shares(decoder.score, sequence, start, end, _rivals(one, index)),
                heard=told.hears(one.element),
            )
        )
    return made


def _rivals(read: _Weighed, index: Mapping[str, int]) -> list[list[int]]:
    """Return what was read and the likeliest other fillings."""
    texts = [read.text, *[text for text, _ in read.shares if text != read.text][: RIVALS - 1]]
    return [[index[char] for char in text] for text in texts]
