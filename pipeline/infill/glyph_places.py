"""What places of lost characters hear of each other when their glyphs are known.

A volume may hold tens of thousands of places and, where every page has fonts of its own, as many glyphs. So what each
said is kept of few characters, and what a place hears is worked out for all characters when it is asked for.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline.damage.hypotheses import ORDERS, is_han
from pipeline.holes import Hole, Part
from pipeline.infill.glyphs import Bounds, NamedGlyph
from pipeline.infill.neural import Floats, Integers
from pipeline.language.normalise import HOLE_ONE

INERTIA = 0.4
"""Part of what a place said that stays in what it says next: neighbours that answer each other would swing."""

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
_Columns = npt.NDArray[np.int32]  # of half the usual size, since every place keeps some sixty


_Said = tuple[_Columns, Floats, float]
"""What a place says, or all places of a glyph: columns of characters, their log10 scores, and that of all others."""

_Claims = tuple[_Columns, Floats, _Columns]
"""Characters that glyphs of a font claim: columns, what speaks against their being other glyphs, rows of the glyphs."""


class Places(Mapping[int, Floats]):
    """Places of unknown glyphs: by offset, log10 scores of the characters by what the other places of the glyph say.

    Attributes:
        common: the characters, in the order of their columns.
        offsets: of the places of each glyph, by row.
        heed: weight of what other places say.
    """

    def __init__(self, common: Sequence[str], paragraphs: Sequence[Sequence[Part]], glyphs: Mapping[int, NamedGlyph]):
        """Find the places among the holes of paragraphs; *glyphs* by offset."""
        self.common = common
        self.offsets: list[list[int]] = []
        self.heed = 0.0
        self._column = {char: column for column, char in enumerate(common)}
        self._row: dict[int, int] = {}
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
        self._font_of = [font for font, _ in rows]
        self._rows: dict[str, list[int]] = defaultdict(list)
        bounds = {font: Bounds(known[font]) for font in dict.fromkeys(self._font_of)}
        self._around = [bounds[font].around(number) for font, number in rows]
        for (font, _), row in rows.items():
            self._rows[font].append(row)
        self._named = {font: self._columns(sorted(set(known[font].values()) & self._column.keys())) for font in bounds}
        self._codes: dict[str, npt.NDArray[np.int64]] = {}
        self._said: dict[int, _Said] = {}
        self._together: dict[int, _Said] = {}
        self._claims: dict[str, _Claims] = {}
        self._chosen: Integers = np.zeros(len(rows), dtype=np.int64)
        self._leads: Floats = np.zeros(len(rows), dtype=np.float32)

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
        """Return what a place hears of the others, [characters]."""
        row = self._row[at]
        others = self._all_say(row)
        if at in self._said:
            columns, scores, rest = self._said[at]
            others -= rest
            others[columns] -= scores - rest
        heard: Floats = np.float32(self.heed) * others
        heard[self._ruled_out(row)] += _NEVER
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
            columns = self._columns(weighed)
            scores = np.array(list(weighed.values()), dtype=np.float32)
            scores = np.maximum(scores - scores.max(), -DOUBT)
            said = columns, scores, max(float(scores.min()) - BEYOND, -DOUBT)
            self._said[at] = _mixed(self._said[at], said) if at in self._said else said
        changed = dict.fromkeys(self._row[at] for at in found)
        for row in changed:
            self._together[row] = self._sum(row)
        for font in dict.fromkeys(self._font_of[row] for row in changed):
            self._settle(font)
        self.heed = heed
        return self._chosen.copy(), self._leads.copy()

    def readings(self) -> dict[tuple[int, int], dict[str, Any]]:
        """Return what becomes of the readings at places that were heard, by start and end: fields of ``Reading``."""
        found: dict[tuple[int, int], dict[str, Any]] = {}
        for row in sorted(self._together):
            belief = self._belief(row)
            shares = np.power(10.0, TEMPER * (belief - belief.max()), dtype=np.float64)
            shares /= shares.sum()
            fillings = tuple((self.common[column], float(shares[column])) for column in _likeliest(belief))
            told = {
                "text": fillings[0][0],
                "fillings": fillings,
                "text_share": fillings[0][1],
                "length_share": 1.0,
                "witnesses": (f"glyph:{len(self.offsets[row])} places of one glyph",),
            }
            found |= dict.fromkeys(((at, at + 1) for at in self.offsets[row]), told)
        return found

    def _columns(self, chars: Iterable[str]) -> _Columns:
        return np.array([self._column[char] for char in chars], dtype=np.int32)

    def _ruled_out(self, row: int) -> npt.NDArray[np.bool_]:
        """Tell of each character whether its font rules it out for a glyph; none are if all would be."""
        out = np.zeros(len(self.common), dtype=np.bool_)
        if around := self._around[row]:
            order, low, high = around
            if order not in self._codes:
                found = (ORDERS[order](char) for char in self.common)
                self._codes[order] = np.array([-1 if code is None else code for code in found])
            out = (self._codes[order] <= low) | (self._codes[order] >= high)
        out[self._named[self._font_of[row]]] = True
        return out if not out.all() else np.zeros_like(out)

    def _sum(self, row: int) -> _Said:
        """Return what all places of a glyph say together."""
        said = [self._said[at] for at in self.offsets[row] if at in self._said]
        touched = np.unique(np.concatenate([columns for columns, _, _ in said]))
        total, others = np.zeros(len(self.common), dtype=np.float32), np.float32(0)
        for columns, scores, rest in said:
            total += rest
            total[columns] += scores - rest
            others += np.float32(rest)
        return touched, total[touched], float(others)

    def _all_say(self, row: int) -> Floats:
        """Return what all places of a glyph say, less what other glyphs of the font claim; [characters]."""
        total: Floats = np.zeros(len(self.common), dtype=np.float32)
        if row in self._together:
            columns, scores, rest = self._together[row]
            total += rest
            total[columns] = scores
        if claims := self._claims.get(self._font_of[row]):
            columns, against, rows = claims
            total[columns] -= np.where(rows == row, np.float32(0), against)
        return total

    def _belief(self, row: int) -> Floats:
        """Return log10 scores of what a glyph is, [characters]."""
        belief = self._all_say(row)
        belief[self._ruled_out(row)] += _NEVER
        return belief

    def _settle(self, font: str) -> None:
        """Work out what the glyphs of a font are taken for; of two that claim a character the surer one keeps it."""
        self._claims.pop(font, None)
        claims: dict[int, tuple[float, int]] = {}
        rows = self._rows[font]
        first = [(*_leader(self._belief(row)), row) for row in rows]
        for column, lead, row in sorted(first, key=lambda one: one[1]):
            if lead > LEAD:
                claims[column] = min(lead, float(-EXCLUDED / 2)), row
        if claims:
            against = np.array([strength for strength, _ in claims.values()], dtype=np.float32)
            owners = np.array([row for _, row in claims.values()], dtype=np.int32)
            self._claims[font] = np.array(list(claims), dtype=np.int32), against, owners
        for row in rows:
            self._chosen[row], self._leads[row] = _leader(self._belief(row))


def _leader(belief: Floats) -> tuple[int, float]:
    """Return the column of the likeliest character and how much likelier it is than the next one, log10."""
    best = int(belief.argmax())
    if len(belief) < 2:
        return best, float(-_NEVER)
    return best, float(belief[best] - max(belief[:best].max(initial=-np.inf), belief[best + 1 :].max(initial=-np.inf)))


def _likeliest(belief: Floats) -> Integers:
    """Return the columns of the likeliest characters, the first of equal ones first."""
    least = np.partition(belief, -_SHOWN)[-_SHOWN] if len(belief) > _SHOWN else belief.min()
    columns = np.flatnonzero(belief >= least)
    ranked: Integers = columns[np.argsort(-belief[columns], kind="stable")][:_SHOWN]
    return ranked


def _mixed(before: _Said, now: _Said) -> _Said:
    """Return what a place says now, and of what it said before as much as its inertia says."""
    columns = np.union1d(before[0], now[0])
    mixed = np.zeros(len(columns), dtype=np.float32)
    for (those, scores, rest), weight in ((before, INERTIA), (now, 1 - INERTIA)):
        own = np.full(len(columns), rest, dtype=np.float32)
        own[np.searchsorted(columns, those)] = scores
        mixed += weight * own
    return columns, mixed, INERTIA * before[2] + (1 - INERTIA) * now[2]
