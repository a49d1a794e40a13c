"""Damage inference finds a planted cut and invents none."""

import random
from pathlib import Path

import pytest

from pipeline import Settings, restore
from pipeline.damage.glyph_sets import infer_set
from pipeline.damage.hypotheses import Cut, is_han
from pipeline.damage.inference import infer
from pipeline.damage.regions import infer_regions
from pipeline.language.models import han_frequency
from scripts.damage import damage, random_cut

TRUTH = Path(__file__).parent.parent / "examples" / "truth" / "held_out_county_2018.txt"
TEXT = TRUTH.read_text(encoding="utf-8").replace("\n", "")
FREQUENCY = han_frequency(Settings().models)


@pytest.mark.parametrize(
    "cut", [Cut("GB2312", "above", 0xC2C9), Cut("GB2312", "below", 0xC2C9), Cut("Unicode", "above", 0x7000)]
)
def test_a_planted_cut_is_found(cut):
    lines = ["".join(c for c in line if not cut.loses(c)) for line in TRUTH.read_text(encoding="utf-8").splitlines()]
    found = infer(lines, FREQUENCY)
    assert found.cut is not None
    wrong = sum(freq for char, freq in FREQUENCY.items() if found.cut.loses(char) != cut.loses(char))
    assert wrong < 0.02


def test_no_cut_is_invented():
    lines = TRUTH.read_text(encoding="utf-8").splitlines()
    assert infer(lines, FREQUENCY).cut is None


def test_whole_headings_stay_whole():
    damaged = Path(__file__).parent.parent / "examples" / "scans" / "held_out_county_2018.txt"
    lines = damaged.read_text(encoding="utf-8").splitlines()
    kinds = dict(zip(lines, infer(lines, FREQUENCY).lines, strict=True))
    assert kinds["海梁蒙古族藏族自治州2018年政府信息公开工作年度报告"] == "whole"
    assert kinds["府； 府 公开 建 况；"] == "gapped" if "府； 府 公开 建 况；" in kinds else True
    assert sum(kind == "gapped" for kind in kinds.values()) > 50
    assert sum(kind == "collapsed" for kind in kinds.values()) > 20


def test_a_whole_heading_before_a_damaged_body_keeps_its_place():
    cut = Cut("GB2312", "above", 0xC2C9)
    body = "".join(char for char in TEXT if not cut.loses(char))
    line = "（一）强化组织领导，健全工作机制。" + body[:80]
    model = infer([body] * 6 + [line], FREQUENCY)
    assert model.cut is not None
    assert model.lines[-1] == "collapsed"
    assert 0 < model.onsets[-1] <= len("（一）强化组织领导，健全工作机制。")
    assert model.onsets[0] == 0


@pytest.mark.parametrize("seed", range(4))
def test_simulated_damage_knows_what_was_lost(seed):
    generator = random.Random(seed)
    truth = TEXT[:300]
    cut = random_cut(generator)
    for trace in ("exact", "run", "gapped", "collapsed"):
        damaged = damage(truth, cut.loses, trace, generator)
        kept = [c for c in damaged.text if c not in "□▭ "]
        assert kept == [c for c in truth if not cut.loses(c) and c != " "]
        if trace == "exact":
            assert damaged.lost_at(0, len(damaged.text)) == "".join(truth.split())
            at = damaged.text.find("□")
            if at >= 0:
                assert cut.loses(damaged.lost_at(at, at + 1)[0])


HEADINGS = [line for line in TRUTH.read_text(encoding="utf-8").splitlines() if len(line) <= 30 and "。" not in line]
PARAGRAPHS = [line for line in TRUTH.read_text(encoding="utf-8").splitlines() if len(line) > 60][:20]


def fonts_that_lose(body, heading):
    """Return lines of two fonts, shown as □ where their cuts lose a character, and the fonts."""
    lines = [(text, "song", body) for text in PARAGRAPHS] + [(text, "hei", heading) for text in HEADINGS]
    shown = ["".join("□" if cut and cut.loses(c) else c for c in text) for text, _, cut in lines]
    return shown, [font for _, font, _ in lines]


