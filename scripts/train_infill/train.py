"""Train an encoder for a given time; start again with the same folder to go on.

    python -m scripts.train_infill.train CORPUS RUN_DIR --size small --seconds 3600 [--slice 500] [--workers 2]

RUN_DIR gets ``checkpoint.pt`` (everything needed to go on), ``log.jsonl`` (one object a report; plot.py draws it).
``--seconds`` is the whole training, over all calls: the learning rate falls in its last part, ``--cooling`` of it.
``--slice`` is this call's share. On processors, ``--workers`` processes of one thread each share the batches and
average their gradients: threads of one process wait for each other in every layer, which on a busy machine costs nine
tenths of the time. Weight matrices are trained by Muon (Jordan et al. 2024,
https://kellerjordan.github.io/posts/muon), all else by AdamW.
"""

from __future__ import annotations

import argparse
import json
import math
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import torch
import torch.distributed as distributed
import torch.multiprocessing as multiprocessing
import torch.nn.functional as functional
from torch import Tensor, nn

from scripts.train_infill.arithmetic import sixteen_bits
from scripts.train_infill.damage import Batch, Guess, Tables, damage
from scripts.train_infill.data import Corpus, draw, held_out, load
from scripts.train_infill.model import SIZES, Encoder, Shape
from scripts.train_infill.muon import Muon
from scripts.train_infill.vocabulary import CELL

MUON_RATE, ADAM_RATE = 0.02, 3e-3
DECAY = 0.02
WARM_UP = 100  # steps
LENGTH_SHARE = 0.3  # of the length head's loss
REPORT = 30.0  # seconds between reports
SAVE = 120.0  # seconds between checkpoints


def rate(part: float, step: int, cooling: float) -> float:
    """Return the factor of the learning rates after *part* of the time; they fall over the last part, *cooling*."""
    return min(1.0, (step + 1) / WARM_UP, max(0.0, 1 - part) / cooling)


