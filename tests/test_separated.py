"""Comma-separated files: rows stay rows; and other clean text that a new user's files showed to be harmed."""

import csv
import io
import itertools
import json
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import Settings, restore
from pipeline.damage.inference import infer
from pipeline.language import models
from pipeline.reading.separated import cells, is_separated, records
from tests.test_batch import BUQUE

HEAD = "序号,单位名称,工作内容,完成情况,数量"
ROWS = [
    HEAD,
    *(
        f"{n},柳溪县第{n}中学,认真贯彻落实党的教育方针，全面推进素质教育工作,已完成，群众满意度较高,{3 * n}"
        for n in range(1, 20)
    ),
    ",合计,,,571",
]


def test_rows_of_a_folder_are_read_and_stay_rows(tmp_path):
    (tmp_path / "in").mkdir()
    data = ("\r\n".join(ROWS) + "\r\n").encode("gb18030")
    (tmp_path / "in/表.csv").write_bytes(data)
    (tmp_path / "in/lost.csv").write_text("\n".join(ROWS).replace("教育方针", "教□方针", 1), encoding="utf-8")
    command = [*BUQUE, "restore", str(tmp_path / "in"), "--out", str(tmp_path / "out"), "--strict"]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 0
    assert (tmp_path / "out/表/restored.txt").read_bytes() == data
    assert (tmp_path / "out/lost/restored.txt").read_text(encoding="utf-8") == "\n".join(ROWS)
    report = json.loads((tmp_path / "out/表/report.json").read_text(encoding="utf-8"))
    (violation,) = report["tables"]["violations"]
    assert violation["equation"].startswith("数量") and violation["difference"] == -1


CELL = st.text('甲1 ",，。\n\r', max_size=4)


@given(st.lists(st.lists(CELL, min_size=1, max_size=5), min_size=1, max_size=4), st.sampled_from(["\n", "\r\n"]))
def test_rows_and_cells_are_those_of_the_csv_module(rows, line_end):
    stream = io.StringIO(newline="")
    csv.writer(stream, lineterminator=line_end, quoting=csv.QUOTE_NONNUMERIC).writerows(rows)
    text = stream.getvalue()
    found = [
        [text[start:end][left:right].replace('""', '"') for left, right in cells(text[start:end])]
        for start, end in records(text)
    ]
    assert found == rows == list(csv.reader(io.StringIO(text, newline="")))


@given(st.text('甲1 ",\n\r', max_size=30))
def test_every_character_but_line_ends_is_in_a_row(text):
    spans = list(records(text))
    assert [a for a, _ in spans] == sorted(a for a, _ in spans)
    outside = "".join(text[a:b] for (_, a), (b, _) in itertools.pairwise([(0, 0), *spans, (len(text), len(text))]))
    assert not outside.strip("\r\n")


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ('甲,"一\n二",3\n乙,四,5', ['甲,"一\n二",3', "乙,四,5"]),
        ('甲,"一,3\n乙,"四",5', ['甲,"一,3', '乙,"四",5']),  # the end of a quoted cell is lost
        ('甲,\n"乙\n",\n', ["甲,", '"乙\n",']),
        ('甲,"' + "一" * 10_001 + '\n",3', ['甲,"' + "一" * 10_001, '",3']),
    ],
)
def test_a_row_ends_where_no_quoted_cell_is_open(text, rows):
    assert [text[start:end] for start, end in records(text)] == rows


def test_a_cell_of_several_lines_is_part_of_its_row(tmp_path):
    rows = [["序号", "工作内容", "数量"]]
    rows += [[str(n), f"认真贯彻落实各项要求，\n扎实推进第{n}项工作。\n\n\n\n完成", str(n)] for n in range(1, 9)]
    rows += [["合计", "", "37"]]
    path = tmp_path / "表.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows(rows)
    command = [*BUQUE, "restore", str(path), "--out", str(tmp_path / "out"), "--format", "tables"]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 0
    assert (tmp_path / "out/表/restored.txt").read_bytes() == path.read_bytes()
    with (tmp_path / "out/表/tables.csv").open(encoding="utf-8-sig", newline="") as stream:
        assert [row[2:] for row in csv.reader(stream)] == rows
    report = json.loads((tmp_path / "out/表/report.json").read_text(encoding="utf-8"))
    (violation,) = report["tables"]["violations"]
    assert violation["difference"] == -1
    text = path.read_text(encoding="utf-8").splitlines()
    for term in [*violation["parts"], *violation["totals"]]:  # lines and places are those of the cell, not of its row
        assert text[term["line"] - 1][term["start"] : term["end"]] == f"{term['value']:g}"


