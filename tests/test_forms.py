"""Tables in text, forms, labels restored, sums checked, terms found in linear time."""

import csv
import io
import json
import random
import re
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import Settings, restore
from pipeline.damage.hypotheses import Cut
from pipeline.edits import apply, revert
from pipeline.errors import UnreadableInputError
from pipeline.vocabulary.forms.matching import label_row, plain
from pipeline.vocabulary.forms.restoring import SURE, restore_forms
from pipeline.vocabulary.forms.tables import Table, find_tables, texts
from pipeline.vocabulary.forms.templates import forms
from pipeline.vocabulary.scanner import Scanner
from pipeline.vocabulary.terms import Term, vocabulary
from pipeline.writing.files import document_files, report

CUT = Cut("GB2312", "above", 0xC2C9)
TRUTH = (Path(__file__).parent.parent / "examples" / "truth" / "held_out_county_2018.txt").read_text(encoding="utf-8")
LIST = next(form for form in forms() if form.name == "national 2014-2018")
GRID = next(form for form in forms() if form.name == "national 2019-2020, requests")


def list_table():
    """The list form filled with numbers that add up, as tab-separated text."""
    values = {}
    for index in reversed(range(len(LIST.rows))):
        row, children = LIST.rows[index], LIST.children(index)
        values[index] = sum(values[child] for child in children) if row.total else 3 + index % 5
    return "".join(
        f"{row.label}\t{row.unit}\t{values[index] if row.unit else ''}\n" for index, row in enumerate(LIST.rows)
    )


def grid_table():
    """The grid of requests with numbers that hold all its equations."""
    generator = random.Random(1)
    results = [i for i, row in enumerate(GRID.rows) if 2 < i < len(GRID.rows) - 2 and not GRID.children(i)]
    numbers = {i: [generator.randrange(5) for _ in range(6)] for i in results}
    total = [sum(column) for column in zip(*numbers.values(), strict=True)]
    numbers |= {len(GRID.rows) - 2: total, 1: [0] * 6, len(GRID.rows) - 1: [1] * 6}
    numbers[0] = [value + 1 for value in total]
    lines = ["申请人情况\t自然人\t商业企业\t科研机构\t社会公益组织\t法律服务机构\t其他\t总计"]
    for index, row in enumerate(GRID.rows):
        cells = [*numbers[index], sum(numbers[index])] if index in numbers else [""] * 7
        lines.append("\t".join([row.label, *map(str, cells)]))
    return "\n".join(lines) + "\n"


def cut_rows(text, sign):
    """Take what the cut loses out of all labels, a run for a *sign*, and leave numbers and tabs."""
    pieces, gone = [], False
    for char in text:
        if CUT.loses(char):
            gone = True
            continue
        if gone:
            pieces.append(sign)
            gone = False
        pieces.append(char)
    return "".join(pieces)


@pytest.mark.parametrize("sign", [" ", ""])
def test_labels_under_a_cut_are_restored_and_numbers_stay(sign):
    whole = list_table()
    damaged = cut_rows(whole, sign)
    found = restore_forms(damaged, CUT)
    sure = [edit for edit in found.labels if edit.probability >= SURE]
    restored = apply(damaged, sure)
    lost = sum(map(CUT.loses, whole))
    missing = sum(map(CUT.loses, whole)) - sum(map(CUT.loses, restored))
    assert missing <= 0.05 * lost
    for before, after in zip(whole.splitlines(), restored.splitlines(), strict=True):
        assert before.split("\t")[-1] == after.split("\t")[-1]
        assert set(plain(after)) <= set(plain(before))
    assert revert(restored, sure) == damaged


def test_marked_holes_are_filled_only_where_the_count_fits():
    whole = list_table()
    damaged = "".join("□" if CUT.loses(char) else char for char in whole)
    found = restore_forms(damaged, CUT)
    assert found.labels
    for edit in found.labels:
        assert not edit.before.strip() or (set(edit.before) == {"□"} and len(edit.before) == len(edit.after))


def test_labels_of_a_whole_form_are_left_alone():
    for text in (list_table(), grid_table(), TRUTH):
        assert not restore_forms(text, None).labels


def test_a_label_that_lost_its_last_character_is_completed():
    text = grid_table().replace("7.属于行政执法案卷", "7.属于行政执法案")
    (edit,) = restore_forms(text, None).labels
    assert (edit.after, edit.before) == ("卷", "") and edit.probability >= SURE
    assert restore(text).text == grid_table()


def test_spaces_inside_a_label_are_closed_up():
    text = grid_table().replace("3.要求提供公开出版物", "3.要求提供公 开出版物")
    assert restore(text).text == grid_table()


