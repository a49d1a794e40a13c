"""Replay: edits applied and reverted give the original back."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.document import Place
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


@given(
    st.lists(st.tuples(st.integers(0, 6), st.integers(0, 3)), max_size=5),
    st.lists(st.integers(0, 14), max_size=6),
    st.integers(0, 3),
)
def test_insertions_beside_edits_keep_spans_apart(spans, places, behind):
    edits, end = [], 0
    for gap, size in spans:
        start = end + gap
        end = start + size
        if not edits or (start, end) != (edits[-1].start, edits[-1].end):
            edits.append(Edit(start, end, "x" * size, "y", "missing", (), 0.5, (), "suggested"))
    length = end + behind
    pictures = [Edit(at, at, "", "", "picture", (), 0.0, (), "open", (Place(at + 1, (0, 0, 1, 1)),)) for at in places]
    together = beside(edits, pictures, length)
    assert len({(edit.start, edit.end) for edit in together}) == len(together)
    assert all(a.end <= b.start for a, b in itertools.pairwise(together))
    assert all(edit.end <= length for edit in together)
    shown = sorted(place.page for edit in together for place in edit.places)
    inside = {at for edit in edits for at in range(edit.start + 1, edit.end)}
    free = set(range(length + 1)) - inside - {edit.start for edit in edits if edit.start == edit.end}
    assert shown == (sorted(at + 1 for at in places) if free else [])
    assert len(together) == len(edits) + min(len(pictures), len(free))


def test_pictures_at_the_end_of_a_text_stay_in_it():
    pictures = [Edit(5, 5, "", "", "picture", (), 0.0, (), "open", (Place(n, (0, 0, 9, 9)),)) for n in (1, 2, 3)]
    assert [edit.start for edit in beside([], pictures, 5)] == [3, 4, 5]
