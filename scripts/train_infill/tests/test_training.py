"""Damage on the fly, the encoder, going on from a checkpoint, export: on a tiny corpus of deterministic text."""

import io
import json
import lzma

import numpy as np
import pytest
import torch

from scripts.train_infill import reopen, shards, train
from scripts.train_infill.damage import OWN, Tables, damage
from scripts.train_infill.data import draw, load
from scripts.train_infill.export import difference, restored, write
from scripts.train_infill.model import Encoder, Shape
from scripts.train_infill.muon import orthogonal
from scripts.train_infill.vocabulary import CELL, LONGEST_GAP, NEWLINE, PAD, RUN, SPECIALS

HAN = 40
SIZE = len(SPECIALS) + HAN + 2  # and two marks that are never lost


@pytest.fixture
def corpus(tmp_path):
    """Lines in which every character is followed by the next one: who sees a neighbour knows a cell. Drafts err."""
    first = len(SPECIALS)
    ids = np.array([first + (i % HAN) if i % 50 else NEWLINE for i in range(6000)], dtype=np.uint16)
    symbols = np.array([*SPECIALS, *(chr(0x4E00 + i) for i in range(HAN)), "，", "。"])
    han = np.array([False] * first + [True] * HAN + [False] * 2)
    codes = np.where(han, np.arange(SIZE) * 10, 0)[None].repeat(4, 0).astype(np.int32)
    arrays = {
        "symbols": symbols,
        "codes": codes,
        "han": han,
        "followers": np.roll(np.arange(SIZE), -3)[:, None].astype(np.uint16),
        "names": np.array(["a", "b"]),
        "weights": np.array([1.0, 3.0]),
        "train_a": ids,
        "train_b": ids[:500],
        "held_out": ids,
    }
    stream = io.BytesIO()
    np.savez(stream, **arrays)
    path = tmp_path / "corpus.npz.xz"
    path.write_bytes(lzma.compress(stream.getvalue()))
    return path


@pytest.fixture
def drawn(corpus):
    loaded = load(corpus, torch.device("cpu"))
    generator = torch.Generator().manual_seed(5)
    truth = draw(loaded, 1200, 64, generator)
    return loaded.tables, truth, damage(truth, loaded.tables, generator)


def test_draws_are_stretches_of_one_source(corpus):
    loaded = load(corpus, torch.device("cpu"))
    rows = draw(loaded, 64, 20, torch.Generator().manual_seed(1))
    streams = [loaded.stream[a:b].tolist() for a, b in zip(loaded.bounds, loaded.bounds[1:], strict=False)]
    for row in rows.tolist():
        assert any(row == stream[i : i + 20] for stream in streams for i in range(len(stream) - 19))


def test_only_what_can_be_missing_is_asked(drawn):
    tables, _, batch = drawn
    rows, places = (batch.truth >= 0).nonzero().unbind(1)
    assert len(rows) > 1000
    assert (batch.ids[rows, places] == CELL).all()
    assert batch.lost[rows, batch.truth[rows, places]].all()
    assert not (batch.lost & ~tables.han[None]).any()
    assert (batch.ids[rows, places] != batch.truth[rows, places]).all()


def test_drafts_are_marked_never_asked_and_often_right(drawn):
    _, truth, batch = drawn
    drafted = batch.drafted == 1
    assert drafted.any() and (batch.truth[drafted] == -1).all()
    right = (batch.ids == truth)[drafted].float().mean()
    assert 0.6 < right < 0.95
    rows = drafted.nonzero()[:, 0]
    assert batch.lost[rows, batch.ids[drafted]].all()


