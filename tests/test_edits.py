"""Replay: edits applied and reverted give the original back."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.edits import Edit, apply, beside, revert
from pipeline.errors import BuqueError


@st.composite
def text_and_edits(draw):
    pieces = draw(st.lists(st.tuples(st.text("公开 □▭，a\n", max_size=4), st.booleans(), st.text("政务", max_size=3))))
    text, edits = "", []
    for piece, edited, after in pieces:
        if edited:
            edits.append(Edit(len(text), len(text) + len(piece), piece, after, "missing", (), 0.5, (), "accepted"))
        text += piece
    return text, edits


@given(text_and_edits())
def test_revert_is_the_inverse_of_apply(case):
    text, edits = case
    assert revert(apply(text, edits), edits) == text


@given(text_and_edits())
def test_marks_change_nothing_else(case):
    text, edits = case
    assert apply(text, edits, mark=True).replace("⟦", "").replace("⟧", "") == apply(text, edits)


def test_an_edit_that_does_not_fit_is_refused():
    with pytest.raises(BuqueError):
        apply("公开", [Edit(0, 1, "政", "务", "missing", (), 1.0, (), "accepted")])


@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 3)), max_size=5), st.lists(st.integers(0, 14), max_size=4))
def test_insertions_beside_edits_keep_spans_apart(spans, places):
    edits, end = [], 0
    for gap, size in spans:
        start = end + gap
        end = start + size
        if not edits or (start, end) != (edits[-1].start, edits[-1].end):
            edits.append(Edit(start, end, "x" * size, "y", "missing", (), 0.5, (), "suggested"))
    pictures = [Edit(at, at, "", "", "picture", (), 0.0, (), "open") for at in places]
    together = beside(edits, pictures)
    assert len({(edit.start, edit.end) for edit in together}) == len(together) == len(edits) + len(pictures)
    assert all(a.end <= b.start for a, b in itertools.pairwise(together))
