"""The native decoder against the slow exact one."""

import math

import pytest

from pipeline import Settings
from pipeline.infill import _native, pairs
from pipeline.infill.lattice import FILLING_EFFORT, known_effort
from pipeline.language import models
from tests import oracle

FOLDER = Settings().models
ADMISSIBLE = "政府信务推社网权"


def loaded(seen="", admissible=ADMISSIBLE):
    table = models.symbols(FOLDER)
    index = {symbol: i for i, symbol in enumerate(table)}
    decoder = _native.Decoder(models.paths(FOLDER), list(table))
    decoder.weights([list(models.DEFAULT_WEIGHTS)] * decoder.buckets)
    decoder.know(pairs.listed(FOLDER))
    return (
        decoder,
        table,
        index,
        lambda: decoder.admit([index[c] for c in admissible], sorted({index[c] for c in seen}), 48, 48, 2),
    )


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
    decoder, table, index, admit = loaded("".join(part for part in parts if isinstance(part, str)))
    admit()
    lattice = []
    for part in parts:
        if isinstance(part, str):
            lattice.extend(_native.Element(symbol=index[c]) for c in part)
        else:
            lattice.append(_native.Element(hole=True, least=part[0], most=part[1]))
    (score, path), *_ = decoder.decode(lattice, known_effort(200), 1)
    expected_score, expected = oracle.best(FOLDER, models.DEFAULT_WEIGHTS, parts, ADMISSIBLE)
    assert "".join(table[symbol] for symbol, _ in path) == expected
    assert score == pytest.approx(expected_score, abs=1e-3)


def test_the_cache_is_the_chain_of_priors_it_says_it_is():
    decoder, _, index, admit = loaded("进公开", "政推")
    base = oracle.best(FOLDER, models.DEFAULT_WEIGHTS, ["进公开政"], "")[0]
    strengths = [50.0, 20.0, 10.0, 5.0, 4.0, 3.0]
    decoder.strengths(strengths, [1.0] * 6)
    text = "进公开政"
    decoder.remember([index[c] for c in text], [2.0] * 4, False)
    admit()
    lattice = [_native.Element(symbol=index[c]) for c in text]
    # "</s>" was never counted; the histories of every symbol were, each twice.
    expected = 0.0
    for i, char in enumerate([*text, "</s>"]):
        p = 10 ** oracle.conditional(FOLDER, models.DEFAULT_WEIGHTS, text[:i], char)
        for k in range(min(i, 5) + 1):
            total = 8.0 if k == 0 else (2.0 if i < len(text) else 0.0)
            if total:
                count = 2.0 if char != "</s>" else 0.0
                p = (count + strengths[k] * p) / (total + strengths[k])
        expected += math.log10(p)
    assert decoder.decode(lattice, known_effort(10), 1)[0][0] == pytest.approx(expected, abs=1e-3)
    assert expected > base


def test_what_was_read_once_does_not_support_itself():
    decoder, _, index, admit = loaded("进公开", "政推")
    ids = [index[c] for c in "进公开"]
    lattice = [_native.Element(symbol=i) for i in ids]
    admit()
    before = decoder.decode(lattice, known_effort(10), 1)[0][0]
    decoder.strengths([1e9] + [10.0] * 5, [1.0] * 6)
    decoder.remember(ids, [1.0] * 3, True)
    once = decoder.decode(lattice, known_effort(10), 1)[0][0]
    decoder.remember(ids, [1.0] * 3, True)
    twice = decoder.decode(lattice, known_effort(10), 1)[0][0]
    assert once == pytest.approx(before, abs=1e-3)
    assert twice > before + 0.1


