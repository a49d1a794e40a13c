"""The user's own terms decide the holes that they fit; where two fit, or the text says otherwise, they do not."""

import subprocess
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import Settings, restore
from pipeline.decision.own_terms import OwnTerms
from pipeline.holes import Hole
from pipeline.language.normalise import HOLE_ONE, HOLE_RUN, tokenise
from tests.test_batch import BUQUE

TERMS = "措玛县梨花湾镇人民政府\n清水溪惠民服务站\n百日清风专项行动\n银杏里社区\tplace\t5\n"
TEXT = "在银□里社区召开座谈会3次，走访群众56户。"


def parts_of(text):
    """Return the parts of a text: a run of □ is a hole that is counted, ▭ one that is not."""
    parts = []
    for at, token in enumerate(tokenise(text)):
        if token.symbol == HOLE_ONE and parts and isinstance(parts[-1], Hole) and parts[-1].kind == "exact":
            last = parts.pop()
            parts.append(Hole(last.start, at + 1, last.least + 1, last.most + 1, "exact"))
        elif token.symbol == HOLE_ONE:
            parts.append(Hole(at, at + 1, 1, 1, "exact"))
        elif token.symbol == HOLE_RUN:
            parts.append(Hole(at, at + 1, 1, 8, "run"))
        else:
            parts.append(token)
    return parts


def fits(text, *terms, loses=lambda hole, char: True):
    return list(OwnTerms(terms).fits(parts_of(text), loses))


@pytest.fixture
def terms(tmp_path):
    path = tmp_path / "terms.txt"
    path.write_text(TERMS, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("text", "after", "term"),
    [
        (TEXT, "杏", "银杏里社区"),
        ("2021年，□□县梨花□镇人民政府扎实推进政务公开工作。", "措玛湾", "措玛县梨花湾镇人民政府"),
        ("□□□惠民服务站共接待群众1200人次。", "清水溪", "清水溪惠民服务站"),
        ("开展“百日□□专项行动”，解决群众急难愁盼问题。", "清风", "百日清风专项行动"),
    ],
)
def test_a_term_that_fits_is_read_accepted_and_named(terms, text, after, term):
    without = restore(text, Settings(jobs=1))
    assert "".join(edit.after for edit in without.edits if HOLE_ONE in edit.before) != after
    edits = [e for e in restore(text, Settings(jobs=1, vocabulary=terms)).edits if HOLE_ONE in e.before]
    assert "".join(edit.after for edit in edits) == after
    for edit in edits:
        assert edit.status == "accepted" and 0.75 <= edit.probability < 0.99
        assert f"vocabulary:user:{term}" in edit.evidence
        assert not any(sign.startswith("language:") for sign in edit.evidence)
        assert edit.alternatives and edit.alternatives[0][1] < edit.probability


def test_two_terms_that_fit_alike_decide_nothing(terms):
    terms.write_text(TERMS + "银桥里社区\n", encoding="utf-8")
    edits = restore(TEXT, Settings(jobs=1, vocabulary=terms)).edits
    fitting = [edit for edit in edits if "社区" in TEXT[edit.end : edit.end + 3]]
    assert fitting and all(edit.status != "accepted" for edit in fitting)
    assert all(any(sign.startswith("language:") for sign in edit.evidence) for edit in fitting), (
        "the list alone says it"
    )


def test_what_the_text_says_more_surely_stands(terms):
    """A generic term laid over a set phrase: two characters of it are little."""
    text = "深入贯彻落实党的十九大精神，推进政务□□工作。"
    terms.write_text("政务大厅\n", encoding="utf-8")
    read, plain = restore(text, Settings(jobs=1, vocabulary=terms)), restore(text, Settings(jobs=1))
    assert [edit.after for edit in read.edits] == [edit.after for edit in plain.edits] == ["公开"]


def test_a_hole_of_unknown_length_is_suggested_at_most_from_a_common_end(terms):
    (edit,) = restore("▭惠民服务站全年无投诉。", Settings(jobs=1, vocabulary=terms)).edits
    assert edit.after == "清水溪" and edit.status == "suggested"


def test_what_a_font_kept_is_put_in_no_hole():
    assert fits("银□里社区", "银杏里社区")
    assert not fits("银□里社区", "银杏里社区", loses=lambda hole, char: char != "杏")
    two = [Hole(0, 2, 2, 2, "exact"), *parts_of("里社区")]
    assert not list(OwnTerms(["银杏里社区"]).fits(two, lambda hole, char: char != "银"))
    assert list(OwnTerms(["银杏里社区"]).fits(two, lambda hole, char: True))


def test_a_hole_belongs_to_a_term_whole():
    assert not fits("在□□□里社区", "银杏里社区")
    assert not fits("银□□", "银杏里")  # one character fits anywhere
    assert {fit.supplied[0][1] for fit in fits("银▭社区", "银杏里社区", "银杏路社区", "银社区")} == {"杏里", "杏路"}


CHARS = "甲乙丙丁"


@given(st.text(CHARS + HOLE_ONE, max_size=9), st.lists(st.text(CHARS, min_size=1, max_size=5), max_size=4, unique=True))
def test_fits_are_those_of_a_plain_comparison(text, terms):
    due = set()
    for term in terms:
        for start in range(len(text) - len(term) + 1):
            window = text[start : start + len(term)]
            alike = all(seen in (HOLE_ONE, char) for seen, char in zip(window, term, strict=True))
            around = text[start - 1 : start] + window[:1], window[-1:] + text[start + len(term) :][:1]
            whole = HOLE_ONE * 2 not in around
            if alike and whole and HOLE_ONE in window and len(term) - window.count(HOLE_ONE) >= 2:
                due.add((term, start))
    found = {(f.term, f.supplied[0][0].start - f.seen.index(False)) for f in fits(text, *terms)}
    assert found == due


def test_a_long_list_costs_little():
    terms = [f"措玛县{a}{b}村民委员会" for a in CHARS * 25 for b in map(chr, range(0x4E00, 0x4E64))]
    parts = parts_of("措玛县甲□村民委员会和▭村民委员会，" * 200)
    own = OwnTerms(terms)
    began = time.process_time()
    assert sum(1 for _ in own.fits(parts, lambda hole, char: True)) >= 200
    assert time.process_time() - began < 10


def test_ways_that_lead_nowhere_cost_little():
    began = time.process_time()
    assert not fits("甲▭" * 40, "甲" * 40 + "乙", loses=lambda hole, char: char != "乙")
    assert time.process_time() - began < 2


def test_an_empty_list_changes_nothing(terms):
    terms.write_text("# none yet", encoding="utf-8")
    assert restore(TEXT, Settings(jobs=1, vocabulary=terms)).edits == restore(TEXT, Settings(jobs=1)).edits


@pytest.mark.parametrize(
    ("option", "path", "content", "code"),
    [
        ("--vocabulary", "none.txt", None, 5),
        ("--vocabulary", "empty.txt", b"", 2),
        ("--references", "none", None, 5),
    ],
)
def test_a_list_that_cannot_be_read_is_told_once_before_any_work(tmp_path, option, path, content, code):
    (tmp_path / "in").mkdir()
    for name in "abc":
        (tmp_path / "in" / f"{name}.txt").write_text(TEXT, encoding="utf-8")
    if content is not None:
        (tmp_path / path).write_bytes(content)
    command = [*BUQUE, "restore", str(tmp_path / "in"), "--out", str(tmp_path / "out"), option, str(tmp_path / path)]
    done = subprocess.run(command, capture_output=True, check=False, text=True)
    assert done.returncode == code and done.stderr.count(path) == 1
    assert not (tmp_path / "out").exists()