def test_some_drafts_are_what_the_encoder_would_read(corpus):
    loaded = load(corpus, torch.device("cpu"))
    generator = torch.Generator().manual_seed(5)
    truth = draw(loaded, 300, 64, generator)
    shown = []

    def guess(ids, lost):
        shown.append(ids)
        return lost.long().argmax(1, keepdim=True).expand_as(ids)  # the first one that can be missing

    batch = damage(truth, loaded.tables, generator, guess)
    assert len(shown[0]) == 300 // OWN
    drafted = batch.drafted[: 300 // OWN] == 1
    assert (shown[0][drafted] == CELL).all()
    first = batch.lost.long().argmax(1, keepdim=True).expand_as(batch.ids)
    wrong = (batch.ids != truth)[: 300 // OWN] & drafted
    assert wrong.any() and (batch.ids == first)[: 300 // OWN][wrong].all()
    others = (batch.ids != truth) & (batch.drafted == 1)
    assert not (batch.ids == first)[300 // OWN :][others[300 // OWN :]].all()


def test_an_encoder_guesses_only_where_something_is_missing():
    torch.manual_seed(1)
    model = Encoder(Shape(SIZE, 32, 1, 2, 16))
    ids = torch.randint(len(SPECIALS), SIZE, (2, 16))
    empty = torch.zeros_like(ids, dtype=torch.bool)
    empty[:, 3:5] = True
    lost = torch.zeros(2, SIZE, dtype=torch.bool)
    lost[0, -1] = lost[1, -2] = True
    read = train.guesser(model, train._Encode(model))(torch.where(empty, CELL, ids), lost)
    assert (read[~empty] == ids[~empty]).all()
    assert read[0, 3:5].tolist() == [SIZE - 1] * 2 and read[1, 3:5].tolist() == [SIZE - 2] * 2


def test_gaps_tell_how_many_are_missing(drawn):
    """What is left and what is said to be missing add up to the whole text."""
    _, truth, batch = drawn
    inexact = ((batch.ids == RUN) | (batch.gap >= 0)).any(1)
    assert inexact.sum() > 30
    for ids, gap, whole in zip(batch.ids[inexact], batch.gap[inexact], truth[inexact], strict=True):
        at = 0
        for symbol, size in zip(ids.tolist(), gap.tolist(), strict=True):
            if symbol == PAD:
                break
            if size == LONGEST_GAP:
                break  # longer ones are not told apart
            at += max(size, 0)
            if symbol != RUN:
                assert whole[at] == symbol
                at += 1


def test_orthogonal_keeps_directions():
    matrix = torch.randn(24, 10, generator=torch.Generator().manual_seed(2))
    sizes = torch.linalg.svdvals(orthogonal(matrix))
    assert sizes.min() > 0.5 and sizes.max() < 1.3


def run(monkeypatch, corpus, folder, *more):
    told = [
        "train",
        str(corpus),
        str(folder),
        "--size",
        "tiny",
        "--no-compile",
        "--checks",
        "8",
        *more,
    ]
    monkeypatch.setattr("sys.argv", told)
    train.main()
    return [json.loads(line) for line in (folder / "log.jsonl").read_text(encoding="utf-8").splitlines()]


def test_it_learns_goes_on_and_is_exported(monkeypatch, corpus, tmp_path):
    folder = tmp_path / "run"
    first = run(monkeypatch, corpus, folder, "--seconds", "1000", "--batch", "32", "--steps", "1")[-1]
    later = run(monkeypatch, corpus, folder, "--seconds", "1000", "--batch", "32", "--steps", "149")[-1]
    assert (first["step"], later["step"]) == (1, 150)
    assert later["spent"] > first["spent"]
    assert later["nats"] < 0.7 * first["nats"]
    shards.save(folder / "checkpoint.pt", tmp_path / "back")
    shards.join(tmp_path / "back", tmp_path / "joined.pt")
    whole, symbols = restored(folder / "checkpoint.pt")
    carried, _ = restored(tmp_path / "joined.pt")
    for (name, a), b in zip(whole.state_dict().items(), carried.state_dict().values(), strict=True):
        assert torch.allclose(a, b, atol=float(a.abs().max()) / 200), name
    for narrow, least, most in ((False, 1.0, 1e-4), (True, 0.6, 0.2)):
        write(carried, symbols, tmp_path / "out", 0.3, narrow)
        same, far = difference(carried, tmp_path / "out" / "witness.onnx")
        assert same >= least and far < most
    # What was exported goes on as well, for other symbols too.
    weights, known, context = reopen.exported(tmp_path / "out")
    assert known == symbols
    same, far = difference(reopen.encoder(weights, context).eval(), tmp_path / "out" / "witness.onnx")
    assert same > 0.9 and far < 0.1
    fewer = (*symbols[::-1], "new")
    moved = reopen.moved(weights, known, fewer)
    assert torch.equal(moved["embedding.weight"][:-1], weights["embedding.weight"].flip(0))
    assert moved["bias"][-1] == weights["bias"].min() and not moved["embedding.weight"][-1].any()
    # It may grow: new layers add nothing until they are trained.
    deeper = reopen.encoder(reopen.deepened(weights, 3), context)
    assert deeper.shape.layers == 3
    same, far = difference(deeper.eval(), tmp_path / "out" / "witness.onnx")
    assert same > 0.9 and far < 0.1
    with pytest.raises(ValueError, match="3 layers"):
        reopen.deepened(deeper.state_dict(), 2)
    # What came back goes on with fresh optimisers.
    (folder / "checkpoint.pt").write_bytes((tmp_path / "joined.pt").read_bytes())
    assert run(monkeypatch, corpus, folder, "--seconds", "1000", "--steps", "1")[-1]["step"] == 151


def test_a_deeper_encoder_says_at_first_what_it_said():
    torch.manual_seed(3)
    model = Encoder(Shape(40, 32, 4, 2, 64)).eval()
    for block in model.blocks:  # as they begin, blocks add next to nothing
        torch.nn.init.normal_(block.gather.weight, std=0.3)
        torch.nn.init.normal_(block.narrow.weight, std=0.3)
    deeper = reopen.encoder(reopen.deepened(model.state_dict(), 6), 64).eval()
    ids, drafted = torch.randint(40, (2, 64)), torch.zeros(2, 64, dtype=torch.long)
    with torch.no_grad():
        for before, behind in zip(model(ids, drafted), deeper(ids, drafted), strict=True):
            assert torch.equal(before, behind)
    assert deeper.shape.layers == 6
    order = [bool(block.narrow.weight.any()) for block in deeper.blocks]
    assert order == [True, True, False, True, True, False]


def test_workers_step_together(monkeypatch, corpus, tmp_path):
    folder = tmp_path / "run"
    told = ["--seconds", "1000", "--batch", "16", "--workers", "2"]
    first = run(monkeypatch, corpus, folder, *told, "--steps", "1")[-1]
    later = run(monkeypatch, corpus, folder, *told, "--steps", "99")[-1]
    assert (first["seen"], later["seen"]) == (16 * 64, 100 * 16 * 64)
    assert later["nats"] < 0.8 * first["nats"]


def test_a_slice_ends_by_itself(monkeypatch, corpus, tmp_path):
    log = run(monkeypatch, corpus, tmp_path / "run", "--seconds", "1000", "--slice", "0.5", "--batch", "4")
    assert 0.5 <= log[-1]["spent"] < 60 and log[-1]["step"] >= 1


def test_tables_are_those_of_the_file(corpus):
    tables = load(corpus, torch.device("cpu")).tables
    assert isinstance(tables, Tables)
    assert tables.frequent.tolist() == list(range(len(SPECIALS), len(SPECIALS) + HAN))
