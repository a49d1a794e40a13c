"""Make a checkpoint of an exported witness, so that training can go on from what models/ holds.

    python -m scripts.train_infill.reopen MODELS CORPUS RUN_DIR [--layers 6]

MODELS holds witness.onnx and witness.json, of eight bits a weight; CORPUS is what training will go on with (pack.py),
its symbols may be others. RUN_DIR/checkpoint.pt gets the weights, no optimisers; steps and seconds begin at nought.
With more layers the encoder says at first what it said: the new ones, among and behind the old, add nothing yet.
"""

from __future__ import annotations

import argparse
import json
import re
from dataclasses import asdict
from pathlib import Path

import onnx
import torch
from onnx import numpy_helper
from torch import Tensor

from scripts.train_infill.data import load
from scripts.train_infill.model import Block, Encoder, Shape

MATRIX = re.compile(r"onnx::MatMul_(\d+)_quantized")
OF_A_BLOCK = ("attend", "gather", "widen", "narrow")
"""Matrices of a block in the order in which they are multiplied, which is that of their numbers in the file."""
ADDING = ("gather.weight", "narrow.weight")
"""Matrices through which a block adds to what goes on."""


def exported(folder: Path) -> tuple[dict[str, Tensor], tuple[str, ...], int]:
    """Return the weights of an exported witness by name, its symbols and its context.

    Raises:
        ValueError: it was not exported with eight bits a weight, or by another form of the encoder.
    """
    card = json.loads((folder / "witness.json").read_text(encoding="utf-8"))
    graph = onnx.load(str(folder / "witness.onnx")).graph
    held = {one.name: torch.from_numpy(numpy_helper.to_array(one).copy()) for one in graph.initializer}

    def matrix(name: str) -> Tensor:
        return (held[f"{name}_quantized"].float() - held[f"{name}_zero_point"].float()) * held[f"{name}_scale"]

    numbers = sorted(int(found.group(1)) for found in map(MATRIX.fullmatch, held) if found)
    if "model.embedding.codes" not in held or len(numbers) % len(OF_A_BLOCK) != 1:
        raise ValueError(f"{folder}: no witness of eight bits a weight as export.py writes it")
    weights = {
        name.removeprefix("model."): values
        for name, values in held.items()
        if name.startswith("model.") and values.dtype == torch.float32 and "scale" not in name
    }
    weights["embedding.weight"] = held["model.embedding.codes"].float() * held["model.embedding.scales"]
    for place, number in enumerate(numbers[:-1]):
        block, kind = divmod(place, len(OF_A_BLOCK))
        weights[f"blocks.{block}.{OF_A_BLOCK[kind]}.weight"] = matrix(f"onnx::MatMul_{number}").T.contiguous()
    weights["turn.weight"] = matrix(f"onnx::MatMul_{numbers[-1]}").T.contiguous()
    weights["length.weight"] = matrix("model.length.weight").T.contiguous()
    return weights, tuple(card["symbols"]), int(card["context"])


def moved(weights: dict[str, Tensor], before: tuple[str, ...], after: tuple[str, ...]) -> dict[str, Tensor]:
    """Return the weights for other symbols; one that is new is as unlikely as the unlikeliest known one."""
    place = {symbol: number for number, symbol in enumerate(before)}
    rows = torch.tensor([place.get(symbol, -1) for symbol in after])
    table, bias = weights["embedding.weight"], weights["bias"]
    return {
        **weights,
        "embedding.weight": torch.where((rows >= 0)[:, None], table[rows], 0.0),
        "bias": torch.where(rows >= 0, bias[rows], bias.min()),
    }


def deepened(weights: dict[str, Tensor], layers: int) -> dict[str, Tensor]:
    """Return the weights with new blocks among and behind the old, *layers* in all; what they add is nought at first.

    Raises:
        ValueError: there are more blocks already.
    """
    blocks = _blocks(weights)
    if layers < blocks:
        raise ValueError(f"the witness has {blocks} layers, more than {layers}")
    places = [layers * block // blocks for block in range(blocks)]
    grown = {name: values for name, values in weights.items() if not name.startswith("blocks.")}
    fresh = Block(weights["embedding.weight"].shape[1], _heads(weights), layers).state_dict()
    for place in range(layers):
        if place in places:
            old = f"blocks.{places.index(place)}."
            block = {name.removeprefix(old): values for name, values in weights.items() if name.startswith(old)}
        else:
            block = {name: values * (name not in ADDING) for name, values in fresh.items()}
        grown |= {f"blocks.{place}.{name}": values.clone() for name, values in block.items()}
    return grown


def _blocks(weights: dict[str, Tensor]) -> int:
    return 1 + max(int(name.split(".")[1]) for name in weights if name.startswith("blocks."))


def _heads(weights: dict[str, Tensor]) -> int:
    return weights["embedding.weight"].shape[1] // len(weights["blocks.0.query_norm.weight"])


def encoder(weights: dict[str, Tensor], context: int) -> Encoder:
    """Build the encoder that has these weights."""
    symbols, width = weights["embedding.weight"].shape
    model = Encoder(Shape(symbols, width, _blocks(weights), _heads(weights), context))
    model.load_state_dict(weights)
    return model


def main() -> None:
    """Reopen what the arguments name."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", type=Path)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("run", type=Path)
    parser.add_argument("--layers", type=int, help="more than the witness has: it grows")
    arguments = parser.parse_args()
    weights, before, context = exported(arguments.models)
    after = load(arguments.corpus, torch.device("cpu")).symbols
    weights = moved(weights, before, after)
    if arguments.layers is not None:
        weights = deepened(weights, arguments.layers)
    model = encoder(weights, context)
    arguments.run.mkdir(parents=True, exist_ok=True)
    state = {"model": model.state_dict(), "optimisers": [], "shape": asdict(model.shape), "symbols": list(after)}
    torch.save({**state, "step": 0, "seen": 0, "spent": 0.0}, arguments.run / "checkpoint.pt")
    print(f"{len(after)} symbols, {len(set(after) - set(before))} of them new")


if __name__ == "__main__":
    main()
