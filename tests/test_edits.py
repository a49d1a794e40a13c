"""Replay: edits applied and reverted give the original back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.edits import Edit, apply, revert
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
