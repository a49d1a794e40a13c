"""Write a trained encoder for the product: witness.onnx (eight bits a weight) and witness.json beside it.

    python -m scripts.train_infill.export CHECKPOINT OUT_DIR --weight 0.3 [--float]

CHECKPOINT is ``checkpoint.pt`` of a run or the shards of shards.py. Needs onnx and onnxruntime. Prints how far the
written model is from the trained one. Rows of a weight matrix are quantised by themselves, activations on the fly.
"""

from __future__ import annotations

import argparse
import copy
import json
import tempfile
from pathlib import Path

import numpy as np
import onnxruntime
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from torch import Tensor, nn

from scripts.train_infill.model import Encoder, Shape
from scripts.train_infill.vocabulary import CELL

OPSET = 18


class Asked(nn.Module):
    """Both heads where they are asked for only: all other positions would cost as much as the layers."""

    def __init__(self, model: Encoder) -> None:
        super().__init__()
        self.model = model

    def forward(self, ids: Tensor, drafted: Tensor, wanted: Tensor) -> tuple[Tensor, Tensor]:
        """Return logits [wanted][symbols] and [wanted][lengths]; ``wanted`` are indices into the flattened batch."""
        hidden = self.model.encode(ids, drafted).reshape(-1, self.model.shape.width)[wanted]
        return self.model.characters(hidden), self.model.lengths(hidden)


class Codes(nn.Module):
    """An embedding of eight bits a number and one scale a row, in place of a table of floats."""

    def __init__(self, table: Tensor) -> None:
        super().__init__()
        scales = table.abs().amax(1, keepdim=True).clamp(min=1e-8) / 127
        self.register_buffer("codes", (table / scales).round().to(torch.int8))
        self.register_buffer("scales", scales)

    @property
    def weight(self) -> Tensor:
        """The table."""
        return self.codes.float() * self.scales

    def forward(self, ids: Tensor) -> Tensor:
        """Look rows up."""
        return self.codes[ids].float() * self.scales[ids]


def restored(path: Path) -> tuple[Encoder, tuple[str, ...]]:
    """Return the encoder of a checkpoint and its symbols."""
    state = torch.load(path, map_location="cpu", weights_only=True)
    model = Encoder(Shape(**state["shape"]))
    model.load_state_dict(state["model"])
    return model.float().eval(), tuple(state["symbols"])


def write(model: Encoder, symbols: tuple[str, ...], out: Path, weight: float, narrow: bool = True) -> None:
    """Write the model's files into *out*, with eight bits a weight if *narrow*."""
    model = copy.deepcopy(model)
    if narrow:
        model.embedding = Codes(model.embedding.weight.detach())  # type: ignore[assignment]
    out.mkdir(parents=True, exist_ok=True)
    ids = torch.full((2, 16), CELL)
    example = (ids, torch.zeros_like(ids), torch.tensor([1, 20]))
    names = ["ids", "drafted", "wanted"]
    sizes = {"ids": {0: "windows", 1: "size"}, "drafted": {0: "windows", 1: "size"}, "wanted": {0: "asked"}}
    with tempfile.TemporaryDirectory() as name:
        plain = Path(name) / "plain.onnx"
        torch.onnx.export(
            Asked(model), example, str(plain), input_names=names, output_names=["characters", "lengths"],
            dynamic_axes=sizes, opset_version=OPSET, dynamo=False,
        )  # fmt: skip
        if narrow:
            quantize_dynamic(
                plain,
                out / "witness.onnx",
                per_channel=True,
                weight_type=QuantType.QInt8,
                op_types_to_quantize=["MatMul"],
            )
        else:
            (out / "witness.onnx").write_bytes(plain.read_bytes())
    card = {"context": model.shape.context, "weight": weight, "length_weight": 0.0, "symbols": list(symbols)}
    (out / "witness.json").write_text(json.dumps(card, ensure_ascii=False) + "\n", encoding="utf-8")


def difference(model: Encoder, path: Path) -> tuple[float, float]:
    """Return the share of cells with the same likeliest symbol, and its mean change of log probability in nats."""
    generator = torch.Generator().manual_seed(1)
    shape = (4, model.shape.context)
    ids = torch.randint(5, min(model.shape.symbols, 800), shape, generator=generator)
    ids = torch.where(torch.rand(shape, generator=generator) < 0.3, CELL, ids)
    wanted = (ids.flatten() == CELL).nonzero()[:, 0]
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    feed = {"ids": ids.numpy(), "drafted": np.zeros(shape, dtype=np.int64), "wanted": wanted.numpy()}
    told = torch.from_numpy(session.run(["characters"], feed)[0]).log_softmax(1)
    with torch.no_grad():
        known = Asked(model)(ids, torch.zeros_like(ids), wanted)[0].log_softmax(1)
    best = known.argmax(1, keepdim=True)
    same = (told.argmax(1, keepdim=True) == best).float().mean()
    return float(same), float((told.gather(1, best) - known.gather(1, best)).abs().mean())


def main() -> None:
    """Export what the arguments name."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--weight", type=float, default=0.3)
    parser.add_argument("--float", action="store_true", help="32 bits a weight")
    arguments = parser.parse_args()
    model, symbols = restored(arguments.checkpoint)
    write(model, symbols, arguments.out, arguments.weight, not arguments.float)
    path = arguments.out / "witness.onnx"
    same, far = difference(model, path)
    print(f"{path.stat().st_size / 1e6:.1f} MB; same best symbol {same:.4f}, {far:.4f} nats away")


if __name__ == "__main__":
    main()
