"""Rooms import one way, along the order in which a text passes through them."""

import ast
from pathlib import Path

import pipeline

ORDER = ("damage", "language", "reading", "vocabulary", "detection", "infill", "decision")
ROOT = Path(pipeline.__file__).parent


def imported(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("pipeline."):
            yield node.module.split(".")[1]


def test_no_room_imports_one_behind_it():
    wrong = [
        (str(path.relative_to(ROOT)), room)
        for place, folder in enumerate(ORDER)
        for path in sorted((ROOT / folder).rglob("*.py"))
        for room in imported(path)
        if room in ORDER[place + 1 :]
    ]
    assert wrong == []


def test_what_all_rooms_share_imports_none_behind_the_first():
    shared = {room for path in (ROOT / "holes.py", ROOT / "edits.py") for room in imported(path)}
    assert not shared & set(ORDER[2:])
