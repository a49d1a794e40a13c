"""Names of the user's that the neural witness must not speak against."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pipeline.holes import Hole, Line, paragraph_parts
from pipeline.infill.hearing import hear
from pipeline.infill.taught import Taught
from pipeline.infill.told import Told

NAME = "到措玛县去"


def usual_but(*strange):
    """Probabilities in which only some symbols surprise."""
    return lambda text: [-5.0 if symbol in strange else -0.5 for symbol in text]


def found(seen, *strange, texts=(NAME,)):
    return set(Taught(texts, usual_but(*strange)).places(seen))


def test_a_name_fits_where_one_of_its_two_unusual_neighbours_is_seen():
    assert found("往措□□办", "玛") == {(2, "玛"), (3, "县")}
    assert found("往□玛县办", "玛") == {(1, "措")}
    assert found("往措玛□办", "玛") == {(3, "县")}
    assert found("往□□县办", "玛") == set()
    assert found("往措施和办", "玛") == set()


def test_ordinary_words_of_the_user_are_no_names():
    assert found("到措□□去") == set()


def test_a_name_at_the_end_of_a_text_has_nothing_behind_it():
    assert found("措□□", "玛", texts=("措玛",)) == {(1, "玛")}


def test_texts_without_neighbours_teach_nothing():
    assert found("措□", "措", "玛", texts=("措", "")) == set()


@given(st.lists(st.text("甲乙丙丁□", max_size=8), max_size=4), st.text("甲乙丙丁□", max_size=12))
def test_what_is_supplied_stands_in_a_hole_and_makes_a_text_of_the_users(texts, seen):
    texts = [text.replace("□", "戊") for text in texts]
    for at, symbol in Taught(texts, usual_but("甲", "丙")).places(seen):
        assert seen[at] == "□"
        assert any(symbol in text for text in texts)
        around = [*range(max(0, at - 2), at), *range(at + 1, min(len(seen), at + 3))]
        assert any(seen[near] != "□" for near in around)


def test_what_stands_behind_marks_and_numbers_is_no_name():
    assert found("，□", "且", texts=("，且",)) == set()
    assert found("0□", "且", texts=("0且",)) == set()


def test_the_witness_is_as_fond_of_a_name_as_of_its_best_where_it_can_be_missing():
    parts = paragraph_parts("措□□办", [Line(0, 4, "whole")])
    symbols, candidates = list("措施和办"), list("施和玛")
    rows = np.array([[0.0, -1.0, -2.0], [0.5, 0.0, -2.0]], dtype=np.float32)
    said = np.copy(rows)

    class Fond:
        weight, length_weight = 1.0, 0.0

        def speak(self, passages, candidates, threads):
            return [np.copy(rows)]

    hole = next(at for at, part in enumerate(parts) if isinstance(part, Hole))
    path = [(0, 0), (1, hole), (2, hole), (3, len(parts) - 1)]
    taught = Taught(["措玛县"], usual_but("玛"))  # 县 is no candidate
    (told,) = hear([parts], lambda _: [path], [Told()], symbols, candidates, Fond(), 1, taught, rounds=1)
    assert told.cells[hole].tolist() == [[0.0, -1.0, 0.0], said[1].tolist()]
