"""Divisions, where a document comes from, and what that says of its damaged names."""

import random
from dataclasses import replace
from unittest.mock import patch

import numpy as np
import pytest

from pipeline import Settings, restore
from pipeline.damage.hypotheses import Cut
from pipeline.filling import _Font
from pipeline.holes import Hole, Line, paragraph_parts
from pipeline.infill.decode import Infill
from pipeline.infill.hearing import UNCOUNTED
from pipeline.infill.home import Home, with_home
from pipeline.infill.levels import LEVELS, confusions, level_scores, said_by_title, seats, shares
from pipeline.infill.told import Told
from pipeline.language.normalise import Token
from pipeline.vocabulary.divisions import divisions, names_of, offices_of
from pipeline.vocabulary.matching import Matcher, confirmed
from pipeline.vocabulary.terms import vocabulary
from pipeline.vocabulary.whereabouts import NOWHERE, Count
from scripts.real_places import REAL, choose, invented, renamed, stem_of
from tests.test_restore import TRUTH

CUT = Cut("GB2312", "above", 0xC2C9)
MATCHER = Matcher(vocabulary(), CUT)

COUNTY = [
    "2018年民和县政府信息公开工作年度报告",
    "民和县人民政府办公室按照海东市人民政府的部署，及时公开本县的重点工作。",
    "海东市政府召开会议，民和县政府有关部门参加。民和县人民政府网站公开各类政府信息。",
    "民和县政府信息公开工作得到海东市的肯定，全县各乡镇依法公开。",
    "海东市人民政府办公室对民和县政府门户网站进行了检查，民和县人民政府按海东市的要求及时更新。",
    "根据海东市委、海东市政府的统一部署，民和县人民政府制定了工作方案。",
]

COUNTY += [
    "建立健全工作制度，加强组织领导，明确工作职责，做好政府信息的发布工作。",
    "认真办理人民群众来信来访，及时答复依申请公开事项，接受社会各界监督。",
    "加大宣传力度，利用报纸、电视、广播和网站等多种形式，方便群众查询。",
    "存在的主要问题是公开内容不够全面，工作人员业务水平有待提高，今后将加强培训。",
    "下一步打算：继续完善各项制度，扩大公开范围，提高公开质量，切实保障公民的知情权。",
]


def damaged(lines):
    return ["".join("□" if CUT.loses(char) else char for char in line) for line in lines]


def survey(lines):
    return MATCHER.survey([paragraph_parts(line, [Line(0, len(line), "whole")]) for line in damaged(lines)])


@pytest.mark.parametrize(
    ("official", "everyday"),
    [
        ("果洛藏族自治州", "果洛州"),
        ("积石山保安族东乡族撒拉族自治县", "积石山县"),
        ("东乡族自治县", "东乡县"),
        ("莫力达瓦达斡尔族自治旗", "莫力达瓦旗"),
        ("巴音郭楞蒙古自治州", "巴音郭楞州"),
        ("内蒙古自治区", "内蒙古"),
    ],
)
def test_autonomous_places_have_everyday_names(official, everyday):
    assert names_of(official) == (official, everyday)


@pytest.mark.parametrize(
    ("place", "offices"),
    [
        ("青海省", ("办公厅",)),
        ("广西壮族自治区", ("办公厅",)),
        ("广西", ("办公厅",)),
        ("北京市", ("办公厅",)),
        ("果洛藏族自治州", ("办公室",)),
        ("民和县", ("办公室",)),
        ("渝中区", ("办公室",)),
        ("西宁市", ("办公室", "办公厅")),
    ],
)
def test_the_office_of_a_government_has_the_name_of_its_level(place, offices):
    assert offices_of(place) == offices


def test_the_office_of_another_level_does_not_fit():
    lines = ["民和县人民政府办公室印发通知。", "经青海省人民政府办公厅同意。"] * 2
    found = {match.term.text for match in MATCHER.fitting(survey(lines))}
    assert {"民和县人民政府办公室", "青海省人民政府办公厅"} <= found
    assert not {"民和县人民政府办公厅", "青海省人民政府办公室"} & found
    words = dict(MATCHER.whereabouts(survey(COUNTY)).words())
    assert words["县政府办公室"] == words["县政府"] > 0 and "县政府办公厅" not in words