def losses(model: Encoder, encode: nn.Module, batch: Batch) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Return the mean losses of both heads, what was right, and what was asked, over all cells of a batch.

    A cell competes only among the symbols that its sequence can lose: what can be missing is known at inference too.
    """
    hidden = encode(batch.ids, batch.drafted)
    asked = batch.truth >= 0
    logits = model.characters(hidden[asked]).float()
    rows = asked.nonzero()[:, 0]
    logits = logits.masked_fill(~batch.lost[rows], -1e4)
    truth = batch.truth[asked]
    characters = functional.cross_entropy(logits, truth)
    right = logits.argmax(1) == truth
    measured = batch.gap >= 0
    lengths = model.lengths(hidden[measured]).float()
    gaps = functional.cross_entropy(lengths, batch.gap[measured]) if measured.any() else lengths.sum()
    return characters, gaps, right, asked


def narrow(device: torch.device) -> torch.autocast:
    """Return the arithmetic of matrix products: 16 bits wide where the device has it."""
    return torch.autocast(device.type, dtype=torch.bfloat16, enabled=sixteen_bits(device))


def optimisers(model: Encoder) -> list[torch.optim.Optimizer]:
    """Return Muon for the matrices of the layers and AdamW for the rest."""
    matrices = [p for b in model.blocks for p in b.parameters() if p.ndim == 2] + [model.turn.weight]
    others = [p for p in model.parameters() if not any(p is m for m in matrices)]
    return [
        Muon(matrices, lr=MUON_RATE, decay=DECAY),
        torch.optim.AdamW(others, lr=ADAM_RATE, betas=(0.9, 0.98), weight_decay=0.0),
    ]


def check(model: Encoder, corpus: Corpus, count: int) -> dict[str, float]:
    """Measure on held-out documents under fixed damage: cells right and nats a cell, with and without drafts."""
    truth = held_out(corpus, count, model.shape.context)
    generator = torch.Generator(truth.device).manual_seed(7)
    sums = {"right": 0.0, "nats": 0.0, "drafted_right": 0.0, "drafted_nats": 0.0}
    cells = {"": 0, "drafted_": 0}
    model.eval()
    with torch.no_grad(), narrow(truth.device):
        for part in truth.split(8):
            batch = damage(part, corpus.tables, generator)
            for kind, rows in (("", batch.drafted.sum(1) == 0), ("drafted_", batch.drafted.sum(1) > 0)):
                if not (batch.truth[rows] >= 0).any():
                    continue
                chosen = Batch(*(getattr(batch, f)[rows] for f in ("ids", "drafted", "truth", "gap", "lost")))
                nats, _, right, _ = losses(model, _Encode(model), chosen)
                cells[kind] += len(right)
                sums[kind + "right"] += float(right.sum())
                sums[kind + "nats"] += float(nats) * len(right)
    model.train()
    return {
        key: round(value / max(1, cells[key.removesuffix("right").removesuffix("nats")]), 4)
        for key, value in sums.items()
    }


class _Encode(nn.Module):
    """The part of the model that is worth compiling: all positions, fixed shapes."""

    def __init__(self, model: Encoder) -> None:
        super().__init__()
        self.model = model

    def forward(self, ids: Tensor, drafted: Tensor) -> Tensor:
        return self.model.encode(ids, drafted)


def batches(corpus: Corpus, size: int, length: int, generator: torch.Generator, guess: Guess) -> Iterator[Batch]:
    """Yield damaged batches without end; some have what the encoder guesses as drafts."""
    tables: Tables = corpus.tables
    while True:
        yield damage(draw(corpus, size, length, generator), tables, generator, guess)


def guesser(model: Encoder, encode: nn.Module) -> Guess:
    """Return what tells the likeliest symbol of each empty cell, as the encoder is at the time."""

    def guess(ids: Tensor, lost: Tensor) -> Tensor:
        empty = ids == CELL
        with torch.no_grad(), narrow(ids.device):
            hidden = encode(ids, torch.zeros_like(ids))[empty]
            logits = model.characters(hidden).masked_fill(~lost[empty.nonzero()[:, 0]], -1e4)
        return ids.masked_scatter(empty, logits.argmax(1))

    return guess


def average(model: nn.Module, spent: float) -> float:
    """Average the gradients over all workers, in place; return the mean of the time that they have spent, seconds.

    All workers get the same answer, so that they stop at the same step.
    """
    if not distributed.is_initialized():
        return spent
    gradients = [p.grad for p in model.parameters() if p.grad is not None]
    flat = torch.cat([g.flatten() for g in gradients] + [torch.tensor([spent])])
    distributed.all_reduce(flat)
    flat /= distributed.get_world_size()
    for gradient, part in zip(gradients, flat[:-1].split([g.numel() for g in gradients]), strict=True):
        gradient.copy_(part.view_as(gradient))
    return float(flat[-1])


def main() -> None:
    """Train as the arguments say."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("run", type=Path)
    parser.add_argument("--size", choices=sorted(SIZES), default="small", help="where RUN_DIR holds none")
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--slice", type=float, default=math.inf)
    parser.add_argument(
        "--rate", type=float, default=1.0, help="factor of the learning rates; less to go on from a witness"
    )
    parser.add_argument(
        "--cooling", type=float, default=0.4, help="last part of the time, in which the rates fall to nothing"
    )
    parser.add_argument("--batch", type=int, default=16, help="sequences a step, of all workers")
    parser.add_argument("--workers", type=int, default=1, help="processes, on processors only")
    parser.add_argument("--steps", type=int, default=10**9, help="stop after so many steps of this call (a dry run)")
    parser.add_argument("--checks", type=int, default=48, help="held-out sequences a report")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--no-compile", action="store_true")
    arguments = parser.parse_args()
    if arguments.workers == 1:
        train(0, arguments, "")
        return
    with tempfile.TemporaryDirectory() as folder:
        multiprocessing.spawn(train, (arguments, str(Path(folder) / "store")), arguments.workers)


