"""Make examples/scans from examples/truth: the damage of a font cut at GB2312 C2C9, on lines of 28 cells.

A heading (a line of at most 30 characters without a full stop) is in another font and stays whole. In
every third paragraph the spaces are lost as well, as in a text layer that collapsed.
"""

from __future__ import annotations

import re
from pathlib import Path

from pipeline.damage.hypotheses import Cut

ROOT = Path(__file__).resolve().parent.parent / "examples"
CUT = Cut("GB2312", "above", 0xC2C9)
CELLS = 28


def damage(text: str) -> str:
    """Return *text* as a damaged scan's text: one blank line between paragraphs."""
    paragraphs = []
    for number, paragraph in enumerate(text.splitlines()):
        if len(paragraph) <= 30 and "。" not in paragraph:
            paragraphs.append(paragraph)
            continue
        gap = "" if number % 3 == 0 else " "
        lines = [paragraph[i : i + CELLS] for i in range(0, len(paragraph), CELLS)]
        blanked = ["".join("\0" if CUT.loses(char) else char for char in line) for line in lines]
        paragraphs.append("\n".join(re.sub("\0+", gap, line).strip() for line in blanked))
    return "\n\n".join(paragraphs) + "\n"


def main() -> None:
    """Write one damaged file for each truth file."""
    for path in sorted((ROOT / "truth").glob("*.txt")):
        (ROOT / "scans" / path.name).write_text(damage(path.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
