"""Numerals that a sequence of headings or items determines."""

import itertools
import math
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import Settings, restore
from pipeline.decision import ordinals
from pipeline.decision.ordinals import with_ordinals
from pipeline.decision.policy import decide
from pipeline.detection.numbering import numeral, value_of
from pipeline.document import Place
from pipeline.holes import Hole, Line, paragraph_parts
from pipeline.infill.readings import Reading

LOST = "一三四五七十"


def counted(text, lost=LOST):
    """The text with the numerals that are known."""
    starts = [0, *(at + 1 for at, char in enumerate(text) if char == "\n")]
    spans = [(start, start + len(line)) for start, line in zip(starts, text.split("\n"), strict=True)]
    paragraphs = [paragraph_parts(text, [Line(start, end, "whole")]) for start, end in spans]
    for reading in reversed(with_ordinals(paragraphs, [], lambda hole, char: char in lost)):
        text = text[: reading.hole.start] + reading.text + text[reading.hole.end :]
    return text


@pytest.mark.parametrize(
    "whole",
    [
        "一、概述\n二、公开\n三、申请\n四、复议\n五、问题\n六、附表",
        "（一）领导\n（二）制度\n（三）培训",
        "第一章 总则\n第一条 为了\n第二条 凡是\n第二章 程序\n第三条 应当",
        "（一）领导\n- （二）制度\n- （三）培训\n•（四）考核",
        "九、其他\n十、附则\n十一、附表\n十二、说明",
        "一、概述\n（一）甲\n（二）乙\n二、公开\n（一）丙\n（二）丁",
    ],
)
def test_numerals_follow_from_their_neighbours(whole):
    damaged = "".join("□" if char in LOST else char for char in whole)
    assert "□" in damaged and counted(damaged) == whole


@pytest.mark.parametrize(
    "text",
    [
        "□是我们的工作。",  # 这是
        "八、其他\n□□□、说明",  # no numeral near nine has three characters
        "（□）甲\n（六）乙",  # what stands before is not known
        "二、概述",
        "没有条目。\n\n",
    ],
)
def test_what_no_sequence_tells_stays_open(text):
    assert counted(text) == text


def test_a_numeral_that_the_font_kept_is_not_supplied():
    assert counted("一、甲\n□、乙\n三、丙", lost="一三") == "一、甲\n□、乙\n三、丙"
    assert counted("一、甲\n□、乙\n三、丙", lost="二") == "一、甲\n二、乙\n三、丙"


signs = st.sampled_from(["?", "一", "二", "三", "四"])


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(signs, st.booleans()), min_size=1, max_size=5), st.booleans())
def test_the_cheapest_count_is_that_of_all_counts(drawn, inside):
    """Against all ways to count, up to four."""
    hole = Hole(0, 1, 1, 1, "exact")
    row = [
        ordinals._Item(ordinals._HOLE if sign == "?" else sign, (hole,) if sign == "?" else (), at)
        for at, (sign, _) in enumerate(drawn)
    ]
    above = [at for at, (_, new) in enumerate(drawn) if new]

    def loses(_, char):
        return char in "一二三四"

    options = [
        [*range(1, 5), 0] if item.holes else [next(n for n in range(1, 5) if numeral(n) == item.sign)] for item in row
    ]
    skip = ordinals.SKIP_INSIDE if inside else ordinals.SKIP
    best = [dict.fromkeys(own, math.inf) for own in options]
    for way in itertools.product(*options):
        cost, last, crossed = 0.0, 0, False
        for at, number in enumerate(way):
            crossed |= at > 0 and at in above
            cost += ordinals._step(last, number, crossed) if number else skip
            last, crossed = number or last, crossed and not number
        cost += ordinals.ALONE if last == 1 and len(row) > 1 else 0.0
        for at, number in enumerate(way):
            best[at][number] = min(best[at][number], cost)
    expected = []
    for at, costs in enumerate(best):
        (cheapest, number), (second, _), *_ = [*sorted((c, n) for n, c in costs.items()), (math.inf, 0)]
        if row[at].holes and number and second - cheapest >= ordinals.LEAST_MARGIN:
            expected.append((at, number, pytest.approx(second - cheapest)))
    known = list(ordinals._known(row, above, inside, loses))
    assert known == ([] if inside and all(item.holes for item in row) else expected)


