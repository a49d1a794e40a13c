"""A scanned document: its running text, where every character lies, and what may be lost behind its lines."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import chain

from pipeline.document import Cell, Line, Page, Place
from pipeline.language.normalise import HOLE_ONE
from pipeline.places import Places


@dataclass(frozen=True, slots=True)
class End:
    """White behind a line that may be lost characters.

    Attributes:
        at: offset of the line's end in the text.
        places: of its cells.
        closes: a paragraph ends there; else what begins the next line may have left the white.
        indent: places of the two cells before the next line, if these may be lost characters too: no paragraph ends.
        lines: the line and the next one, each by the number of its page in the scan and its own on the page.
    """

    at: int
    places: tuple[Place, ...]
    closes: bool = False
    indent: tuple[Place, ...] = ()
    lines: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Told:
    """What the language tells of the end of a line.

    Attributes:
        end: the end.
        count: characters lost behind it, of those that may be.
        chance: that it were just so many.
        joins: the paragraph goes on: so many characters were lost between its lines.
    """

    end: End
    count: int
    chance: float
    joins: bool = False

    @property
    def places(self) -> tuple[Place, ...]:
        """Where they lay."""
        return (self.end.places + self.end.indent)[: self.count]


@dataclass(frozen=True, slots=True)
class Scan:
    """A scanned document.

    Attributes:
        pages: as read.
        text: running text, a paragraph a line.
        places: where each code point of ``text`` lies; None for line ends.
        pictures: the pictures, each as its offset in ``text`` and its place.
        failures: numbers of further pages, which could not be read, and why.
        crops: pictures of the printed lines, each with the offset in ``text`` that its line begins at.
        fonts: names of the fonts of each page.
        offers: what the engine read at each code point, with probabilities, best first.
        ends: of lines behind which white may be lost characters, in order.
        counted: chance that just so many characters were lost at an end, by the offset of the first of them, where the
            language has told how many.
    """

    pages: tuple[Page, ...]
    text: str
    places: Places
    pictures: tuple[tuple[int, Place], ...] = ()
    failures: tuple[tuple[int, str], ...] = ()
    crops: tuple[tuple[int, str], ...] = field(default=(), repr=False)
    offers: Mapping[int, Sequence[tuple[str, float]]] = field(default_factory=dict, repr=False)
    fonts: tuple[tuple[str, ...], ...] = ()
    ends: tuple[End, ...] = ()
    counted: Mapping[int, float] = field(default_factory=dict)

    def with_told(self, told: Sequence[Told]) -> Scan:
        """Return the scan with the characters that its lines lost at their ends; *told* is in order."""
        pieces: list[str] = []
        places = Places()
        counted: dict[int, float] = {}
        pages = list(self.pages)
        offsets, shifts, done = list[int](), [0], 0
        for one in told:
            at, own = one.end.at, one.places
            pieces += [self.text[done:at], HOLE_ONE * len(own)]
            for place in chain(self.places[done:at], own):
                places.append(place)
            if own:
                counted[len(places) - len(own)] = one.chance
            done = at + one.joins
            offsets.append(at)
            shifts.append(len(places) - done)
            _show(pages, one)
        pieces.append(self.text[done:])
        for place in self.places[done:]:
            places.append(place)

        def moved(at: int) -> int:
            return at + shifts[bisect_right(offsets, at)]

        return replace(
            self,
            pages=tuple(pages),
            text="".join(pieces),
            places=places,
            pictures=tuple((moved(at), place) for at, place in self.pictures),
            crops=tuple((moved(at), picture) for at, picture in self.crops),
            offers={moved(at): offer for at, offer in self.offers.items()},
            ends=(),
            counted=counted,
        )


def _show(pages: list[Page], told: Told) -> None:
    """Put blank cells into the lines of *pages* for what was lost; of a long document no lines are kept."""
    changes: list[Callable[[Line], Line]] = [partial(_with_blanks, places=told.places[: len(told.end.places)])]
    if told.joins:
        changes.append(without_indent)
    for (number, at), change in zip(told.end.lines, changes, strict=False):
        lines = pages[number].lines
        if lines:
            pages[number] = replace(pages[number], lines=(*lines[:at], change(lines[at]), *lines[at + 1 :]))


def _with_blanks(line: Line, places: Sequence[Place]) -> Line:
    """Return a line with blank cells in places behind it."""
    left, top, right, bottom = line.box
    cells = *line.cells, *(Cell("", place.box) for place in places)
    return replace(line, cells=cells, box=(left, top, places[-1].box[2] if places else right, bottom))


def without_indent(line: Line) -> Line:
    """Return a line whose white beginning is lost characters, not the indent of a paragraph.

    What a page shows of its first line does not tell the one from the other.
    """
    left, top, right, bottom = line.box
    width = round(line.pitch)
    blanks = [Cell("", (max(0, left - k * width), top, max(0, left - (k - 1) * width), bottom)) for k in (2, 1)]
    return replace(
        line, cells=(*blanks, *line.cells), box=(blanks[0].box[0], top, right, bottom), starts_paragraph=False
    )
