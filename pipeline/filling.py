"""Holes of a document: infilled, witnessed and decided."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from pipeline.damage.hypotheses import Cut
from pipeline.decision.policy import decide
from pipeline.detection.holes import Part
from pipeline.edits import Edit
from pipeline.errors import UnreadableInputError
from pipeline.infill.decode import Infill, Reading
from pipeline.infill.equal_glyphs import NamedGlyph, solve_equal_glyphs
from pipeline.language.normalise import HOLE_ONE
from pipeline.profile import read_profile
from pipeline.settings import Settings
from pipeline.vocabulary.matching import Match, Matcher, confirmed, confirmed_names, names
from pipeline.vocabulary.parallels import REFERENCE_WEIGHT, Witnesses, read_references, read_text
from pipeline.vocabulary.terms import USER, USER_WEIGHT, vocabulary

_SURROGATE = re.compile(r"[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Filled:
    """What became of a document's holes: edits, the readings they were decided from, weights of the models."""

    edits: tuple[Edit, ...] = ()
    readings: tuple[Reading, ...] = ()
    weights: tuple[float, ...] = ()


def fill_holes(
    text: str,
    paragraphs: list[list[Part]],
    whole: Sequence[str],
    cut: Cut | None,
    glyphs: dict[int, NamedGlyph],
    settings: Settings,
) -> Filled:
    """Fill the holes of a document.

    Args:
        text: the document.
        paragraphs: its seen characters and holes.
        whole: its undamaged lines.
        cut: what its font lost, if that is known.
        glyphs: identities of characters whose glyphs are known, by offset.
        settings: the run's settings.

    Raises:
        FileAccessError: the references, the user's terms or profile cannot be read.
        MissingDependencyError: a model is missing.
        UnreadableInputError: the text is no Unicode text.
    """
    if _SURROGATE.search(text):
        raise UnreadableInputError("the text holds lone surrogates.", "Decode it with the encoding it was written in.")
    profile = read_profile(settings.profile)
    terms = vocabulary(settings.vocabulary, profile.terms)
    references = read_references(settings.references)
    remembered = [(line, REFERENCE_WEIGHT) for reference in references for line in reference.lines]
    remembered += [(term.text, USER_WEIGHT) for term in terms.terms.values() if term.category == USER]
    remembered += profile.passages
    matcher = Matcher(terms, cut) if cut is not None else None
    fitting = matcher.fitting(paragraphs) if matcher else []
    infill = Infill(text, whole, cut, settings, [*remembered, *names(fitting)])
    readings = infill.decode(paragraphs)
    if matcher and (sure := confirmed(fitting, read_text(text, readings)[0])):
        readings = _read_again(infill, matcher, sure, paragraphs, readings)
    if any(glyph.text == HOLE_ONE for glyph in glyphs.values()):
        readings = solve_equal_glyphs(infill, paragraphs, readings, glyphs)
    witnesses = Witnesses(text, readings, terms, references)
    readings = [replace(reading, witnesses=(*reading.witnesses, *witnesses.of(reading))) for reading in readings]
    edits = decide(text, readings, settings, str(cut or "nothing systematic"))
    return Filled(tuple(edits), tuple(readings), infill.weights)


def _read_again(
    infill: Infill, matcher: Matcher, sure: list[Match], paragraphs: list[list[Part]], readings: list[Reading]
) -> list[Reading]:
    """Read the paragraphs once more in which a confirmed name may stand: one name is read alike everywhere."""
    infill.remember(confirmed_names(sure))
    wanted = {match.term.text for match in sure}
    again = [p for p in paragraphs if any(match.term.text in wanted for match in matcher.fitting([p]))]
    replaced = {id(part) for parts in again for part in parts}
    kept = [reading for reading in readings if id(reading.hole) not in replaced]
    return sorted([*kept, *infill.decode(again)], key=lambda r: (r.hole.start, r.hole.end))
