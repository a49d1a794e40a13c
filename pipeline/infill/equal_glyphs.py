"""Lost characters whose glyph is known: equal glyphs of a font are one character, wherever they stand.

A text layer that lost mappings and outlines is a cipher of which most letters are known. Its places tell each other
what they hold: each is read with the page around it, then weighed alone, and what the other places of its glyph say
of the characters joins the next reading (belief propagation, Pearl 1982, on a graph with loops). So neighbours that
are both unknown are found together, which asking one glyph after another does not. Two facts narrow the choice: no
two glyphs of a font are one character, and fonts that are subset in code order keep a glyph between the codes of its
known neighbours.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline.damage.hypotheses import is_han
from pipeline.holes import Hole, Part
from pipeline.infill.decode import Infill
from pipeline.infill.glyphs import Bounds, NamedGlyph
from pipeline.infill.neural import Floats, Integers
from pipeline.infill.readings import Reading
from pipeline.language.normalise import HOLE_ONE

ROUNDS = 8
"""How often the places hear each other by the n-grams alone, at most."""

WITNESS_ROUNDS = 2
"""How often they do so with the neural witness after that."""

SURE = 2.0
"""log10 of how much likelier a character must be than the next one for its glyph to be asked no more.
Chosen by hand."""

HEED = (0.5, 0.8, 1.0)
"""Weight of what the other places say in the first rounds, then the last of these: first readings are often wrong."""

INERTIA = 0.4
"""Part of what a place said that stays in what it says next: neighbours that answer each other would swing."""

MOST_PLACES = 12
"""Places of a glyph after which no paragraph is asked on its account; places in paragraphs that are asked for others
still count. More do not change the answer."""

EXCLUDED = np.float32(-8.0)
"""log10 score that a place hears of a character that its glyph cannot be, or that others speak against most."""

DOUBT = 5.0
"""log10 of how much less likely than the best a character can be at one place: what the n-grams find impossible there
may yet be right."""

BEYOND = 0.3
"""log10 of how much less likely than all that were weighed the other characters are taken to be."""

LEAD = 1.0
"""log10 of how much likelier a character must be than the next one for its glyph to keep it from others of the font."""

TEMPER = 0.5
"""Part of the scores of a glyph that counts in the shares of its characters: its places err together. On two sets of
six held-out documents, fonts in no order, the calibration error was 0.10 and 0.024 with all of it, 0.075 and 0.014 so.
"""

_SHOWN = 24
_NEVER = np.float32(-1e4)  # more than all places of a glyph can say


_Said = tuple[Integers, Floats, float]
"""What a place says: columns of characters, their log10 scores, and that of all others."""


class _Places(Mapping[int, Floats]):
    """Places of unknown glyphs: by offset, log10 scores of the characters by what the other places of the glyph say.

    A volume may hold tens of thousands of places: what each said is kept of few characters, and what it hears is
    worked out when it is asked for.
    """

    def __init__(self, common: Sequence[str], paragraphs: Sequence[Sequence[Part]], glyphs: Mapping[int, NamedGlyph]):
        self.common = common
        self._column = {char: column for column, char in enumerate(common)}
        self._row: dict[int, int] = {}
        self.offsets: list[list[int]] = []
        rows: dict[tuple[str, int], int] = {}
        for hole in (part for parts in paragraphs for part in parts if isinstance(part, Hole)):
            glyph = glyphs.get(hole.start)
            if glyph and glyph.text == HOLE_ONE and hole.end == hole.start + 1 and common:
                row = rows.setdefault((glyph.font, glyph.number), len(rows))
                self._row[hole.start] = row
                if row == len(self.offsets):
                    self.offsets.append([])
                self.offsets[row].append(hole.start)
        known: dict[str, dict[int, str]] = defaultdict(dict)
        for glyph in glyphs.values():
            if is_han(glyph.text):
                known[glyph.font][glyph.number] = glyph.text
        self._before = np.zeros((len(rows), len(common)), dtype=np.float32)
        self._fonts: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for (font, number), row in rows.items():
            self._fonts[font].append((number, row))
        for font, unknown in self._fonts.items():
            named, bounds = set(known[font].values()), Bounds(known[font])
            for number, row in unknown:
                fits = np.array([char not in named and bounds.admits(number, char) for char in common])
                if fits.any():
                    self._before[row, ~fits] = _NEVER
        self._said: dict[int, _Said] = {}
        self._together = np.zeros_like(self._before)
        self.heed = 0.0

    def __len__(self) -> int:
        """Count the places."""
        return len(self._row)

    def __iter__(self) -> Iterator[int]:
        """Yield their offsets."""
        return iter(self._row)

    def __contains__(self, at: object) -> bool:
        """Tell whether a place is at an offset: nothing is worked out for that."""
        return at in self._row

    def __getitem__(self, at: int) -> Floats:
        """Return what a place hears of the others."""
        row = self._row[at]
        others = self._together[row].copy()
        if at in self._said:
            columns, scores, rest = self._said[at]
            others -= rest
            others[columns] -= scores - rest
        heard: Floats = self._before[row] + np.float32(self.heed) * others
        heard -= heard.max()
        return heard.clip(EXCLUDED)

    def row(self, part: Part) -> int | None:
        """Return the number of the glyph of a part, None where it is no lost character with a glyph."""
        return self._row.get(part.start) if isinstance(part, Hole) and part.most == 1 else None

    def note(self, found: Mapping[int, Mapping[str, float]], heed: float) -> tuple[Integers, Floats]:
        """Take in what is said at places, log10 scores of the likeliest characters; let others heed it.

        Returns:
            For each glyph the column of the character that it is taken for, and by how much that leads.
        """
        for at, weighed in found.items():
            columns = np.array([self._column[char] for char in weighed])
            scores = np.array(list(weighed.values()), dtype=np.float32)
            scores = np.maximum(scores - scores.max(), -DOUBT)
            rest = max(float(scores.min()) - BEYOND, -DOUBT)
            self._said[at] = (
                _mixed(self._said[at], (columns, scores, rest)) if at in self._said else (columns, scores, rest)
            )
        together = np.zeros_like(self._before)
        for at, (columns, scores, rest) in self._said.items():
            together[self._row[at]] += rest
            together[self._row[at], columns] += scores - rest
        for unknown in self._fonts.values():
            rows = [row for _, row in unknown]
            together[rows] -= self._taken(self._before[rows] + together[rows])
        self._together = together
        self.heed = heed
        beliefs = self._before + self._together
        return beliefs.argmax(axis=1), _leads(beliefs)

    def _taken(self, beliefs: Floats) -> Floats:
        """Return how much speaks against characters since another glyph of the font is one; [glyphs][characters]."""
        against = np.zeros_like(beliefs)
        first, lead = beliefs.argmax(axis=1), _leads(beliefs)
        for row in np.argsort(lead, kind="stable"):  # of two that claim a character the last one keeps it
            if lead[row] > LEAD:
                against[:, first[row]] = min(lead[row], -EXCLUDED / 2)
                against[row, first[row]] = 0
        return against

    def readings(self) -> dict[tuple[int, int], dict[str, Any]]:
        """Return what becomes of the readings at the places, by start and end of the hole: fields of ``Reading``."""
        found: dict[tuple[int, int], dict[str, Any]] = {}
        for row, belief in enumerate(self._before + self._together):
            shares = np.power(10.0, TEMPER * (belief - belief.max()), dtype=np.float64)
            shares /= shares.sum()
            ranked = np.argsort(-belief, kind="stable")[:_SHOWN]
            fillings = tuple((self.common[column], float(shares[column])) for column in ranked)
            told = {
                "text": fillings[0][0],
                "fillings": fillings,
                "text_share": fillings[0][1],
                "length_share": 1.0,
                "witnesses": (f"glyph:{len(self.offsets[row])} places of one glyph",),
            }
            found |= dict.fromkeys(((at, at + 1) for at in self.offsets[row]), told)
        return found


def _leads(beliefs: Floats) -> Floats:
    """Return how much likelier the likeliest character of each row is than the next one, log10."""
    if beliefs.shape[1] < 2:
        return np.full(len(beliefs), -_NEVER)
    leads: Floats = beliefs.max(axis=1) - np.partition(beliefs, -2, axis=1)[:, -2]
    return leads


def _mixed(before: _Said, now: _Said) -> _Said:
    """Return what a place says now, and of what it said before as much as its inertia says."""
    columns = np.union1d(before[0], now[0])
    mixed = np.zeros(len(columns), dtype=np.float32)
    for (those, scores, rest), weight in ((before, INERTIA), (now, 1 - INERTIA)):
        own = np.full(len(columns), rest, dtype=np.float32)
        own[np.searchsorted(columns, those)] = scores
        mixed += weight * own
    return columns, mixed, INERTIA * before[2] + (1 - INERTIA) * now[2]


def solve_equal_glyphs(
    infill: Infill, paragraphs: Sequence[Sequence[Part]], glyphs: Mapping[int, NamedGlyph]
) -> list[Reading]:
    """Read the holes of all paragraphs, with one character for each glyph.

    Args:
        infill: the document's decoder.
        paragraphs: their parts, cut by ``split_holes``.
        glyphs: glyph of every character of the text that has one, by offset.
    """
    places = _Places(infill.common, paragraphs, glyphs)
    if places:
        _hear_each_other(infill, places, _asked(places, paragraphs))
    readings = infill.decode(paragraphs, places)
    found = places.readings()
    spans = ((r, (r.hole.start, r.hole.end)) for r in readings)  # a gap without a trace may begin where a place does
    return [replace(r, **found[span]) if span in found and r.text else r for r, span in spans]


def _hear_each_other(infill: Infill, places: _Places, asked: Sequence[Sequence[Part]]) -> None:
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


def _holding(places: _Places, asked: Sequence[Sequence[Part]], rows: npt.NDArray[np.bool_]) -> list[Sequence[Part]]:
    """Return the paragraphs that hold a place of one of the glyphs, *rows* [glyphs]."""
    return [parts for parts in asked if any((row := places.row(part)) is not None and rows[row] for part in parts)]


def _asked(places: _Places, paragraphs: Sequence[Sequence[Part]]) -> list[Sequence[Part]]:
    """Return the paragraphs that hold the first places of every glyph, in order."""
    seen: Counter[int] = Counter()
    asked = []
    for parts in paragraphs:
        here = [row for part in parts if (row := places.row(part)) is not None]
        if any(seen[row] < MOST_PLACES for row in here):
            asked.append(parts)
            seen.update(here)
    return asked