def train(worker: int, arguments: argparse.Namespace, store: str) -> None:
    """Train as one of the workers; the first one reports and saves. They meet over *store*, a file."""
    if arguments.workers > 1:
        torch.set_num_threads(1)
        distributed.init_process_group("gloo", init_method=f"file://{store}", rank=worker, world_size=arguments.workers)
    torch.manual_seed(0)
    began = time.monotonic()
    device = torch.device(arguments.device)
    corpus = load(arguments.corpus, device)
    arguments.run.mkdir(parents=True, exist_ok=True)
    checkpoint = arguments.run / "checkpoint.pt"
    state = torch.load(checkpoint, map_location=device, weights_only=True) if checkpoint.exists() else None
    if state and state["symbols"] != list(corpus.symbols):
        raise SystemExit(f"{checkpoint} knows other symbols than {arguments.corpus}: open it anew with reopen.py.")
    shape = Shape(**state["shape"]) if state else Shape(len(corpus.symbols), *SIZES[arguments.size])
    model = Encoder(shape).to(device)
    optimiser = optimisers(model)
    generator = torch.Generator(device)
    step, seen, spent = 0, 0, 0.0
    if state:
        model.load_state_dict(state["model"])
        if state["optimisers"]:  # what came through shards.py has none
            for one, saved in zip(optimiser, state["optimisers"], strict=True):
                one.load_state_dict(saved)
        step, seen, spent = state["step"], state["seen"], state["spent"]
        if worker == 0:
            print(f"goes on at step {step}, {spent:.0f} s", flush=True)
    generator.manual_seed(step * arguments.workers + worker)
    encode: nn.Module = _Encode(model)
    if not arguments.no_compile:
        encode = torch.compile(encode, dynamic=False)  # of two shapes, that of guesses too
    if worker == 0:
        print(
            f"{sum(p.numel() for p in model.parameters()) / 1e6:.1f} M parameters, {len(corpus.stream):,} tokens",
            flush=True,
        )
    started = spent - (time.monotonic() - began)
    last_report = last_save = time.monotonic()
    until = min(arguments.seconds, spent + arguments.slice)
    first_step = step
    batch_size = max(1, arguments.batch // arguments.workers)
    running: dict[str, float] = {}

    def save() -> None:
        content = {
            "model": model.state_dict(), "optimisers": [o.state_dict() for o in optimiser], "shape":
            asdict(model.shape), "symbols": list(corpus.symbols), "step": step, "seen": seen, "spent": spent,
        }  # fmt: skip
        part = checkpoint.with_suffix(".part")
        torch.save(content, part)
        part.replace(checkpoint)

    def report() -> None:
        line = {"step": step, "seen": seen, "spent": round(spent, 1), **{k: round(v, 4) for k, v in running.items()}}
        line |= check(model, corpus, arguments.checks)
        with (arguments.run / "log.jsonl").open("a", encoding="utf-8") as log:
            log.write(json.dumps(line) + "\n")
        print(line, flush=True)

    for batch in batches(corpus, batch_size, shape.context, generator, guesser(model, encode)):
        if spent >= until or step - first_step >= arguments.steps:
            break
        factor = arguments.rate * rate(spent / arguments.seconds, step, arguments.cooling)
        for one, base in zip(optimiser, (MUON_RATE, ADAM_RATE), strict=True):
            for group in one.param_groups:
                group["lr"] = base * factor
        with narrow(device):
            characters, gaps, right, _ = losses(model, encode, batch)
        loss = characters + LENGTH_SHARE * gaps
        for one in optimiser:
            one.zero_grad(set_to_none=True)
        loss.backward()
        spent = average(model, started + time.monotonic() - began)
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        for one in optimiser:
            one.step()
        step += 1
        seen += batch.ids.numel() * arguments.workers
        if worker > 0:
            continue
        if step % 10 == 0 or step < 10:
            for key, value in (("loss", characters), ("gap_loss", gaps), ("train_right", right.float().mean())):
                running[key] = running[key] * 0.9 + value.item() * 0.1 if key in running else value.item()
        now = time.monotonic()
        if now - last_report > REPORT * (1 if step < 1000 else 4):
            report()
            last_report = time.monotonic()
        if now - last_save > SAVE:
            save()
            last_save = time.monotonic()
    if worker == 0:
        report()
        save()
    if distributed.is_initialized():
        distributed.destroy_process_group()


if __name__ == "__main__":
    main()
