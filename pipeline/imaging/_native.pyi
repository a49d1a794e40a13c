"""Types of the native grid and ink (native/module.cc)."""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from pipeline.imaging.grid import GroupKind
from pipeline.imaging.groups import Run, Shape

RunTuple = tuple[float, float, float, float, float, float]
PlacedTuple = tuple[GroupKind, float, float, RunTuple]

class Marks:
    def __init__(self, learnt: Mapping[Shape, list[tuple[float, float]]], half: float, dirt: float) -> None: ...

def place_runs(
    runs: Sequence[Run], pitch: float, em: float, middle: float, marks: Marks
) -> tuple[list[PlacedTuple], float]: ...
def fit_line(
    runs: Sequence[Run], base: float, middle: float, marks: Marks, stretches: list[float]
) -> tuple[list[PlacedTuple], float]: ...
def connected(
    ink: npt.NDArray[np.uint8],
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32], npt.NDArray[np.float64]]: ...
def painted(
    stretches: npt.NDArray[np.int32], chosen: npt.NDArray[np.uint8], height: int, width: int
) -> npt.NDArray[np.uint8]: ...
def row_profile(
    rows: npt.NDArray[np.float64], columns: npt.NDArray[np.float64], weights: npt.NDArray[np.float32], slope: float
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]: ...
