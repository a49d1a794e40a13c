"""Sums of tables of any kind and format: those that do not hold are reported, numbers are never changed."""

import json
import time
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import restore
from pipeline.vocabulary.forms.restoring import restore_forms
from tests.test_faults import go

ROWS = [
    ["项目", "第一季度", "第二季度", "合计"],
    ["办公费", "120", "130", "250"],
    ["差旅费", "80", "95", "175"],
    ["培训费", "60", "40", "100"],
    ["合计", "260", "265", "535"],
]
RIGHT = [*ROWS[:-1], ["合计", "260", "265", "525"]]
W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def tabs(rows):
    return "".join("\t".join(row) + "\n" for row in rows)


def markdown(rows):
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join([lines[0], "|---" * len(rows[0]) + "|", *lines[1:]]) + "\n"


def html(rows):
    cells = ("".join(f"<td>{cell}</td>" for cell in row) for row in rows)
    return f"<!DOCTYPE html><table>{''.join(f'<tr>{row}</tr>' for row in cells)}</table>"


def word(rows, path):
    cells = ("".join(f"<w:tc><w:p><w:r><w:t>{c}</w:t></w:r></w:p></w:tc>" for c in row) for row in rows)
    table = "".join(f"<w:tr>{row}</w:tr>" for row in cells)
    with zipfile.ZipFile(path, "w") as parts:
        content = f'<w:document xmlns:w="{W}"><w:body><w:tbl>{table}</w:tbl></w:body></w:document>'
        parts.writestr("word/document.xml", content)


def broken(text):
    return [(v.equation, v.difference) for v in restore_forms(text, None).checked.violations]


def test_sums_are_checked_in_every_format(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in/a.txt").write_text(tabs(ROWS), encoding="utf-8")
    (tmp_path / "in/b.md").write_text(markdown(ROWS), encoding="utf-8")
    (tmp_path / "in/c.html").write_text(html(ROWS), encoding="utf-8")
    word(ROWS, tmp_path / "in/d.docx")
    assert len(go(tmp_path / "in", tmp_path / "out").names) == 4
    for name in "abcd":
        found = json.loads((tmp_path / "out" / name / "report.json").read_text(encoding="utf-8"))["tables"]
        assert found["equations_checked"] == 7
        assert {v["difference"] for v in found["violations"]} == {-10.0} and len(found["violations"]) == 2
        assert "Does not add up" in (tmp_path / "out" / name / "diff.html").read_text(encoding="utf-8")
        assert "535" in (tmp_path / "out" / name / "restored.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("write", [tabs, markdown])
def test_sums_that_hold_are_not_reported(write):
    text = write(RIGHT)
    assert restore(text).text == text
    assert broken(text) == [] and restore_forms(text, None).checked.equations == 7


def table(text):
    return [line.split() for line in text.split("/")]


@pytest.mark.parametrize(
    ("rows", "due"),
    [
        # The total first, in a row and in a column.
        (table("地区 合计 男 女/合计 90 44 46/东乡 50 24 26/西乡 41 20 20"), [("合计", 1.0), ("西乡", -1.0)]),
        # Subtotals, then their total.
        (table("项目 数量/甲 1/乙 2/小计 3/丙 4/丁 5/小计 8/合计 11"), [("数量", 1.0)]),
        # A cell without a number counts as nothing; a share, a price and a number of the row are not added.
        (
            table("序号 项目 数量 占比 单价/1 甲 10 40% 3/2 乙 - 20% 4/3 丙 5 20% 5/- 合计 25 100% -"),
            [("数量", -10.0)],
        ),
        # Rounded to two places, three numbers may be off by their last digit.
        (table("项目 金额/甲 1.33/乙 1.33/丙 1.33/合计 4.00"), []),
        (table("项目 金额/甲 1.33/乙 1.33/丙 1.33/合计 4.10"), [("金额", -0.11)]),
        # A column of totals without numbers.
        (table("项目 男 女 合计/东乡 1 2 -/西乡 3 4 -"), []),
        # Parts of parts, other units, cells that cannot be read, cells that reach over others: nothing is checked.
        (table("项目 数量/甲 10/其中：丙 4/乙 5/合计 15"), []),
        (table("项目 数量/甲 10万元/乙 5元/合计 15"), []),
        (table("项目 数量/甲 1□/乙 5/合计 15"), []),
        (table("项目 上半年 下半年/甲 1/乙 5 6/合计 9 9"), []),
        (table("项目 数量/合计 1 甲"), []),
    ],
)
def test_which_numbers_a_total_adds_up(rows, due):
    found = [(name.partition(":")[0], round(difference, 6)) for name, difference in broken(tabs(rows))]
    assert found == due


WORDS = ["项目", "数量", "合计", "小计", "总计（万元）", "其中：", "占比", "", "-", "1", "2", "3", "1,234", "5%", "□"]


@given(st.lists(st.lists(st.sampled_from(WORDS), min_size=1, max_size=4), min_size=1, max_size=7))
def test_any_table_can_be_checked(rows):
    for row in (tabs(rows), markdown(rows), "\n".join(map(",".join, rows))):
        assert all(violation.difference for violation in restore_forms(row, None).checked.violations)


def test_an_empty_cell_is_named_with_what_it_would_need(tmp_path):
    rows = [["项目", "数量"], ["甲", "10"], ["乙", ""], ["丙", "5"], ["合计", "25"]]
    (tmp_path / "a.txt").write_text(tabs(rows), encoding="utf-8")
    go(tmp_path / "a.txt", tmp_path / "out")
    report = json.loads((tmp_path / "out/a/report.json").read_text(encoding="utf-8"))
    (violation,) = report["tables"]["violations"]
    assert violation["would_hold_with"] == 10 and violation["empty_cell"]["row"] == "乙"


def test_long_tables_cost_little():
    text = tabs(
        [["项目", "说明", "甲", "乙", "合计"], *[["东乡", "村", "1", "2", "3"], ["小计", "", "1", "2", "4"]] * 5000]
    )
    began = time.process_time()
    assert len(broken(text)) == 5000
    assert time.process_time() - began < 10
