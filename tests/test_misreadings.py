"""Misread characters: the native search against the slow exact one, the guards, documents with holes, the whole way."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as limits
from hypothesis import strategies as st

from pipeline import Settings, restore
from pipeline.detection import _native
from pipeline.detection.confusions import Confusions, confusions, write
from pipeline.detection.misreadings import ADAPTATION, ANY_DOCUMENT, ROUNDS, SHAPE, SOUND, misreadings
from pipeline.language import models
from pipeline.language.normalise import tokenise
from tests import misread_oracle

FOLDER = Settings().models
TABLE = models.symbols(FOLDER)
INDEX = {symbol: i for i, symbol in enumerate(TABLE)}
ALIKE = {
    "讲": [("进", -1.0), ("讨", -1.5), ("许", -2.0)],
    "共": [("公", -1.5), ("其", -1.0)],
    "升": [("开", -0.8), ("井", -1.0)],
}


def native(options=None):
    misreader = _native.Misreader(models.paths(FOLDER), list(TABLE))
    misreader.weights([list(models.DEFAULT_WEIGHTS)] * 36)
    for seen, others in ALIKE.items():
        if seen in INDEX:
            misreader.alike(SHAPE, INDEX[seen], [(INDEX[c], p) for c, p in others])
    misreader.common([])
    return misreader


def loose():
    options = _native.MisreadOptions()
    options.doubt, options.report = 0.0, -20.0
    return options


def scan(text, options, offered=()):
    sequence = [INDEX[c] for c in text]
    changeable = [c in ALIKE or bool(offered) for c in text]
    return native().scan(sequence, changeable, list(offered), [(SHAPE, options)])[0]


def test_every_gain_is_the_difference_of_whole_sentences():
    text = "全面推讲政务公开。"
    (doubt,) = scan(text, loose())
    own = misread_oracle.score(FOLDER, models.DEFAULT_WEIGHTS, text)
    assert {TABLE[a.symbol] for a in doubt.alternatives} == {"进", "讨", "许"}
    for alternative in doubt.alternatives:
        other = text.replace("讲", TABLE[alternative.symbol])
        gain = misread_oracle.score(FOLDER, models.DEFAULT_WEIGHTS, other) - own
        assert alternative.gain == pytest.approx(gain, abs=1e-3)


@pytest.mark.parametrize(
    "text", ["推讲政务共升工作", "政府信息共升，讲一步规范", "讲授课程", "共同推讲", "制度共升", "升学考试共讲三场"]
)
def test_the_joint_reading_is_the_best_of_all(text):
    options = loose()
    options.width, options.beam = 8, 500
    doubts = scan(text, options)
    read = list(text)
    for doubt in doubts:
        if doubt.chosen:
            read[doubt.at] = TABLE[doubt.alternatives[0].symbol]
    places = [i for i, c in enumerate(text) if c in ALIKE]
    _, expected = misread_oracle.best(FOLDER, models.DEFAULT_WEIGHTS, text, places, ALIKE, options.prior, options.again)
    assert "".join(read) == expected


def test_what_cannot_reach_the_report_limit_is_left_out_and_nothing_else():
    text = "全面推讲政务公开。"
    everything = scan(text, loose())[0].alternatives
    options = loose()
    options.report = -2.0
    told = scan(text, options)[0].alternatives
    assert [(a.symbol, a.gain) for a in told] == [(a.symbol, a.gain) for a in everything if a.total >= -2.0]


def test_a_break_hides_what_lies_behind_it():
    misreader = native()
    whole = [INDEX[c] for c in "推讲政务公开"]
    broken = [INDEX["推"], INDEX["讲"], -1, INDEX["开"]]
    assert misreader.scan(whole, [False, True] + [False] * 4, [], [(SHAPE, loose())])[0][0].alternatives[0].total > 0
    ((doubt,),) = misreader.scan(broken, [False, True, False, False], [], [(SHAPE, loose())])
    gains = {TABLE[a.symbol]: a.gain for a in doubt.alternatives}
    said = misreader.read([[INDEX["推"], INDEX["进"], -1], [INDEX["推"], INDEX["讲"], -1]])
    right, seen = said.costs([list(models.DEFAULT_WEIGHTS)] * 36)
    assert gains["进"] == pytest.approx(right[1] - seen[1], abs=1e-4)


def test_an_engine_can_offer_what_does_not_look_alike():
    text = "全面推动政务会开。"
    offered = [(6, INDEX["公"], -0.3)]
    doubts = scan(text, loose(), offered)
    told = {d.at: TABLE[d.alternatives[0].symbol] for d in doubts if d.chosen}
    assert told == {6: "公"}


def test_the_table_holds_the_pairs_that_printed_pages_confuse():
    table = confusions()
    for seen, true in ("讲进", "进讲", "筒简", "己已", "未末", "人入", "兀元"):
        chance = table.chance(seen, true)
        assert chance is not None and chance > -2.5, (seen, true)
    assert table.chance("政", "府") is None


def test_the_table_survives_writing(tmp_path):
    table = Confusions({"己": [("已", -0.4), ("巳", -0.8)], "人": [("入", 0.0)]})
    write(table, tmp_path / "t.tsv")
    assert confusions(tmp_path / "t.tsv") == table


def text_of(result):
    return {(e.before, e.after): e.status for e in result.edits if e.kind == "misread"}


def test_a_misread_character_is_put_right_and_says_why():
    result = restore("全面推进政务公开工作，讲一步规范政府信息公开。\n")
    (edit,) = [e for e in result.edits if e.before == "讲"]
    assert (edit.after, edit.status) == ("进", "accepted")
    assert any(sign.startswith("language:+") for sign in edit.evidence)
    assert any(sign.startswith("look-alike:讲/进") for sign in edit.evidence)
    assert result.text == "全面推进政务公开工作，进一步规范政府信息公开。\n"


def test_clean_text_stays_as_it_is():
    text = "各乡镇人民政府，县政府各部门：为做好政府信息公开工作，现将有关事项通知如下。\n"
    assert restore(text).text == text


@pytest.mark.parametrize("seen", ["本年收到申请二件，不予公开。", "本机关未收到举报。", "临漳县人民政府办公室。"])
def test_numbers_negations_and_names_are_not_exchanged(seen):
    result = restore(seen)
    assert result.text == seen


def test_a_number_may_not_be_read_into_a_text_either():
    result = restore("全年公开政府信息人十五条。\n")
    assert all(status != "accepted" for (_, after), status in text_of(result).items() if after in "八九十")


def test_it_runs_beside_holes_and_leaves_their_readings_alone():
    text = "推进政□公开，讲一步加强政府信□公开工作。\n"
    settings = Settings(jobs=1)
    with_both = restore(text, settings)
    holes = [e for e in with_both.edits if e.kind != "misread"]
    alone = restore(text, Settings(jobs=1, off=frozenset({"misread"})))
    assert holes == list(alone.edits)
    assert "进一步" in with_both.text and "政务公开" in with_both.text


def test_best_fills_holes_but_takes_no_suggestion_for_a_character_that_can_be_read():
    text = "推进政□公开，陇南市徽县人民政府" * 3
    result = restore(text, Settings(fill="best", jobs=1))
    changed = {e.before for e in result.edits if e.kind == "misread" and e.status != "accepted"}
    assert all(char in result.text for char in changed)


def test_sounds_compete_where_the_text_is_said_to_be_typed():
    text = "各地要应地制宜，因地指宜推进政务公开。\n"
    typed = text_of(restore(text, Settings(jobs=1, pinyin_confusions=True)))
    assert ("指", "制") in typed


def test_sounds_compete_where_errors_show_typing_unless_they_are_left_out():
    text = "各部门要认真贯彻国务院关于政务公开的部属。"
    for chosen, sounds in ((None, True), (True, True), (False, False)):
        found = restore(text, Settings(jobs=1, pinyin_confusions=chosen)).edits
        assert (("属", "署") in {(edit.before, edit.after) for edit in found}) == sounds


RIGHT = (Path(__file__).parent / "cases" / "right_text.txt").read_text(encoding="utf-8").splitlines()
"""Lines that are no official prose: names, verse, dialect, law, trades, code, tables."""


def test_right_text_of_any_kind_is_left_alone():
    settings = Settings(jobs=1)
    assert [line for line in RIGHT if restore(line, settings).text != line] == []


@pytest.mark.parametrize(
    ("text", "seen", "best"),
    [
        ("学而时习之，不亦说乎？", "说", "乐"),  # nothing but the models speaks for it
        ("当事人违犯本办法规定的，依法处理。", "犯", "反"),  # both are words
        ("雨点打在铁皮棚上，狗蜷在门槛边打盹。", "狗", "构"),  # the models do not know such text
    ],
)
def test_a_likelier_reading_alone_changes_nothing(text, seen, best):
    result = restore(text, Settings(jobs=1))
    assert result.text == text
    assert ("accepted", best) not in [(e.status, e.after) for e in result.edits if e.before == seen]


def test_shape_and_sound_are_found_together_as_each_is_alone():
    search = misreadings(FOLDER)
    document = search.read(
        [tokenise("各地耍因地指宜推迸政务公开，切实加强纽织领到，不断提高服务水瓶。"), tokenise("宏现调控讲一步加强。")]
    )
    told = [_native.MisreadOptions(), _native.MisreadOptions()]
    told[1].doubt = -5.0
    searches = list(zip((SHAPE, SOUND), told, strict=True))

    def found(cells):
        return [(c.start, c.told.chosen, [(a.symbol, a.gain, a.channel) for a in c.told.alternatives]) for c in cells]

    together = search.search(document, searches)
    assert all(together)
    assert [found(cells) for cells in together] == [found(search.search(document, [one])[0]) for one in searches]


@limits(deadline=None, max_examples=20)
@given(st.lists(st.lists(st.sampled_from([*map(INDEX.get, "推进政务公开工作，。县乡"), -1]), max_size=12), max_size=3))
def test_the_weights_of_the_models_are_those_that_the_decoder_fits(sequences):
    said = native().read(sequences)
    columns = [[], []]
    for one in range(2):
        rows = [[float(m == one) for m in range(2)]] * 36
        costs = said.costs(rows)
        columns[one] = [
            c for line, s in zip(costs, sequences, strict=True) for c, x in zip(line, s, strict=True) if x >= 0
        ]
    weights = said.weights(ANY_DOCUMENT, ADAPTATION, ROUNDS)
    expected = models.mixture_weights(columns, ROUNDS, ANY_DOCUMENT, ADAPTATION) if columns[0] else ANY_DOCUMENT
    assert weights == pytest.approx(expected, abs=1e-6)