def test_an_autonomous_region_has_no_office_of_a_district():
    lines = [line.replace("民和县", "广西壮族自治区").replace("海东市", "南宁市") for line in COUNTY]
    words = MATCHER.whereabouts(survey(lines)).words()
    region = max((weight, word) for word, weight in words if word.startswith("区政府办公"))
    assert region[1] == "区政府办公厅"


def test_divisions_know_what_they_lie_in():
    by_name = {division.names[0]: division for division in divisions()}
    assert by_name["玛沁县"].chain == ("青海省", "果洛藏族自治州", "玛沁县")
    assert by_name["渝中区"].chain == ("重庆市", "渝中区")
    assert all(division.level in "省市州盟县区旗" for division in divisions())
    assert all(division.chain[:-1] in {d.chain for d in divisions()} for division in divisions() if division.chain[1:])


def test_names_tell_of_each_other():
    where = MATCHER.whereabouts(survey(COUNTY))
    assert where.share("民和县") > 5 * max(where.share(name) for name in ("政和县", "泰和县", "永和县"))
    assert where.share("循化县") > where.share("广河县"), "what lies in the same prefecture is nearer"
    assert [level for level, _ in sorted(where.levels, key=where.levels.__getitem__)[-2:]] == ["县", "市"]
    match = {m.term.text: m for m in MATCHER.fitting(survey(COUNTY), where)}
    assert match["民和县"].share > 0.5
    assert {m.term.text: m for m in MATCHER.fitting(survey(COUNTY))}["民和县"].share < 0.3


def test_nothing_is_said_without_names():
    lines = ["依法公开工作得到肯定，办理结果及时反馈。"] * 4
    assert MATCHER.whereabouts(survey(lines)) is NOWHERE
    assert MATCHER.whereabouts(survey([])) is NOWHERE
    assert NOWHERE.words() == []
    assert NOWHERE.share("民和县") == NOWHERE.share("政和县")


def test_a_city_named_in_passing_does_not_take_a_documents_home():
    own = MATCHER.own_places(matches([*COUNTY, "学习合肥市的经验。", "借鉴合肥市的做法。"]))
    assert own["海东□"] == "海东市" and own["合肥□"] == "合肥市"


def test_a_count_below_chance_speaks_for_nothing():
    assert Count("□和□", 3, 5.0).evidence == 0.0
    assert Count("海东□", 3, 0.1).evidence > Count("海东□", 2, 0.1).evidence > 0


def test_names_that_fit_are_told_apart_by_where_the_document_comes_from():
    paragraphs = [paragraph_parts(line, [Line(0, len(line), "whole")]) for line in damaged(COUNTY)]
    font = _Font(CUT, vocabulary(), paragraphs)
    known = {match.term.text: match.share for match in font.fit(font.whereabouts())}
    unknown = {match.term.text: match.share for match in font.fit(NOWHERE)}
    assert known["民和县"] > 3 * unknown["民和县"]
    assert known["政和县"] < unknown["政和县"]


def test_invented_places_get_real_names():
    texts = ["汀海市云岑县2019年工作报告\n云岑县依法公开。云岑县、汀海市和普通市民。\n", "依法公开\n"]
    (county, city), none = (sorted(places) for places in invented(texts))
    assert (county, city) == (("云岑", "县"), ("汀海", "市"))
    assert none == []
    first, second = renamed(texts)
    assert second == texts[1]
    assert "云岑" not in first and "汀海" not in first and "普通市民" in first
    stem = first.split("\n")[1].split("县")[0]
    assert stem in REAL and first.count(stem + "县") == 3


def test_places_of_a_document_lie_in_one_province():
    chosen = choose([("云岑", "县"), ("汀海", "市")], random.Random(3))
    provinces = [{d.chain[0] for d in divisions() if stem_of(d.names[-1]) == name} for name in chosen.values()]
    assert set.intersection(*provinces)


def matches(lines, where=None):
    shown = survey(lines)
    return MATCHER.fitting(shown, where or MATCHER.whereabouts(shown))


def test_the_documents_own_places_are_the_likeliest_of_their_forms():
    own = MATCHER.own_places(matches(COUNTY))
    assert own["□和□"] == "民和县" and own["海东□"] == "海东市"
    assert "海东市" not in MATCHER.own_places(matches(COUNTY[:1])).values(), "named once only"
    assert MATCHER.own_places(matches(COUNTY, NOWHERE)) == {}


