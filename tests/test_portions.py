"""A PDF read in portions: as if read whole, gone on with after a kill, and one bad page costs one page."""

import json

import pytest

from pipeline import Settings, restore
from pipeline.batch.inline import Inline
from pipeline.batch.planning import Batch
from pipeline.batch.runner import Run
from pipeline.batch.session import output
from pipeline.batch.tasks import Failed
from pipeline.reading import pdf_portions
from pipeline.reading.pages import scan_of
from pipeline.reading.pdf_portions import read_portion
from scripts.lab_pdf import FontDamage, Sheet, Text, write_pdf
from tests.test_faults import Heard
from tests.test_restore import TRUTH

BODY = "".join(line for line in TRUTH.splitlines() if len(line) > 60)
PAGES, LINES, CELLS = 5, 2, 26


def pages():
    sheets = []
    for number in range(PAGES):
        texts = []
        for row in range(LINES):
            at = (number * LINES + row) * CELLS
            glyphs = tuple((char, 80.0 + 16.0 * n) for n, char in enumerate(BODY[at : at + CELLS]))
            texts.append(Text("song", 16.0, glyphs, 130.0 + 29.0 * row))
        sheets.append(Sheet(texts))
    return sheets


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    """A PDF with a text layer."""
    path = tmp_path_factory.mktemp("portions") / "县.pdf"
    write_pdf(path, pages(), {"song": FontDamage()})
    return path


@pytest.fixture(autouse=True)
def two_together(monkeypatch):
    monkeypatch.setattr(pdf_portions, "TOGETHER", 2)


class Recorded(Inline):
    """Carries tasks out here; says which portions were asked for, and stops or fails where it is told."""

    def __init__(self, stop_after=99, bad_page=None):
        super().__init__()
        self.asked = []
        self._stop_after, self._bad_page = stop_after, bad_page

    def completed(self, timeout):
        results = []
        for task, result in super().completed(timeout):
            if task.call.endswith("read_portion"):
                first, last = task.arguments[1:]
                self.asked.append((first, last))
                if len(self.asked) > self._stop_after:
                    raise KeyboardInterrupt
                if self._bad_page is not None and first <= self._bad_page <= last:
                    result = Failed("crash", "the worker died.")
            results.append((task, result))
        return results


def run(path, out, workers):
    heard = Heard()
    with output(str(out)) as store:
        Run(Batch((str(path),), str(out), Settings(jobs=1)), store, workers, heard).carry_out()
    return heard


def test_portions_give_what_the_whole_gives(path, tmp_path):
    whole = restore(path, Settings(jobs=1))
    workers = Recorded()
    run(path, tmp_path, workers)
    assert workers.asked == [(1, 2), (3, 4), (5, 5)]
    assert (tmp_path / "县" / "original.txt").read_text(encoding="utf-8") == whole.original
    assert (tmp_path / "县" / "restored.txt").read_text(encoding="utf-8") == whole.text
    told = json.loads((tmp_path / "县" / "report.json").read_bytes())["pages"]
    assert [page["page"] for page in told] == list(range(1, PAGES + 1))
    assert {page["source"] for page in told} == {"glyph layer"}
    assert all(page["reason"] and page["fonts"] for page in told)


def test_a_run_that_was_killed_goes_on_with_the_portions_that_are_missing(path, tmp_path):
    with pytest.raises(KeyboardInterrupt):
        run(path, tmp_path, Recorded(stop_after=2))
    workers = Recorded()
    run(path, tmp_path, workers)
    assert workers.asked == [(5, 5)]
    whole = restore(path, Settings(jobs=1))
    assert (tmp_path / "县" / "restored.txt").read_text(encoding="utf-8") == whole.text


def test_a_page_that_ends_its_worker_costs_that_page(path, tmp_path):
    heard = run(path, tmp_path, Recorded(bad_page=4))
    assert [(name, number) for name, number, _ in heard.failures] == [("县", 4)]
    told = json.loads((tmp_path / "县" / "report.json").read_bytes())
    assert [row["page"] for row in told["pages_failed"]] == [4]
    assert [page["page"] for page in told["pages"] if "source" in page] == [1, 2, 3, 5]
    again = Recorded()
    run(path, tmp_path, again)
    assert not again.asked


def test_all_drawings_of_a_glyph_vote_whatever_portion_they_are_in(tmp_path):
    path = tmp_path / "nameless.pdf"
    write_pdf(path, pages(), {"song": FontDamage(to_unicode=False, cmap=False)})
    portions = [read_portion(path, Settings(), first, first + 1) for first in (1, 3, 5)]
    scan = scan_of(portions, (), "县")
    shown = BODY[: PAGES * LINES * CELLS]
    assert sum(a == b for a, b in zip(scan.text.replace("\n", ""), shown, strict=True)) >= 0.995 * len(shown)
    readings = {}
    for char, place in zip(scan.text, scan.places, strict=True):
        if place:
            readings.setdefault(place.glyph, set()).add(char)
    assert all(len(chars) == 1 for chars in readings.values())


def test_lines_are_dropped_where_memory_counts(path):
    scan = scan_of([read_portion(path, Settings(), 1, 1)], (), "县", keep=False)
    assert not any(page.lines for page in scan.pages)
    assert len(scan.places) == len(scan.text)
