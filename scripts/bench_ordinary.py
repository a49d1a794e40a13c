"""How much ordinary damage is repaired: known damage put into written documents, and what comes out.

    python -m scripts.bench_ordinary ../shared/corpus/written/reports [--documents 40]

Each kind of damage is put into each document by itself. A place counts as repaired when the accepted edits give the
characters that stood there, as marked when an edit of any status touches it. Harm is what accepted edits change outside
the damaged places.
"""

from __future__ import annotations

import argparse
import random
import re
import time
from collections.abc import Callable
from pathlib import Path

from pipeline import Settings
from pipeline.damage.inference import DamageModel
from pipeline.detection.ordinary import ordinary_damage
from pipeline.edits import Edit, apply, revert
from pipeline.vocabulary.forms.tables import find_tables

CELLS = 28
LINES_A_PAGE = 22
WHOLE = DamageModel(None, 0.0, 0.0, (), (), ())
Damage = Callable[[str, random.Random], list[Edit]]


def _edit(text: str, start: int, end: int, after: str) -> Edit:
    return Edit(start, end, text[start:end], after, "damage", (), 1.0, (), "accepted")


def _by_pattern(pattern: str, after: str, share: float = 1.0) -> Damage:
    compiled = re.compile(pattern)

    def damage(text: str, generator: random.Random) -> list[Edit]:
        places = [match.span(1) for match in compiled.finditer(text)]
        return [_edit(text, start, end, after) for start, end in places if generator.random() < share]

    return damage


def _breaks(text: str, mark: Callable[[int], str]) -> list[Edit]:
    """Break every long line after each ``CELLS`` cells, as a page does."""
    edits = []
    count = 0
    for line in re.finditer(r"[^\n]+", text):
        if "\t" in line.group() or "  " in line.group():
            continue
        for at in range(line.start() + CELLS, line.end(), CELLS):
            if text[at] in "，。、；：）》”" or line.end() - at < 2:
                continue
            count += 1
            edits.append(_edit(text, at, at, mark(count)))
    return edits


DAMAGES: dict[str, Damage] = {
    "hard wraps, a page break each 22 lines": lambda text, _: _breaks(
        text, lambda n: "\n\n" if n % LINES_A_PAGE == 0 else "\n"
    ),
    "wraps left as spaces": lambda text, _: _breaks(text, lambda _: " "),
    "page breaks only": lambda text, _: [e for i, e in enumerate(_breaks(text, lambda _: "\n\n")) if i % 22 == 21],
    "年 lost before a month": _by_pattern(r"(?<!\d)20\d\d(年)(?=\d{1,2}月)", ""),
    "年 doubled before a month": _by_pattern(r"(?<!\d)20\d\d年()(?=\d{1,2}月)", "年"),
    "月 lost between month and day": _by_pattern(r"(?<!\d)20\d\d年\d{1,2}(月)(?=\d{1,2}日)", ""),
    "〕 lost": _by_pattern(r"〔20\d\d(〕)(?=\d+号)", ""),
    "〔 lost": _by_pattern(r"[\u4e00-\u9fff](〔)20\d\d〕(?=\d+号)", ""),
    "）read as 〕": _by_pattern(r"（[^（）〔〕\n]{2,20}(）)", "〕", 0.2),
    "四、 read as 兀、": _by_pattern(r"(?m)^(四)(?=、)", "兀"),
    "person and work read as radicals": _by_pattern("([人工])", "", 0.0),
    "comma doubled": _by_pattern(r"()(?<=，)", "，", 0.05),
}


def _radicals(text: str, generator: random.Random) -> list[Edit]:
    table = {"人": "⼈", "工": "⼯", "民": "⺠", "长": "⻓", "见": "⻅", "大": "⼤", "立": "⽴"}
    return [_edit(text, i, i + 1, table[c]) for i, c in enumerate(text) if c in table and generator.random() < 0.3]


DAMAGES["person and work read as radicals"] = _radicals


def bench(name: str, damage: Damage, texts: list[str]) -> None:
    """Print what becomes of one kind of damage."""
    places = repaired = marked = harm = size = 0
    seconds = 0.0
    for number, text in enumerate(texts):
        done = damage(text, random.Random(number))
        damaged = apply(text, done)
        began = time.process_time()
        edits = ordinary_damage(damaged, WHOLE, Settings())
        seconds += time.process_time() - began
        size += len(damaged)
        accepted = [edit for edit in edits if edit.status == "accepted"]
        # The places as spans of the damaged text, to be compared with the edits that were made there.
        shift = 0
        spans = []
        for one in sorted(done, key=lambda e: e.start):
            start = one.start + shift
            spans.append((start, start + len(one.after), one.before))
            shift += len(one.after) - len(one.before)
        assert revert(damaged, done) == text
        used: set[int] = set()
        for start, end, before in spans:
            places += 1
            near = [e for e in edits if (e.start < end and start < e.end) or (start == end and e.start <= end <= e.end)]
            marked += bool(near)
            lower = min([start, *(e.start for e in near if e.status == "accepted")])
            upper = max([end, *(e.end for e in near if e.status == "accepted")])
            own = [e for e in accepted if lower <= e.start and e.end <= upper]
            used.update(id(e) for e in own)
            moved = [Edit(e.start - lower, e.end - lower, *_rest(e)) for e in own]
            wanted = damaged[lower:start] + before + damaged[end:upper]
            repaired += apply(damaged[lower:upper], moved) == wanted
        harm += sum(id(edit) not in used for edit in accepted)
    if places:
        print(
            f"{name}: {places} places, repaired {100 * repaired / places:.1f} %, marked {100 * marked / places:.1f} %, "
            f"{harm} other changes in {size} characters, {size / seconds:,.0f} characters/s"
        )


def _rest(edit: Edit) -> tuple[str, str, str, tuple[str, ...], float, tuple[tuple[str, float], ...], str]:
    return edit.before, edit.after, edit.kind, edit.evidence, edit.probability, edit.alternatives, edit.status


def main() -> None:
    """Run every kind of damage over a folder of documents."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--documents", type=int, default=40)
    given = parser.parse_args()
    paths = sorted(given.folder.glob("*.txt"))
    texts = [
        path.read_text(encoding="utf-8") for path in random.Random(3).sample(paths, min(given.documents, len(paths)))
    ]
    print(f"{len(texts)} documents, {sum(len(find_tables(text)) for text in texts)} tables")
    for name, damage in DAMAGES.items():
        bench(name, damage, texts)


if __name__ == "__main__":
    main()
