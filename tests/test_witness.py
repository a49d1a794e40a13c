"""The neural witness: what it says reaches the decoder, and nothing else changes."""

import hashlib
import itertools
import random
from dataclasses import replace

import numpy as np
import pytest

from pipeline import Settings, restore
from pipeline.errors import MissingDependencyError
from pipeline.holes import Hole
from pipeline.infill import _native
from pipeline.infill.hearing import UNCOUNTED, hear, lengths_of
from pipeline.infill.lattice import known_effort, stretches
from pipeline.infill.neural import CARD, FLOOR, MODEL, STRANGE, Passage, Witness, nearest
from pipeline.infill.told import Told
from pipeline.language import models
from pipeline.language.normalise import Token
from pipeline.writing.files import report
from tests import witness_model
from tests.test_decoder import loaded

FOLDER = Settings().models
ADMISSIBLE = "政府信务推社网权"


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """Models whose witness hears the symbol twelve before a cell, further than any n-gram reaches."""
    return witness_model.models(tmp_path_factory.mktemp("told"), {"甲": "水", "乙": "山"}, 12, 2.0)


@pytest.fixture(scope="module")
def silent(tmp_path_factory):
    return witness_model.models(tmp_path_factory.mktemp("silent"), {"甲": "水", "乙": "山"}, 12, 0.0)


def read(text, folder, engine="both", jobs=2):
    settings = Settings(fill="best", models=folder, engine=engine, jobs=jobs, beam=60)
    return restore(text, settings)


def test_what_only_far_context_tells_is_heard(told):
    text = "关于{}类的有关规定，以及其他□的事项。\n"
    for marker, char in (("甲", "水"), ("乙", "山")):
        with_witness = read(text.format(marker), told)
        alone = read(text.format(marker), told, "ngram")
        assert [r.text for r in with_witness.readings] == [char]
        assert [r.text for r in alone.readings] != [char]


def test_a_witness_without_weight_changes_nothing(silent):
    text = "推进政□公开，及□回应社▭关切，做好▭策解读。\n\n甲方的义务由乙方承□。\n"
    assert read(text, silent).readings == read(text, silent, "ngram").readings


def test_lengths_are_heard_where_nothing_tells_them(tmp_path):
    """At a marked gap and at the symbol behind a place without a trace; cells whose number is known are not asked."""
    text = "关于切▭做好有关工作的通知。推进▭公开□作。\n"
    read_lengths = []
    for size in (2, 4):
        folder = witness_model.models(tmp_path / str(size), {}, 1, 0.0, lengths={"<run>": size}, length_weight=9.0)
        read_lengths.append([len(r.text) for r in read(text, folder).readings])
    assert read_lengths == [[2, 2, 1], [4, 4, 1]]


def test_what_is_missing_without_a_trace_is_asked_of_the_symbol_behind(tmp_path):
    witness_model.write(tmp_path, {}, 1, 1.0, lengths={"开": 3, "<newline>": 1, "<run>": 2}, length_weight=0.5)
    heard = Witness(tmp_path)
    parts = [
        Token("公", 0, 1), Hole(1, 1, 0, 6, "untraced"), Token("开", 1, 2), Hole(2, 3, 1, 1, "exact"),
        Hole(3, 4, 1, 8, "run"), Token("。", 4, 5), Hole(5, 5, 0, 6, "edge"),
    ]  # fmt: skip
    (found,) = lengths_of([parts], heard, 1)
    assert {element: int(scores.argmax()) for element, scores in found.items()} == {1: 3, 4: 2, 6: 1}
    assert max(scores.max() for scores in found.values()) < 0
    louder = 0.5 * 10 / np.log(10)
    assert found[1][3] - found[1][0] == pytest.approx(min(louder, -0.5 * FLOOR), abs=0.01)


def test_threads_do_not_change_the_result(told):
    text = "".join(f"甲第{i}条规定，推进政□公开，及□回应社▭关切，做好▭策解读。\n\n" for i in range(12))
    assert read(text, told, jobs=1).edits == read(text, told, jobs=3).edits