def test_heads_of_columns_are_made_whole():
    head, rest = grid_table().split("\n", 1)
    closed = restore(head.replace("社会公益组织", "社会 公益组织") + "\n" + rest)
    assert closed.text == grid_table()
    split = head.replace("自然人", "自然") + "\n\t人\t\t\t\t\t\t\n" + rest
    edits = [edit for edit in restore(split).edits if edit.kind == "label"]
    readings = [(edit.before, edit.after, edit.status) for edit in edits]
    assert readings == [("然", "然人", "suggested"), ("人", "", "suggested")]


def test_a_label_split_over_two_rows_is_only_suggested():
    text = grid_table().replace("3.要求提供公开出版物\t", "3.要求提供公开出\t\t\t\t\t\t\t\n版物\t")
    result = restore(text, Settings(fill="best"))
    assert result.text == text
    edits = [(edit.before, edit.after, edit.status) for edit in result.edits]
    assert edits == [("出", "出版物", "suggested"), ("版物", "", "suggested")]


def test_sums_that_hold_are_not_reported():
    for text, fewest in ((list_table(), 6), (grid_table(), 30)):
        checked = restore_forms(text, None).checked
        assert checked.equations >= fewest and not checked.violations


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_one_wrong_number_is_reported_with_its_cells(seed):
    generator = random.Random(seed)
    rows = [line.split("\t") for line in grid_table().splitlines()]
    filled = [i for i, row in enumerate(rows) if i and row[1]]
    line, column = generator.choice(filled), generator.randrange(1, 8)
    rows[line][column] = str(int(rows[line][column]) + 7)
    text = "\n".join("\t".join(row) for row in rows) + "\n"
    violations = restore_forms(text, None).checked.violations
    assert violations and all(abs(violation.difference) == 7 for violation in violations)
    assert any(term.line == line + 1 for violation in violations for term in violation.parts + violation.totals)


def test_an_empty_cell_is_named_with_the_number_that_would_fit():
    rows = [line.split("\t") for line in grid_table().splitlines()]
    at = next(i for i, row in enumerate(rows) if row[0] == "（七）总计")
    lost, rows[at][1] = rows[at][1], ""
    text = "\n".join("\t".join(row) for row in rows) + "\n"
    result = restore(text)
    tables = report(result, Settings(), "x")["tables"]
    assert {row["would_hold_with"] for row in tables["violations"] if "empty_cell" in row} == {float(lost)}
    assert result.text == text  # numbers are not put in


def test_a_row_whose_label_is_gone_is_flagged_with_what_the_form_has_there():
    text = grid_table().replace("2.重复申请\t", "z. -\t")
    (flagged,) = [edit for edit in restore_forms(text, None).labels if edit.before == "z. -"]
    assert flagged.status == "open" and flagged.after == flagged.before
    assert [label for label, _ in flagged.alternatives] == ["2.重复申请"]


def test_a_number_stated_in_the_text_is_a_witness_of_a_broken_sum():
    rows = [line.split("\t") for line in grid_table().splitlines()]
    rows[1] = [rows[1][0], "463", "68", "0", "44", "10", "59", "643"]
    text = "全年共收到申请643件。\n\n" + "\n".join("\t".join(row) for row in rows) + "\n"
    (violation, *_) = report(restore(text), Settings(), "x")["tables"]["violations"]
    assert violation["witnesses"] == ["document: line 1 states 643"]


def test_a_total_of_the_prose_that_the_table_has_otherwise_is_flagged():
    total = sum(int(cell) for cell in grid_table().splitlines()[1].split("\t")[1:7])
    for value, agrees in ((total, True), (total + 1, False)):
        text = f"2020年，全县共收到政府信息公开申请{value}件。历年累计收到政府信息公开申请9999件。\n\n{grid_table()}"
        result = restore(text)
        (statement,) = report(result, Settings(), "x")["tables"]["statements"]
        assert (statement["prose"], statement["table"], statement["agrees"]) == (value, total, agrees)
        flags = [edit for edit in result.edits if edit.kind == "number"]
        assert len(flags) == (not agrees) and result.text == text


def test_groups_of_outcomes_are_checked():
    numbers = ["1\t2\t3\t4\t10", "0\t0\t1\t0\t1", "2\t2\t2\t2\t8"]
    right = "行政复议\t\t\t\t\t行政诉讼\n" + "\t".join(numbers) + "\n"
    assert restore_forms(right, None).checked.equations == 3 and not restore_forms(right, None).checked.violations
    (violation,) = restore_forms(right.replace("\t10\t", "\t11\t"), None).checked.violations
    assert violation.equation.startswith("行政复议") and violation.difference == -1


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("指标\t单位\t数\n条数\t条\t12\n", "tabs"),
        ("| 指标 | 单位 | 数 |\n|---|---|---:|\n| 条数 | 条 | 12 |\n", "markdown"),
        ("<table><tr><th>指标</th><th>单位</th><th>数</th></tr>\n"
         "<tr><td>条数</td><td>条</td><td><b>12</b></td></tr></table>", "html"),
    ],
)  # fmt: skip
def test_tables_are_read_however_they_are_written(text, kind):
    (table,) = find_tables(text)
    assert table.kind == kind and texts(table.rows) == [["指标", "单位", "数"], ["条数", "条", "12"]]
    for row in table.rows:
        for cell in row.cells:
            assert text[cell.start : cell.end] == cell.text


