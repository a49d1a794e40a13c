"""The damage laboratory: what it renders is repeatable, and its truth is true."""

import json
from itertools import pairwise

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.damage.hypotheses import Cut
from pipeline.errors import BuqueError, MissingDependencyError
from pipeline.laboratory.losses import lost_by
from pipeline.laboratory.measuring import compare, measure_page, totals
from pipeline.laboratory.rendering import WEAR, render, worn
from pipeline.laboratory.tables import table_of
from pipeline.laboratory.typesetting import FONTS, Sheet, font_path, print_page, proportional, rows_of
from pipeline.laboratory.wear import sealed
from tests.test_restore import TRUTH

FONT = "song"


def test_the_same_arguments_give_the_same_pages(tmp_path):
    text = "\n".join(TRUTH.splitlines()[:12])
    arguments = {"pages": 1, "seed": 3, "dpis": (100,), "points": (16.0,), "fonts": (FONT,)}
    first = render(text, tmp_path / "a", **arguments)
    again = render(text, tmp_path / "b", **arguments)
    other = render(text, tmp_path / "c", **(arguments | {"seed": 4}))
    assert [path.name for path in first] == [path.name for path in again]
    assert len(first) == 8  # grid and justified, four versions
    for a, b in zip(first, again, strict=True):
        assert a.read_bytes() == b.read_bytes()
        assert a.with_suffix(".json").read_bytes() == b.with_suffix(".json").read_bytes()
    assert any(a.read_bytes() != c.read_bytes() for a, c in zip(first, other, strict=True))


def test_ink_lies_where_the_truth_says_and_nowhere_else():
    lost = lost_by("0.44", TRUTH, 7)
    page, truth = print_page(rows_of(TRUTH, True)[:10], FONT, 200, lost)
    for row in truth:
        top, bottom = int(row["top"]) - 4, int(row["bottom"]) + 6
        for char, left, right, seen in row["glyphs"]:
            part = page[top:bottom, int(left) + 2 : int(right) - 2]
            assert (part.min() < 128) == seen, char


@pytest.mark.parametrize("size", [10.5, 12.0, 22.0])
def test_a_page_of_any_size_fits_the_paper(size):
    sheet = Sheet.of_points(size)
    rows = rows_of(TRUTH, False, sheet.columns)[: sheet.rows]
    page, truth = print_page(rows, FONT, 100, set(), sheet)
    assert truth[-1]["bottom"] < page.shape[0] - 40
    assert max(glyph[2] for row in truth for glyph in row["glyphs"]) < page.shape[1] - 30


def test_justified_lines_end_at_the_margin():
    rows = rows_of(TRUTH, True, 28, proportional(FONT))
    full = [row for row, following in pairwise(rows) if not following.first]
    ends = [max(x + w for _, x, w in row.glyphs if x < 28 - 1e-6) for row in full]
    assert np.mean(np.abs(np.array(ends) - 28) < 0.01) > 0.95


def test_damage_models():
    cut = Cut("GB2312", "above", 0xC2C9)
    assert lost_by("GB2312>C2C9", TRUTH, 1) == {c for c in TRUTH if cut.loses(c)}
    assert lost_by("Unicode<5E74", TRUTH, 1) == {c for c in TRUTH if Cut("Unicode", "below", 0x5E74).loses(c)}
    assert lost_by("政府", TRUTH, 1) == {"政", "府"}
    lost = lost_by("0.3", TRUTH, 5)
    han = [c for c in TRUTH if "一" <= c <= "鿿"]
    assert sum(c in lost for c in han) / len(han) == pytest.approx(0.3, abs=0.02)
    for wrong in ("GB2312>xyz", "much"):
        with pytest.raises(BuqueError):
            lost_by(wrong, TRUTH, 1)


