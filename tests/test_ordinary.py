"""Ordinary damage: what is repaired, what is only suggested, and that right text stays."""

import json
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from pipeline import Settings
from pipeline.cli import app
from pipeline.damage.hypotheses import Cut
from pipeline.damage.inference import DamageModel
from pipeline.detection.dates import cuts
from pipeline.detection.numbering import numeral, value_of
from pipeline.detection.ordinary import ordinary_damage
from pipeline.detection.witnesses import DocumentWitnesses, a_date
from pipeline.edits import KINDS, Edit, apply, revert, settle
from pipeline.vocabulary.forms.restoring import restore_forms

ROOT = Path(__file__).parent.parent
CASES = json.loads((Path(__file__).parent / "cases" / "ordinary.json").read_text(encoding="utf-8"))
TRUTH = (ROOT / "examples" / "truth" / "held_out_county_2018.txt").read_text(encoding="utf-8")
WHOLE = DamageModel(None, 0.0, 0.0, (), (), ())

WRAPPED = """　　2016年，我县认真贯彻落实《中华人民共和国政府信息公开条
例》，坚持以公开为常态、不公开为例外的原则，推进决策、执行、管
理、服务和结果公开，不断提升政务公开的质量和实效，取得明显成效。
全县各乡镇、各部门按照要求，健全工作机制，加强组织领导，明确责
任分工，做到了件件有着落、事事有回音。
　　各部门通过门户网站、政务微博、政务微信、报刊和广播电视等多
种渠道主动公开政府信息，方便公众查阅，扩大了政府信息公开的覆盖
面和影响力，群众的满意度有了很大提高，共公开信息三千余条。
　　下一步，我县将继续做好各项工作。
"""


def found(text, **options):
    return ordinary_damage(text, WHOLE, Settings(**options))


def accepted(text, **options):
    return apply(text, [edit for edit in found(text, **options) if edit.status == "accepted"])


@pytest.mark.parametrize("case", CASES, ids=[case["label"] for case in CASES])
def test_case(case):
    edits = found(case["input"])
    assert apply(case["input"], [e for e in edits if e.status == "accepted"]) == case["accepted"]
    suggested = [edit.after for edit in edits if edit.status == "suggested"]
    assert suggested == case.get("suggested", [])


def test_clean_text_is_left_alone():
    assert accepted(TRUTH) == TRUTH


def test_every_edit_says_why():
    for case in CASES:
        for edit in found(case["input"]):
            assert edit.kind in KINDS and edit.evidence and all(edit.evidence)


def test_wrapped_paragraphs_are_whole_again():
    lines = accepted(WRAPPED).splitlines()
    assert len(lines) == 3
    assert lines[0].endswith("事事有回音。") and "条例》" in lines[0] and "成效。全县" in lines[0]


def test_a_paragraph_a_line_stays_so_where_nothing_tells_paragraphs_apart():
    text = WRAPPED.replace("\u3000", "")
    assert "取得明显成效。\n全县" in accepted(text)


def test_spaces_and_breaks_that_are_holes_stay():
    cut = DamageModel(Cut("GB2312", "above", 0xC2C9), 900.0, 0.5, (), (), ())
    text = "推进政务公 开工作，加强政府信\n息公开工作的组织领导，完善工作机制。\n"
    assert not [e for e in ordinary_damage(text, cut, Settings()) if e.kind in ("spacing", "join", "cut_off")]
    assert accepted(text) != text


@pytest.mark.parametrize("kind", ["date", "number", "contact", "join", "spacing", "mojibake", "numbering", "bracket"])
def test_each_kind_can_be_switched_off(kind):
    whole = "\n\n".join(case["input"] for case in CASES)
    assert any(edit.kind == kind for edit in found(whole))
    assert not any(edit.kind == kind for edit in found(whole, off=frozenset({kind})))


def test_a_stricter_setting_accepts_less():
    text = "20169月，我县召开会议。"
    assert accepted(text, alter=0.999) == text
    assert [edit.status for edit in found(text, alter=0.999)] == ["suggested"]


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(
        st.sampled_from(
            [
                *"年月日号〔〕（）()《》“”，、。兀一二四五 \n\t0129",
                "2018",
                "政府信息公开",
                "电话：",
                "⼈",
                "锟斤拷",
                "@a.cn",
            ]
        ),
        max_size=40,
    )
)
def test_edits_of_any_text_replay_and_a_second_run_finds_nothing_to_accept(pieces):
    text = "".join(pieces)
    edits = found(text)
    for chosen in (edits, [edit for edit in edits if edit.status == "accepted"]):
        assert revert(apply(text, chosen), chosen) == text
    once = accepted(text)
    for _ in range(3):  # a repair may show the next one
        if (again := accepted(once)) == once:
            break
        once = again
    assert accepted(once) == once


@given(st.integers(1900, 2099), st.text("0123456789", min_size=2, max_size=4))
def test_cuts_are_dates_of_the_calendar(year, digits):
    for month, day in cuts(year, digits):
        assert f"{month}{day}" == digits and a_date(year, month, day)