def test_text_without_holes_asks_nobody(tmp_path):
    """The witness is not even loaded."""
    folder = witness_model.models(tmp_path, {"甲": "水"}, 1, 1.0)
    (folder / "witness.onnx").write_bytes(b"no model")
    assert read("推进政府信息公开。\n", folder).readings == ()


def without_witness(folder):
    for file in FOLDER.glob("*"):
        if not file.name.startswith("witness"):
            (folder / file.name).symlink_to(file)
    return folder


def test_the_report_names_the_witness_that_was_heard(told, tmp_path):
    def named(folder, engine):
        settings = Settings(models=folder, engine=engine, beam=20)
        return report(restore("推进政务公开。", settings), settings, "a")["neural_witness"]

    hashes = {name: hashlib.sha256((told / name).read_bytes()).hexdigest() for name in (MODEL, CARD)}
    assert named(told, "both") == named(told, "auto") == {"sha256": hashes}
    assert named(told, "ngram") == {"sha256": {}}
    note = "witness.onnx, the neural witness, is missing. Holes were read by the n-grams alone."
    assert named(without_witness(tmp_path), "auto") == {"sha256": {}, "note": note}


def test_a_missing_witness_is_named(tmp_path):
    without_witness(tmp_path)
    with pytest.raises(MissingDependencyError, match="neural witness"):
        read("推进政□公开。", tmp_path)
    assert read("推进政□公开。", tmp_path, "ngram").readings


def test_without_a_witness_the_n_grams_read_alone(tmp_path, monkeypatch):
    text = "推进政□公开，及□回应社▭关切。\n"
    alone, heard = read(text, FOLDER, "ngram"), read(text, FOLDER, "auto")
    assert any("neural witness" in e for edit in heard.edits for e in edit.evidence)
    assert heard.edits == read(text, FOLDER, "both").edits != alone.edits
    assert read(text, without_witness(tmp_path), "auto").edits == alone.edits
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert read(text, FOLDER, "auto").edits == alone.edits
    with pytest.raises(MissingDependencyError, match="onnxruntime"):
        Witness(FOLDER)


def test_what_is_heard_of_a_hole_of_unknown_length_counts_less(tmp_path):
    """Of the same three readings, of which the second hole's length is not known."""
    witness_model.write(tmp_path, {"甲": "水"}, 1, 1.0)
    parts = [Token("甲", 0, 1), Hole(1, 2, 1, 1, "exact"), Token("甲", 2, 3), Hole(3, 4, 1, 8, "run")]
    path = [(0, 0), (1, 1), (0, 2), (1, 3)]
    (told,) = hear([parts], lambda _: [path], [Told()], ["甲", "火"], ["火", "水"], Witness(tmp_path), 1)
    exact, run = told.cells[1], told.cells[3]
    assert exact.argmax() == run.argmax() == 1
    assert run == pytest.approx(exact * UNCOUNTED)


def test_a_long_document_is_heard_in_stretches():
    """Bounded memory: neighbours together, whatever is larger alone."""

    def cut(*sizes):
        return [(part.start, part.stop) for part in stretches(sizes, 10)]

    assert cut() == []
    assert cut(3, 4, 5, 20, 1, 9, 1) == [(0, 2), (2, 3), (3, 4), (4, 6), (6, 7)]


def test_every_cell_is_weighed_once_beside_drafts_but_not_itself(tmp_path):
    """Each symbol of the passage names its follower, so the scores tell what the encoder was shown before each cell."""
    chars = [chr(0x4E00 + i) for i in range(80)]
    rules = {chars[i]: chars[(i + 1) % 80] for i in range(80)}
    witness_model.write(tmp_path, {**rules, "<cell>": chars[7]}, 1, 1.0, context=16)
    generator = random.Random(3)
    text = [generator.choice(chars) for _ in range(100)]
    holes = [-1] * 100
    for number, start in enumerate(range(1, 98, 4)):
        holes[start] = number
        if number % 3 == 0:
            holes[start + 1] = number
    (scores,) = Witness(tmp_path).speak([Passage(text, holes)], chars, 2)
    supplied = [i for i, hole in enumerate(holes) if hole >= 0]
    assert scores.shape == (len(supplied), 80)
    for row, at in zip(scores, supplied, strict=True):
        before = "<cell>" if holes[at - 1] == holes[at] else text[at - 1]
        best = chars[7] if before == "<cell>" else rules[before]
        assert chars[int(row.argmax())] == best
        assert row[chars.index(text[at])] == 0
        assert row.max() - row.min() == pytest.approx(min(-FLOOR, 10 / np.log(10)), abs=0.01)


