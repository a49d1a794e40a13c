"""Carry a trained encoder over a narrow channel: eight bits a weight, in files of at most 15 MiB.

    python -m scripts.train_infill.shards save CHECKPOINT FOLDER
    python -m scripts.train_infill.shards join FOLDER CHECKPOINT

For a machine that gives back eight files of 16 MiB (docs/training.md). What comes back can be exported, and trained
further with fresh optimisers. Matrices are rounded by rows, everything else is kept as it is.
"""

from __future__ import annotations

import argparse
import io
import json
from pathlib import Path

import numpy as np
import torch

PIECE = 15 * 1024 * 1024
FACTS = ("shape", "symbols", "step", "seen", "spent")


def save(checkpoint: Path, folder: Path) -> list[Path]:
    """Write ``weights.00`` and so on, and return them."""
    state = torch.load(checkpoint, map_location="cpu", weights_only=True)
    arrays = {"facts": np.array(json.dumps({key: state[key] for key in FACTS}))}
    for name, tensor in state["model"].items():
        values = tensor.float()
        if values.ndim == 2:
            scales = values.abs().amax(1, keepdim=True).clamp(min=1e-12) / 127
            arrays[f"codes.{name}"] = (values / scales).round().to(torch.int8).numpy()
            arrays[f"scales.{name}"] = scales.numpy()
        else:
            arrays[f"plain.{name}"] = values.numpy()
    stream = io.BytesIO()
    np.savez(stream, allow_pickle=False, **arrays)
    data = stream.getvalue()
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("weights.*"):
        old.unlink()
    files = []
    for number, start in enumerate(range(0, len(data), PIECE)):
        files.append(folder / f"weights.{number:02d}")
        files[-1].write_bytes(data[start : start + PIECE])
    return files


def join(folder: Path, checkpoint: Path) -> None:
    """Write a checkpoint without optimisers from the files of a folder.

    Raises:
        FileNotFoundError: the folder holds none.
    """
    files = sorted(folder.glob("weights.*"))
    if not files:
        raise FileNotFoundError(f"{folder}: no weights.* in it")
    arrays = np.load(io.BytesIO(b"".join(file.read_bytes() for file in files)), allow_pickle=False)
    model = {}
    for name in arrays.files:
        kind, _, parameter = name.partition(".")
        if kind == "codes":
            model[parameter] = torch.from_numpy(arrays[name].astype(np.float32) * arrays[f"scales.{parameter}"])
        elif kind == "plain":
            model[parameter] = torch.from_numpy(arrays[name])
    torch.save({**json.loads(str(arrays["facts"])), "model": model, "optimisers": []}, checkpoint)


def main() -> None:
    """Do what the arguments say."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("action", choices=("save", "join"))
    parser.add_argument("source", type=Path)
    parser.add_argument("target", type=Path)
    arguments = parser.parse_args()
    if arguments.action == "save":
        for file in save(arguments.source, arguments.target):
            print(f"{file.name}: {file.stat().st_size / 1e6:.1f} MB")
    else:
        join(arguments.source, arguments.target)


if __name__ == "__main__":
    main()
