"""The native decoder against the slow exact one."""

import pytest

from pipeline import Settings
from pipeline.infill import _native
from pipeline.language import models
from tests import oracle

FOLDER = Settings().models
ADMISSIBLE = "政府信务推社网权"


@pytest.mark.parametrize(
    "parts",
    [
        ["公开", (1, 1), "息"],
        ["互联", (1, 1), "+", (2, 2), "服", (1, 1), "。"],
        [(0, 2), "进", (1, 2), "公开，"],
        ["参与", (0, 2), "和监督", (1, 1), "、"],
    ],
)
def test_the_beam_finds_what_exhaustive_search_finds(parts):
    table = models.symbols(FOLDER)
    index = {symbol: i for i, symbol in enumerate(table)}
    decoder = _native.Decoder(models.paths(FOLDER), list(table))
    decoder.weights(list(models.DEFAULT_WEIGHTS))
    seen = sorted({index[c] for part in parts if isinstance(part, str) for c in part})
    decoder.admit([index[c] for c in ADMISSIBLE], seen, 48, 2)
    lattice = []
    for part in parts:
        if isinstance(part, str):
            lattice.extend(_native.Element(symbol=index[c]) for c in part)
        else:
            lattice.append(_native.Element(hole=True, least=part[0], most=part[1]))
    (score, path), *_ = decoder.decode(lattice, 200, 1, 0.0)
    expected_score, expected = oracle.best(FOLDER, models.DEFAULT_WEIGHTS, parts, ADMISSIBLE)
    assert "".join(table[symbol] for symbol, _ in path) == expected
    assert score == pytest.approx(expected_score, abs=1e-3)
