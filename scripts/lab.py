"""The damage laboratory as a script: ``python -m scripts.lab render|measure``; the same as ``buque lab``."""

from __future__ import annotations

from pipeline.commands.lab import lab
from pipeline.laboratory.losses import lost_characters
from pipeline.laboratory.measuring import compare
from pipeline.laboratory.typesetting import FONTS, PAPER, Sheet, print_page, rows_of
from pipeline.laboratory.wear import scan

ROWS = Sheet().rows
POINTS, LEADING = Sheet().points, Sheet().leading
LEFT, TOP = Sheet().left, Sheet().top

__all__ = [
    "FONTS",
    "LEADING",
    "LEFT",
    "PAPER",
    "POINTS",
    "ROWS",
    "TOP",
    "compare",
    "lost_characters",
    "print_page",
    "rows_of",
    "scan",
]

if __name__ == "__main__":
    lab()