@given(st.integers(1, 99))
def test_numerals_are_read_as_written(value):
    assert value_of(numeral(value)) == value


@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 3), st.text("公开", max_size=2)), max_size=12))
def test_settled_edits_never_overlap(spans):
    text = "推进政府信息公开工作的规范化"
    edits = [
        Edit(a, min(a + n, len(text)), text[a : a + n], after, "join", (), 0.9, (), "accepted") for a, n, after in spans
    ]
    kept = settle(edits[: len(edits) // 2], edits[len(edits) // 2 :])
    assert revert(apply(text, kept), kept) == text
    for edit in edits[: len(edits) // 2][:1]:
        assert edit in kept  # the first of the first layer stands


def test_what_is_accepted_stands_before_what_is_only_suggested():
    doubtful = Edit(0, 2, "兀、", "和", "misread", (), 0.4, (), "suggested")
    sure = Edit(0, 1, "兀", "四", "numbering", (), 0.98, (), "accepted")
    assert settle([doubtful], [sure]) == [sure]
    assert settle([sure], [doubtful]) == [sure]


def test_witnesses_support_and_contradict():
    text = "云岭县2016年工作报告\n发布日期：2017-03-02\n根据云政办发〔2016〕15号，落实云政办发〔2016〕51号。\n"
    witnesses = DocumentWitnesses(text)
    assert witnesses.of_number("云政办发", "2016", "15", (0, 0))[0].startswith("document: line 3")
    assert any(e.startswith("against") for e in witnesses.of_number("云政办发", "2016", "51", (0, 0)))
    assert witnesses.of_date(a_date(2017, 1, 5))[0].startswith("document")
    assert witnesses.of_date(a_date(2017, 11, 1))[0].startswith("against")
    assert witnesses.of_passage("云政办发", "〔2016〕", "15号", (0, 2)) == ["document: line 3 has 云政办发〔2016〕15号"]


def test_the_same_words_elsewhere_support_a_repair():
    text = "推进锅炉⼯程建设项目公开。另据统计，推进锅炉工程建设的项目共三个。"
    (edit,) = found(text)
    assert edit.after == "工"
    assert edit.evidence[-1].startswith("document: line 1 has ") and "锅炉工程建设" in edit.evidence[-1]


def test_a_contradicted_number_is_only_suggested():
    text = "根据《通知》（云政办函〔201687号）和云政办函〔2016〕78号"
    (edit,) = found(text)
    assert edit.status == "suggested" and any(e.startswith("against") for e in edit.evidence)


def test_a_title_written_in_two_ways_is_shown_with_its_witness():
    often, once = "云岭县政务公开工作要点", "云岭县政务公幵工作要点"
    text = f"印发《{often}》。落实《{often}》。对照《{often}》。按照《{once}》要求。"
    (edit,) = found(text)
    assert (edit.kind, edit.before, edit.after, edit.status) == ("title", once, often, "suggested")
    assert edit.evidence == (f"against: line 1 has 《{often}》",)
    turned = "印发《云岭县信息公开目录内容基本规范》，对照《云岭县信息公开基本目录内容规范》。"
    assert [(e.kind, e.status) for e in found(turned)] == [("title", "open")]
    different = "《云岭县2016年工作要点》《云岭县2017年工作要点》《云岭市公开工作办法》《云岭州公开工作办法》"
    assert not found(different)


def test_flags_change_nothing_even_with_the_best_filling():
    text = "会议于2016年2月30日召开。\n电话：0738-612345\n"
    edits = found(text)
    assert [edit.status for edit in edits] == ["open", "open"]
    assert apply(text, edits) == text


@pytest.mark.parametrize(
    "text",
    ["<table>" * 20_000, "（" * 20_000 + "）" * 20_000, "a.b@" * 20_000, "《" * 9000 + "的通知》" * 9000,
     "年月\t" * 20_000, "政 府 " * 8000 + "，。", "公公" * 20_000, "2018" * 20_000, "一 总体 二 情况 " * 4000],
    ids=lambda text: text[:6],
)  # fmt: skip
def test_strange_texts_take_no_longer_than_their_length_allows(text):
    began = time.process_time()
    found(text)
    restore_forms(text, None)
    assert time.process_time() - began < 8


def test_kinds_are_chosen_on_the_command_line():
    text = "20169月，，我县召开会议。"
    for options, expected in (
        (["--only", "date"], "2016年9月，，我县召开会议。"),
        (["--no", "date"], "20169月，我县召开会议。"),
        ([], "2016年9月，我县召开会议。"),
    ):
        done = CliRunner().invoke(app, ["restore", "-", *options], input=text.encode())
        assert (done.exit_code, done.stdout) == (0, expected)
    done = CliRunner().invoke(app, ["restore", "-", "--no", "weather"], input=b"x")
    assert done.exit_code != 0 and "weather" in done.output


def test_detection_is_fast():
    text = (TRUTH + WRAPPED) * 20
    began = time.process_time()
    found(text)
    assert len(text) / (time.process_time() - began) > 50_000
