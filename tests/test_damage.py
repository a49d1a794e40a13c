"""Damage inference finds a planted cut and invents none."""

from pathlib import Path

import pytest

from pipeline import Settings
from pipeline.damage.hypotheses import Cut
from pipeline.damage.inference import infer
from pipeline.language.models import han_frequency

TRUTH = Path(__file__).parent.parent / "examples" / "truth" / "held_out_county_2018.txt"
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
