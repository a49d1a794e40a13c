"""Lost characters whose glyph is known: equal glyphs of a font are one character, wherever they stand.

A text layer that lost mappings and outlines is a cipher of which most letters are known. Its places tell each other
what they hold: each is read with the page around it, then weighed alone, and what the other places of its glyph say
of the characters joins the next reading (belief propagation, Pearl 1982, on a graph with loops). So neighbours that
are both unknown are found together, which asking one glyph after another does not. Two facts narrow the choice: no
two glyphs of a font are one character, and fonts that are subset in code order keep a glyph between the codes of its
known neighbours.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from pipeline.holes import Part
from pipeline.infill.decode import Infill
from pipeline.infill.glyph_places import Places
from pipeline.infill.glyphs import NamedGlyph
from pipeline.infill.readings import Reading

ROUNDS = 8
"""How often the places hear each other by the n-grams alone, at most."""

WITNESS_ROUNDS = 2
"""How often they do so with the neural witness after that."""

SURE = 2.0
"""log10 of how much likelier a character must be than the next one for its glyph to be asked no more.
Chosen by hand."""

HEED = (0.5, 0.8, 1.0)
"""Weight of what the other places say in the first rounds, then the last of these: first readings are often wrong."""

MOST_PLACES = 12
"""Places of a glyph after which no paragraph is asked on its account; places in paragraphs that are asked for others
still count. More do not change the answer."""

MOST_GLYPHS = 5_000
"""Glyphs that are asked, the commonest first; chosen by hand, more than a volume's fonts lose unless every page has
fonts of its own. The places of others are read one by one, with what their fonts rule out."""


def solve_equal_glyphs(
    infill: Infill, paragraphs: Sequence[Sequence[Part]], glyphs: Mapping[int, NamedGlyph]
) -> list[Reading]:
    """Read the holes of all paragraphs, with one character for each glyph.

    Args:
        infill: the document's decoder.
        paragraphs: their parts, cut by ``split_holes``.
        glyphs: glyph of every character of the text that has one, by offset.
    """
    places = Places(infill.common, paragraphs, glyphs)
    if places:
        _hear_each_other(infill, places, _asked(places, paragraphs))
    readings = infill.decode(paragraphs, places)
    found = places.readings()
    spans = ((r, (r.hole.start, r.hole.end)) for r in readings)  # a gap without a trace may begin where a place does
    return [replace(r, **found[span]) if span in found and r.text else r for r, span in spans]


def _hear_each_other(infill: Infill, places: Places, asked: Sequence[Sequence[Part]]) -> None:
    """Let the places tell each other what they hold: first by the n-grams alone, which is quicker."""
    again = asked
    before = np.zeros(0, dtype=np.int64)
    number, last = 0, ROUNDS + WITNESS_ROUNDS * infill.listens
    while again and number < last:
        weighed = infill.weigh(again, places, listens=number >= ROUNDS)
        chosen, leads = places.note(weighed, HEED[min(number, len(HEED) - 1)])
        number += 1
        open_still = leads < SURE
        moved = open_still & (chosen != before) if number >= len(HEED) else open_still
        if number < ROUNDS and not moved.any():
            number = ROUNDS  # what has not changed says the same again, until the witness is heard
        again = _holding(places, asked, open_still if number == ROUNDS else moved)
        before = chosen
    places.heed = HEED[-1]


def _holding(places: Places, asked: Sequence[Sequence[Part]], rows: npt.NDArray[np.bool_]) -> list[Sequence[Part]]:
    """Return the paragraphs that hold a place of one of the glyphs, *rows* [glyphs]."""
    return [parts for parts in asked if any((row := places.row(part)) is not None and rows[row] for part in parts)]


def _asked(places: Places, paragraphs: Sequence[Sequence[Part]]) -> list[Sequence[Part]]:
    """Return the paragraphs that hold the first places of every glyph, in order; of very many glyphs the commonest."""
    commonest = sorted(range(len(places.offsets)), key=lambda row: -len(places.offsets[row]))[:MOST_GLYPHS]
    wanted = frozenset(commonest)
    seen: Counter[int] = Counter()
    asked = []
    for parts in paragraphs:
        here = [row for part in parts if (row := places.row(part)) in wanted and row is not None]
        if any(seen[row] < MOST_PLACES for row in here):
            asked.append(parts)
            seen.update(here)
    return asked
