"""Lines of print: what their width says of the gaps on them, and that the search heeds it."""

import itertools
from pathlib import Path

import numpy as np
import pytest

from pipeline import Settings, restore
from pipeline.damage.hypotheses import Cut
from pipeline.holes import Hole, Line, paragraph_parts
from pipeline.infill import _native
from pipeline.infill.lattice import known_effort
from pipeline.infill.lines import INDENT, MANY, NOT_FULL, OFFICIAL, UNRULED, Ruler, width
from pipeline.language import models
from tests.test_decoder import loaded

FOLDER = Settings().models
COUNTY = Path(__file__).parent.parent / "examples" / "truth" / "held_out_county_2018.txt"
CUT = Cut("GB2312", "above", 0xC2C9)


def wrapped(paragraph, cells):
    """Cut a paragraph of full-width characters into lines; the first is indented."""
    at = cells - INDENT
    return [paragraph[:at], *(paragraph[i : i + cells] for i in range(at, len(paragraph), cells))]


def parts_of(text, kind="gapped"):
    """One paragraph of all lines of *text*."""
    lines = []
    at = 0
    for line in text.split("\n"):
        lines.append(Line(at, at + len(line), kind, at))
        at += len(line) + 1
    return paragraph_parts(text, lines)


def measured(*paragraphs, kinds=("gapped",)):
    """The width that a document of such paragraphs tells, each a list of lines."""
    text = "\n".join("\n".join(lines) for lines in paragraphs)
    ruler = Ruler(text)
    found = []
    at = 0
    for number, lines in enumerate(paragraphs):
        rows = []
        for line in lines:
            rows.append(Line(at, at + len(line), kinds[number % len(kinds)], at))
            at += len(line) + 1
        found.append(paragraph_parts(text, rows))
    ruler.measure(found)
    return ruler.cells


def test_ascii_takes_half_a_cell_and_space_none():
    assert width("公开 2018 年 A") == 2 + 2 + 1 + 0.5
    assert width("（１）") == 3


def test_undamaged_lines_say_how_long_a_line_is():
    whole = wrapped("推进政务公开和优化服务工作方案" * 12, 24)
    assert measured(whole, ["公开 方案", "改革 发"], kinds=("whole", "gapped")) == 24


def test_without_them_it_is_the_rule_for_official_documents():
    damaged = ["公开 方案和改", "革 发展 成 ", "果 公布 各", "地 部 机关", "办 公 ", "保 建", "完"]
    assert measured(damaged) == OFFICIAL


@pytest.mark.parametrize(
    "lines",
    [
        [f"公开 方案{n}。" for n in range(9)],  # each line is a paragraph
        ["公开 方案" * 12 for _ in range(9)],  # wider than a line of print
        ["公开 方案", "改革"],  # too few to tell
        ["公开 方案" * (n % 5 + 1) for n in range(15)],  # a list
    ],
)
def test_lines_that_are_no_printed_lines_say_nothing(lines):
    assert measured(lines) is None


def test_lines_of_many_widths_say_nothing():
    ragged = ["推进政务公开" * n for n in (1, 4, 2, 7, 3, 9, 5, 6)]
    assert measured(ragged, kinds=("whole",)) is None


def ruled(text, cells=28, begins=True):
    ruler = Ruler(text)
    ruler.cells = cells
    parts = parts_of(text)
    return parts, ruler.rule(parts, begins)


def test_a_full_line_lacks_what_is_not_seen():
    text = "公开 方案2018 改\n革 发展 成\n果 公布。\n各 地 部"
    parts, lines = ruled(text)
    assert sorted(lines.scores) == [0, 1]  # the third ends a sentence, the last need not be full
    first, second = (lines.scores[n] for n in (0, 1))
    assert second.argmax() == 28 - 4
    assert first.argmax() in (28 - 7, 26 - 7)
    assert first[28 - 7] == pytest.approx(first[26 - 7], abs=0.1)  # a first line may be indented
    assert second[28 - 4] - second[28 - 6] > 1 > second[28 - 4] - second[28 - 5]
    assert min(first.min(), second.min()) == NOT_FULL
    assert [parts[e + 1].start for e in lines.ends[:-1]] == [i + 1 for i, c in enumerate(text) if c == "\n"]


def test_the_middle_of_a_paragraph_does_not_begin_a_line():
    text = "公开 方案 改\n革 发展 成\n果 布"
    assert sorted(ruled(text)[1].scores) == [0, 1]
    assert sorted(ruled(text, begins=False)[1].scores) == [1]


