"""Characters of glyphs that no map names: their drawings are recognised, and every drawing of a glyph has a vote."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from pipeline.damage.hypotheses import is_han
from pipeline.imaging.loading import Image
from pipeline.reading.pdf_glyphs import Glyph
from pipeline.recognition.engine import Engine, Seen

ENOUGH_VOTES = 6.0
"""Votes from which a glyph is read no more: lines without any other unread glyph are passed over."""

_REPEATS = 4
_ALONE = 1.5
"""Weight of a glyph drawn four times in a row, alone: a Han character is read better so, a mark worse."""

_SURE = 0.97
"""Share of the votes from which a glyph needs no reading alone."""

_INK = 128
_LEAST_INK = 0.0015
"""Ink of the smallest mark, squares of the font size: the dot · at 10 pt has 0.004."""

_SIDE = 0.3
_MARGIN = 0.08
_BOXES = frozenset("□口回日目囗〇○◯■▯▢☐☒?")
_WIDE = str.maketrans(",:;!?()[]", "，：；！？（）〔〕")
_NARROW = str.maketrans("，：；！？（）〔〕．", ",:;!?()[].")


class OutlineReader:
    """Gathers votes over the pages of a document; the glyphs it is asked of are those without a text."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._votes: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
        self._ink: dict[str, bool] = {}
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
                    self._ink[glyph.identity] = dark >= max(2.0, _LEAST_INK * glyph.size**2)
                if self._ink[glyph.identity] and sum(self._votes[glyph.identity].values()) < ENOUGH_VOTES:
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
            if common and is_han(common[0][0]) and len(seen) == _REPEATS:
                self._votes[identity][common[0][0]] += _ALONE * common[0][1] / _REPEATS

    def _vote(self, glyph: Glyph, read: Seen, weight: float) -> None:
        for text, probability in read.alternatives or ((read.text, 1.0),):
            wide = glyph.right - glyph.left > 0.75 * glyph.size
            self._votes[glyph.identity][text.translate(_WIDE if wide else _NARROW)] += weight * probability

    def _doubtful(self, identity: str) -> bool:
        best = self.alternatives(identity)
        return not best or best[0][1] < _SURE

    def is_blank(self, identity: str) -> bool:
        """Tell whether a glyph draws nothing."""
        return not self._ink.get(identity, False)

    def alternatives(self, identity: str) -> tuple[tuple[str, float], ...]:
        """Return the readings of a glyph with their shares of its votes, best first; empty where it was not read."""
        votes = self._votes.get(identity, {})
        total = sum(votes.values())
        ranked = sorted(votes.items(), key=lambda vote: (-vote[1], vote[0]))[:5]
        return tuple((text, count / total) for text, count in ranked)

    def placeholders(self) -> set[str]:
        """Return the glyphs that are all drawn as one box: several codes of a font are never one character."""
        by_reading: dict[tuple[str, str], list[str]] = defaultdict(list)
        for identity in self._votes:
            best = self.alternatives(identity)
            if best and best[0][0] in _BOXES:
                by_reading[identity.rsplit("/", 1)[0], best[0][0]].append(identity)
        return {identity for group in by_reading.values() if len(group) >= 3 for identity in group}


def _matched(line: Sequence[Glyph], columns: Sequence[float], seen: Sequence[Seen]) -> list[tuple[Glyph, Seen]]:
    """Give each glyph what was read in it: in order where the counts agree, else by its columns."""
    if len(seen) == len(line):
        return list(zip(line, seen, strict=True))
    found: list[tuple[Glyph, Seen]] = []
    for glyph, (left, right) in zip(line, pairwise(columns[: len(line) + 1]), strict=True):
        inside = [read for read in seen if left <= read.centre < right]
        if len(inside) == 1:
            found.append((glyph, inside[0]))
    return found


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