TEXT = "□、总体情况\n全县公开信息120条。\n二、主动公开\n发布要闻30条。\n□、依申请公开\n受理申请2件。\n"


def numerals(text, **settings):
    """What was put in for the numerals of a text, by what stands behind them."""
    found = restore(text, Settings(beam=20, **settings))
    return {found.original[edit.end : edit.end + 3]: edit for edit in found.edits if edit.kind == "missing"}


def test_what_is_counted_is_accepted_with_its_evidence():
    found = numerals(TEXT + "四、存在问题\n信息公开不够及时。\n")
    first, third = found["、总体"], found["、依申"]
    assert (first.after, third.after) == ("一", "三")
    assert first.status == third.status == "accepted"
    assert "numbering: 二 stands behind" in first.evidence
    assert "numbering: 二 stands before it, 四 stands behind" in third.evidence
    assert not any(e.startswith("language") for e in first.evidence)


def test_what_the_models_hold_possible_is_counted_within_a_sentence():
    found = numerals("主要做法如下：□是加强学习，二是严格检查，三是抓好整改。\n")["是加强"]
    assert found.after == "一" and found.status == "accepted"


def reading(hole, *fillings):
    text, share = fillings[0]
    return Reading(hole, text, fillings, share, 1.0, 1.0, 1.0, -1.0)


def test_items_are_counted_where_words_are_lost_behind_them_too():
    """□□□□做好，二□□□报送，□□整改 begins with 一是 whatever else was read; what follows is as likely as it was."""
    text = "□□□□做好，二□□□报送，□□整改。"
    parts = paragraph_parts(text, [Line(0, len(text), "whole")])
    first, second, third = (part for part in parts if isinstance(part, Hole))
    read = [
        reading(first, ("三是认真", 0.5), ("三是扎实", 0.2), ("一是认真", 0.2), ("一是扎实", 0.1)),
        reading(second, ("是按时", 0.9), ("月底前", 0.1)),
        reading(third, ("一是", 0.6), ("三是", 0.4)),
    ]
    counted = with_ordinals([parts], read, lambda hole, char: char in LOST or char not in ordinals.NUMERALS)
    assert [found.text for found in counted] == ["一是认真", "是按时", "三是"]
    assert counted[0].text_share == pytest.approx(ordinals.CHANCES[0][1] * 0.7)
    assert not counted[0].known and not counted[1].known and counted[2].known, "language says what stands behind"
    assert [sign for found in counted for sign in found.witnesses if sign.startswith("numbering")]
    other = [reading(first, ("根据要求", 0.9), ("一是认真", 0.1)), *read[1:]]
    assert with_ordinals([parts], other, lambda *_: True)[0].text == "根据要求"


def test_an_item_that_is_read_by_the_models_alone_is_not_counted_against_them():
    text = "主要表现在一是时间紧，□□人员少。"
    parts = paragraph_parts(text, [Line(0, len(text), "whole")])
    (hole,) = (part for part in parts if isinstance(part, Hole))
    read = [reading(hole, ("二是", 0.95), ("一是", 0.05))]
    assert with_ordinals([parts], read, lambda *_: True) == read


def test_negations_behind_a_counted_numeral_are_not_accepted():
    text = "一是加强学习，□□□□公开，三是抓好整改。"
    parts = paragraph_parts(text, [Line(0, len(text), "whole")])
    (hole,) = (part for part in parts if isinstance(part, Hole))
    (counted,) = with_ordinals([parts], [reading(hole, ("三是不得", 0.95), ("二是不得", 0.05))], lambda *_: True)
    (kept,) = with_ordinals([parts], [reading(hole, ("二是不得", 0.95), ("三是不得", 0.05))], lambda *_: True)
    for found in (counted, kept):
        assert found.text == "二是不得"
        (edit,) = decide(text, [found], Settings(accept=0.01), lambda _: "")
        assert edit.status == "suggested" and any(sign.startswith("language") for sign in edit.evidence)


