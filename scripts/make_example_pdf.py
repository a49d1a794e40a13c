"""Make examples/scans/held_out_county_2018_layer.pdf: the first pages of the example with a text layer that broke.

Headings are in a font that is whole. The body font lost what the code order cuts off (GB2312 from C2C9), outline and
mapping; of the characters that are still drawn a third have no mapping, so that only their outlines tell what they are.
A table keeps its ruled lines. Needs the Debian package fonts-noto-cjk (SIL Open Font Licence).
"""

from __future__ import annotations

import random
from pathlib import Path

from scripts.lab_pdf import FontDamage, Sheet, Text, sheets_of, write_pdf
from scripts.make_example import CUT

ROOT = Path(__file__).resolve().parent.parent / "examples"
PARAGRAPHS = 7
BODY, HEADING = "serif", "sans"
TABLE = [
    ["公开方式", "单位", "数量"],
    ["主动公开政府信息", "条", "3124"],
    ["制发规范性文件", "件", "27"],
    ["收到申请", "件", "86"],
    ["按时办结", "件", "86"],
]
WIDTHS = (200.0, 80.0, 120.0)


def table(sheet: Sheet, top: float, size: float = 14.0) -> None:
    """Add the table at *top*, points from the page's upper edge."""
    height, left = 2 * size, 96.0
    xs = [left + sum(WIDTHS[:k]) for k in range(len(WIDTHS) + 1)]
    bottom = top + height * len(TABLE)
    sheet.rules += [(xs[0], top + height * k, xs[-1], top + height * k) for k in range(len(TABLE) + 1)]
    sheet.rules += [(x, top, x, bottom) for x in xs]
    for row, texts in enumerate(TABLE):
        for x, text in zip(xs, texts, strict=False):
            glyphs, at = [], x + 6
            for char in text:
                glyphs.append((char, at))
                at += size * (0.55 if char.isascii() else 1.0)
            sheet.texts.append(Text(BODY, size, tuple(glyphs), top + height * row + 1.4 * size))


def main() -> None:
    """Write the file."""
    truth = (ROOT / "truth" / "held_out_county_2018.txt").read_text(encoding="utf-8")
    sheets = sheets_of("\n".join(truth.splitlines()[:PARAGRAPHS]), BODY, HEADING)
    last = max(text.baseline for text in sheets[-1].texts)
    table(sheets[-1], last + 24)
    used = sorted({char for sheet in sheets for text in sheet.texts if text.font == BODY for char, _ in text.glyphs})
    lost = frozenset(filter(CUT.loses, used))
    drawn = [char for char in used if char not in lost]
    unmapped = frozenset(random.Random(3).sample(drawn, len(drawn) // 3))
    damages = {BODY: FontDamage(emptied=lost, unmapped=lost | unmapped), HEADING: FontDamage()}
    write_pdf(ROOT / "scans" / "held_out_county_2018_layer.pdf", sheets, damages)


if __name__ == "__main__":
    main()
