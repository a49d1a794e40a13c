"""What decisions teach: profiles written, used, taken back and refused."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipeline.batch.keys import basis
from pipeline.cli import app
from pipeline.correction import with_learnt
from pipeline.damage.hypotheses import Cut
from pipeline.edits import Edit, edit_id
from pipeline.errors import BuqueError, FileAccessError
from pipeline.profile import LARGEST, Calibration, Confusion, Passage, Profile, merged, parse, read_profile
from pipeline.restoration import restore
from pipeline.review.decisions import Decision, carry_out, dump
from pipeline.review.learning import filling, learnt
from pipeline.review.stored import load
from pipeline.settings import Settings
from pipeline.writing.files import document_files

CUT = Cut("GB2312", "above", 0xC2C9)
# Invented names that no model knows, in sentences written for this test.
FIRST = """二〇一八年，措玛县人民政府办公室认真贯彻落实条例，推进政务公开。
措玛县行政审批局设立措玛县政务服务中心，集中受理群众申请。
全年通过措玛发布微信公众号主动公开政府信息。
措玛县财政局、措玛县水务局按期公开预算决算。
一是措玛县行政审批局人员不足；二是措玛县政务服务中心公开栏更新不及时。
"""
SECOND = """二〇一九年，措玛县人民政府继续推进政府信息公开工作。
群众可以到措玛县政务服务中心查阅，也可以关注措玛发布微信公众号。
措玛县行政审批局、措玛县水务局牵头整改，各乡镇积极配合。
"""


def damaged(truth):
    return "".join("□" if CUT.loses(character) else character for character in truth)


def decided(folder, truth):
    """Answer every place that was not accepted, as a person who knows the truth would."""
    stored = load(folder)
    return [
        Decision(stored.name, f"{e.start}-{e.end}", e.before, "replace", truth[e.start : e.end], "李", "2026-01-01")
        for e in stored.edits
        if e.status != "accepted"
    ]


def run(*arguments):
    answer = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert answer.exit_code == 0, (answer.output, answer.exception)
    return answer


def wrong(text, truth):
    return sum(a != b for a, b in zip(text, truth, strict=True))


@pytest.fixture(scope="module")
def taught(tmp_path_factory):
    """Restore the first document, decide it, learn from it."""
    base = tmp_path_factory.mktemp("taught")
    (base / "first.txt").write_text(damaged(FIRST), encoding="utf-8")
    run("restore", base / "first.txt", "--out", base / "out", "--jobs", 1, "--quiet")
    (base / "decisions.jsonl").write_text(dump(decided(base / "out" / "first", FIRST)), encoding="utf-8")
    run("apply", base / "decisions.jsonl", "--out", base / "out", "--profile", base / "my.jsonl")
    return base


def test_a_second_document_is_restored_better_and_as_before_once_it_is_forgotten(taught, tmp_path):
    second = damaged(SECOND)
    plain = restore(second, Settings(fill="best", jobs=1))
    profile = tmp_path / "my.jsonl"
    profile.write_bytes((taught / "my.jsonl").read_bytes())
    better = restore(second, Settings(fill="best", jobs=1, profile=profile))
    assert wrong(better.text, SECOND) <= wrong(plain.text, SECOND) // 2
    assert better.text.count("措玛县") > plain.text.count("措玛县")
    run("forget", "first", "--profile", profile)
    assert len(profile.read_text().splitlines()) == 1
    back = restore(second, Settings(fill="best", jobs=1, profile=profile))
    assert (back.text, back.edits) == (plain.text, plain.edits)


def test_a_profile_says_what_was_learnt_from_what_and_by_whom(taught):
    lines = [json.loads(line) for line in (taught / "my.jsonl").read_text().splitlines()]
    assert lines[0] == {"buque": "profile", "version": 1}
    assert {(line["document"], line["who"], line["when"]) for line in lines[1:]} == {("first", "李", "2026-01-01")}
    terms = {line["text"] for line in lines if line.get("kind") == "term"}
    assert any("措玛" in term for term in terms)
    assert any(line.get("kind") == "calibration" and line["of"] == "exact" for line in lines)
    before = (taught / "my.jsonl").read_bytes()
    run("apply", taught / "decisions.jsonl", "--out", taught / "out", "--profile", taught / "my.jsonl")
    assert (taught / "my.jsonl").read_bytes() == before  # learning the same again changes nothing


def test_a_changed_profile_is_a_changed_setting(tmp_path):
    path = tmp_path / "my.jsonl"
    path.write_text(Profile().dump(), encoding="utf-8")

    def key():
        return basis(Settings(profile=path), (), lambda file: Path(file).read_bytes().hex()[-64:]).keys(
            "0", ".txt", "a"
        )

    first = key()
    path.write_text(Profile((passage("推进"),)).dump(), encoding="utf-8")
    assert key().read == first.read and key().restore != first.restore


def passage(text, document="a"):
    return Passage(document=document, who="李", when="", text=text, count=1)


def calibration(right, places=100, promised=90.0):
    return Calibration(
        document="a", who="", when="", of="exact", places=places, right=right, promised=promised, variance=9.0
    )


def test_calibration_moves_with_the_outcome_and_not_far():
    shift = [Profile((calibration(right),)).shift("exact") for right in (0, 80, 90, 95, 100)]
    assert shift == sorted(shift) and shift[2] == 0 and shift[0] == -1.5 and 0 < shift[4] < 1
    profile = Profile((calibration(80),))
    assert profile.recalibrated(0.9, "exact") < 0.9 == profile.recalibrated(0.9, "gap")
    assert abs(Profile((calibration(0, 1, 0.9),)).shift("exact")) < 0.1  # one decision says next to nothing


def test_a_confusion_that_was_decided_is_looked_for():
    text = "本县认真做好政府信息公开工作，组织领导，各项任务落到买处。\n"
    record = {"document": "a", "who": "", "when": "", "seen": "买", "true": "实"}
    known = Profile((Confusion(**record, right=5, wrong=0),))
    assert known.confusions == {"买": (("实", 5 / 15),)}
    assert not Profile((Confusion(**record, right=0, wrong=5),)).confusions
    offers = with_learnt(text, {0: (("本", 0.9),), text.index("买"): (("买", 0.9), ("卖", 0.05))}, known)
    assert offers[0] == (("本", 0.9),)
    assert offers[text.index("买")] == (("买", 0.9), ("实", 5 / 15), ("卖", 0.05))
    assert with_learnt(text, None, Profile()) is None


@pytest.mark.parametrize(
    ("kind", "before", "sign", "expected"),
    [
        ("missing", "□", "hole:exact", "exact"),
        ("missing", " ", "hole:run", "gap"),
        ("untraced", "", "hole:run", "untraced"),
        ("misread", "买", "language:+1", "misread"),
        ("join", "\n", "join:sign", None),
    ],
)
def test_readings_are_counted_by_the_kind_they_were_calibrated_by(kind, before, sign, expected):
    assert filling(Edit(0, len(before), before, "实", kind, (sign,), 0.5, (), "open")) == expected


def test_profiles_are_sorted_and_survive_their_file():
    profile = Profile((passage("推进"), calibration(3), passage("公开", "b")))
    assert sorted(parse(profile.dump().encode(), "x").facts, key=repr) == sorted(profile.facts, key=repr)
    assert profile.dump() == Profile(profile.facts[::-1]).dump()
    assert merged(profile, "a", [passage("信息")]).facts == (passage("公开", "b"), passage("信息"))


HEADER = b'{"buque": "profile", "version": 1}\n'
GOOD = json.dumps({"kind": "passage", "text": "推进", "count": 1, "document": "a", "who": "", "when": ""})


@pytest.mark.parametrize(
    "line",
    [
        "[]",
        "{}",
        "null",
        "{" * 100_000,
        GOOD.replace("passage", "model"),
        GOOD.replace('"count": 1', '"count": 1e999'),
        GOOD.replace('"count": 1', '"count": -1'),
        GOOD.replace('"count": 1', '"count": "1"'),
        GOOD.replace("\\u63a8\\u8fdb", "\\ud800"),
        GOOD.replace("\\u63a8\\u8fdb", "\\n"),
        GOOD.replace("\\u63a8\\u8fdb", "x" * 61),
        GOOD.replace("}", ', "more": 1}'),
        '{"kind": "calibration", "of": "exact", "places": 1, "right": 1, "promised": NaN, "variance": 0, '
        '"document": "a", "who": "", "when": ""}',
    ],
)
def test_what_no_profile_says_is_refused_with_its_line(line):
    with pytest.raises(BuqueError, match="line 3"):
        parse(HEADER + GOOD.encode() + b"\n" + line.encode() + b"\n", "x")


@pytest.mark.parametrize(
    "data", [b"", b"\xff\xfe", b"{}", GOOD.encode(), HEADER.replace(b"1", b"2"), b" " * (LARGEST + 1)]
)
def test_what_is_no_profile_is_refused(data, tmp_path):
    with pytest.raises(BuqueError):
        parse(data, "x")
    (tmp_path / "x").write_bytes(data)
    answer = CliRunner().invoke(app, ["restore", str(tmp_path / "x"), "--profile", str(tmp_path / "x")])
    assert isinstance(answer.exception, BuqueError)


def test_a_profile_that_is_not_there_is_an_error_where_it_is_read(tmp_path):
    with pytest.raises(FileAccessError):
        read_profile(tmp_path / "none")
    answer = CliRunner().invoke(app, ["forget", "a", "--profile", str(tmp_path / "none")])
    assert isinstance(answer.exception, FileAccessError)


@pytest.mark.parametrize(
    "strange",
    [
        {"who": "李" * 2000},
        {"who": "\ud800"},
        {"when": "2026" * 20},
        {"text": "误\x01\x7f"},
        {"text": "\ud800误"},
    ],
)
def test_whatever_people_write_a_profile_is_learnt_and_read_again(tmp_path, strange):
    folder = tmp_path / "甲"
    folder.mkdir()
    for name, content in document_files(restore("推进\x02政□公开工作。\n"), Settings(), "甲", []).items():
        (folder / name).write_bytes(content)
    stored = load(folder)
    edit = next(edit for edit in stored.edits if edit.kind == "missing")
    usual = {"verdict": "replace", "text": "误", "who": "李", "when": "2026-01-01T00:00:00Z"}
    made = Decision("甲", edit_id(edit), edit.before, **(usual | strange))
    facts = learnt(stored, carry_out(stored, [made]))
    assert facts and parse(Profile(tuple(facts)).dump().encode(), "a").facts


@pytest.mark.parametrize("mark", [False, True])
def test_brackets_of_the_text_do_not_move_what_is_learnt(tmp_path, mark):
    settings = Settings(mark=mark)
    folder = tmp_path / "甲"
    folder.mkdir()
    result = restore("甲⟦乙⟧⟦丙⟧⟦丁⟧，推进政□公开工作。\n", settings)
    for name, content in document_files(result, settings, "甲", []).items():
        (folder / name).write_bytes(content)
    stored = load(folder)
    edit = next(edit for edit in stored.edits if edit.kind == "missing")
    made = Decision("甲", edit_id(edit), edit.before, "replace", "误", "李", "2026-01-01T00:00:00Z")
    (passage,) = [fact for fact in learnt(stored, carry_out(stored, [made])) if isinstance(fact, Passage)]
    assert passage.text == "推进政误公开工作"
