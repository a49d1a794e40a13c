"""Holes of a document: infilled, witnessed and decided."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from pipeline.damage.hypotheses import Cut, GlyphSet, Loss
from pipeline.decision.ordinals import with_ordinals
from pipeline.decision.own_terms import with_own_terms
from pipeline.decision.parallels import REFERENCE_WEIGHT, Witnesses, read_references, read_text
from pipeline.decision.policy import decide, ease, probability
from pipeline.edits import Edit
from pipeline.errors import UnreadableInputError
from pipeline.holes import Hole, Part
from pipeline.infill.decode import Infill
from pipeline.infill.equal_glyphs import solve_equal_glyphs
from pipeline.infill.glyphs import NamedGlyph
from pipeline.infill.home import Home
from pipeline.infill.readings import Reading
from pipeline.language.normalise import HOLE_ONE
from pipeline.profile import read_profile
from pipeline.settings import Settings
from pipeline.vocabulary.matching import Match, Matcher, confirmed, confirmed_names, names
from pipeline.vocabulary.survey import Survey
from pipeline.vocabulary.terms import USER_WEIGHT, Vocabulary, vocabulary
from pipeline.vocabulary.whereabouts import NOWHERE, Whereabouts

_SURROGATE = re.compile(r"[\ud800-\udfff]")


SETTLED = 0.7
"""Share of the likeliest province from which a document that lost glyphs in no order is taken to come from there. Two
that were taken to come from elsewhere had 0.46 and 0.55 (docs/results.md)."""


@dataclass(frozen=True, slots=True)
class Filled:
    """What became of a document's holes.

    Attributes:
        edits: one a hole.
        readings: what they were decided from.
        weights: of the models.
        names: that what was read confirmed, with their weights.
        glyph_set: what a font lost that lost glyphs in no order.
    """

    edits: tuple[Edit, ...] = ()
    readings: tuple[Reading, ...] = ()
    weights: tuple[float, ...] = ()
    names: tuple[tuple[str, float], ...] = ()
    glyph_set: GlyphSet | None = None


def fill_holes(
    text: str,
    paragraphs: list[list[Part]],
    whole: Sequence[str],
    cuts: Sequence[Cut | None],
    glyphs: dict[int, NamedGlyph],
    settings: Settings,
    known: Sequence[tuple[str, float]] = (),
) -> Filled:
    """Fill the holes of a document.

    Args:
        text: the document.
        paragraphs: its seen characters and holes.
        whole: its undamaged lines.
        cuts: for every paragraph, what its font lost, if that is known.
        glyphs: identities of characters whose glyphs are known, by offset.
        settings: the run's settings.
        known: names that earlier volumes of the document confirmed, with their weights.

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
    remembered += [(term, USER_WEIGHT) for term in terms.own]
    remembered += [*profile.passages, *known]
    fonts = [
        _Font(cut, terms, [p for p, own in zip(paragraphs, cuts, strict=True) if own == cut]) for cut in _kinds(cuts)
    ]
    where = fonts[0].whereabouts()
    fitting = [match for font in fonts for match in font.fit(where)]
    own = {form: name for font in fonts for form, name in font.own_places().items()}
    remembered += [*names(fitting), *where.words()]
    home = Home(own, where.level_shares()) if any(font.cut for font in fonts) else None
    taught = [*terms.own, *(passage for passage, _ in profile.passages)]
    infill = Infill(text, whole, fonts[0].cut, settings, remembered, taught)
    readings: list[Reading] = []
    lost_by: dict[tuple[int, int], Loss | None] = {}
    for font in fonts:
        infill.settle(home)
        readings += font.read(infill, text, glyphs)
        lost_by.update(((hole.start, hole.end), font.cut or font.glyph_set) for hole in font.holes)
    readings.sort(key=lambda r: (r.hole.start, r.hole.end))

    def loses(hole: Hole, char: str) -> bool:
        if hole.start in glyphs and hole.end > hole.start:  # the same glyph is the same character in other places too
            return False
        loss = lost_by[hole.start, hole.end]
        return loss is None or loss.loses(char)

    witnesses = Witnesses(text, readings, terms, references)
    readings = [replace(reading, witnesses=(*reading.witnesses, *witnesses.of(reading))) for reading in readings]
    sure = ease(readings)
    readings = with_own_terms(paragraphs, readings, terms.own, loses, lambda reading: probability(reading, sure))
    readings = with_ordinals(paragraphs, readings, loses)
    edits = decide(text, readings, settings, lambda hole: str(lost_by[hole.start, hole.end] or "nothing systematic"))
    names_read = tuple(item for font in fonts for item in font.names)
    glyph_set = next((font.glyph_set for font in fonts if font.glyph_set), None)
    return Filled(tuple(edits), tuple(readings), infill.weights, names_read, glyph_set)


