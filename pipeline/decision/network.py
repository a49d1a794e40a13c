"""How likely a misread character is put right: perceptrons that scripts/calibrate_misreadings.py fitted."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.language.models import FloatArray

CALIBRATION = Path(__file__).with_name("misread.json")


@cache
def calibration() -> dict[str, Any]:
    """Return what was fitted, and the limits that go with it."""
    data: dict[str, Any] = json.loads(CALIBRATION.read_text(encoding="utf-8"))
    return data


@dataclass(frozen=True, slots=True)
class Network:
    """Perceptrons of one hidden layer whose probabilities are averaged; shapes [networks][features][hidden].

    Attributes:
        mean: of each feature, taken off first.
        scale: by which it is divided.
        hidden: weights of the hidden units.
        hidden_bias: their thresholds.
        output: weights of the hidden units in the log odds.
        output_bias: log odds without them.
    """

    mean: FloatArray
    scale: FloatArray
    hidden: FloatArray
    hidden_bias: FloatArray
    output: FloatArray
    output_bias: FloatArray

    def probabilities(self, rows: Sequence[Sequence[float]]) -> FloatArray:
        """Return the probability of each row of features that the best alternative is right."""
        if not len(rows):
            return np.zeros(0)
        x = (np.asarray(rows, dtype=np.float64) - self.mean) / self.scale
        units = np.maximum(0, np.einsum("nf,kfh->knh", x, self.hidden) + self.hidden_bias[:, None])
        odds = np.einsum("knh,kh->kn", units, self.output) + self.output_bias[:, None]
        mean: FloatArray = (1 / (1 + np.exp(-odds))).mean(0)
        return mean


@cache
def network() -> Network:
    """Return the fitted network."""
    data = calibration()["network"]
    return Network(**{field: np.array(data[field]) for field in Network.__slots__})
