"""What a result depends on: a stage is done again when settings, models, code or libraries change, and only then."""

import ast
from dataclasses import replace
from pathlib import Path

import pytest

import pipeline
from pipeline import Settings
from pipeline.batch import keys
from pipeline.batch.keys import basis
from pipeline.batch.locations import digest


def test_keys_follow_what_a_stage_depends_on(tmp_path, monkeypatch):
    package = tmp_path / "package"
    for name in ("reading/a.py", "damage/b.py", "writing/c.j2", "batch/d.py"):
        (package / name).parent.mkdir(parents=True)
        (package / name).write_text("1")
    models = tmp_path / "models"
    models.mkdir()
    (models / "general.klm").write_text("1")
    monkeypatch.setattr(keys, "PACKAGE", package)
    settings = Settings(models=models)

    def changed(settings=settings, formats=()):
        fresh = basis(settings, formats, digest).keys("hash", ".txt", "name")
        return [stage for stage in keys.STAGES if fresh.of(stage) != first.of(stage)]

    first = basis(settings, (), digest).keys("hash", ".txt", "name")
    assert changed() == []
    assert changed(replace(settings, jobs=9)) == []
    assert changed(replace(settings, beam=9)) == ["restore", "write"]
    assert changed(replace(settings, ocr="tesseract")) == ["read", "restore", "write"]
    assert changed(formats=("md",)) == ["write"]
    for path, stages in (
        (package / "batch/d.py", []),
        (package / "writing/c.j2", ["write"]),
        (package / "damage/b.py", ["restore", "write"]),
        (models / "general.klm", ["restore", "write"]),
        (package / "reading/a.py", ["read", "restore", "write"]),
    ):
        path.write_text("2")
        assert changed() == stages, path
        path.write_text("1")


@pytest.mark.parametrize("suffix", [".txt", ".docx", ".html", ".htm", ".hocr", ".xml", ".text"])
def test_keys_follow_references_of_every_kind(tmp_path, suffix):
    def key():
        return basis(Settings(references=tmp_path), (), digest).keys("hash", ".txt", "name").restore

    sister = tmp_path / f"sister{suffix}"
    sister.write_text("1")
    first = key()
    sister.write_text("2")
    assert key() != first


def test_text_layers_are_read_again_with_other_models(tmp_path):
    def read_key(suffix):
        return basis(Settings(models=tmp_path), (), digest).keys("hash", suffix, "name").read

    (tmp_path / "general.klm").write_text("1")
    before = {suffix: read_key(suffix) for suffix in (".pdf", ".PDF", ".png")}
    (tmp_path / "general.klm").write_text("2")
    assert {suffix: read_key(suffix) == key for suffix, key in before.items()} == {
        ".pdf": False,
        ".PDF": False,
        ".png": True,
    }


def imported_by(path):
    """Return the modules of the package that a module imports, as files in it."""
    root = Path(pipeline.__file__).parent
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = []
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{name.name}" for name in node.names)]
        elif isinstance(node, ast.Import):
            names = [name.name for name in node.names]
        for name in names:
            found = root.parent.joinpath(*name.split(".")).with_suffix(".py")
            if name.startswith("pipeline.") and found.is_file():
                yield found


def test_the_key_of_reading_covers_all_that_reading_imports():
    root = Path(pipeline.__file__).parent
    waiting = [path for part in keys._CODE["read"] for path in (root / part).glob("*.py")]
    covered, seen = {*keys._CODE["read"], *keys._READING_USES}, set()
    while waiting:
        path = waiting.pop()
        if path not in seen:
            seen.add(path)
            waiting += imported_by(path)
    names = {str(path.relative_to(root)) for path in seen}
    assert len(names) > 40
    assert not {name for name in names if name not in covered and name.split("/")[0] not in covered}
    assert set(keys._READING_USES) <= names, "a module that reading no longer imports"