def test_fillings_rank_what_fits_both_sides():
    decoder, table, index, admit = loaded("推进公开信息")
    admit()
    lattice = [
        *(_native.Element(symbol=index[c]) for c in "推进"),
        _native.Element(hole=True, least=1, most=3),
        *(_native.Element(symbol=index[c]) for c in "信息公开"),
    ]
    (_, path), *_ = decoder.decode(lattice, known_effort(50), 1)
    sequence = [symbol for symbol, _ in path]
    size = len(sequence) - 6
    cells = [(0, 1), (1, 2), (2, 2 + size), *((2 + size + k, 3 + size + k) for k in range(4))]
    (fillings,) = decoder.fillings(lattice, sequence, cells, [2], FILLING_EFFORT, 8)
    texts = ["".join(table[s] for s in symbols) for symbols, _ in fillings]
    assert texts[0] == "政府" == "".join(table[s] for s in sequence[2 : 2 + size])
    scores = [score for _, score in fillings]
    assert scores == sorted(scores, reverse=True)
    assert len(set(texts)) == len(texts)


def test_what_the_trace_says_of_the_length_is_heard():
    decoder, table, index, admit = loaded("推进公开信息")
    admit()

    def read(length_score):
        lattice = [
            *(_native.Element(symbol=index[c]) for c in "推进"),
            _native.Element(hole=True, least=0, most=3, length_score=length_score),
            *(_native.Element(symbol=index[c]) for c in "信息公开"),
        ]
        return "".join(table[s] for s, _ in decoder.decode(lattice, known_effort(50), 1)[0][1])

    assert read([0.0, -9.0, -9.0, -9.0]) == "推进信息公开"
    assert read([-9.0, -9.0, 0.0, -9.0]) == "推进政府信息公开"
    assert len(read([-9.0, 0.0, -9.0, -9.0])) == len("推进信息公开") + 1


def test_a_symbol_that_was_not_admitted_is_refused_wherever_it_stands():
    decoder, _, index, admit = loaded("公开")
    admit()
    known, stranger = index["公"], index["鑫"]
    effort = known_effort(10)
    for symbols in ([stranger], [known, stranger, known], [-1], [10**6]):
        lattice = [_native.Element(symbol=symbol) for symbol in symbols]
        with pytest.raises(ValueError, match="not admitted"):
            decoder.decode(lattice, effort, 1)
    hole = [_native.Element(hole=True, least=1, most=1), _native.Element(symbol=known)]
    with pytest.raises(ValueError, match="not admitted"):
        decoder.fillings(hole, [known, stranger], [(0, 1), (1, 2)], [0], effort, 3)
    with pytest.raises(ValueError, match="not admitted"):
        decoder.bigram(known, stranger)


def test_what_was_asked_before_changes_nothing():
    """Tables made anew for other characters and another cache equal those of a decoder that knows nothing yet."""
    again, _, index, _ = loaded()
    fresh, *_ = loaded()
    seen = [index[c] for c in "推进公开"]
    first, second = [index[c] for c in ADMISSIBLE], [index[c] for c in "网务息政府权公"]
    again.admit(first, seen, 48, 48, 2)
    text = [index[c] for c in "政务公开推进政府网"]
    for decoder in (again, fresh):
        decoder.strengths([50.0, 20.0, 10.0, 5.0, 4.0, 3.0], [0.5] * 6)
        decoder.remember(text, [2.0] * len(text), False)
        decoder.admit(second, seen[1:], 48, 48, 1)
    lattice = [
        _native.Element(symbol=seen[1]),
        _native.Element(hole=True, least=1, most=3),
        _native.Element(symbol=seen[3]),
    ]
    assert again.decode(lattice, known_effort(50), 20) == fresh.decode(lattice, known_effort(50), 20)
    pairs = [(a, b) for a in second for b in second]
    assert [again.bigram(a, b) for a, b in pairs] == [fresh.bigram(a, b) for a, b in pairs]
    again.weights([[0.9, 0.1]] * again.buckets)
    fresh.weights([[0.9, 0.1]] * fresh.buckets)
    again.admit(second, seen[1:], 48, 48, 1)
    fresh.admit(second, seen[1:], 48, 48, 1)
    assert again.bigram(second[0], second[1]) == fresh.bigram(second[0], second[1])
    assert again.bigram(second[0], second[1]) != pytest.approx(loaded_bigram(second), abs=1e-4)


def loaded_bigram(pair):
    decoder, *_ = loaded()
    decoder.admit(pair, [], 48, 48, 1)
    return decoder.bigram(pair[0], pair[1])
