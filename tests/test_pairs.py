"""The files of pairs beside the language models: they say what the models say, and count for no other model."""

import math
import random
import shutil
import tempfile
from pathlib import Path

import kenlm
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import Settings
from pipeline.infill import _native, pairs
from pipeline.language import models
from tests import oracle

FOLDER = Settings().models
SYMBOLS = sorted({"</s>", "<s>", "<unk>", "，", "。", "0", *"政府信息公开工作年度报告人民县州乡镇关于情况"})


@pytest.fixture
def small(tmp_path):
    """A folder of models that know few symbols, with their files of pairs."""
    for name in (models.GENERAL, models.GENRE):
        shutil.copy(FOLDER / models.GENRE, tmp_path / name)
    (tmp_path / models.SYMBOLS).write_text("".join(f"{symbol}\n" for symbol in SYMBOLS), encoding="utf-8")
    pairs.write(tmp_path)
    return tmp_path


def told(folder):
    pairs.listed.cache_clear()
    models.symbols.cache_clear()
    return [(one.begins.tolist(), one.second.tolist(), one.score.tolist()) for one in pairs.listed(folder)]


def asked(folder):
    models.symbols.cache_clear()
    table = list(models.symbols(folder))
    found = [_native.Decoder([path], table).listed(0, len(table), 2) for path in models.paths(folder)]
    return [(one.begins.tolist(), one.second.tolist(), one.score.tolist()) for one in found]


def said(first, second):
    """Return log10 P(second | first) by the kenlm module, the models mixed."""
    mixed = 0.0
    for weight, path in zip(models.DEFAULT_WEIGHTS, models.paths(FOLDER), strict=True):
        model, state, after = kenlm.Model(path), kenlm.State(), kenlm.State()
        if first == "<s>":
            model.BeginSentenceWrite(state)
        else:
            model.NullContextWrite(after)
            model.BaseScore(after, first, state)
        mixed += weight * 10 ** (model.BaseScore(state, second, after) if second in model else oracle.UNKNOWN)
    return math.log10(mixed)


def test_the_table_of_bigrams_is_what_the_models_say():
    table = models.symbols(FOLDER)
    decoder = _native.Decoder(models.paths(FOLDER), [*table, "☃"])  # the last is one that no model knows
    index = {symbol: i for i, symbol in enumerate([*table, "☃"])}
    decoder.know(pairs.listed(FOLDER))
    decoder.weights([list(models.DEFAULT_WEIGHTS)] * decoder.buckets)
    some = random.Random(5)
    chosen = [*SYMBOLS[5:], *some.sample([s for s in table if s > "一"], 40)]
    decoder.admit([index[c] for c in chosen], [index["☃"]], 48, 48, 2)
    listed = [("信", "息"), ("公", "开"), ("<s>", "政"), ("告", "</s>"), ("府", "，")]
    drawn = [(some.choice([*chosen, "<s>", "☃"]), some.choice([*chosen, "</s>", "☃"])) for _ in range(40)]
    for first, second in [*listed, *drawn]:
        assert decoder.bigram(index[first], index[second]) == pytest.approx(said(first, second), abs=1e-4)
    assert min(said(*pair) for pair in listed) > -4  # else nothing listed was asked about


def test_the_files_of_the_shipped_models_fit_them():
    assert all(pairs.read(Path(path)) for path in models.paths(FOLDER))


def test_a_file_says_what_the_model_says(small):
    assert told(small) == asked(small)
    assert len(told(small)[0][1]) > 50


@settings(max_examples=60, deadline=None)
@given(bits=st.lists(st.integers(0), min_size=1, max_size=3), end=st.integers(0))
def test_no_damage_to_a_file_is_read_or_raises(bits, end):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copy(FOLDER / models.GENRE, folder)
        shutil.copy(FOLDER / models.SYMBOLS, folder)
        whole = (FOLDER / ("genre" + pairs.SUFFIX)).read_bytes()
        (folder / ("genre" + pairs.SUFFIX)).write_bytes(whole)
        assert pairs.read(folder / models.GENRE)
        broken = bytearray(whole)
        for bit in set(bits):
            broken[bit // 8 % len(whole)] ^= 1 << bit % 8
        (folder / ("genre" + pairs.SUFFIX)).write_bytes(bytes(broken))
        assert bytes(broken) == whole or pairs.read(folder / models.GENRE) is None
        (folder / ("genre" + pairs.SUFFIX)).write_bytes(whole[: end % len(whole)])
        assert pairs.read(folder / models.GENRE) is None


@given(
    scores=st.lists(
        st.sampled_from([-0.0, -0.5, -0.501, -2.0, -2.0000002, -15.99, -17.0, -40.0]), min_size=1, max_size=40
    ),
    keep=st.integers(1, 45),
)
def test_followers_are_the_likeliest_in_order(scores, keep):
    assert _native.best(scores, keep) == sorted(range(len(scores)), key=lambda i: (-scores[i], i))[:keep]


@pytest.mark.parametrize(
    "harm",
    ["empty", "cut short", "one bit", "one bit of its head", "of another table", "other bytes", "of another model"],
)
def test_a_file_that_does_not_fit_does_not_count(small, harm):
    file = small / ("general" + pairs.SUFFIX)
    whole = file.read_bytes()
    if harm == "empty":
        file.write_bytes(b"")
    elif harm == "cut short":
        file.write_bytes(whole[: len(whole) // 2])
    elif harm.startswith("one bit"):
        at = 50 if harm.endswith("head") else -1
        file.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + (whole[at + 1 :] if at > 0 else b""))
    elif harm == "other bytes":
        file.write_bytes(b"pairs" * 1000)
    elif harm == "of another table":
        (small / models.SYMBOLS).write_text("".join(f"{s}\n" for s in SYMBOLS if s != "府"), encoding="utf-8")
    else:
        with (small / models.GENERAL).open("r+b") as model:
            model.seek(-100, 2)  # within the last piece that is looked at, beyond the pairs
            byte = model.read(1)
            model.seek(-100, 2)
            model.write(bytes([byte[0] ^ 1]))
    assert told(small) == asked(small)
    pairs.write(small)
    assert (file.read_bytes() == whole) == (not harm.startswith("of another"))
    assert {path.name for path in small.iterdir()} == {
        *(models.GENERAL, models.GENRE, models.SYMBOLS, file.name, "genre" + pairs.SUFFIX)
    }
    assert told(small) == asked(small)


def test_pairs_of_other_symbols_are_refused(small):
    decoder = _native.Decoder(models.paths(small), SYMBOLS)
    with pytest.raises(ValueError, match="of each model"):
        decoder.know([])
    with pytest.raises(ValueError, match="of each model"):
        decoder.know([None, None])
    beyond = _native.Pairs(np.array([0, 1]), np.array([len(SYMBOLS)]), np.array([-1.0]))
    with pytest.raises(ValueError, match="table's symbols"):
        decoder.know([beyond, beyond])
    with pytest.raises(RuntimeError, match="not known"):
        decoder.admit([3], [], 48, 48, 1)
