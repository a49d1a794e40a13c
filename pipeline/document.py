"""A document as it lies on its pages: frozen pages, lines and cells with their boxes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

PAGE_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".tif", ".tiff", ".pdf"})
"""File names that are read as page images, each by itself or some together."""

LAID_OUT_SUFFIXES = PAGE_SUFFIXES | {".ofd"}
"""File names of documents that lie on pages; an OFD is read as a whole."""

Source = Literal["image", "glyph layer"]

Box = tuple[int, int, int, int]
"""Left, top, right, bottom in pixels of the page as it came in, upright; right and bottom are exclusive."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One place for a character.

    Attributes:
        text: what was read there; empty where the cell is blank.
        box: where it lies.
        alternatives: readings with the engine's probability, best first; empty for a blank cell.
        under_seal: a red seal or stamp lies over it.
        glyph: identity of the glyph in a text layer, equal for equal characters; empty where there is none.
        font: name of its font in a text layer.
    """

    text: str
    box: Box
    alternatives: tuple[tuple[str, float], ...] = ()
    under_seal: bool = False
    glyph: str = ""
    font: str = ""

    @property
    def blank(self) -> bool:
        """True where a character is missing."""
        return not self.text


@dataclass(frozen=True, slots=True)
class Line:
    """One printed line, left to right.

    Attributes:
        cells: its characters and blank cells; the indent of a paragraph is no cell.
        box: the line's ink and blank cells together.
        pitch: width of a full-width cell, pixels.
        starts_paragraph: the line begins a paragraph or is a heading.
        font: the font of most of its cells in a text layer, or how the line looks beside the others of a page image:
            what one font lost another may have.
        picture: the line as a PNG data URI, upright; empty where none was made.
        moved: white cells behind its last that are no cells of it, since what begins the next line may have left them
            when it was not parted; as many characters may be lost instead.
        doubtful: numbers of a page image, as they are read, in which a point or a comma may stand.
        ended: white cells behind its last printed one, where its paragraph ends or may end; some of them may be lost.
        trail: blank cells at its end, for white behind its last printed one.
        white: boxes of the white cells behind its last printed one, those of ``trail`` among them.
        indent: boxes of two white cells: if they are an indent it begins a paragraph; if they are lost characters, its
            first cells, it does not.
    """

    cells: tuple[Cell, ...]
    box: Box
    pitch: float
    starts_paragraph: bool
    font: str = ""
    picture: str = field(default="", repr=False)
    moved: int = 0
    doubtful: tuple[str, ...] = ()
    ended: int = 0
    trail: int = 0
    white: tuple[Box, ...] = field(default=(), repr=False)
    indent: tuple[Box, ...] = ()

    def without_white(self) -> Line:
        """Return the line with nothing said of the white about it, for one whose ends are not as they were measured."""
        return replace(self, moved=0, ended=0, trail=0, white=(), indent=())


@dataclass(frozen=True, slots=True)
class Page:
    """One page.

    Attributes:
        number: from 1, in the file it came from.
        width: pixels.
        height: pixels.
        skew: degrees by which its lines descended to the right.
        lines: top to bottom.
        source: what its characters were read from.
        reason: why that was chosen.
        notes: what was set aside or is not as usual.
        pictures: boxes of pictures, each with the number of lines before it.
    """

    number: int
    width: int
    height: int
    skew: float
    lines: tuple[Line, ...]
    source: Source = "image"
    reason: str = ""
    notes: tuple[str, ...] = ()
    pictures: tuple[tuple[int, Box], ...] = ()


@dataclass(frozen=True, slots=True)
class Portion:
    """Some pages of a document, read together.

    Attributes:
        pages: those that could be read.
        failures: numbers of the others, and why.
        votes: what the drawings of unnamed glyphs were read as on these pages.
    """

    pages: tuple[Page, ...]
    failures: tuple[tuple[int, str], ...] = ()
    votes: Mapping[str, Mapping[str, float]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a character of the running text lies: page number and box; ``glyph`` and ``font`` as in ``Cell``."""

    page: int
    box: Box
    under_seal: bool = False
    glyph: str = ""
    font: str = ""


class PageNumbers(Mapping[int, int]):
    """The page of every character that lies on one, by its offset; nothing is copied."""

    def __init__(self, places: Sequence[Place | None]) -> None:
        self._places = places

    def __getitem__(self, at: int) -> int:
        """Return the page; KeyError where the character lies on none."""
        place = self._places[at] if 0 <= at < len(self._places) else None
        if place is None:
            raise KeyError(at)
        return place.page

    def __iter__(self) -> Iterator[int]:
        """Yield the offsets of characters on pages."""
        return (at for at, place in enumerate(self._places) if place is not None)

    def __len__(self) -> int:
        """Count the characters on pages."""
        return sum(place is not None for place in self._places)
