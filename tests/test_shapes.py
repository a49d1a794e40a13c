"""What a damaged store can hold in place of summaries and sizes."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.batch.planning import reports
from pipeline.batch.shapes import files_from, summary_from

SUMMARY = {
    "edits": {"by_status": {"accepted": 3, "suggested": 1, "open": 2}, "faint": 1},
    "garble": {"scan_again": [2]},
}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["edits", "by_status", "open", "faint", "garble", "scan_again", "pages_failed"]), inner
        )
    ),
    max_leaves=8,
)


def test_what_was_written_is_read():
    assert summary_from(json.dumps(SUMMARY)) == SUMMARY
    assert files_from('{"restored.txt": 12}') == {"restored.txt": 12}
    assert summary_from(None) == files_from("") == {}


@given(JSON)
def test_whatever_is_read_can_be_counted(content):
    """Found by fuzzing: a number in place of a summary."""
    try:
        summary = summary_from(json.dumps(content))
    except ValueError:
        return
    if summary:
        assert isinstance(reports(summary), int)
    assert len(summary.get("pages_failed", ())) >= 0
    assert all(str(page) for page in summary.get("garble", {}).get("scan_again") or ())


@pytest.mark.parametrize(
    "text", ["7", "[]", "null", '"x"', '{"edits": 1}', '{"edits": {"by_status": {"open": "x"}}}', "{"]
)
def test_other_forms_are_refused(text):
    with pytest.raises(ValueError):
        summary_from(text)


@pytest.mark.parametrize("text", ["7", "[]", '{"restored.txt": "12"}', '{"restored.txt": -1}'])
def test_files_have_sizes(text):
    with pytest.raises(ValueError):
        files_from(text)
