"""A document in volumes: its holes are filled and its characters weighed so many pages at a time, in bounded memory.

What belongs to the whole is inferred once: its damage. What one volume confirms, the next ones know: names. A document
that fits into one volume is read as a whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from pipeline.correction import Medium, correct
from pipeline.damage.hypotheses import Cut, is_han
from pipeline.damage.inference import DamageModel
from pipeline.detection.doubts import Offers
from pipeline.detection.garble import Garble
from pipeline.document import PageNumbers, Place
from pipeline.edits import Edit
from pipeline.filling import Filled, fill_holes
from pipeline.holes import Line, paragraph_parts
from pipeline.infill.glyphs import NamedGlyph, glyph_of, split_holes
from pipeline.language.normalise import HOLE_ONE, HOLE_RUN
from pipeline.reading.separated import is_separated
from pipeline.settings import Settings

LARGEST = 150_000
"""Characters from which pages make a volume: some 240 pages."""

LEAST_LOST = 0.05
"""Share of missing characters from which some are looked for where a page cannot show them."""

LONG = 20
"""Characters from which a line is no heading."""

MOST_STOPPED = 0.75
"""Share of such lines that end with a stop where lines are paragraphs."""

_STOPS = "。！？；：!?;:”）》"

_HEADING = re.compile(
    r"^\s*(?:#|\*\*|[一二三四五六七八九十]+、|[一二三四五六七八九十□▭]{1,3}、|[（(][一二三四五六七八九十0-9□▭]+[)）]|[0-9]+[.、．]"
    r"|第[一二三四五六七八九十百零□▭]{1,5}[章节条编])"
)
"""How headings and items begin; a hole may stand for the numeral."""


@dataclass(frozen=True, slots=True)
class Volume:
    """Lines of a document that are read together.

    Attributes:
        start: offset of its first character.
        end: offset behind its last.
        lines: of the volume, by offsets in it.
        lost_by: what the font of each line lost, by the offset that it starts at.
    """

    start: int
    end: int
    lines: list[Line]
    lost_by: dict[int, Cut | None]


def volumes_of(
    spans: Sequence[tuple[int, int]],
    contents: Sequence[str],
    damage: DamageModel,
    places: Sequence[Place | None],
    *,
    counted: bool = False,
) -> Iterator[Volume]:
    """Yield the volumes of a document; text that comes from no pages is one.

    Args:
        spans: of its lines, with their line ends.
        contents: of its lines, without.
        damage: of the whole document.
        places: of its characters; a volume ends with the line that ends a page.
        counted: its lines are paragraphs of pages on which missing characters were counted. Their open ends are filled
            only where it is known what their font lost: anything else goes on behind too many headings.
    """
    first = 0
    counted = counted and _are_paragraphs(contents)
    damaged = counted and _share_lost(contents) >= LEAST_LOST
    for number, (start, end) in enumerate(spans):
        full = end - spans[first][0] >= LARGEST and number + 1 < len(spans)
        if full and _page(places, *spans[number + 1]) == _page(places, start, end):
            full = False
        if not full and number + 1 < len(spans):
            continue
        offset = spans[first][0]
        lines = [
            Line(
                s - offset,
                s - offset + len(contents[k]),
                damage.lines[k],
                s - offset + damage.onsets[k],
                counted,
                damaged and damage.cut_of(k) is not None and _ends_open(contents[k]),
            )
            for k, (s, _) in enumerate(spans[first : number + 1], first)
        ]
        lost_by = {line.start: damage.cut_of(k) for k, line in enumerate(lines, first)}
        yield Volume(offset, end, lines, lost_by)
        first = number + 1


def _share_lost(contents: Sequence[str]) -> float:
    """Return the share of marked holes among the Chinese characters of a document, holes included."""
    lost = sum(line.count(HOLE_ONE) for line in contents)
    return lost / max(1, lost + sum(is_han(char) for line in contents for char in line))


def _are_paragraphs(contents: Sequence[str]) -> bool:
    """Tell whether lines are paragraphs: what is printed a line at a time is read on over their ends."""
    long = [line for line in contents if len(line) >= LONG]
    return sum(line[-1] in _STOPS for line in long) >= MOST_STOPPED * len(long)


def _ends_open(content: str) -> bool:
    """Tell whether a paragraph ends with a Chinese character, as headings and signatures do.

    No page tells how many characters are missing behind it, since nothing is printed there; what the language told
    (pipeline/line_ends.py) is □ by now.
    """
    return len(content) > 1 and is_han(content[-1]) and "\t" not in content


def _page(places: Sequence[Place | None], start: int, end: int) -> int | None:
    """Return the page of a line, None where it lies on none."""
    return next((place.page for place in places[start:end] if place is not None), None)


def read_volumes(
    source: str,
    volumes: Iterator[Volume],
    settings: Settings,
    places: Sequence[Place | None] = (),
    offers: Offers | None = None,
    medium: Medium | None = None,
) -> tuple[Filled, list[Edit], Garble]:
    """Fill the holes of a document and weigh its characters; return what became of both, and how garbled it is.

    Args:
        source: the document.
        volumes: its volumes.
        settings: the run's settings.
        places: of its characters.
        offers: an engine's readings, by offset.
        medium: how the text came about, or None where its errors have to tell.
    """
    read: list[tuple[Volume, Filled, list[Edit], Garble]] = []
    known: dict[str, float] = {}
    for volume in volumes:
        text = source[volume.start : volume.end]
        own = places[volume.start : volume.end]
        offered = offers
        if offers and len(text) < len(source):
            offered = {at - volume.start: o for at, o in offers.items() if volume.start <= at < volume.end}
        filled, misread, garbled = _read(text, volume, settings, own, offered, medium, tuple(known.items()))
        known.update(filled.names)
        if len(text) < len(source):  # readings are many times as large as what becomes of them
            filled = replace(filled, edits=_shifted(filled.edits, volume.start), readings=())
            misread = list(_shifted(misread, volume.start))
        read.append((volume, filled, misread, garbled))
    if len(read) == 1:
        return read[0][1:]
    return (
        Filled(
            tuple(edit for _, filled, _, _ in read for edit in filled.edits),
            (),
            max((filled.weights for _, filled, _, _ in read), key=bool, default=()),
            glyph_set=next((filled.glyph_set for _, filled, _, _ in read if filled.glyph_set), None),
        ),
        [edit for _, _, misread, _ in read for edit in misread],
        _joined(read),
    )


def _read(
    text: str,
    volume: Volume,
    settings: Settings,
    places: Sequence[Place | None],
    offers: Offers | None,
    medium: Medium | None,
    known: Sequence[tuple[str, float]],
) -> tuple[Filled, list[Edit], Garble]:
    glyphs: dict[int, NamedGlyph] = {}
    if HOLE_ONE in text:
        glyphs = {at: g for at, p in enumerate(places) if p and p.glyph and (g := glyph_of(p.glyph, text[at]))}
    groups = _paragraphs(text, volume.lines, volume.lost_by)
    paragraphs = [split_holes(paragraph_parts(text, group), glyphs) for group in groups]
    filled = Filled()
    if any(volume.lost_by.values()) or HOLE_ONE in text or HOLE_RUN in text:
        whole = [
            content
            for line in volume.lines
            if line.kind == "whole"
            and HOLE_ONE not in (content := text[line.start : line.end])
            and HOLE_RUN not in content
        ]
        cuts = [volume.lost_by[group[0].start] for group in groups]
        filled = fill_holes(text, paragraphs, whole, cuts, glyphs, settings, known)
    read = list(zip(groups, paragraphs, strict=True))
    misread, garbled = correct(text, read, settings, offers, PageNumbers(places), medium)
    return filled, misread, garbled


def _shifted(edits: Sequence[Edit], by: int) -> tuple[Edit, ...]:
    return tuple(replace(edit, start=edit.start + by, end=edit.end + by) for edit in edits)


def _joined(read: Sequence[tuple[Volume, Filled, list[Edit], Garble]]) -> Garble:
    """Return how garbled the whole is: the mean of its volumes, by their size."""
    pages = {page: chance for _, _, _, garbled in read for page, chance in garbled.pages.items()}
    judged = [(garbled.document, v.end - v.start) for v, _, _, garbled in read if garbled.document is not None]
    size = sum(weight for _, weight in judged)
    return Garble(sum(chance * weight for chance, weight in judged) / size if size else None, pages)


def _paragraphs(text: str, lines: list[Line], lost_by: Mapping[int, Cut | None]) -> list[list[Line]]:
    """Group lines that are read on: a blank line, a heading, a table row or a font that lost otherwise starts anew."""
    groups: list[list[Line]] = []
    fresh = True
    rows = is_separated(text)
    for line in lines:
        content = text[line.start : line.end]
        if not content.strip():
            fresh = True
            continue
        standing_alone = rows or bool(_HEADING.match(content)) or "\t" in content
        if fresh or standing_alone or line.counted or not groups or lost_by[groups[-1][0].start] != lost_by[line.start]:
            groups.append([line])
        else:
            groups[-1].append(line)
        fresh = "\t" in content
    return groups
