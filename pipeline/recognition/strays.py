"""Marks that stand where marks of their kind do not stand on this page: dirt in a blank cell, read as a mark."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from pipeline.damage.hypotheses import is_han
from pipeline.imaging.looks import BODY
from pipeline.imaging.marks import GridLine
from pipeline.imaging.places import CLOSING
from pipeline.recognition.align import DOTS, MARKS, Match, ends_item_number, is_western
from pipeline.recognition.engine import by_shape
from pipeline.recognition.points import in_number

_JUDGED = frozenset("，。、；：,;:“”‘’")
_SURE = 0.8
_LEAST = 5
"""A page knows where a mark stands from that many readings of at least that probability."""

_NEAR, _BESIDE = 4.6, 1.3
"""Distance of a wide character that tells the phase of a mark, and of a mark that hides it, pitches."""

_HEIGHT, _SUNK, _PHASE = 0.05, 0.045, 0.045
"""Standard deviations of where marks of one kind stand, ems and pitches; on 3,833 marks of 32 small scans half lie
within 0.02 and 95 of 100 within 0.05."""

_MOST_PHASE = 25.0
"""No phase counts for more: behind digits the grid may be off."""

_STRAY, _SURE_STRAY = 14.0, 20.0
"""Squared deviations from which a mark is dirt, and where the engine is sure of it: of 84 spots of dirt that were read
as marks 60 lie further off, of 3,833 marks 10."""

_OTHER = 6.0
"""Squared deviations up to which a mark off its like is one of another kind."""

_PALE = 4.0
"""Squared deviations up to which ink that was not read is a mark."""

_SMALL = 0.45
"""Ink smaller than that both ways, ems, is no Han but 一."""

_DOUBTFUL = 0.9
"""Probability of a reading under which where it stands may tell which mark it is."""

_CERTAIN = 0.93
"""Probability from which a mark of the body stands off its like in the right row: of 3,886 marks of 60 scans 12 were
taken for dirt, 4 of them so; of 51 spots of dirt none had it."""

_ROW = 4.0
"""Squared deviations up to which a mark of another font has the height and the row of its like."""

_MERGED = 0.1
"""A mark that is higher by that, ems, has dirt above or below it: its height then tells nothing."""


class _Stand(NamedTuple):
    """How a mark stands: its height and the row of its middle, ems; phases in its cell, by its neighbours, pitches."""

    height: float
    sunk: float
    phases: tuple[float, ...]


def _stand(matches: Sequence[Match], at: int, line: GridLine, em: float) -> _Stand:
    cell = matches[at].cell
    phases = []
    for step in (-1, 1):
        k = at + step
        while 0 <= k < len(matches):
            other = matches[k].cell
            away = abs(other.centre - cell.centre) / line.pitch
            text = matches[k].text
            # Of two marks beside each other one may have half a cell; two letters fill one, off the grid.
            off = (away < _BESIDE and text in MARKS) or is_western(text)
            if other.kind in ("half", "merged") or away > _NEAR or off:
                break
            if other.kind == "full" and other.width > 0.66 * line.pitch:
                phases.append(((cell.ink.left - other.centre) / line.pitch + 0.5) % 1.0)
                break
            k += step
    ink = cell.ink
    return _Stand((ink.bottom - ink.top) / em, ((ink.top + ink.bottom) / 2 - line.middle) / em, tuple(phases))


def _apart(a: float, b: float) -> float:
    return abs((a - b + 0.5) % 1.0 - 0.5)


def _phase(values: Sequence[float]) -> float:
    """Return the phase that most of *values* lie near."""
    return max(values, key=lambda v: sum(_apart(v, other) < 0.06 for other in values))


def without_strays(
    lines: Sequence[GridLine], matched: Sequence[Sequence[Match]], em: float, whole: bool, looks: Sequence[str]
) -> list[list[Match]]:
    """Return what was read on the lines of a page without dirt that was read as marks.

    A mark that stands where another kind of mark does on this page, and was read with doubt, is one of that kind.

    Args:
        lines: measured.
        matched: what was read on each.
        em: of the page, pixels.
        whole: nothing is missing on the page, so that no mark is taken for dirt in a blank cell.
        looks: how each line looks beside the others, as of ``looks_of``.
    """
    usual = _usual_stands(lines, matched, em)
    result: list[list[Match]] = []
    for line, matches, look in zip(lines, matched, looks, strict=True):
        judged = [
            _judged(match, _stand(matches, at, line, em), usual, look == BODY) if _is_mark(match) else match
            for at, match in enumerate(matches)
        ]
        kept = [own if own or not whole else match for own, match in zip(judged, matches, strict=True)]
        result.append([match for match in kept if match is not None])
    return result


def with_pale_marks(
    lines: Sequence[GridLine], matched: Sequence[Sequence[Match]], em: float, whole: bool
) -> list[list[Match]]:
    """Return what was read on the lines of a page with marks too pale to be read named by where they stand.

    Args:
        lines: measured.
        matched: what was read on each.
        em: of the page, pixels.
        whole: nothing is missing on the page: ink in a cell of its own is a part of a mark at least.
    """
    usual = _usual_stands(lines, matched, em)
    result: list[list[Match]] = []
    for line, matches in zip(lines, matched, strict=True):
        named = list(matches)
        texts = [match.text for match in matches]
        for at, match in enumerate(matches):
            if match.extra or match.cell.kind in ("full", "merged") or in_number(matches, at, line.pitch):
                continue
            sure = match.read is not None and match.read.alternatives[0][1] >= _DOUBTFUL
            if sure and ends_item_number(texts, at):
                continue
            stand = _stand(matches, at, line, em)
            # No Han is as small as a mark.
            too_small = match.read is not None and is_han(match.read.text) and _is_small(match, stand, line)
            if match.read is None or match.read.text in DOTS or too_small:
                text = _named(stand, usual, whole or too_small)
                begins = whole and match.read is None and not any(other.read for other in matches[:at])
                if text and not (begins and text in CLOSING):  # with nothing missing, none begins a line
                    named[at] = replace(match, read=by_shape(text, match.cell.centre))
        result.append(named)
    return result


def _is_small(match: Match, stand: _Stand, line: GridLine) -> bool:
    return stand.height < _SMALL and match.cell.width < _SMALL * line.pitch


def _named(stand: _Stand, usual: Mapping[str, _Stand], parts: bool) -> str | None:
    """Return the one mark that stands so on this page; None for none, or for more than one.

    With *parts*, what lies inside of a mark's place is a part of that mark.
    """
    if not stand.phases:
        return None
    near = sorted((_deviation(stand, like), text) for text, like in usual.items())
    if near and near[0][0] <= _PALE and (len(near) == 1 or near[1][0] >= near[0][0] + _OTHER):
        return near[0][1]
    if parts:
        return next((text for _, text in near if _inside(stand, usual[text])), None)
    return None


def _inside(stand: _Stand, like: _Stand) -> bool:
    """Tell whether ink may be what is left of a mark that stands like *like*."""
    room = (like.height - stand.height) / 2 + _SUNK
    apart = min((_apart(own, other) for own in stand.phases for other in like.phases), default=1.0)
    return abs(stand.sunk - like.sunk) <= room and apart <= 2 * _PHASE


def _is_mark(match: Match) -> bool:
    """Tell whether a match is a mark that is judged by where it stands."""
    narrow = not match.extra and match.cell.kind not in ("full", "merged")
    return narrow and match.read is not None and match.read.text in _JUDGED


def _usual_stands(lines: Sequence[GridLine], matched: Sequence[Sequence[Match]], em: float) -> dict[str, _Stand]:
    """Return how the marks that a page shows often enough stand."""
    known: dict[str, list[_Stand]] = defaultdict(list)
    for line, matches in zip(lines, matched, strict=True):
        for at, match in enumerate(matches):
            if _is_mark(match) and match.read and match.read.alternatives[0][1] >= _SURE:
                known[match.read.text].append(_stand(matches, at, line, em))
    return {text: _usual(some) for text, some in known.items() if len(some) >= _LEAST}


def _usual(stands: Sequence[_Stand]) -> _Stand:
    phases = [phase for stand in stands for phase in stand.phases]
    height, sunk = (float(np.median([getattr(stand, name) for stand in stands])) for name in ("height", "sunk"))
    return _Stand(height, sunk, (_phase(phases),) if phases else ())


def _judged(match: Match, stand: _Stand, usual: Mapping[str, _Stand], body: bool) -> Match | None:
    """Return a match as it is, as another mark, or None for dirt; *body* tells that it is in the font of the body."""
    if match.read is None or match.read.text not in usual:
        return match
    probability = match.read.alternatives[0][1]
    if _deviation(stand, usual[match.read.text]) <= (_STRAY if probability < _DOUBTFUL else _SURE_STRAY):
        return match
    text = min(usual, key=lambda mark: _deviation(stand, usual[mark]))
    if _deviation(stand, usual[text]) > _OTHER:
        # Headings are in another font, which may set it elsewhere in its cell, but hardly in another row.
        like = usual[match.read.text]
        its_row = _deviation(stand._replace(phases=()), like) <= _ROW
        least = _CERTAIN if body else _DOUBTFUL
        return match if probability >= least and its_row else None
    if probability >= _DOUBTFUL:
        return match  # a heading in another font: its 、 may stand where the body's ， does
    rest = tuple((other, p) for other, p in match.read.alternatives if other != text)
    return replace(match, read=replace(match.read, text=text, alternatives=((text, max(probability, 0.5)), *rest)))


def _deviation(stand: _Stand, like: _Stand) -> float:
    """Return the squared deviations, in standard ones, of a mark from where its like stand."""
    phase = min((_apart(own, other) for own in stand.phases for other in like.phases), default=0.0)
    total = min(_MOST_PHASE, (phase / _PHASE) ** 2)
    if stand.height > like.height + _MERGED:
        return total
    return total + ((stand.height - like.height) / _HEIGHT) ** 2 + ((stand.sunk - like.sunk) / _SUNK) ** 2
