"""A document as the rules on ordinary damage see it."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from pathlib import Path

from pipeline.damage.inference import DamageModel
from pipeline.detection.witnesses import DocumentWitnesses
from pipeline.reading.separated import is_separated

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|$)")
_INSIDE = re.compile(r"[，。；、,;]")

RUNNING = 15
"""Characters of a line from which on it can be running text; titles and list items are mostly shorter."""


@dataclass(frozen=True, slots=True)
class TextLine:
    """A line: offset of its first character that is no space, offset behind its last one, number from 1.

    Attributes:
        start: where its content begins.
        end: where its content ends; equal to ``start`` for a blank line.
        number: from 1.
        indent: white space before the content, in half-width columns.
        content: the text between ``start`` and ``end``.
        row: the lines of the text are rows of cells with commas between them.
    """

    start: int
    end: int
    number: int
    indent: int
    content: str
    row: bool = False

    @property
    def running(self) -> bool:
        """True where the line is long and has punctuation inside: running text rather than a title."""
        return len(self.content) >= RUNNING and bool(_INSIDE.search(self.content, 1, len(self.content) - 1))

    @property
    def table(self) -> bool:
        """True for rows of tables and marked-up lines, which are no paragraphs."""
        return self.row or "\t" in self.content or self.content.startswith(("|", "<t", "</t", "#"))


@dataclass(frozen=True)
class Source:
    """A document and what is known of it.

    Attributes:
        text: the document.
        damage: what was inferred of it.
        models: folder of the language models.
    """

    text: str
    damage: DamageModel
    models: Path

    @functools.cached_property
    def witnesses(self) -> DocumentWitnesses:
        """What the document says in other places."""
        return DocumentWitnesses(self.text)

    @functools.cached_property
    def lines(self) -> tuple[TextLine, ...]:
        """The lines of the text, blank ones too."""
        found = []
        rows = is_separated(self.text)
        for number, match in enumerate((m for m in _LINE.finditer(self.text) if m.group()), 1):
            raw = match.group()
            content = raw.strip()
            lead = raw[: len(raw) - len(raw.lstrip())] if content else ""
            start = match.start() + len(lead)
            indent = sum(2 if char == "\u3000" else 1 for char in lead)
            found.append(TextLine(start, start + len(content), number, indent, content, rows))
        return tuple(found)

    @property
    def spaces_are_holes(self) -> bool:
        """True where the document's font lost characters: its spaces and line edges are what is left of them."""
        return self.damage.cut is not None
