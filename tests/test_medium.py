"""Whether a text was read or typed, and what dictionary words say of a doubtful cell."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import Settings, restore
from pipeline.correction import doubts_of
from pipeline.decision.words import WORD_OF_BEST, Words, everyday_words
from pipeline.detection._native import MisreadOptions
from pipeline.detection.confusions import alike_by_sound, confusions, likeness_of_sound
from pipeline.detection.medium import DECLARED, typed_odds
from pipeline.detection.misreadings import SOUND, misreadings
from pipeline.language.normalise import tokenise

FOLDER = Settings().models
TYPED = "各地要因地指宜推进政务公开，切实加强组织领到，不断提高服务水瓶。"
READ = "各地耍因地制宜推迸政务公开，切实加强纽织领导，不断提高服务氷平。"
CLEAN = "各地要因地制宜推进政务公开，切实加强组织领导，不断提高服务水平。"


def searched(text, medium=None):
    search = misreadings(FOLDER)
    return doubts_of(search, search.read([tokenise(text)]), medium)


def test_errors_of_sound_show_that_a_text_was_typed():
    doubts, odds = searched(TYPED)
    assert odds > 0
    best = {d.seen: d.alternatives[0].text for d in doubts if d.chosen}
    assert {"指": "制", "到": "导", "瓶": "平"}.items() <= best.items()


def test_errors_of_shape_show_that_a_text_was_read():
    assert searched(READ)[1] < 0


def test_what_is_said_of_a_text_needs_no_evidence():
    assert searched(READ, "typed")[1] == DECLARED
    doubts, odds = searched(TYPED, "read")
    assert odds == -DECLARED
    search = misreadings(FOLDER)
    assert doubts == search.find(search.read([tokenise(TYPED)]))


def test_nothing_speaks_in_a_clean_text():
    assert abs(searched(CLEAN)[1]) < 0.5
    assert typed_odds([], []) == 0


def test_many_cells_never_outweigh_what_is_said():
    search = misreadings(FOLDER)
    (by_sound,) = search.search(search.read([tokenise(TYPED)] * 3), [(SOUND, MisreadOptions())])
    assert by_sound
    assert typed_odds(by_sound, []) <= DECLARED - 1
    assert typed_odds([], by_sound) >= 1 - DECLARED


def test_typed_errors_are_put_right_and_named_for_their_sound():
    result = restore(TYPED * 2, Settings(jobs=1))
    told = {e.before: e for e in result.edits if e.kind == "misread"}
    assert told["瓶"].after == "平"
    assert any(sign.startswith(("sound-alike:瓶/平", "look-alike:瓶/平")) for sign in told["瓶"].evidence)


@pytest.mark.parametrize(
    ("one", "other", "likeness"), [("制", "指", 2), ("进", "京", 1), ("政", "府", 0), ("政", "あ", 0)]
)
def test_likeness_of_sound(one, other, likeness):
    assert likeness_of_sound(one, other) == likeness_of_sound(other, one) == likeness


def test_typed_text_leaves_something_to_shape():
    sound, shape = dict(alike_by_sound("讲")), dict(confusions().neighbours["讲"])
    assert 0 < math.log10(10 ** shape["进"]) - sound["进"] < 1


SMALL = Words({"政": 1.0, "务": 1.0, "政务": 3.0, "公开": 3.0, "公": 1.0, "开": 1.0, "政务公开": 2.0}, 4.0)


def test_segments_are_the_likeliest():
    assert SMALL.segment("政务公开", 1) == (pytest.approx(-2.0), 1, "政务公开")
    assert SMALL.segment("X政务", 1)[1:] == (2, "政务")
    assert SMALL.longest_over("了政务公", 2) == (2, 3.0)
    assert SMALL.longest_over("开政", 0) == (1, 0.0)


@given(st.text("政务公开旧", min_size=1, max_size=8), st.data())
def test_segments_cost_no_more_than_any_other_cut(text, data):
    at = data.draw(st.integers(0, len(text) - 1))
    cost, number, word = SMALL.segment(text, at)
    assert 1 <= number <= len(text) and text[at] in word

    def cheapest(rest):
        if not rest:
            return 0.0
        words = [rest[:n] for n in range(1, len(rest) + 1) if n == 1 or rest[:n] in SMALL.counts]
        return max(SMALL.counts.get(w, -1.0) - SMALL.total + cheapest(rest[len(w) :]) for w in words)

    assert cost == pytest.approx(cheapest(text))


def test_a_word_speaks_for_the_character_that_completes_it():
    told = everyday_words().evidence("不断提高服务水", "瓶", "平", "。")
    assert told[0] > 0 and told[WORD_OF_BEST] >= 2


@pytest.mark.parametrize(
    "text", ["為什麼國家機關的工作還是有缺點的。", "三、第一個五年計劃的若幹問題", "生産的觀點和行爲都是必須反對的。"]
)
def test_traditional_text_is_not_simplified(text):
    result = restore(text, Settings(jobs=1))
    assert result.text == text
    assert not [e for e in result.edits if e.kind == "misread"]


@pytest.mark.parametrize(
    "text", ["坚持应扶尽扶、应退尽退，严格精准识别。", "逐库逐坝逐堤明确行政责任人。", "边试边改，如期完成了任务。"]
)
def test_what_is_coined_in_pairs_is_meant(text):
    assert restore(text, Settings(jobs=1)).text == text
