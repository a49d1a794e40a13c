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

INDENT = 2
"""Cells by which a paragraph's first line is indented."""


@dataclass(frozen=True, slots=True)
class End:
    """White behind a line that may be lost characters.

    Attributes:
        at: offset of the line's end in the text.
        places: of its cells.
        closes: it was taken for the end of a paragraph; else what begins the next line may have left the white.
        indent: places of the two cells before the next line, if these may be an indent or lost characters: then the
            paragraph may go on there where it was taken to end, or end where it was taken to go on.
        blanks: blank cells at ``at`` in the text, of both lines, which would be none if the paragraph ended.
        lines: the line and the next one, each by the number of its page in the scan and its own on the page.
    """

    at: int
    places: tuple[Place, ...]
    closes: bool = False
    indent: tuple[Place, ...] = ()
    blanks: int = 0
    lines: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Told:
    """What the language tells of the end of a line.

    Attributes:
        end: the end.
        count: characters lost behind it, of those that may be.
        chance: that it were just so many.
        otherwise: a paragraph ends there where it was taken to go on, or goes on where it was taken to end.
    """

    end: End
    count: int
    chance: float
    otherwise: bool = False

    @property
    def joins(self) -> bool:
        """Whether the paragraph goes on where it was taken to end."""
        return self.otherwise and self.end.closes

    @property
    def parts(self) -> bool:
        """Whether it ends where it was taken to go on."""
        return self.otherwise and not self.end.closes

    @property
    def stop(self) -> int:
        """Offset behind what is replaced."""
        return self.end.at + (self.joins or self.parts * self.end.blanks)

    @property
    def places(self) -> tuple[Place, ...]:
        """Where the lost characters lay."""
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
        offsets, stops, shifts = list[int](), [0], [0]
        for one in told:
            at, own = one.end.at, one.places
            pieces += [self.text[stops[-1] : at], HOLE_ONE * len(own)]
            for place in chain(self.places[stops[-1] : at], own):
                places.append(place)
            if own:
                counted[len(places) - len(own)] = one.chance
            if one.parts:
                pieces.append("\n")
                places.append(None)
            offsets.append(at)
            stops.append(one.stop)
            shifts.append(len(places) - one.stop)
            _show(pages, one)
        pieces.append(self.text[stops[-1] :])
        for place in self.places[stops[-1] :]:
            places.append(place)

        before = {one.stop: len(one.end.indent) for one in told if one.joins}

        def moved(at: int) -> int:
            number = bisect_right(offsets, at)
            return max(at, stops[number]) + shifts[number]

        return replace(
            self,
            pages=tuple(pages),
            text="".join(pieces),
            places=places,
            pictures=tuple((moved(at), place) for at, place in self.pictures),
            crops=tuple((moved(at) - before.get(at, 0), picture) for at, picture in self.crops),
            offers={moved(at): offer for at, offer in self.offers.items()},
            ends=(),
            counted=counted,
        )


def _show(pages: list[Page], told: Told) -> None:
    """Put blank cells into the lines of *pages* for what was lost; of a long document no lines are kept."""
    lost = told.places[: len(told.end.places)]
    changes: list[Callable[[Line], Line]] = [partial(_with_blanks, places=lost, others=told.parts)]
    if told.otherwise:
        changes.append(without_indent if told.joins else _with_indent)
    for (number, at), change in zip(told.end.lines, changes, strict=False):
        lines = pages[number].lines
        if lines:
            pages[number] = replace(pages[number], lines=(*lines[:at], change(lines[at]), *lines[at + 1 :]))


def _with_blanks(line: Line, places: Sequence[Place], others: bool) -> Line:
    """Return a line with blank cells in places behind it, in the stead of *others* that it has there."""
    cells = line.cells[: len(line.cells) - line.trail * others]
    told = _with_cells(line, (*cells, *(Cell("", place.box) for place in places)))
    return replace(told, trail=len(places) + line.trail * (not others))


def without_indent(line: Line) -> Line:
    """Return a line whose white beginning is lost characters, not the indent of a paragraph.

    What a page shows of its first line does not tell the one from the other.
    """
    left, top, _, bottom = line.box
    width = round(line.pitch)
    boxes = line.indent or [
        (max(0, left - k * width), top, max(0, left - (k - 1) * width), bottom) for k in range(INDENT, 0, -1)
    ]
    return replace(_with_cells(line, (*(Cell("", box) for box in boxes), *line.cells)), starts_paragraph=False)


def _with_indent(line: Line) -> Line:
    """Return a line of which the first two blank cells are an indent."""
    return replace(_with_cells(line, line.cells[INDENT:]), starts_paragraph=True)


def _with_cells(line: Line, cells: tuple[Cell, ...]) -> Line:
    """Return a line with other cells, of which there is at least one."""
    lefts, tops, rights, bottoms = zip(*(cell.box for cell in cells), strict=True)
    return replace(line, cells=cells, box=(min(lefts), min(tops), max(rights), max(bottoms)))
