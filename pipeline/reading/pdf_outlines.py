"""Characters of glyphs that no map names: their drawings are recognised, and every drawing of a glyph has a vote."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from pipeline.damage.hypotheses import is_han
from pipeline.imaging.loading import Image
from pipeline.reading.pdf_glyphs import Glyph
from pipeline.reading.pdf_votes import Votes
from pipeline.recognition.engine import Engine, Seen

ENOUGH_VOTES = 6.0
"""Votes from which a glyph is read no more: lines without any other unread glyph are passed over."""

_REPEATS = 4
_ALONE = 1.5
"""Weight of a glyph drawn four times in a row, alone: a Han character is read better so, a mark worse."""

_ALONE_COST = 0.35
"""Distance of centres, font sizes, from which a glyph and a reading do not belong together, halved."""

_SURE = 0.97
"""Share of the votes from which a glyph needs no reading alone."""

_INK = 128
_LEAST_INK = 0.0015
"""Ink of the smallest mark, squares of the font size: the dot · at 10 pt has 0.004."""

_DRAWN = 0.05
"""Ink of a Han character, squares of the font size; 一 has 0.04 and is left to its name."""

_STANDINS = (" ", "\u00a0", "?")
_SIDE = 0.3
_WIDE_ADVANCE = 0.75
"""Advance from which a glyph fills a cell, font sizes."""

_MARGIN = 0.08
_INDENTS = 0.6
_SPACE_WIDTH = 0.6
"""A glyph without a drawing is a space if narrower than that, font sizes, or if that share of it indents lines."""

_WIDE = str.maketrans(",:;!?()[].", "，：；！？（）〔〕．")
_NARROW = str.maketrans("，：；！？（）〔〕．", ",:;!?()[].")


class OutlineReader:
    """Gathers votes over the pages of a document; the glyphs it is asked of are those without a text."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.votes = Votes()
        self._ink: dict[str, bool] = {}
        self._narrow: dict[str, bool] = {}
        self._alone: set[str] = set()

    def read(self, grey: Image, lines: Sequence[Sequence[Glyph]]) -> None:
        """Read the unnamed glyphs of a page.

        Args:
            grey: the rendered page, shape (height, width).
            lines: its glyphs line by line, left to right.
        """
        unread: dict[str, Image] = {}
        wanted: list[list[Glyph]] = []
        for line in lines:
            asks = False
            for glyph in line:
                if glyph.text or not glyph.identity:
                    continue
                tile = _tile(grey, glyph)
                if not self._ink.get(glyph.identity):
                    dark = float((tile < _INK).sum()) if tile.size else 0.0
                    self._narrow[glyph.identity] = not _is_wide(glyph)
                    self._ink[glyph.identity] = dark >= max(2.0, _LEAST_INK * glyph.size**2)
                if self._ink[glyph.identity] and self.votes.total(glyph.identity) < ENOUGH_VOTES:
                    asks = True
                    unread.setdefault(glyph.identity, tile)
            if asks:
                wanted.append([g for g in line if g.text.strip() or self._ink.get(g.identity)])
        self._read_lines(grey, wanted)
        self._read_alone({identity: tile for identity, tile in unread.items() if self._doubtful(identity)})

    def _read_lines(self, grey: Image, lines: Sequence[Sequence[Glyph]]) -> None:
        """Let whole lines vote, blank cells cut out: punctuation is known by its place beside Han."""
        pictures, edges = [], []
        for line in lines:
            size = max(glyph.size for glyph in line)
            pieces = [_columns(grey, line[0].left - _SIDE * size, line[0].left, line[0])]
            columns = [float(pieces[0].shape[1])]
            for glyph in line:
                pieces.append(_tile(grey, glyph))
                columns.append(columns[-1] + pieces[-1].shape[1])
            height = max(piece.shape[0] for piece in pieces)
            padded = [_padded(piece, height) for piece in pieces]
            padded.append(np.full((height, round(_SIDE * size)), 255, np.uint8))
            pictures.append(np.hstack(padded))
            edges.append(columns)
        for line, columns, seen in zip(lines, edges, self._engine.read(pictures), strict=True):
            for glyph, read in _matched(line, columns, seen):
                if not glyph.text:
                    self._vote(glyph, read, 1.0)

    def _read_alone(self, tiles: dict[str, Image]) -> None:
        chosen = [identity for identity in tiles if identity not in self._alone]
        side = {i: np.full((tiles[i].shape[0], round(_SIDE * tiles[i].shape[0])), 255, np.uint8) for i in chosen}
        pictures = [np.hstack([side[i], *[tiles[i]] * _REPEATS, side[i]]) for i in chosen]
        for identity, seen in zip(chosen, self._engine.read(pictures), strict=True):
            self._alone.add(identity)
            common = Counter(read.text for read in seen).most_common(1)
            if not common or len(seen) != _REPEATS:
                continue
            # Marks are read wrongly without neighbours to tell their place; digits and letters are not.
            text = common[0][0].translate(_NARROW) if self._narrow[identity] else common[0][0]
            if is_han(text) or (self._narrow[identity] and text.isascii() and (text.isalnum() or text == "%")):
                self.votes.add(identity, text, _ALONE * common[0][1] / _REPEATS)

    def _vote(self, glyph: Glyph, read: Seen, weight: float) -> None:
        for text, probability in read.alternatives or ((read.text, 1.0),):
            text = text.translate(_WIDE if _is_wide(glyph) else _NARROW)
            self.votes.add(glyph.identity, text, weight * probability)

    def _doubtful(self, identity: str) -> bool:
        best = self.votes.alternatives(identity)
        return not best or best[0][1] < _SURE

    def is_blank(self, identity: str) -> bool:
        """Tell whether a glyph draws nothing."""
        return not self._ink.get(identity, False)

    def texts(self, lines: Sequence[Sequence[Glyph]]) -> dict[str, str]:
        """Return texts of the unnamed glyphs of *lines* by identity: read, white, or nothing where they are lost."""
        indents: Counter[str] = Counter()
        all_of: Counter[str] = Counter()
        widths: dict[str, float] = {}
        for line in lines:
            for glyph in line:
                if not glyph.text and glyph.identity:
                    all_of[glyph.identity] += 1
                    widths[glyph.identity] = (glyph.right - glyph.left) / glyph.size
            # Two blank glyphs, the same, begin an indented line; one may be a character that a line begins with.
            first = [glyph.identity for glyph in line[:3] if not glyph.text]
            if len(first) >= 2 and first[0] and first[0] == first[1]:
                indents[first[0]] += 2
        boxes = self.votes.placeholders()
        texts = {}
        for identity, count in all_of.items():
            if self.is_blank(identity):
                space = widths[identity] < _SPACE_WIDTH or indents[identity] >= max(2, _INDENTS * count)
                texts[identity] = " " if space else ""
            else:
                best = self.votes.alternatives(identity)
                texts[identity] = best[0][0] if best and identity not in boxes else ""
        return texts


