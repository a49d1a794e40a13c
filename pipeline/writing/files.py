"""The files of a restored document: text, edits, diff, report. Every file is written whole or not at all."""

from __future__ import annotations

import difflib
import functools
import hashlib
import json
import os
import re
import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pipeline.edits import is_faint
from pipeline.errors import FileAccessError
from pipeline.infill import neural
from pipeline.language import models
from pipeline.reading.text import encode
from pipeline.restoration import Restoration
from pipeline.settings import Settings
from pipeline.writing.diff_page import diff_html
from pipeline.writing.formats import render
from pipeline.writing.plots import report_html
from pipeline.writing.review_page import review_html
from pipeline.writing.rows import edit_rows
from pipeline.writing.tables import tables_report


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


def written(restoration: Restoration, settings: Settings) -> tuple[bytes, str]:
    """Return the restored text as it is written, and its encoding; unaltered text is what came in, byte for byte."""
    return encode(restoration.text, restoration.encoding if settings.encoding == "same" else "utf-8")


def report(restoration: Restoration, settings: Settings, name: str, written_as: str | None = None) -> dict[str, Any]:
    """Return the content of report.json; *written_as* is the encoding of the restored text, where it is known."""
    from pipeline import __version__

    damage = restoration.damage
    return {
        "document": name,
        "version": __version__,
        "encoding": {"read": restoration.encoding, "written": written_as or written(restoration, settings)[1]},
        "original_sha256": hashlib.sha256(restoration.original.encode("utf-8", "surrogatepass")).hexdigest(),
        "damage": {
            "model": str(damage.cut or damage.glyph_set) if damage.cut or damage.glyph_set else None,
            "evidence_nats": round(damage.evidence, 1),
            "lost_share_of_running_text": round(damage.lost_mass, 4),
            "lines": Counter(damage.lines),
            "hypotheses": [list(rival) for rival in damage.rivals],
            "fonts": [
                {
                    "font": region.font,
                    "model": str(region.cut) if region.cut else None,
                    "evidence_nats": round(region.evidence, 1),
                    "lines": region.lines,
                }
                for region in damage.regions
            ],
        },
        "pages": [*restoration.pages, *({"page": page, "error": failure} for page, failure in restoration.failures)],
        "edits": {
            "by_status": Counter(edit.status for edit in restoration.edits),
            "faint": sum(is_faint(edit, settings.suggest) for edit in restoration.edits),
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
            "engine": settings.engine,
            "pinyin_confusions": settings.pinyin_confusions,
            "encoding": settings.encoding,
            "ocr": settings.ocr,
            "profile_sha256": _digest(settings.profile) if settings.profile else None,
        },
        "language_models": {
            "weights": [round(weight, 4) for weight in restoration.weights],
            "sha256": {Path(p).name: _digest(Path(p)) for p in models.paths(settings.models)},
        },
        "neural_witness": _witness(settings),
        "seconds": round(restoration.seconds, 3),
    }


def _witness(settings: Settings) -> dict[str, Any]:
    """Return the hashes of the neural witness, where holes are read with it, or what it lacks."""
    if settings.engine == "ngram":
        return {"sha256": {}}
    if lack := neural.missing(settings.models):
        return {"sha256": {}, "note": f"{lack} Holes were read by the n-grams alone."}
    return {"sha256": {name: _digest(settings.models / name) for name in (neural.MODEL, neural.CARD)}}


def _digest(path: Path) -> str:
    return _sha256(path, path.stat().st_mtime_ns)


@functools.lru_cache(maxsize=16)
def _sha256(path: Path, changed: int) -> str:
    """Return the hash of a file, taken once for each time at which it was *changed*."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def unified_diff(original: str, restored: str, name: str, context: int = 3) -> list[str]:
    """Return a unified diff with *context* lines around each change, a line an item, which patch(1) carries out."""
    before, after = (re.findall(r"[^\n]*\n|[^\n]+", text) for text in (original, restored))
    found = difflib.unified_diff(before, after, f"{name} (original)", f"{name} (restored)", n=context)
    lines = (line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in found)
    return [line for both in lines for line in re.findall(r"[^\n]*(?=\n)", both) if line]


def document_files(
    restoration: Restoration,
    settings: Settings,
    name: str,
    formats: Iterable[str] = (),
    extra: Mapping[str, Any] | None = None,
    source: Path | None = None,
) -> dict[str, bytes]:
    """Return the files of a document by name; report.json comes last.

    It holds the SHA-256 of every other file and is the proof that ``buque verify`` checks; *extra* is entered in it.
    Formats that show page images take them from *source*.
    """
    rows = [json.dumps(row, ensure_ascii=False) + "\n" for row in edit_rows(restoration)]
    restored, written_as = written(restoration, settings)
    texts: dict[str, str | bytes] = {
        "original.txt": restoration.original,
        "restored.txt": restored,
        "edits.jsonl": "".join(rows),
        "diff.html": diff_html(restoration, name, settings),
        "review.html": review_html(restoration, settings, name),
    }
    for chosen in formats:
        texts.update(render(restoration, settings, name, chosen, source))
    files = {file: _encoded(content) for file, content in texts.items()}
    proof = {**report(restoration, settings, name, written_as), **(extra or {})}
    del proof["seconds"]  # the same input gives the same files; how long it took is in the run store
    files["report.html"] = _encoded(report_html(restoration, settings, name, proof))
    proof["files"] = {file: hashlib.sha256(content).hexdigest() for file, content in files.items()}
    files["report.json"] = (json.dumps(proof, ensure_ascii=False, indent=2) + "\n").encode("utf-8", "surrogatepass")
    return files


def summary_of(files: Mapping[str, bytes]) -> dict[str, Any]:
    """Return what report.json among a document's *files* says of it, but for the hashes of the others."""
    found: dict[str, Any] = json.loads(files["report.json"].decode("utf-8", "surrogatepass"))
    del found["files"]
    return found


def _encoded(content: str | bytes) -> bytes:
    return content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content