def test_marked_holes_need_no_ruler():
    assert ruled("公开□□方案改\n革□发展成\n果布")[1] is UNRULED


def test_what_is_paid_in_advance_is_taken_back_at_the_end():
    text = "公开 方案 改\n革 发展 成\n果 布"
    parts, lines = ruled(text)
    holes = [e for e, part in enumerate(parts) if isinstance(part, Hole) and lines.line[e] == 1]
    put = [0] * len(parts)
    put[holes[0]], put[holes[1]] = 3, 2
    paid = sum(lines.sought(e, 0, 6)[put[e]] - MANY * put[e] for e in holes)
    assert paid + lines.at_end(lines.ends[1])[5] == pytest.approx(lines.scores[1][5])
    assert lines.weighed(holes[0], 6, lines.others(put))[4] == lines.scores[1][6]
    assert lines.at_end(lines.ends[2]) == [0.0]
    assert lines.at_end(lines.ends[1] - 1) == []
    assert not lines.sought(lines.ends[2], 6, 6).any() and not lines.weighed(lines.ends[2], 6, put).any()


def test_longer_fillings_count_for_more_only_where_the_length_is_unknown_and_only_while_they_are_sought():
    assert UNRULED.sought(0, 0, 3).tolist() == pytest.approx([0.0, MANY, 2 * MANY, 3 * MANY])
    assert not UNRULED.sought(0, 3, 3).any() and not UNRULED.weighed(0, 3, []).any()
    _, lines = ruled("公开 方案 改\n革 发展 成\n果 布")
    assert lines.sought(0, 0, 2)[2] - lines.sought(0, 2, 2)[2] == pytest.approx(2 * MANY)


@pytest.mark.parametrize("seed", range(4))
def test_the_search_counts_the_symbols_of_each_line(seed):
    """Against all fillings of four holes on two lines, scored one by one."""
    generator = np.random.default_rng(seed)
    admissible = "政务网"
    decoder, table, index, admit = loaded("公开信息服", admissible)
    admit()
    ends = generator.normal(0, 4, (2, 5)).tolist()
    lattice = [
        _native.Element(symbol=index["公"]),
        _native.Element(hole=True, least=0, most=2),
        _native.Element(symbol=index["开"]),
        _native.Element(hole=True, least=0, most=2, line_score=ends[0]),
        _native.Element(symbol=index["信"]),
        _native.Element(hole=True, least=0, most=1),
        _native.Element(symbol=index["息"], line_score=ends[1]),
        _native.Element(hole=True, least=0, most=1),
    ]
    (score, path), *_ = decoder.decode(lattice, known_effort(400), 1)
    fillings = {n: ["".join(f) for k in range(n + 1) for f in itertools.product(admissible, repeat=k)] for n in (1, 2)}

    def total(a, b, c, d):
        columns = decoder.score([index[s] for s in f"公{a}开{b}信{c}息{d}"])
        mixed = (
            np.log10(sum(w * 10**s for w, s in zip(models.DEFAULT_WEIGHTS, row, strict=True)))
            for row in zip(*columns[:2], strict=True)
        )
        return sum(mixed) + ends[0][len(a + b)] + ends[1][len(c)]

    best = max(itertools.product(fillings[2], fillings[2], fillings[1], fillings[1]), key=lambda f: total(*f))
    assert "".join(table[s] for s, _ in path) == "公{}开{}信{}息{}".format(*best)
    assert score == pytest.approx(total(*best), abs=1e-3)


def test_gaps_are_read_as_long_as_their_lines_are():
    """The same text with and without the line ends of its print, nothing left where characters were lost."""
    truth = [p for p in COUNTY.read_text(encoding="utf-8").split("\n") if 80 < len(p) < 200][:5]
    printed = [wrapped("".join(p.split()), OFFICIAL) for p in truth]

    def supplied(paragraphs):
        text = "\n\n".join("\n".join(lines) for lines in paragraphs)
        left = "".join(c for c in text if not CUT.loses(c))
        lost = sum(map(CUT.loses, text))
        return sum(len(r.text) for r in restore(left, Settings(beam=60, jobs=2)).readings) / lost

    by_lines, joined = supplied(printed), supplied([["".join(lines)] for lines in printed])
    assert abs(by_lines - 1) < 0.15
    assert joined < by_lines - 0.05
