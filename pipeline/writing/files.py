"""The files of a restored document: text, edits, diff, report. Every file is written whole or not at all."""

from __future__ import annotations

import bisect
import difflib
import functools
import hashlib
import json
import os
import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import jinja2

from pipeline.document import Place
from pipeline.edits import Edit
from pipeline.errors import FileAccessError
from pipeline.language import models
from pipeline.reading.text import encode
from pipeline.restoration import Restoration
from pipeline.review.page import review_html
from pipeline.settings import Settings
from pipeline.writing.formats import render
from pipeline.writing.layout import line_starts
from pipeline.writing.plots import report_html
from pipeline.writing.tables import tables_report

TEMPLATES = jinja2.Environment(
    loader=jinja2.FileSystemLoader(Path(__file__).with_name("templates")), autoescape=True, trim_blocks=True
)


def write_whole(path: Path, content: str | bytes) -> None:
    """Write *content* (text as UTF-8, line ends untouched): to a temporary file, synced, then renamed into place.

    Raises:
        FileAccessError: the folder cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        data = _encoded(content)
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".buque-", delete=False) as file:
            temporary = Path(file.name)
            try:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
                temporary.chmod(0o644)
                temporary.replace(path)
            except BaseException:
                temporary.unlink(missing_ok=True)
                raise
    except OSError as error:
        raise FileAccessError(f"{path}: {error.strerror}.", "Choose another --out folder.") from error


def edit_rows(restoration: Restoration) -> list[dict[str, Any]]:
    """Return the rows of edits.jsonl of a restoration."""
    return edit_rows_of(restoration.original, restoration.edits, restoration.places)


def edit_rows_of(original: str, edits: Iterable[Edit], on_page: Sequence[Place | None] = ()) -> list[dict[str, Any]]:
    """Return the rows of edits.jsonl; start and end count code points of the original line, from 0; lines from 1.

    Args:
        original: the text that the edits are of.
        edits: what is written.
        on_page: the place of every character of *original* on its page, or nothing for text input.
    """
    starts = line_starts(original)
    rows = []
    for edit in edits:
        line = bisect.bisect_right(starts, edit.start) - 1
        places = list(edit.places) or [p for p in on_page[edit.start : edit.end] if p] or _beside(edit, on_page)
        rows.append(
            {
                "page": places[0].page if places else 1,
                "line": line + 1,
                "start": edit.start - starts[line],
                "end": edit.end - starts[line],
                "before": edit.before,
                "after": edit.after,
                "kind": edit.kind,
                "evidence": list(edit.evidence),
                "probability": round(edit.probability, 4),
                "status": edit.status,
                "alternatives": [list(alternative) for alternative in edit.alternatives],
                **_where(places),
            }
        )
    return rows


def _beside(edit: Edit, on_page: Sequence[Place | None]) -> list[Place]:
    """Return the seam between the neighbours of an insertion, nothing wide: behind the one before, else at the next."""
    if edit.start < edit.end:
        return []
    for place in reversed(on_page[max(0, edit.start - 1) : edit.start]):
        if place:
            _, top, right, bottom = place.box
            return [Place(place.page, (right, top, right, bottom), place.under_seal)]
    for place in on_page[edit.start : edit.start + 1]:
        if place:
            left, top, _, bottom = place.box
            return [Place(place.page, (left, top, left, bottom), place.under_seal)]
    return []


def _where(places: list[Place]) -> dict[str, Any]:
    """Return page boxes, left, top, right, bottom in pixels, and whether a seal covers them; nothing for text input."""
    if not places:
        return {}
    return {"boxes": [list(place.box) for place in places], "under_seal": any(place.under_seal for place in places)}


def written(restoration: Restoration, settings: Settings) -> tuple[bytes, str]:
    """Return the restored text as it is written, and its encoding; unaltered text is what came in, byte for byte."""
    return encode(restoration.text, restoration.encoding if settings.encoding == "same" else "utf-8")


def report(restoration: Restoration, settings: Settings, name: str) -> dict[str, Any]:
    """Return the content of report.json."""
    from pipeline import __version__

    damage = restoration.damage
    return {
        "document": name,
        "version": __version__,
        "encoding": {"read": restoration.encoding, "written": written(restoration, settings)[1]},
        "original_sha256": hashlib.sha256(restoration.original.encode("utf-8", "surrogatepass")).hexdigest(),
        "damage": {
            "model": str(damage.cut) if damage.cut else None,
            "evidence_nats": round(damage.evidence, 1),
            "lost_share_of_running_text": round(damage.lost_mass, 4),
            "lines": Counter(damage.lines),
            "hypotheses": [list(rival) for rival in damage.rivals],
        },
        "pages": [*restoration.pages, *({"error": failure} for failure in restoration.failures)],
        "edits": {
            "by_status": Counter(edit.status for edit in restoration.edits),
            "by_kind": Counter(edit.kind for edit in restoration.edits),
            "characters_accepted": sum(len(e.after) for e in restoration.edits if e.status == "accepted"),
            "expected_errors_among_accepted": round(
                sum(1 - e.probability for e in restoration.edits if e.status == "accepted"), 2
            ),
        },
        "tables": tables_report(restoration),
        "own_terms_found": dict(restoration.terms),
        "garble": {
            "document": None if restoration.garble.document is None else round(restoration.garble.document, 4),
            "pages": {str(page): round(chance, 4) for page, chance in sorted(restoration.garble.pages.items())},
            "scan_again": list(restoration.garble.rescan),
        },
        "settings": {
            "fill": settings.fill,
            "mark": settings.mark,
            "beam": settings.beam,
            "accept": settings.accept,
            "alter": settings.alter,
            "suggest": settings.suggest,
            "off": sorted(settings.off),
        },
        "language_models": {
            "weights": [round(weight, 4) for weight in restoration.weights],
            "sha256": {
                Path(p).name: _sha256(Path(p), Path(p).stat().st_mtime_ns) for p in models.paths(settings.models)
            },
        },
        "seconds": round(restoration.seconds, 3),
    }


@functools.lru_cache(maxsize=16)
def _sha256(path: Path, changed: int) -> str:
    """Return the hash of a model file, taken once for each time at which it was *changed*."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def diff_html(restoration: Restoration, name: str) -> str:
    """Return the self-contained page that shows original and restored text line by line."""
    starts = line_starts(restoration.original)
    by_line: dict[int, list[Edit]] = {}
    for edit in restoration.edits:
        by_line.setdefault(bisect.bisect_right(starts, edit.start) - 1, []).append(edit)
    rows = []
    at = 0
    for number, start in enumerate(starts):
        end = starts[number + 1] if number + 1 < len(starts) else len(restoration.original)
        line = restoration.original[start:end].rstrip("\r\n")
        pieces: list[dict[str, Any]] = []
        at = max(at, start)  # an edit may have taken in the line end before
        for edit in by_line.get(number, []):
            pieces.append({"text": restoration.original[at : edit.start]})
            pieces.append({"edit": edit, "percent": round(100 * edit.probability)})
            at = max(at, edit.end)
        pieces.append({"text": restoration.original[at : start + len(line)]})
        crops = [uri for offset, uri in restoration.crops if start <= offset < end]
        rows.append({"number": number + 1, "original": line, "pieces": pieces, "crops": crops})
    counts = Counter(edit.status for edit in restoration.edits)
    template = TEMPLATES.get_template("diff.html.j2")
    return template.render(name=name, rows=rows, counts=counts, damage=restoration.damage)


