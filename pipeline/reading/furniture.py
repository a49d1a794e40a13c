"""Running heads and feet: lines in the margins of a page that other pages have too."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from pipeline.document import Line, Page

_MARGIN = 0.1
"""Part of a page's height at its upper and lower end in which such lines stand."""

_LEAST_PAGES = 3
_LEAST_SHARE = 0.5
"""Pages, and share of all pages, that must have a line in common."""

_NUMBER = re.compile(r"[0-9０-９]+")


def _key(page: Page, line: Line) -> tuple[bool, str] | None:
    """Return what a line in a margin has in common with those of other pages; None for the others."""
    middle = (line.box[1] + line.box[3]) / 2
    if _MARGIN * page.height < middle < (1 - _MARGIN) * page.height:
        return None
    text = "".join(cell.text for cell in line.cells)
    return middle < page.height / 2, _NUMBER.sub("0", text)


def without_running_heads(pages: Sequence[Page]) -> list[Page]:
    """Set lines apart that pages repeat in their margins, whatever their numbers are; a note says how many."""
    found = Counter(key for page in pages for key in {_key(page, line) for line in page.lines} if key is not None)
    repeated = {key for key, count in found.items() if count >= max(_LEAST_PAGES, _LEAST_SHARE * len(pages))}
    if not repeated:
        return list(pages)
    return [_without(page, repeated) for page in pages]


def _without(page: Page, repeated: set[tuple[bool, str]]) -> Page:
    kept = [line for line in page.lines if _key(page, line) not in repeated]
    gone = len(page.lines) - len(kept)
    if not gone:
        return page
    moved = tuple((sum(_key(page, line) not in repeated for line in page.lines[:at]), box) for at, box in page.pictures)
    notes = (*page.notes, f"running heads and feet set aside: {gone}")
    return replace(page, lines=tuple(kept), pictures=moved, notes=notes)
