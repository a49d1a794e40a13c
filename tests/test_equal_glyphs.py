"""Lost characters whose glyph is known: places of one glyph tell each other what they hold."""

import random
import tracemalloc

import numpy as np
import pytest

from pipeline import Settings, filling, restore
from pipeline.damage.hypotheses import Cut, is_han
from pipeline.document import Place
from pipeline.holes import Hole
from pipeline.infill import equal_glyphs
from pipeline.infill.decode import Infill
from pipeline.infill.equal_glyphs import HEED, _asked, _hear_each_other, solve_equal_glyphs
from pipeline.infill.glyph_places import Places
from pipeline.infill.glyphs import NamedGlyph, split_holes
from pipeline.infill.told import Told, of_glyphs
from pipeline.language.normalise import Token
from tests.test_restore import TRUTH

TEXT = "\n".join(line for line in TRUTH.splitlines() if len(line) > 60)[:300]


def cipher(text, lost, seed):
    """Return a text without its lost characters, and places whose glyphs are numbered in no order."""
    kinds = sorted(set(text))
    numbers = dict(zip(kinds, random.Random(seed).sample(range(1, len(kinds) + 1), len(kinds)), strict=True))
    places = [None if c.isspace() else Place(1, (0, 0, 1, 1), glyph=f"song/{numbers[c]}", font="song") for c in text]
    return "".join("□" if c in lost else c for c in text), places


