"""Running heads and feet: lines in the margins of a page that other pages have too."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
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


class RunningHeads:
    """The lines that pages of a document have in common in their margins, whatever their numbers are."""

    def __init__(self, pages: Iterable[Page]) -> None:
        """Look through all pages; none of them is kept."""
        count = 0
        found: Counter[tuple[bool, str]] = Counter()
        for page in pages:
            count += 1
            found.update(key for key in {_key(page, line) for line in page.lines} if key is not None)
        self._repeated = {key for key, times in found.items() if times >= max(_LEAST_PAGES, _LEAST_SHARE * count)}

    def taken_off(self, page: Page) -> Page:
        """Return a page without them; a note says how many they were."""
        kept = [line for line in page.lines if _key(page, line) not in self._repeated]
        gone = len(page.lines) - len(kept)
        if not gone:
            return page
        before = [_key(page, line) not in self._repeated for line in page.lines]
        moved = tuple((sum(before[:at]), box) for at, box in page.pictures)
        notes = (*page.notes, f"running heads and feet set aside: {gone}")
        return replace(page, lines=tuple(kept), pictures=moved, notes=notes)