def is_doubtful(glyph: Glyph) -> bool:
    """Tell whether a glyph must be looked at: nothing names it, or it is as wide as Han and called white or ?."""
    return (not glyph.text and bool(glyph.identity)) or (glyph.text in _STANDINS and _is_wide(glyph))


def unnamed_if_drawn(glyph: Glyph, grey: Image) -> Glyph:
    """Take the name from a glyph that is called white or ? but drawn as something: writers do so with all they miss."""
    if not glyph.text or not is_doubtful(glyph):
        return glyph
    drawn = float((_tile(grey, glyph) < _INK).sum()) >= _DRAWN * glyph.size**2
    return replace(glyph, text="") if drawn else glyph


def _matched(line: Sequence[Glyph], columns: Sequence[float], seen: Sequence[Seen]) -> list[tuple[Glyph, Seen]]:
    """Give each glyph what was read in its place: the cheapest alignment in order, by distance of centres.

    Args:
        line: the glyphs that are in the picture.
        columns: left edge of each in the picture, and the right edge of the last; pixels.
        seen: what was read.
    """
    centres = [(left + right) / 2 for left, right in pairwise(columns)]
    em = max(glyph.size for glyph in line)
    # Costs of the first i glyphs and j readings; a reading or a glyph may stay alone.
    rows = [[_ALONE_COST * j for j in range(len(seen) + 1)]]
    for i, centre in enumerate(centres):
        row = [_ALONE_COST * (i + 1)]
        for j, read in enumerate(seen):
            pair = rows[i][j] + min(abs(read.centre - centre) / em, 2 * _ALONE_COST)
            row.append(min(pair, rows[i][j + 1] + _ALONE_COST, row[j] + _ALONE_COST))
        rows.append(row)
    found: list[tuple[Glyph, Seen]] = []
    i, j = len(line), len(seen)
    while i and j:
        if rows[i][j] == rows[i - 1][j] + _ALONE_COST:
            i -= 1
        elif rows[i][j] == rows[i][j - 1] + _ALONE_COST:
            j -= 1
        else:
            i, j = i - 1, j - 1
            found.append((line[i], seen[j]))
    return found


def _is_wide(glyph: Glyph) -> bool:
    return glyph.right - glyph.left > _WIDE_ADVANCE * glyph.size


def _columns(grey: Image, left: float, right: float, glyph: Glyph) -> Image:
    _, top, _, bottom = glyph.box
    pad = _MARGIN * glyph.size
    rows = slice(max(0, round(top - pad)), max(0, round(bottom + pad)))
    return grey[rows, max(0, round(left)) : max(0, round(right))]


def _tile(grey: Image, glyph: Glyph) -> Image:
    return _columns(grey, glyph.left, glyph.right, glyph)


def _padded(piece: Image, height: int) -> Image:
    """Put a piece of a smaller font on the height of the line, at its foot."""
    missing = height - piece.shape[0]
    return piece if missing <= 0 else np.pad(piece, ((missing, 0), (0, 0)), constant_values=255)
