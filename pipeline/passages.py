"""Short passages of a scan that are weighed by the language before its holes are read: specks, ends of lines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from pipeline.damage.inference import infer
from pipeline.holes import Line, Part, paragraph_parts
from pipeline.infill.decode import Infill
from pipeline.language import models
from pipeline.language.normalise import HOLE_ONE
from pipeline.settings import Settings

_WINDOW = 16
"""Characters on either side of a place that are read with it."""

LEAST_LOST = 0.02
"""Share of blank cells of a document, or of what is printed in a font, that has lost characters."""

_BEAM = 60
"""Hypotheses of a passage: of 562 ends of headings as many were told as with 200, in half of the time."""

_ENOUGH = 4000
"""Characters of paragraphs with holes from which it is told whether a set of glyphs was lost; 200 did on held-out
documents."""


def lost_characters(text: str) -> bool:
    """Tell whether a document has lost characters: elsewhere nothing is taken for one."""
    return text.count(HOLE_ONE) >= LEAST_LOST * len(text)


class Passages:
    """Passages of a document."""

    def __init__(self, text: str, settings: Settings) -> None:
        """Infer the damage of the document and load the models.

        Raises:
            MissingDependencyError: a model is missing.
        """
        self._text = text
        damage = infer(text.splitlines(), models.han_frequency(settings.models))
        self._infill = Infill(text, (), damage.cut, replace(settings, beam=min(_BEAM, settings.beam)))
        if damage.cut is None:
            self._infill.limit(self._infill.lost_set(list(_holed(text))))

    def likelihood(
        self, start: int, end: int, reading: str, best: int = 1, *, begins: bool = False, ends: bool = False
    ) -> float:
        """Return log10 of the probability of the line around *start* to *end* if *reading* stood there.

        Args:
            start: where it would begin.
            end: where the text behind it begins.
            reading: □ for a lost character.
            best: of how many readings of the holes the probabilities are summed up.
            begins: a paragraph would begin with it.
            ends: a paragraph would end with it.
        """
        first = start if begins else max(self._text.rfind("\n", 0, start) + 1, start - _WINDOW)
        behind = "" if ends else self._text[end : end + _WINDOW].split("\n")[0]
        passage = self._text[first:start] + reading + behind
        return self._infill.likelihood(paragraph_parts(passage, [Line(0, len(passage), "whole")]), best)


def _holed(text: str) -> Iterator[list[Part]]:
    """Yield the first paragraphs with holes, as many as tell what was lost."""
    at = read = 0
    for line in text.splitlines(keepends=True):
        if HOLE_ONE in line and read < _ENOUGH:
            yield paragraph_parts(text, [Line(at, at + len(line.rstrip()), "whole")])
            read += len(line)
        at += len(line)