@pytest.mark.parametrize("engine", ["ngram", "auto"])
def test_places_of_one_glyph_are_restored_alike_and_better(engine):
    kinds = sorted(filter(is_han, set(TEXT)))
    lost = set(random.Random(1).sample(kinds, len(kinds) * 6 // 10))
    damaged, places = cipher(TEXT, lost, 2)
    settings = Settings(fill="best", beam=60, engine=engine, jobs=1)
    got = restore(damaged, settings, places)
    apart = restore(damaged, settings)
    for kind in lost:
        assert len({got.text[at] for at, char in enumerate(TEXT) if char == kind}) == 1
    assert not {got.text[at] for at, char in enumerate(TEXT) if char in lost} & (set(kinds) - lost)
    wrong, wrong_apart = (sum(a != b for a, b in zip(r.text, TEXT, strict=True) if b in lost) for r in (got, apart))
    assert wrong < 0.5 * wrong_apart


def places_of(symbols, glyphs):
    parts = [Hole(at, at + 1, 1, 1, "exact") if char == "□" else Token(char, at, at + 1) for at, char in symbols]
    return parts, Places(["甲", "乙", "丙"], [parts], glyphs)


def test_each_place_hears_the_others_and_not_itself():
    glyphs = {at: NamedGlyph("song", 7, "□") for at in (0, 1, 2)}
    _, places = places_of(enumerate("□□□"), glyphs)
    places.note({0: {"甲": 0.0, "乙": -1.0}, 1: {"乙": 0.0, "甲": -2.0}, 2: {"乙": 0.0, "甲": -0.5}}, 1.0)
    assert places[0].argmax() == 1 and places[0][1] - places[0][0] == pytest.approx(2.5)
    assert places[1][0] - places[1][1] == pytest.approx(0.5)  # 甲 by 1.0 at place 0, 乙 by 0.5 at place 2
    assert {fields["text"] for fields in places.readings().values()} == {"乙"}


def test_what_stands_elsewhere_in_the_font_is_no_other_glyph_however_many_places_like_it():
    glyphs = {at: NamedGlyph("song", 7, "□") for at in range(30)} | {30: NamedGlyph("song", 8, "甲")}
    _, places = places_of(enumerate("□" * 30 + "甲"), glyphs)
    for _ in range(3):
        places.note({at: {"甲": 0.0, "乙": -5.0, "丙": -5.0} for at in range(30)}, 1.0)
    assert all(fields["text"] != "甲" for fields in places.readings().values())


def test_of_two_glyphs_that_claim_a_character_the_surer_one_gets_it():
    glyphs = {0: NamedGlyph("song", 7, "□"), 1: NamedGlyph("song", 8, "□"), 2: NamedGlyph("kai", 8, "□")}
    _, places = places_of(enumerate("□□□"), glyphs)
    places.note({at: {"甲": 0.0, "乙": -lead, "丙": -5.0} for at, lead in enumerate((4.0, 2.0, 1.0))}, 1.0)
    assert [fields["text"] for _, fields in sorted(places.readings().items())] == ["甲", "乙", "甲"]


def test_witness_and_glyphs_add_up_in_a_cell():
    heard, same = np.array([[1.0, 0.0]], dtype=np.float32), np.array([[0.0, 3.0]], dtype=np.float32)
    told = Told({0: heard, 1: heard}, {}, {1: same, 2: same})
    assert [told.of(element).tolist() for element in range(4)] == [[[1.0, 0.0]], [[1.0, 3.0]], [[0.0, 3.0]], []]
    assert told.weighed().of(1).tolist() == [[0.5, 3.0]]
    assert told.hears(1) and not told.hears(2)


def test_only_holes_of_one_character_hear_of_glyphs():
    glyphs = {1: NamedGlyph("song", 7, "□")}
    parts = split_holes([Hole(0, 3, 3, 3, "exact"), Hole(3, 3, 0, 6, "untraced"), Hole(3, 5, 2, 2, "exact")], glyphs)
    assert [(part.start, part.end) for part in parts] == [(0, 1), (1, 2), (2, 3), (3, 3), (3, 5)]
    assert list(of_glyphs(parts, dict.fromkeys((1, 3), np.zeros(2, dtype=np.float32)))) == [1]


def test_a_gap_that_begins_where_a_place_does_keeps_its_own_reading():
    text = "各县人□，信息公开工作情况报告。"
    infill = Infill(text, [], None, Settings(beam=30, jobs=1, engine="ngram"))
    at = text.index("□")
    seen = [Token(char, offset, offset + 1) for offset, char in enumerate(text)]
    parts = [*seen[:at], Hole(at, at, 0, 3, "untraced"), Hole(at, at + 1, 1, 1, "exact"), *seen[at + 1 :]]
    readings = solve_equal_glyphs(infill, [parts], {at: NamedGlyph("song", 1, "□")})
    plain = {r.hole: r.text for r in infill.decode([parts])}
    gap = [r for r in readings if r.hole.start == r.hole.end]
    assert gap and all(r.text == plain[r.hole] and not r.witnesses for r in gap)
    assert all(len(r.text) == 1 and r.witnesses for r in readings if r not in gap)


def test_a_font_without_lost_glyphs_is_not_read_again_for_those_of_another(monkeypatch):
    asked = []

    def solve(infill, paragraphs, glyphs):
        asked.append(paragraphs)
        return solve_equal_glyphs(infill, paragraphs, glyphs)

    monkeypatch.setattr(filling, "solve_equal_glyphs", solve)
    text = "各县人□，信息公开。\n各县人□，信息公开。"
    parts = [
        Hole(at, at + 1, 1, 1, "exact") if char == "□" else Token(char, at, at + 1) for at, char in enumerate(text)
    ]
    middle = text.index("\n")
    paragraphs = [parts[:middle], parts[middle + 1 :]]
    cuts = [None, Cut("GB2312", "above", 0xB0A1)]
    glyphs = {text.rindex("□"): NamedGlyph("song", 1, "□")}
    filled = filling.fill_holes(text, paragraphs, [], cuts, glyphs, Settings(beam=30, jobs=1, engine="ngram"))
    assert asked == [paragraphs[1:]] and len(filled.readings) == 2


@pytest.mark.parametrize(("listens", "rounds"), [(False, [False] * 3), (True, [False] * 3 + [True])])
def test_places_that_say_the_same_again_are_asked_no_more_until_the_witness_is_heard(listens, rounds):
    class Stubborn:
        def __init__(self):
            self.listens, self.rounds = listens, []

        def weigh(self, paragraphs, same, *, listens):
            self.rounds.append(listens)
            assert paragraphs
            return {at: {"甲": 0.0, "乙": -0.5} for at in same}

    parts, places = places_of(enumerate("□□"), {at: NamedGlyph("song", 7, "□") for at in range(2)})
    infill = Stubborn()
    _hear_each_other(infill, places, [parts])
    assert infill.rounds == rounds and places.heed == HEED[-1]


def test_places_of_a_volume_with_fonts_of_its_own_on_every_page_take_little_memory():
    common = [chr(0x4E00 + code) for code in range(6000)]
    fonts, kinds = 60, 50
    lost = {font * 100 + kind: NamedGlyph(f"song{font}", kind, "□") for font in range(fonts) for kind in range(kinds)}
    seen = {
        font * 100 + kind: NamedGlyph(f"song{font}", kind, common[kind]) for font in range(fonts) for kind in (80, 90)
    }
    said = {char: -0.1 * place for place, char in enumerate(common[60:120])}
    tracemalloc.start()
    places = Places(common, [[Hole(at, at + 1, 1, 1, "exact") for at in lost]], lost | seen)
    places.note(dict.fromkeys(places, said), 1.0)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(places) == fonts * kinds
    assert peak < 20e6  # one row of all characters for each glyph would be 72 MB


def test_the_order_of_a_font_and_its_known_glyphs_rule_characters_out():
    common = [chr(0x4E00 + code) for code in range(0, 400, 3)]
    known = {number: common[number] for number in range(5, 120) if number % 5 == 0}
    glyphs = {number: NamedGlyph("song", number, known.get(number, "□")) for number in range(130)}
    places = Places(common, [[Hole(at, at + 1, 1, 1, "exact") for at in range(130) if at not in known]], glyphs)
    for at in places:
        low = max((known[number] for number in known if number < at), default="")
        high = min((known[number] for number in known if number > at), default=chr(0x9FFF))
        fits = [char for char, score in zip(common, places[at], strict=True) if score == 0]
        assert fits == [char for char in common if low < char < high]


def test_of_very_many_glyphs_the_commonest_are_asked_and_the_others_read_by_themselves(monkeypatch):
    monkeypatch.setattr(equal_glyphs, "MOST_GLYPHS", 1)
    glyphs = {0: NamedGlyph("song", 7, "□"), 1: NamedGlyph("song", 8, "□"), 2: NamedGlyph("song", 8, "□")}
    parts, places = places_of(enumerate("□□□"), glyphs)
    assert _asked(places, [parts[:1], parts[1:]]) == [parts[1:]]
    places.note({1: {"甲": 0.0, "乙": -4.0}, 2: {"甲": 0.0, "乙": -4.0}}, 1.0)
    assert sorted(places.readings()) == [(1, 2), (2, 3)]
    assert places[0].argmin() == 0  # 甲 is taken
