"""Doubtful marks of a scan: specks in the cells of lost characters are told from printed marks."""

import random
from dataclasses import replace

from pipeline import Settings
from pipeline.damage.hypotheses import Cut
from pipeline.imaging.grid import Placed
from pipeline.imaging.groups import Run
from pipeline.marks import without_specks
from pipeline.reading.scan import Scan
from pipeline.recognition.align import Match
from pipeline.recognition.engine import Seen
from pipeline.recognition.far_dust import without_far_marks
from tests.test_restore import TRUTH

CUT = Cut("GB2312", "above", 0xC2C9)
LINES = [line for line in TRUTH.splitlines() if len(line) > 60][:6]
SETTINGS = Settings(jobs=1, beam=60)


def scanned():
    """A text with its holes; some characters inside holes are read as commas, and all commas are doubtful."""
    shown = ["□" if CUT.loses(char) else char for char in "\n".join(LINES) + "\n"]
    inside = [at for at in range(2, len(shown) - 2) if shown[at - 1 : at + 2] == ["□"] * 3]
    specks = sorted(random.Random(1).sample(inside, 12))
    for at in specks:
        shown[at] = "，"
    text = "".join(shown)
    offers = {at: (("，", 0.6), ("、", 0.2)) for at, char in enumerate(text) if char == "，"}
    return Scan((), text, (None,) * len(text), offers=offers), specks


def test_specks_are_told_from_commas():
    scan, specks = scanned()
    found = without_specks(scan, SETTINGS)
    changed = [at for at, char in enumerate(scan.text) if found.text[at] != char]
    assert set(changed) <= set(specks)  # no printed comma is taken for one
    assert len(changed) >= 0.75 * len(specks)
    assert all(found.text[at] == "□" for at in changed)
    assert set(scan.offers) - set(found.offers) == set(changed)


def test_marks_that_were_read_surely_stand():
    scan, _ = scanned()
    sure = replace(scan, offers={at: (("，", 0.99),) for at in scan.offers})
    assert without_specks(sure, SETTINGS) is sure


def test_a_document_that_lost_nothing_is_left_alone():
    text = "\n".join(LINES) + "\n"
    offers = {at: (("，", 0.5),) for at, char in enumerate(text) if char == "，"}
    scan = Scan((), text, (None,) * len(text), offers=offers)
    assert without_specks(scan, SETTINGS) is scan


def row(text, pitch=40.0):
    """Return a line as read, a space for a blank cell; a full stop or comma is narrow ink in its cell."""
    matches = []
    for at, char in enumerate(text):
        if char == " ":
            continue
        left = at * pitch
        ink = Run(left, left + (12.0 if char in "，。：" else 36.0), 0.0, 36.0, 100.0, 0.0)
        cell = Placed("full", left, left + pitch, ink)
        matches.append(Match(cell, Seen(char, left + 20.0, ((char, 0.9),))))
    return matches


def shown(matches):
    return "".join(match.read.text for match in matches)


def test_marks_far_off_the_text_are_dust():
    assert shown(without_far_marks(row("公开工作。" + " " * 15 + "："), 40.0, 0.45)) == "公开工作。"
    assert shown(without_far_marks(row("，" + " " * 15 + "公开工作。"), 40.0, 0.45)) == "公开工作。"
    assert shown(without_far_marks(row("。" + " " * 15 + "："), 40.0, 0.45)) == "。"
    assert shown(without_far_marks(row("公开工作" + " " * 15 + "…"), 40.0, 0.45)) == "公开工作"
    near = row("公开工作" + " " * 5 + "。")
    assert without_far_marks(near, 40.0, 0.45) == near
    # Nine lost characters behind the first mark of a line are likelier than dust that an engine is sure of.
    sure = [replace(match, read=replace(match.read, alternatives=((match.read.text, 0.99),))) for match in row("，")]
    first = [*sure, *row(" " * 10 + "获得感")]
    assert without_far_marks(first, 40.0, 0.45) == first
    assert shown(without_far_marks([*row("，"), *first[1:]], 40.0, 0.45)) == "获得感"
    far = row("公开工作" + " " * 15 + "情况")
    assert without_far_marks(far, 40.0, 0.45) == far
    # Where hardly anything is lost, a run of three is too long by far.
    short = row("公开工作。" + " " * 3 + "，")
    assert shown(without_far_marks(short, 40.0, 0.01)) == "公开工作。"
    assert without_far_marks(short, 40.0, 0.45) == short
    # Behind a stop lines end.
    behind = row("公开工作。 ，")
    assert shown(without_far_marks(behind, 40.0, 0.01)) == "公开工作。"
    assert without_far_marks(row("公开工作 ，"), 40.0, 0.01) == row("公开工作 ，")
