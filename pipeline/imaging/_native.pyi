"""Types of the native grid (native/module.cc)."""

from collections.abc import Mapping, Sequence

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
