"""Marks of a scan that may be dirt in the cell of a lost character: where the engine doubts, the language decides.

On a worn page a speck in a blank cell is read as a comma, which takes a character from its hole and misleads the
reading of its neighbours. Of 43 doubtful marks on 12 scanned pages 10 were such specks; the likelihoods told 9 of them
from the others, which they left alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from pipeline.damage.inference import infer
from pipeline.holes import Line, paragraph_parts
from pipeline.infill.decode import Infill
from pipeline.language import models
from pipeline.language.normalise import HOLE_ONE
from pipeline.settings import Settings

if TYPE_CHECKING:
    from pipeline.reading.pages import Scan

_MARKS = frozenset("，、。；：.,:;·")
_DOUBT = 0.9
"""Probability of a mark up to which it is weighed; engines give 0.95 and more to most that are printed."""

_EVIDENCE = 1.5
"""log10 by which a lost character must be likelier than the mark: printed marks reached 1.3, specks began at 1.8."""

WINDOW = 16
"""Characters on either side that are read with it."""

LEAST_LOST = 0.02
"""Share of blank cells of a document that has lost characters; elsewhere a speck is no character."""


def without_specks(scan: Scan, settings: Settings) -> Scan:
    """Return a scan with □ for marks that are likelier specks in the cells of lost characters.

    Raises:
        MissingDependencyError: a model is missing.
    """
    text = scan.text
    doubtful = list(_doubtful(text, scan.offers)) if text.count(HOLE_ONE) >= LEAST_LOST * len(text) else []
    if not doubtful:
        return scan
    damage = infer(text.splitlines(), models.han_frequency(settings.models))
    infill = Infill(text, (), damage.cut, settings)
    specks = [at for at in doubtful if _is_speck(infill, text, at)]
    characters = list(text)
    for at in specks:
        characters[at] = HOLE_ONE
    offers = {at: offer for at, offer in scan.offers.items() if at not in set(specks)}
    return replace(scan, text="".join(characters), offers=offers)


def _doubtful(text: str, offers: Mapping[int, Sequence[tuple[str, float]]]) -> Iterator[int]:
    for at, offer in offers.items():
        if text[at] in _MARKS and offer and offer[0][1] <= _DOUBT:
            yield at


def _is_speck(infill: Infill, text: str, at: int) -> bool:
    start = max(text.rfind("\n", 0, at) + 1, at - WINDOW)
    end = text.find("\n", at, at + WINDOW)
    before, behind = text[start:at], text[at + 1 : end if end >= 0 else at + 1 + WINDOW]
    shown, lost = (
        infill.likelihood(paragraph_parts(passage, [Line(0, len(passage), "whole")]))
        for passage in (before + text[at] + behind, before + HOLE_ONE + behind)
    )
    return lost - shown > _EVIDENCE