def test_each_place_is_asked_for_in_the_nearest_window():
    for length, size in itertools.product((1, 2, 7, 16, 17, 40, 101), (1, 2, 3, 16)):
        step = max(1, 3 * min(size, length) // 4)
        starts = np.unique(np.minimum(np.arange(0, length, step), length - min(size, length)))
        centres = starts + min(size, length) / 2
        table = np.abs(np.arange(length)[:, None] - centres[None]).argmin(axis=1)
        assert nearest(centres, length).tolist() == table.tolist()


def test_what_was_read_must_be_a_candidate(tmp_path):
    witness_model.write(tmp_path, {"甲": "水"}, 1, 1.0)
    with pytest.raises(ValueError, match="candidates"):
        Witness(tmp_path).speak([Passage("甲火", [-1, 0])], ["水"], 1)


def test_a_character_it_was_never_taught_is_neither_favoured_nor_ruled_out(tmp_path):
    witness_model.write(tmp_path, {"甲": "水", "乙": "山"}, 1, 1.0)
    candidates = ["水", "山", "㵲"]
    sure, unsure = Witness(tmp_path).speak([Passage("甲水", [-1, 0]), Passage("水水", [-1, 0])], candidates, 1)
    assert sure[0] == pytest.approx([0, max(FLOOR, -10 / np.log(10)), STRANGE], abs=0.01)
    assert unsure[0] == pytest.approx([0, 0, STRANGE + np.log10(2)], abs=0.01)
    (nothing_known,) = Witness(tmp_path).speak([Passage("甲㵲", [-1, 0])], ["㵲", "隰"], 1)
    assert not nothing_known.any()


@pytest.mark.parametrize("seed", range(4))
def test_the_search_adds_what_the_witness_says_to_each_cell(seed):
    """Against all fillings of two holes, scored one by one."""
    generator = np.random.default_rng(seed)
    decoder, table, index, admit = loaded("公开息", ADMISSIBLE)
    admit()
    first, second = (generator.normal(0, 2, (n, len(ADMISSIBLE))).astype(np.float32) for n in (2, 1))
    lattice = [
        *(_native.Element(symbol=index[c]) for c in "公开"),
        _native.Element(hole=True, least=2, most=2, witness=first),
        _native.Element(symbol=index["息"]),
        _native.Element(hole=True, least=1, most=1, witness=second),
    ]
    (score, path), *_ = decoder.decode(lattice, known_effort(200), 1)

    def total(choice):
        symbols = "公开" + choice[0] + choice[1] + "息" + choice[2]
        columns = decoder.score([index[c] for c in symbols])
        mixed = [
            sum(w * 10**s for w, s in zip(models.DEFAULT_WEIGHTS, row, strict=True))
            for row in zip(*columns[:2], strict=True)
        ]
        places = [ADMISSIBLE.index(c) for c in choice]
        return sum(map(np.log10, mixed)) + first[0, places[0]] + first[1, places[1]] + second[0, places[2]]

    best = max(itertools.product(ADMISSIBLE, repeat=3), key=total)
    assert "".join(table[s] for s, _ in path) == "公开" + best[0] + best[1] + "息" + best[2]
    assert score == pytest.approx(total(best), abs=1e-3)


def test_engine_takes_part_in_keys():
    """A run with another engine is another run."""
    from pipeline.batch.keys import basis

    digest = {}.get
    one, other = Settings(), replace(Settings(), engine="both")
    keys = [basis(s, (), lambda path: str(digest(path, path))) for s in (one, other)]
    assert keys[0].read == keys[1].read
    assert keys[0].restore != keys[1].restore