def test_of_places_that_look_alike_the_documents_own_one_is_confirmed():
    texts = [match.term.text for match in confirmed(matches(COUNTY), "政和县政府和政和县委")]
    assert "民和县" in texts and "政和县" not in texts
    assert "民和县" not in [match.term.text for match in confirmed(matches(COUNTY), "政府和社会")], "no place is read"
    unknown = [match.term.text for match in confirmed(matches(COUNTY, NOWHERE), "政和县政府和政和县委")]
    assert "政和县" in unknown, "where nothing is known of places what is read counts"


def test_a_level_is_likelier_the_more_the_document_names_itself_by_it():
    named = MATCHER.whereabouts(survey(COUNTY)).level_shares()
    scores = level_scores(shares(named, {}, {}, LEVELS), LEVELS)
    assert min(scores["县"], scores["市"]) > 0 > max(scores["省"], scores["州"])
    assert NOWHERE.level_shares() == {}


def test_where_no_place_is_named_drafts_tell_of_what_level_a_document_is():
    """Misreadings of the one level are not those of the other: 市 is often read as 县, 县 seldom as 省."""
    unknown = shares({}, {}, {}, LEVELS)
    assert sum(unknown.values()) == pytest.approx(1) and max(unknown, key=unknown.__getitem__) == "县"
    for level in "省市州县":
        read = {drafted: round(40 * often) for drafted, often in confusions()[level].items()}
        assert max(read, key=read.__getitem__) == level and max(read.values()) < 30, "drafts are often wrong"
        assert shares({}, read, {}, LEVELS)[level] > 0.7
    long = shares({}, {"县": 80, "市": 20}, {}, LEVELS), shares({}, {"县": 800, "市": 200}, {}, LEVELS)
    assert long[0] == pytest.approx(long[1]), "a longer draft is not more of one mind"
    named = {"县": 0.9, "市": 0.1}
    assert shares(named, {"市": 2}, {}, LEVELS)["县"] > 0.5 > shares(named, {"省": 20}, {}, LEVELS)["县"]
    assert shares({}, {"旗": 20}, {}, LEVELS)["旗"] > 0.5, "what was hardly met is read as it stands"
    for row in confusions().values():
        assert sum(row.values()) == pytest.approx(1) and min(row.values()) > 0


def test_a_title_of_an_autonomous_government_leaves_few_levels():
    """It says so of its own government, whatever places the names in the text look like."""
    title = "海梁蒙古族藏族自治州2018年政府信息公开工作年度报告"
    seen = said_by_title(title, title)
    assert max(seen, key=seen.__getitem__) == "州" and seen["县"] == seen["市"] < seen["州"] / 100
    lost = said_by_title(title, title.replace("州", "□"))
    assert lost["州"] > lost["县"] > 5 * lost["市"]
    drafted = said_by_title(title, title.replace("自治州", "□□□"))
    assert lost["州"] > drafted["州"] and drafted["市"] > lost["市"], "what a draft reads is less sure"
    for other in ("海梁县2018年年度报告", "海梁藏族自治州云岭县2018年年度报告", "自治", ""):
        assert said_by_title(other, other) == {}
    named = {"区": 0.4, "省": 0.38, "市": 0.13, "县": 0.09}
    assert shares(named, {}, {}, LEVELS)["州"] < 0.02
    told = shares(named, {"市": 6, "县": 3, "州": 3}, {}, LEVELS, seen)
    assert max(told, key=told.__getitem__) == "州"
    assert sum(told.values()) == pytest.approx(1)


def test_the_title_tells_the_level_where_glyphs_were_lost_in_no_order():
    """The models read 市政府 and 县政府 in most places of a prefecture's report; no division has its name."""
    lines = TRUTH.splitlines()[:12]
    lost = "\n".join("".join("□" if char in LOST_LEVELS else char for char in line) for line in lines)
    settings = Settings(jobs=1, beam=40, engine="ngram", fill="best")
    seats_of = [(number, at) for number, line in enumerate(lines) for at in seats(line) if line[at] == "州"]

    def right():
        read = restore(lost, settings).text.splitlines()
        return sum(read[number][at : at + 1] == "州" for number, at in seats_of)

    told = right()
    with patch("pipeline.infill.home.TITLE", 0):
        untold = right()
    assert len(seats_of) >= 12 and told >= 0.8 * len(seats_of) > untold


