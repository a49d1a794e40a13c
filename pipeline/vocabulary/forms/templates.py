"""The standard forms of annual reports, read from ``vocabulary/data/forms.toml``."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

DATA = Path(__file__).parent.parent / "data" / "forms.toml"
Layout = Literal["list", "blocks", "grid", "groups"]
_LEVELS = (
    re.compile(r"[一二三四五六七八九十]+、"),
    re.compile(r"（[一二三四五六七八九十]+）"),
    re.compile(r"\d+[.、]"),
)


@dataclass(frozen=True, slots=True)
class FormRow:
    """A row of a form.

    Attributes:
        label: as printed.
        unit: 条, 件 and so on; empty for headings and forms without units.
        level: 0 for 一、, 1 for （一）, 2 for 1. , 3 for what stands below.
        total: its children add up to it.
        columns: the further labels of a row that is a header itself.
    """

    label: str
    unit: str
    level: int
    total: bool
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Form:
    """A form of one generation.

    Attributes:
        name: scope and years.
        title: what the table is called.
        layout: ``list`` (label, unit, number), ``blocks`` (small tables below each other), ``grid`` (rows by columns
            with a total), ``groups`` (groups of columns in one row of numbers).
        columns: labels of the columns with numbers, or of all columns of a list.
        rows: its rows, top to bottom.
    """

    name: str
    title: str
    layout: Layout
    columns: tuple[str, ...]
    rows: tuple[FormRow, ...]

    def children(self, index: int) -> list[int]:
        """Return the indexes of the rows one level below a row, up to the next of its own level."""
        own = self.rows[index].level
        found: list[int] = []
        for at in range(index + 1, len(self.rows)):
            if self.rows[at].level <= own:
                break
            found.append(at)
        nearest = min((self.rows[at].level for at in found), default=0)
        return [at for at in found if self.rows[at].level == nearest]


def _level(label: str) -> int:
    if label.startswith("其中") or label[:1] not in "一二三四五六七八九十（0123456789":
        return 3
    return next((level for level, pattern in enumerate(_LEVELS) if pattern.match(label)), 3)


@functools.cache
def forms() -> tuple[Form, ...]:
    """Return all forms."""
    import tomllib  # its patterns take longer to compile than many a text without a form to restore

    data = tomllib.loads(DATA.read_text(encoding="utf-8"))
    return tuple(
        Form(
            entry["name"],
            entry["title"],
            entry["layout"],
            tuple(entry["columns"]),
            tuple(
                FormRow(row[0], row[1], _level(row[0]), "sum" in row[2:], tuple(r for r in row[2:] if r != "sum"))
                for row in entry["rows"]
            ),
        )
        for entry in data["form"]
    )