def _kinds(cuts: Sequence[Cut | None]) -> list[Cut | None]:
    """Return the different cuts of paragraphs, the commonest first."""
    return [cut for cut, _ in Counter(cuts).most_common()] or [None]


class _Font:
    """The paragraphs whose font lost the same."""

    def __init__(self, cut: Cut | None, terms: Vocabulary, paragraphs: list[list[Part]]) -> None:
        self.cut = cut
        self._terms = terms
        self._paragraphs = paragraphs
        self._matcher: Matcher | None = None
        self._survey = Survey()
        self._where = NOWHERE
        if cut is not None:
            self._look_for_terms(cut)
        self.fitting: list[Match] = []
        self.names: list[tuple[str, float]] = []
        self.glyph_set: GlyphSet | None = None

    @property
    def holes(self) -> Iterator[Hole]:
        """The holes of the paragraphs."""
        return (part for parts in self._paragraphs for part in parts if isinstance(part, Hole))

    def whereabouts(self) -> Whereabouts:
        """Infer where the document comes from."""
        return self._matcher.whereabouts(self._survey) if self._matcher else NOWHERE

    def _look_for_terms(self, loss: Loss) -> None:
        self._matcher = Matcher(self._terms, loss)
        self._survey = self._matcher.survey(self._paragraphs)

    def fit(self, where: Whereabouts) -> list[Match]:
        """Find the terms that fit the paragraphs of a document of which it is known *where* it comes from."""
        self._where = where
        self.fitting = self._matcher.fitting(self._survey, where) if self._matcher else []
        return self.fitting

    def own_places(self) -> dict[str, str]:
        """Return the names of the document's own places, by how they look where all they lost is counted."""
        return self._matcher.own_places(self.fitting) if self._matcher else {}

    def read(self, infill: Infill, text: str, glyphs: dict[int, NamedGlyph]) -> list[Reading]:
        """Read the holes of the paragraphs, with what the font lost."""
        infill.limit(self.cut)
        if self.cut is None:
            self.glyph_set = infill.lost_set(self._paragraphs)
            infill.limit(self.glyph_set)
        lost = {at for at, glyph in glyphs.items() if glyph.text == HOLE_ONE}
        lost_glyphs = any(hole.start in lost and hole.end > hole.start for hole in self.holes)  # of this font
        if lost_glyphs and not self._matcher:
            return solve_equal_glyphs(infill, self._paragraphs, glyphs)
        if self.glyph_set:
            self._settle(infill, self.glyph_set)
        readings = infill.decode(self._paragraphs)
        if self._matcher and (sure := confirmed(self.fitting, read_text(text, readings)[0])):
            self.names = confirmed_names(sure)
            readings = _read_again(infill, self._matcher, sure, self._paragraphs, readings)
        return solve_equal_glyphs(infill, self._paragraphs, glyphs) if lost_glyphs else readings

    def _settle(self, infill: Infill, lost: GlyphSet) -> None:
        """Find the document's own places once it is known what was lost in no order."""
        self._look_for_terms(lost)
        where = self._where if self._where.shares else self.whereabouts()
        if max(where.shares.values(), default=0.0) < SETTLED:
            self._matcher = None
            infill.settle(Home())  # its level may still be told by its title and drafts
            return
        self.fitting = [match for match in self.fit(where) if match.own]
        infill.remember([*names(self.fitting), *where.words()])
        infill.settle(Home(self.own_places(), where.level_shares()))


def _read_again(
    infill: Infill, matcher: Matcher, sure: list[Match], paragraphs: list[list[Part]], readings: list[Reading]
) -> list[Reading]:
    """Read the paragraphs once more in which a confirmed name may stand: one name is read alike everywhere."""
    infill.remember(confirmed_names(sure))
    wanted = {match.term.text for match in sure}
    again = [p for p in paragraphs if any(match.term.text in wanted for match in matcher.fitting(matcher.survey([p])))]
    replaced = {id(part) for parts in again for part in parts}
    kept = [reading for reading in readings if id(reading.hole) not in replaced]
    return sorted([*kept, *infill.decode(again)], key=lambda r: (r.hole.start, r.hole.end))
