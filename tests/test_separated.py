"""Comma-separated files: rows stay rows; and other clean text that a new user's files showed to be harmed."""

import csv
import json
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import Settings, restore
from pipeline.damage.inference import infer
from pipeline.language import models
from pipeline.reading.separated import cells, is_separated
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


@given(st.lists(st.text('甲1 "，。', max_size=4), min_size=1, max_size=5))
def test_cells_are_those_of_the_csv_module(row):
    import io

    stream = io.StringIO()
    csv.writer(stream, lineterminator="").writerow(row)
    line = stream.getvalue()
    found = [line[start:end].replace('""', '"').strip() for start, end in cells(line)]
    assert found == [cell.strip() for cell in row]


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
