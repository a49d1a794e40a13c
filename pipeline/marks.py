"""Marks of a scan that may be dirt in the cell of a lost character: where the engine doubts, the language decides.

On a worn page a speck in a blank cell is read as a comma, which takes a character from its hole and misleads the
reading of its neighbours. Of 43 doubtful marks on 12 scanned pages 10 were such specks; the likelihoods told 9 of them
from the others, which they left alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from pipeline.language.normalise import HOLE_ONE
from pipeline.passages import Passages, lost_characters
from pipeline.settings import Settings

if TYPE_CHECKING:
    from pipeline.reading.scan import Scan

_MARKS = frozenset("，、。；：.,:;·")
_DOUBT = 0.9
"""Probability of a mark up to which it is weighed; engines give 0.95 and more to most that are printed."""

_EVIDENCE = 2.0
"""log10 by which a lost character must be likelier than the mark: printed marks of scans reached 1.3, one of a text
damaged for a test 1.99. Specks began at 1.8, so a few stay marks."""


def without_specks(scan: Scan, settings: Settings) -> Scan:
    """Return a scan with □ for marks that are likelier specks in the cells of lost characters.

    Raises:
        MissingDependencyError: a model is missing.
    """
    text = scan.text
    doubtful = list(_doubtful(text, scan.offers)) if lost_characters(text) else []
    if not doubtful:
        return scan
    passages = Passages(text, settings)
    specks = [at for at in doubtful if _is_speck(passages, text, at)]
    characters = list(text)
    for at in specks:
        characters[at] = HOLE_ONE
    offers = {at: offer for at, offer in scan.offers.items() if at not in set(specks)}
    return replace(scan, text="".join(characters), offers=offers)


def _doubtful(text: str, offers: Mapping[int, Sequence[tuple[str, float]]]) -> Iterator[int]:
    for at, offer in offers.items():
        if text[at] in _MARKS and offer and offer[0][1] <= _DOUBT:
            yield at


def _is_speck(passages: Passages, text: str, at: int) -> bool:
    shown, lost = (passages.likelihood(at, at + 1, reading) for reading in (text[at], HOLE_ONE))
    return lost - shown > _EVIDENCE