@pytest.mark.parametrize(
    ("text", "are_rows"),
    [
        ("甲,1\n乙,2\n丙,3\n", True),
        ("甲,1\n乙,2\n", False),
        ("甲,1,\r\n\r\n乙,,3\r丙,\"3,4\",5", True),
        ("甲\t1,234\n乙\t2,345\n丙\t3,456\n", False),
        ("| 甲 | 1,234 |\n" * 9, False),
        ("推进公开,落实责任,加强监督。\n加强领导。\n各乡镇,各部门。\n", False),
        ("a" * 20_000 + ",b\n" * 3, False),
        ("", False),
        ("全年财政收入达到1,234万元\n全年财政支出达到2,345万元\n生产总值达到13,456万元\n", False),
        ("1,234\n2,345\n3,456\n", False),
        ("全年收支情况：\n1,234元\n2,345元\n3,456元\n", False),
        ("序号,金额\n1,234\n2,345\n3,456\n", True),
        ("项目1,250元\n项目二,90元\n项目三,8元\n", True),
        ("甲县,1,234\n乙县,2,345\n丙县,3,456\n", True),
    ],
)  # fmt: skip
def test_rows_have_equally_many_cells(text, are_rows):
    assert is_separated(text) is are_rows


NOTICE = """柳溪县人民政府办公室关于2021年度
政府信息公开工作情况的报告
2021年，县政府办公室认真贯彻落实《中华人民共和国政府信息公开条例》，扎实推进政务公开工作。
全年主动公开政府信息1268条，其中政策文件36件、解读材料42篇。
一是公开内容不够全面，二是工作人员业务能力有待提高。
"""


def test_a_text_that_repeats_itself_shows_no_loss():
    """A line that stands there a hundred times is no more evidence than once."""
    frequency = models.han_frequency(Settings().models)
    assert infer((NOTICE * 150).splitlines(), frequency).cut is None


def test_what_markdown_sets_apart_with_is_no_debris():
    text = "说明如下。\n\n```\nx = 1\n```\n\n---\n\n~~~~\ny\n~~~~\n***\n"
    assert restore(text).edits == ()
    assert [edit.kind for edit in restore("说明如下。\n^~\n推进政务公开。\n").edits] == ["debris"]


def test_a_table_is_not_too_garbled_to_repair(tmp_path):
    """The signs of Markdown and figures in rows are nothing that the models expect."""
    rows = ["| 项目 | 第一季度 | 第二季度 | 合计 |", "|---|---|---|---|"]
    rows += [f"| {name} | {n} | {n + 7} | {2 * n + 7} |" for n, name in enumerate(["办公费", "差旅费", "培训费"] * 3)]
    for text in ("\n".join(rows), "\n".join(rows).replace("| ", "\t")):
        assert restore(f"# 经费使用情况\n\n{text}\n").garble.rescan == ()


@pytest.mark.parametrize(
    "text",
    [
        "（记者 王小花）昨日，柳溪县第三届梨花节在青石镇开幕，来自周边市县的游客前来赏花踏青。\n",
        "本报讯（通讯员 李大山 摄影 张小溪）昨日，柳溪县第三届梨花节在青石镇开幕。\n",
    ],
)
def test_a_name_behind_a_role_stands_apart(text):
    assert [edit for edit in restore(text).edits if edit.kind == "spacing"] == []


def test_lines_with_a_number_of_thousands_each_are_read_on():
    """They are no rows: what was wrapped is joined."""
    wrapped = (
        "全县全年完成地区生产总值13,456万元，比上年有\n"
        "所增长，其中农业总产值完成3,210万元，工业总产\n"
        "值完成4,890万元，服务业总产值稳步增长。\n"
    )
    assert restore(wrapped).text == wrapped.replace("\n", "", 2)