def test_aligned_columns_are_a_table_and_prose_is_none():
    (table,) = find_tables("主动公开数    12\n规范性文件数  3\n申请数      4\n")
    assert table.kind == "aligned" and texts(table.rows)[2] == ["申请数", "4"]
    assert find_tables("正文一段，没有表格。\n另一段  有空格，仍是正文。\n") == []
    assert not [t for t in find_tables(TRUTH) if t.kind != "aligned"]


@settings(max_examples=80, deadline=None)
@given(st.text("公开数 \t|\n12<td>/r　-", max_size=80))
def test_cells_of_any_text_stand_where_they_say(text):
    for table in find_tables(text):
        assert isinstance(table, Table)
        for row in table.rows:
            assert row.line >= 1
            for cell in row.cells:
                assert text[cell.start : cell.end] == cell.text


def test_label_unit_and_numbers_are_told_apart():
    text = "（一）收到申请数\t件\t5\n（二）\t\t6\n"
    first, second = (label_row(row, text, units=True) for row in find_tables(text)[0].rows)
    assert (plain("（一）收到申请数"), 1, (2,)) == (first.text, first.unit, first.numbers)
    assert second.unit == 1


def test_tables_leave_as_csv_and_json(tmp_path):
    text = re.sub("\t条\t", "\t条\t=", list_table(), count=1)
    settings_ = Settings()
    for name, content in document_files(restore(text, settings_), settings_, "x", ["tables", "json"]).items():
        (tmp_path / name).write_bytes(content)
    rows = list(csv.reader(io.StringIO((tmp_path / "tables.csv").read_text(encoding="utf-8-sig"))))
    assert rows[0][:3] == ["1", "1", "一、主动公开情况"] and any(cell.startswith("'=") for row in rows for cell in row)
    data = json.loads((tmp_path / "restored.json").read_text(encoding="utf-8"))
    assert data["tables"][0]["rows"][1]["cells"][1] == "条"
    assert json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))["tables"]["forms"][0]["rows_matched"] > 50


def test_a_document_without_tables_gets_no_file_of_them():
    files = document_files(restore("推进政务公开。"), Settings(), "x", ["tables"])
    assert "tables.csv" not in files and json.loads(files["report.json"])["tables"]["count"] == 0


def test_a_hundred_thousand_terms_in_a_thousand_pages():
    generator = random.Random(2)
    han = [char for char in sorted(set(TRUTH)) if "\u4e00" <= char <= "\u9fff"]
    terms = [Term("".join(generator.choices(han, k=generator.randrange(4, 9))), "user", 1) for _ in range(100_000)]
    page = "".join(generator.choices(han, k=600))
    began = time.process_time()
    scanner = Scanner(terms)
    built = time.process_time() - began
    seconds = []
    for pages in (100, 1000):
        text = (page + terms[7].text) * pages
        began = time.process_time()
        count = sum(found.term.text == terms[7].text for found in scanner.find(text))
        seconds.append(time.process_time() - began)
        assert count >= pages
    assert built < 10 and seconds[1] < 15 * max(seconds[0], 0.05)


@settings(max_examples=100)
@given(st.lists(st.text("公开政务.*[(\\", min_size=1, max_size=4), max_size=8), st.text("公开政务.*[(\\ ", max_size=40))
def test_what_is_found_stands_there_and_nothing_is_missed(texts_, text):
    scanner = Scanner(Term(term, "user", 1) for term in [*texts_, *texts_])
    assert len(scanner) == len({plain(term) for term in texts_})
    found = list(scanner.find(text))
    for one in found:
        assert plain(text[one.start : one.end]) == plain(one.term.text)
    assert bool(found) == any(plain(term) in plain(text) for term in texts_)


def test_bad_lists_are_named(tmp_path):
    path = tmp_path / "terms.txt"
    path.write_bytes(b"\x00\xff\xfe\x01\x02" * 40)
    with pytest.raises(UnreadableInputError, match="known encoding"):
        vocabulary(path)
    other = tmp_path / "other.txt"
    other.write_text("青果山市\tplace\n青果山市\tuser\t3\n[a-z]+(\n", encoding="utf-16")
    assert vocabulary(other).terms["青果山市"].count == 3
    result = restore("青果山市推进政务公开，青果山市印发通知。", Settings(vocabulary=other))
    assert result.terms == (("青果山市", 2),)