@pytest.mark.parametrize(
    ("text", "words", "due"),
    [("（十）甲\n（□□）乙\n（十二）丙", "是否", "十一"), ("（二十）甲\n（□□□）乙\n（二十二）丙", "一是信", "二十一")],
)
def test_headings_are_counted_whatever_was_read(text, words, due):
    starts = [0, *(at + 1 for at, char in enumerate(text) if char == "\n")]
    spans = [(start, start + len(line)) for start, line in zip(starts, text.split("\n"), strict=True)]
    paragraphs = [paragraph_parts(text, [Line(start, end, "whole")]) for start, end in spans]
    (hole,) = (part for parts in paragraphs for part in parts if isinstance(part, Hole))
    (found,) = with_ordinals(paragraphs, [reading(hole, (words, 0.9))], lambda *_: True)
    assert found.text == due


def test_what_no_later_item_confirms_is_suggested():
    last = numerals(TEXT)["、依申"]
    assert last.after == "三" and last.status == "suggested"


@pytest.mark.parametrize(
    "damaged", ["第一章 总则\n第□章 公开\n第三章 附则\n", "（一）加强领导\n（□）完善制度\n（三）做好培训\n"]
)
def test_headings_on_neighbouring_lines_are_counted(damaged):
    (edit,) = numerals(damaged, off=frozenset({"numbering"})).values()
    assert edit.after == "二" and edit.status == "accepted"


@pytest.mark.parametrize(
    "text",
    [
        "一是时间紧，□是只要努力就能完成任务。\n",
        "一、加强领导。\n二、落实责任。\n按职责分工，由县发展改革部门牵头落实。▭、水利、林业等部门配合。\n",
    ],
)
def test_a_hole_within_a_sentence_is_not_counted_for_its_place_alone(text):
    assert not any(mark.startswith("numbering") for edit in numerals(text).values() for mark in edit.evidence)


def test_equal_glyphs_stay_equal():
    """The glyph of the lost numeral stands elsewhere too, where it is no numeral: the solver has the word."""
    text = "一、甲\n□、乙\n三、丙"
    assert counted(text, lost="二") == "一、甲\n二、乙\n三、丙"
    places = [Place(1, (0, 0, 1, 1), glyph="F/17" if char == "□" else "") for char in text]
    settings = Settings(beam=20, off=frozenset({"numbering"}))
    (edit,) = [edit for edit in restore(text, settings, places).edits if edit.kind == "missing"]
    assert not any(mark.startswith("numbering") for mark in edit.evidence)


def test_numerals_up_to_999():
    due = "十 十九 二十 九十九 一百 一百零一 一百一十 一百一十一 一百二十 三百零五 九百九十九"
    assert [numeral(n) for n in (10, 19, 20, 99, 100, 101, 110, 111, 120, 305, 999)] == due.split()
    assert [value_of(numeral(n)) for n in range(1, 1000)] == list(range(1, 1000))
    assert value_of("一百五") is None and value_of("十十") is None and value_of("") is None


@pytest.mark.parametrize(
    ("first", "damaged", "third", "lost", "due"),
    [
        ("第九十九条", "第□□条", "第一百零一条", "一百", "第一百条"),
        ("第一百零九条", "第一百□□条", "第一百一十一条", "一十", "第一百一十条"),
        ("第二百一十四条", "第二百一十□条", "第二百一十六条", "五", "第二百一十五条"),
        ("一百二十一、", "□百二十二、", "一百二十三、", "一", "一百二十二、"),
    ],
)
def test_articles_of_long_laws_are_counted(first, damaged, third, lost, due):
    assert counted(f"{first}甲\n{damaged}乙\n{third}丙", lost=lost) == f"{first}甲\n{due}乙\n{third}丙"


def test_a_row_of_digits_spoils_no_count():
    assert counted("一、甲\n一九九八、戊\n□、乙\n三、丙", lost="二") == "一、甲\n一九九八、戊\n二、乙\n三、丙"


def test_counting_is_fast_in_long_laws():
    numbers = [numeral(n) if n % 5 else "□" * len(numeral(n)) for n in range(1, 900)]
    text = "\n".join(f"第{number}条甲" for number in numbers)
    began = time.process_time()
    assert counted(text, lost="一二三四五六七八九十百零").count("□") == 0
    assert time.process_time() - began < 10