def test_what_the_font_did_not_lose_is_seen():
    seen = shares({}, {"市": 3}, {"县": 12}, ["市", "省"])
    assert seen["县"] > 0.75, "where its own level survives, others are lost"
    assert shares({}, {"市": 12}, {"县": 1}, ["市", "省"])["市"] > 0.75, "of its own level all would be lost"


def test_levels_are_weighed_among_those_that_can_be_missing():
    known = {"省": 0.05, "市": 0.6, "州": 0.05, "盟": 0.05, "县": 0.15, "区": 0.05, "旗": 0.05}
    scores = level_scores(known, ["县", "区"])
    assert set(scores) == {"县", "区"} and scores["县"] > 0 > scores["区"]
    assert level_scores(known, []) == {}


def test_a_government_calls_itself_by_its_level_where_no_name_stands():
    draft = "全州公开。州教育局、县政府办公室，各市（州）、县和城市社区，乐都区教育局，县级以上，自治州政府，我市民"
    assert [draft[at - 1 : at + 2] for at in seats(draft)] == ["全州公", "。州教", "、县政"]
    assert seats("") == []


def test_levels_of_own_names_are_no_evidence_and_parts_of_a_document_are_heard_together():
    """A county that cites its province often is still a county."""
    symbols = list("青海省全县公开市")
    candidates = list("青省县市")
    home = Home({"□海□": "青海省"}, {"县": 0.8, "省": 0.2})

    def told(text, lost):
        parts = paragraph_parts(lost, [Line(0, len(lost), "whole")])
        path = [(symbols.index(char), at) for at, char in enumerate(text)]
        return with_home([parts], [path], [Told()], symbols, candidates, home)[0]

    for _ in range(20):
        told("青海省公开", "□海□公开")
    assert home.heard == {}
    alone = told("全市公开", "全□公开").of(1)[0]
    assert alone[2] > max(alone[1], alone[3])
    assert home.heard == {(1, 0): ("市", True)}
    told("全县公开", "全县公开")
    assert home.heard == {(1, 0): ("县", False)}, "what stands at a place is heard once"


def test_an_undamaged_title_is_heard_too():
    """It says more of the level than what drafts make of the lines behind it."""
    title = "海梁藏族自治州2018年报告"

    def parts(text, at):
        found = paragraph_parts(" " * at + text, [Line(at, at + len(text), "whole")])
        assert all(isinstance(part, Token) for part in found)
        return found

    home, unnamed = Home({}, {"县": 1.0}), Home({}, {"县": 1.0})
    before = home.level_scores("州县市")
    home.hear_undamaged(parts(title, 0))
    assert home.level_scores("州县市")["州"] > before["州"] + 1
    unnamed.hear_undamaged(parts(title, 60))
    assert unnamed.titles == {}, "no title stands so far behind"
    unnamed.hear_undamaged(parts("全州公开", 60))
    assert unnamed.heard == {}, "of levels that were lost no undamaged line can speak"
    home.hear_undamaged([])


def test_the_decoder_hears_undamaged_titles():
    text = "海梁藏族自治州报告\n\n全□公开"
    infill = Infill(text, [], CUT, Settings(jobs=1, beam=20, engine="ngram"))
    home = Home()
    infill.settle(home)
    lines = [Line(0, 9, "whole"), Line(11, 15, "whole")]
    infill.decode([paragraph_parts(text, [line]) for line in lines])
    assert home.titles[0]["州"] > 0.9


def test_ordinary_words_are_no_evidence_of_a_place_that_looks_like_them():
    """政府信息 looks as 忻府区 does: every 府 has lost its neighbours."""
    lines = ["及时公开政府信息，政府信息公开工作得到推进。"] * 12
    where = MATCHER.whereabouts(survey(lines))
    assert where.share("忻府区") < 2 * where.share("渝中区")
    shown = survey(lines)
    alone = shown.signs.total() * shown.share("□府□")
    assert shown.count("□府□") > shown.by_chance("□府□", "□", CUT.loses) > 2 * alone
    named = survey([line.replace("政府", "忻府区政府", 1) for line in lines])
    assert named.count("□府□") > named.by_chance("□府□", "□", CUT.loses)