def test_every_kind_of_wear_changes_the_page_and_keeps_its_size():
    page, _ = print_page(rows_of(TRUTH, True)[:22], FONT, 150, set())
    for kind in WEAR:
        image, _ = worn(page, 150, (kind,), False, np.random.default_rng(1))
        assert image.shape[:2] == page.shape
        grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY) if image.ndim == 3 else image
        assert np.abs(grey.astype(int) - page).max() > 20, kind
    image, (x, y, radius) = sealed(page, 150, np.random.default_rng(2))
    reddish = image[:, :, 2].astype(int) - image[:, :, 1] > 60
    rows, columns = np.nonzero(reddish)
    assert abs(rows.mean() - y) < 0.2 * radius
    assert np.hypot(rows - y, columns - x).max() < 1.1 * radius


def test_counts_of_a_line():
    counts = compare("□政府□□公开，", "□政府□公开。")
    assert (counts["gaps"], counts["exact"]) == (1, 0)
    assert (counts["start"], counts["start_exact"], counts["end"]) == (1, 1, 0)
    assert counts["errors"] == 1
    assert compare("政府公开", "政□府公开")["false"] == 1
    assert compare("政府公开□", "政府公开")["end_exact"] == 0


def test_the_command_renders_and_measures(tmp_path):
    text = tmp_path / "报告.txt"
    text.write_text("\n".join(TRUTH.splitlines()[:6]), encoding="utf-8")
    runner = CliRunner()
    options = ["--pages", "1", "--dpi", "150", "--font", FONT, "--versions", "b", "--loss", "GB2312>C2C9"]
    result = runner.invoke(app, ["lab", "render", str(text), str(tmp_path / "pages"), *options])
    assert result.exit_code == 0, result.output
    assert len(list((tmp_path / "pages").glob("*.png"))) == 2
    truth = json.loads(next((tmp_path / "pages").glob("*.json")).read_text(encoding="utf-8"))
    assert truth["version"] == "b"
    result = runner.invoke(app, ["lab", "measure", str(tmp_path / "pages"), "--by", "setting"])
    assert result.exit_code == 0, result.output
    assert "grid: pages 1" in result.output
    assert "exact" in result.output
    result = runner.invoke(app, ["lab", "render", str(text), str(tmp_path / "x"), "--font", "comic"])
    assert result.exit_code == 2


def test_missing_fonts_are_named(monkeypatch):
    monkeypatch.setitem(FONTS, "none", ("/nowhere/none.ttf", 0))
    with pytest.raises(MissingDependencyError, match=r"none\.ttf"):
        font_path("none")
    assert totals([], str) == {}


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    """A clean page with a table, and the same page that lost glyphs and cells."""
    out = tmp_path_factory.mktemp("tables")
    text = "\n".join(TRUTH.splitlines()[:12])
    paths = render(text, out, 1, 3, (200,), (16.0,), (FONT,), "GB2312>C2C9", (), "ab", tables=True)
    return [path for path in paths if path.name.startswith("grid")]


def test_tables_are_printed_with_their_truth(tables, tmp_path):
    whole, damaged = (json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))["table"] for path in tables)
    assert not any(cell["lost"] for row in whole["cells"] for cell in row)
    lost = [cell for row in damaged["cells"] for cell in row if cell["lost"]]
    assert lost and all(cell["text"] and not cell["shown"] for cell in lost)
    page = cv2.imread(str(tables[1]), cv2.IMREAD_GRAYSCALE)
    for row in damaged["cells"]:
        for cell in row:
            left, top, right, bottom = (int(value) for value in cell["box"])
            inside = page[top + 4 : bottom - 3, left + 4 : right - 3]
            assert (inside.min() < 128) == bool(cell["shown"].strip("□")), cell
    assert table_of(TRUTH, 6, 5) == table_of(TRUTH, 6, 5) != table_of(TRUTH, 6, 6)


def test_tables_are_measured_and_lost_cells_stay_cells(tables):
    _, counts, wrong = measure_page(tables[1].with_suffix(".json"), "rapidocr")
    assert counts["table_rows_right"] == counts["table_rows"] == 7
    assert counts["cells_kept"] == counts["cells_lost"] > 0
    assert counts["cells"] == 28
    assert counts["cells_exact"] >= 20
    assert len(wrong) >= 28 - counts["cells_exact"]
    assert counts["extra_lines"] == 0
