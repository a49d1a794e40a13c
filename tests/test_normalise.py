"""Tokens map back to the characters they came from."""

from hypothesis import given
from hypothesis import strategies as st

from pipeline.language.normalise import symbols, tokenise


@given(st.text())
def test_spans_cover_all_but_white_space_in_order(text):
    at = 0
    for token in tokenise(text):
        assert token.start >= at and token.end > token.start
        assert not text[at : token.start].strip() or all(c.isspace() for c in text[at : token.start])
        at = token.end
    assert not text[at:].strip()


def test_digits_and_latin_are_classes():
    assert symbols("2018年1,234.5万元 APP（试行）") == list("0年0万元A（试行）")


def test_half_width_punctuation_is_folded():
    assert symbols("公开(试行),") == list("公开（试行），")
