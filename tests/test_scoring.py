"""The benchmarks' own counting."""

from pipeline.edits import Edit
from scripts.scoring import gaps_restored


def put_in(at, text):
    return Edit(at, at, "", text, "untraced", (), 0.9, (), "accepted")


def test_what_stands_at_the_beginning_of_a_line_is_counted_on_that_line_alone():
    text = "公开\n方案\n"
    edits = [put_in(2, "要"), put_in(3, "点")]
    first, second = (gaps_restored(text, start, start + 3, edits) for start in (0, 3))
    assert first == ("公开", {2: edits[:1]})
    assert second == ("方案", {0: edits[1:]})
