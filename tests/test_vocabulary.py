"""Terms, their damaged forms, names that support themselves, references and witnesses."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import Settings, restore
from pipeline.damage.hypotheses import Cut
from pipeline.decision.parallels import Passages, read_references
from pipeline.errors import FileAccessError
from pipeline.holes import Line, paragraph_parts
from pipeline.vocabulary.divisions import divisions
from pipeline.vocabulary.matching import GAP, Matcher, damaged_form
from pipeline.vocabulary.terms import USER_COUNT, Term, Vocabulary, read_terms, vocabulary

TRUTH = (Path(__file__).parent.parent / "examples" / "truth" / "held_out_county_2018.txt").read_text(encoding="utf-8")
CUT = Cut("GB2312", "above", 0xC2C9)

BUILT_IN = Matcher(vocabulary(), CUT)


def parts_of(text, kind="whole"):
    return paragraph_parts(text, [Line(0, len(text), kind)])


def damaged(text, sign):
    return damaged_form(text, [CUT.loses(char) for char in text], sign)


def test_the_built_in_vocabulary_holds_places_laws_and_formulae():
    terms = vocabulary().terms
    assert terms["果洛州"].category == "place"
    assert terms["中华人民共和国政府信息公开条例"].category in ("law", "document")
    assert {"policy", "formula", "institution", "numeral"} <= {term.category for term in terms.values()}


def test_places_are_those_of_the_divisions_by_all_their_names():
    """No other list names any: one named 围场县 围场满族县 and did not know 东乡县."""
    named = {name for division in divisions() for name in division.names if len(name) > 1}
    terms = vocabulary().terms
    places = {term.text for term in terms.values() if term.category == "place"}
    assert places <= named and all(name in terms for name in named)
    assert {"果洛州", "果洛藏族自治州", "围场县", "东乡县"} <= places


def test_lists_may_be_messy():
    rows = list(read_terms("# comment\n\n[a-z]+(\n政务公开\tpolicy\t12\n政务公开\tpolicy\tmany\n" + "长" * 100))
    assert [term.count for term in read_terms("公开\tpolicy\t" + "9" * 5000)] == [USER_COUNT]
    assert [row.text for row in rows] == ["〔a-z〕+（", "政务公开", "政务公开"]
    assert [row.count for row in rows[1:]] == [12, 200]


def test_jieba_segments_with_the_terms():
    words = list(Vocabulary([Term("政府信息公开", "policy", 9), Term("工作年度报告", "document", 9)]).words(
        "本政府信息公开工作年度报告"
    ))  # fmt: skip
    assert [(start, end, term.text) for start, end, term in words] == [(1, 7, "政府信息公开"), (7, 13, "工作年度报告")]


@pytest.mark.parametrize("sign", ["□", GAP, ""])
def test_a_term_is_found_in_each_damaged_form(sign):
    matcher = Matcher(Vocabulary([Term("青果山市", "place", 1), Term("行政复议法", "law", 1)]), CUT)
    office = "青果山市人民政府办公室"
    text = damaged(f"本地由{office}负责。", sign).replace(GAP, " ")
    found = {
        match.term.text
        for match in matcher.fitting(matcher.survey([parts_of(text, "gapped" if sign == GAP else "collapsed")]))
    }
    assert office in found


def test_a_title_with_one_misread_character_is_found():
    title = "中华人民共和国政府采购法实施条例"
    matcher = Matcher(Vocabulary([Term(title, "law", 1)]), CUT)
    slip = damaged(title, "").replace("共", "井")
    assert [term.text for term in matcher.titles(slip)] == [title]


@settings(deadline=None, max_examples=30)
@given(st.text("政府信息公开人民果洛州□ ，。", max_size=40))
def test_matching_never_invents_a_place_for_a_term(text):
    for match in BUILT_IN.fitting(BUILT_IN.survey([parts_of(text, "gapped")]))[:5]:
        assert match.places >= 1 and 0 < match.share <= 1


def test_a_name_that_fits_often_is_restored():
    lines = [
        "果□□人民政府办公室印发《果□□政务公开工作要点》。",
        "果□□人民政府门户网站公开政府信息。",
        "果□□电视台报道果□□重大决策。",
    ]
    whole = "".join(damaged(line.replace("果□□", "果洛州"), "□") + "\n\n" for line in lines)
    padding = damaged(TRUTH[:3000], "□")
    assert restore(whole + padding, Settings(fill="best")).text.count("果洛州") >= 2


def test_references_are_cited_and_bad_ones_passed_over(tmp_path):
    (tmp_path / "sister.txt").write_text("前言\n建立健全玛瑙湖云服务平台的运行机制。\n", encoding="utf-8")
    (tmp_path / "bad.txt").write_bytes(b"")
    text = "建立健全玛□湖云服务平台的运行机制。"
    alone = restore(text, Settings(fill="best"))
    helped = restore(text, Settings(fill="best", references=tmp_path))
    assert "玛瑙湖" in helped.text
    assert "reference:sister.txt:2" in helped.edits[0].evidence
    assert not any(e.startswith("reference") for e in alone.edits[0].evidence)
    with pytest.raises(FileAccessError):
        read_references(tmp_path / "none")


def test_a_users_term_is_cited(tmp_path):
    terms = tmp_path / "terms.txt"
    terms.write_bytes("政务公开云港\n".encode("gb18030"))
    result = restore("建设政务□开云港。", Settings(fill="best", vocabulary=terms))
    assert any(e == "vocabulary:user:政务公开云港" for e in result.edits[0].evidence) or result.edits[0].after != "公"


@settings(deadline=None)
@given(st.text("政府信息公开。", max_size=80), st.text("政府信息公开。", min_size=6, max_size=9))
def test_a_passage_is_found_where_it_stands(text, passage):
    at = Passages(text).find(passage)
    assert (at is not None) == (passage in text)
    assert at is None or text.startswith(passage, at)