def agree(one, other):
    return sum(freq for char, freq in FREQUENCY.items() if one.loses(char) != other.loses(char)) < 0.05


BODY_CUT = Cut("GB2312", "above", 0xC2C9)


@pytest.mark.parametrize("heading", [None, BODY_CUT, Cut("GB2312", "below", 0xC2C9)])
def test_every_font_has_lost_what_it_shows(heading):
    lines, fonts = fonts_that_lose(BODY_CUT, heading)
    model = infer_regions(lines, fonts, FREQUENCY)
    assert agree(model.cut, BODY_CUT)
    regions = {region.font: region for region in model.regions}
    assert agree(regions["song"].cut, BODY_CUT)
    assert regions["hei"].lines == len(HEADINGS)
    if heading is None:
        assert regions["hei"].cut is None
        assert all(kind == "whole" for kind, font in zip(model.lines, fonts, strict=True) if font == "hei")
    else:
        assert agree(regions["hei"].cut, heading)
    assert agree(model.cut_of(0), BODY_CUT)
    assert model.cut_of(len(lines) - 1) == regions["hei"].cut


def test_a_font_that_shows_little_takes_the_cut_its_lines_speak_for():
    lines, fonts = fonts_that_lose(BODY_CUT, BODY_CUT)
    few = len(PARAGRAPHS) + 3
    model = infer_regions(lines[:few], fonts[:few], FREQUENCY)
    assert not model.cuts  # one cut for all
    lines[few - 1] = "信息公开依申请"  # much of it should be gone
    model = infer_regions([*lines[: len(PARAGRAPHS)], lines[few - 1]], [*fonts[: len(PARAGRAPHS)], "hei"], FREQUENCY)
    assert model.cut_of(len(PARAGRAPHS)) is None
    assert model.lines[-1] == "whole"


def test_one_font_is_the_document():
    lines, _ = fonts_that_lose(BODY_CUT, None)
    assert infer_regions(lines, [""] * len(lines), FREQUENCY) == infer(lines, FREQUENCY)


def restored_under(loses):
    """The beginning of the text, each lost character shown as □, and what restoring says of it."""
    text = TRUTH.read_text(encoding="utf-8")[:700]
    damaged = "".join("□" if is_han(char) and loses(char) else char for char in text)
    return damaged, restore(damaged, Settings(beam=20, fill="best"))


def test_what_a_font_that_lost_a_set_of_glyphs_still_shows_is_in_no_hole():
    kinds = sorted(set(filter(is_han, TEXT)))
    lost = set(random.Random(4).sample(kinds, len(kinds) // 3))
    damaged, found = restored_under(lost.__contains__)
    assert found.damage.glyph_set is not None
    holed = "".join(line for line in damaged.splitlines() if "□" in line)
    supplied = [char for reading in found.readings for char in reading.text]
    assert len(supplied) > 50 and not set(supplied) & set(holed)
    assert all(f"damage:{found.damage.glyph_set}" in edit.evidence for edit in found.edits if edit.kind == "missing")


def test_scattered_losses_are_no_glyph_set():
    generator = random.Random(4)
    _, found = restored_under(lambda char: generator.random() < 0.2)
    assert found.damage.glyph_set is None
    assert len(found.readings) > 50


def test_a_set_is_told_by_what_is_never_seen():
    kept, gone = dict.fromkeys("的一国在人了有中是年", 6), dict.fromkeys("和大业不为发会", 4)
    found = infer_set(kept, gone)
    assert found is not None
    assert found.kept == frozenset(kept) and found.loses("和") and found.loses("经") and not found.loses("，")
    assert infer_set(kept, dict.fromkeys(kept, 4)) is None
    assert infer_set(kept, {"和": 40}) is None  # one word that somebody blotted out
    assert infer_set(kept, {}) is None and infer_set({}, gone) is None


def test_what_the_engine_misread_for_a_lost_character_does_not_save_it():
    kept, gone = dict.fromkeys("的一国在人了有中是年", 6), dict.fromkeys("和大业不为发会", 4)
    found = infer_set({**kept, "和": 1}, {**gone, "和": 9, "的": 1})
    assert found is not None and found.loses("和") and not found.loses("的")
