"""Documents in volumes: cut where pages end, and restored as the whole is."""

import re

import pytest

from pipeline import Settings, restore, volumes
from pipeline.damage.regions import infer_regions
from pipeline.document import Place
from pipeline.language.models import han_frequency
from tests.test_restore import TRUTH

SETTINGS = Settings(beam=10, fill="best")
LOST = re.compile("[政展强]")
LINES = [LOST.sub("□", line[:60]) for line in TRUTH.splitlines() if len(line) > 60][:6]
TEXT = "".join(f"{line}\n" for line in LINES)


@pytest.fixture(scope="module")
def places():
    """Where the characters lie: two lines a page."""
    found = []
    for number, line in enumerate(LINES):
        found += [Place(number // 2 + 1, (10 * at, 0, 10 * at + 10, 10)) for at in range(len(line))] + [None]
    return found


def test_volumes_restore_what_the_whole_restores(places, monkeypatch):
    whole = restore(TEXT, SETTINGS, places)
    assert whole.readings
    monkeypatch.setattr(volumes, "LARGEST", 60)
    parted = restore(TEXT, SETTINGS, places)
    assert parted.damage == whole.damage
    holes = [[(e.start, e.end, e.before) for e in result.edits if "□" in e.before] for result in (whole, parted)]
    assert holes[0] == holes[1] != []
    assert sum(a == b for a, b in zip(whole.text, parted.text, strict=True)) >= 0.98 * len(whole.text)
    assert not parted.readings
    assert parted.weights


def test_volumes_end_where_pages_end(places, monkeypatch):
    monkeypatch.setattr(volumes, "LARGEST", 60)
    spans = [match.span() for match in re.finditer(r"[^\n]*\n", TEXT)]
    damage = infer_regions(LINES, [""] * len(LINES), han_frequency(SETTINGS.models))
    found = list(volumes.volumes_of(spans, LINES, damage, places))
    assert [volume.start for volume in found] == [0, *(volume.end for volume in found[:-1])]
    assert found[-1].end == len(TEXT)
    assert len(found) == 3
    for number, volume in enumerate(found):
        text = TEXT[volume.start : volume.end]
        assert {place.page for place in places[volume.start : volume.end] if place} == {number + 1}
        assert [text[line.start : line.end] for line in volume.lines] == LINES[2 * number : 2 * number + 2]
    assert len(list(volumes.volumes_of(spans, LINES, damage, ()))) == 1  # what lies on no page is one