def test_home_speaks_where_its_names_fit_and_where_a_government_calls_itself():
    home = Home({"□和□": "民和县"})
    draft, lost = "我和市政府和全市城市，市政府", "□和□□府和□□城□，□□府"
    assert list(home.named(lost)) == [(0, "民", 1.5), (2, "县", 1.5)]
    assert home.seats(draft, lost) == [7, 11], "and nothing of the level at 2: it is the name's"
    assert list(home.named(draft)) == []


def test_what_home_says_joins_the_witness_where_cells_agree():
    parts = paragraph_parts("□和□", [Line(0, 3, "whole")])
    symbols, candidates = ["我", "和", "市"], ["县", "市", "民"]
    path = [(0, 0), (1, 1), (2, 2)]
    home = Home({"□和□": "民和县"})
    heard = np.array([[0.0, 0.0, -1.0]], dtype=np.float32)
    longer = np.zeros((2, 3), dtype=np.float32)
    (told,) = with_home([parts], [path], [Told({0: heard, 2: longer})], symbols, candidates, home)
    assert told.of(0).tolist() == [[0.0, 0.0, 1.5]], "the witness does not speak against a name"
    assert told.of(2).tolist() == longer.tolist(), "the witness heard another length"
    assert told.weighed().of(0).tolist() == [[0.0, 0.0, 0.75]]
    unknown = [replace(part, least=0, most=4) if isinstance(part, Hole) else part for part in parts]
    (said,) = with_home([unknown], [path], [Told()], symbols, candidates, home)
    assert said.of(0)[0] == pytest.approx([0.0, 0.0, 1.5 * float(UNCOUNTED)]), "a draft may be wrong in lengths"
    (alone,) = with_home([parts], [path], [Told()], symbols, candidates, home)
    assert alone.of(2).tolist() == [[1.5, 0.0, 0.0]] and not alone.hears(2)


def test_what_the_witness_read_in_drafts_of_a_level_does_not_count():
    parts = paragraph_parts("由□府办", [Line(0, 4, "whole")])
    symbols, candidates = list("由市府办"), list("县市州区")
    path = [(0, 0), (1, 1), (2, 2), (3, 3)]
    heard = np.array([[-0.5, 0.0, -2.7, -1.0]], dtype=np.float32)
    home = Home({}, {"州": 1.0})
    with patch.object(Home, "seats", lambda *_: [1]):
        (told,) = with_home([parts], [path], [Told({1: heard})], symbols, candidates, home)
    assert told.cells[1].tolist() == [[0.0, 0.0, 0.0, 0.0]]
    assert told.of(1)[0].argmax() == candidates.index("州")


def test_an_own_place_is_read_though_another_is_commoner():
    text = "\n".join(damaged([line.replace("海东市", "海东市、青海省") for line in COUNTY]))
    read = restore(text, Settings(jobs=1, beam=40, engine="ngram", fill="best")).text
    assert read.count("青海省") >= 5 and "上海市" not in read
    assert read.count("民和县") >= 8


LOST_LEVELS = frozenset("州市县级在和开以务点过有定新")
LOST_SET = frozenset("都区政信年报告部署类统制定强众法")
DISTRICT = [line.replace("民和县", "乐都区").replace("本县", "本区").replace("全县", "全区") for line in COUNTY]


def of_a_set(lines):
    return "\n".join("".join("□" if char in LOST_SET else char for char in line) for line in lines)


def test_own_places_are_read_where_glyphs_were_lost_in_no_order():
    """乐□□ is 乐都区 in a document of 海东市; to the models it is 乐山市."""
    settings = Settings(jobs=1, beam=40, engine="ngram", fill="best")
    read = restore(of_a_set(DISTRICT), settings).text
    named = "\n".join(DISTRICT).count("乐都区")
    assert read.count("乐都区") == named
    with patch("pipeline.filling.SETTLED", 1.1):
        assert restore(of_a_set(DISTRICT), settings).text.count("乐都区") < named


def test_where_glyphs_were_lost_in_no_order_a_place_is_not_guessed():
    """Names that only this document has: what looks like some place somewhere is none of its own."""
    lines = [line.replace("民和县", "梨湾县").replace("海东市", "松岭市") for line in COUNTY]
    lost = "".join("□" if char in LOST_SET else char for char in "\n".join(lines))
    settings = Settings(jobs=1, beam=40, engine="ngram", fill="best")
    with patch("pipeline.filling.SETTLED", 1.1):
        unsettled = restore(lost, settings).text
    assert restore(lost, settings).text == unsettled