def unified_diff(original: str, restored: str, name: str) -> list[str]:
    """Return a unified diff, a line an item."""
    return list(
        difflib.unified_diff(
            original.splitlines(), restored.splitlines(), f"{name} (original)", f"{name} (restored)", lineterm=""
        )
    )


def document_files(
    restoration: Restoration,
    settings: Settings,
    name: str,
    formats: Iterable[str] = (),
    extra: Mapping[str, Any] | None = None,
) -> dict[str, bytes]:
    """Return the files of a document by name; report.json comes last.

    It holds the SHA-256 of every other file and is the proof that ``buque verify`` checks; *extra* is entered in it.
    """
    rows = [json.dumps(row, ensure_ascii=False) + "\n" for row in edit_rows(restoration)]
    texts: dict[str, str | bytes] = {
        "original.txt": restoration.original,
        "restored.txt": written(restoration, settings)[0],
        "edits.jsonl": "".join(rows),
        "diff.html": diff_html(restoration, name),
        "review.html": review_html(restoration.original, restoration.edits, name, fill=settings.fill),
    }
    texts.update(render(restoration, settings, name, chosen) for chosen in formats)
    files = {file: _encoded(content) for file, content in texts.items()}
    proof = {**report(restoration, settings, name), **(extra or {})}
    del proof["seconds"]  # the same input gives the same files; how long it took is in the run store
    shown = report_html(restoration, settings, name, proof).encode("utf-8", "surrogatepass")
    proof["files"] = {file: hashlib.sha256(content).hexdigest() for file, content in files.items()}
    files["report.html"] = shown
    files["report.json"] = (json.dumps(proof, ensure_ascii=False, indent=2) + "\n").encode("utf-8", "surrogatepass")
    return files


def write_document(
    restoration: Restoration, settings: Settings, folder: Path, name: str, formats: Iterable[str] = ()
) -> None:
    """Write the files of a document into *folder*, each whole or not at all, report.json last."""
    for file, content in document_files(restoration, settings, name, formats).items():
        write_whole(folder / file, content)


def _encoded(content: str | bytes) -> bytes:
    return content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content
