"""What is accepted, suggested, left open, and that probabilities are probabilities."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import Settings
from pipeline.decision.policy import _alternatives, decide, probability
from pipeline.edits import Edit
from pipeline.holes import Hole
from pipeline.infill.readings import Reading
from pipeline.writing.diff_page import shown


def reading(text="政", share=0.9999, witnesses=(), kind="exact", **other):
    size = len(text)
    hole = Hole(2, 2 + size, size, size, kind)
    values = {"length_share": 1.0, "context": 1.0, "seen": 1.0, "fluency": -0.2}
    values.update(other)
    fillings = ((text, share), ("其" * size, 1 - share))
    return Reading(hole, text, fillings, share, witnesses=witnesses, **values)


def status(one):
    return decide("推进" + "□" * len(one.text) + "公开", [one], Settings(), lambda hole: "nothing systematic")[0].status


def test_a_sure_reading_is_accepted_and_a_doubtful_one_is_not():
    assert status(reading()) == "accepted"
    assert status(reading(share=0.02, seen=0.2, context=0.01, fluency=-3.0)) == "open"


@pytest.mark.parametrize("char", list("不未非无"))
def test_negations_are_never_accepted(char):
    assert status(reading(char, witnesses=(f"vocabulary:formula:{char}公开",))) == "suggested"


def test_numerals_are_accepted_inside_set_terms_only():
    assert status(reading("一")) == "suggested"
    assert status(reading("一", witnesses=("vocabulary:formula:进一步",))) == "accepted"
    assert status(reading("一", witnesses=("vocabulary:place:一间房",))) == "suggested"
    assert status(reading("三", witnesses=("vocabulary:formula:进一步",))) == "suggested"


@given(
    share=st.floats(0, 1), length=st.floats(0, 1), context=st.floats(0, 1), seen=st.floats(0, 1), size=st.integers(1, 9)
)
def test_probabilities_lie_between_0_and_1_and_the_rest_is_shared_out(share, length, context, seen, size):
    one = reading("政" * size, share, length_share=length, context=context, seen=seen)
    chance = probability(one, 0.5)
    assert 0 <= chance <= 1
    edit = decide("推进" + "□" * size + "公开", [one], Settings(), lambda hole: "x")[0]
    assert edit.probability + sum(p for _, p in edit.alternatives) <= 1.001


@pytest.mark.parametrize("heard", [False, True])
@pytest.mark.parametrize("ease", [0.02, 0.5, 0.98])
@pytest.mark.parametrize("kind", ["exact", "gap"])
def test_a_likelier_reading_is_never_thought_less_probable(kind, ease, heard):
    """Not even in documents that are far harder than those that the coefficients were fitted on."""
    shares = (0.02, 0.2, 0.4, 0.6, 0.8, 0.95, 0.999)
    chances = [probability(reading(share=s, kind=kind, heard=heard), ease) for s in shares]
    assert chances == sorted(chances)


@given(st.floats(0.01, 0.99), st.floats(0.05, 0.95))
def test_alternatives_share_what_the_reading_leaves_and_stand_to_it_as_their_shares(chance, share):
    other = (("府", (1 - share) * 0.7), ("策", (1 - share) * 0.3))
    hole = Hole(2, 3, 1, 1, "exact")
    read = Reading(hole, "务", (("务", share), *other), share, 1.0, 1.0, 1.0, -0.2)
    found = dict(_alternatives(read, chance))
    assert sum(found.values()) <= 1 - chance + 1e-3
    assert all(found[text] <= chance * part / share + 1e-3 for text, part in other)


@pytest.mark.parametrize(
    ("kind", "status", "chance", "text"),
    [
        ("misread", "suggested", 0.04, "监"),
        ("misread", "suggested", 0.6, "减"),
        ("misread", "accepted", 0.97, "减"),
        ("missing", "suggested", 0.04, "减"),
    ],
)
def test_a_doubtful_change_of_readable_text_is_not_shown_as_text(kind, status, chance, text):
    assert shown(Edit(0, 1, "监", "减", kind, (), chance, (), status)) == text
