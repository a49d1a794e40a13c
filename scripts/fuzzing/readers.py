"""Every reader with files it can read, as seeds, and the call that is to survive what is made of them."""

from __future__ import annotations

import contextlib
import functools
import io
import itertools
import os
import sqlite3
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import fsspec

from pipeline import Settings, restore
from pipeline.batch.inline import Inline
from pipeline.batch.inputs import candidate_names
from pipeline.batch.planning import Batch
from pipeline.batch.runner import Run
from pipeline.batch.session import STORE, state_folder
from pipeline.batch.store import Store
from pipeline.decision.parallels import read_references
from pipeline.document import PAGE_SUFFIXES
from pipeline.imaging.loading import count_pages, load_page
from pipeline.profile import read_profile
from pipeline.reading import ocr_xml, ofd
from pipeline.reading.pages import read_scan, scan_of
from pipeline.reading.pdf_portions import portions_of, read_portion
from pipeline.reading.source import STDIN, read_source
from pipeline.reading.text import decode, encode
from pipeline.recognition.engine import Seen
from pipeline.review.decisions import carry_out, read_decisions
from pipeline.review.server import ReviewServer, _Handler
from pipeline.review.stored import faults, load
from pipeline.vocabulary.terms import read_terms
from pipeline.writing.files import document_files
from scripts.fuzzing import pdfs, seeds, structure
from scripts.fuzzing.structure import Damage

BLIND, SEEING = "scripts.fuzzing.readers:Blind", "scripts.fuzzing.readers:Seeing"
_QUICK = Settings(jobs=1, beam=5)
_TEXT_ENCODINGS = frozenset({"utf-8", "utf-8 with mark", "utf-16-le", "utf-16-le with mark", "gb18030", "big5"})
_LONGEST_NAME = 255


class Blind:
    """An engine that sees nothing: what is tried is everything before it."""

    def read(self, lines: list[object]) -> list[list[object]]:
        """Return no character for each line."""
        return [[] for _ in lines]


class Seeing:
    """An engine that sees a character wherever one may stand: what is tried is everything behind it."""

    def read(self, lines: list[Any]) -> list[list[Seen]]:
        """Return a character for each height of the line."""
        found = []
        for line in lines:
            high, wide = line.shape
            count = max(1, round(wide / max(high, 1)))
            signs = itertools.islice(itertools.cycle("推进政务公开，12（）"), min(count, 200))
            places = enumerate(signs)
            found.append([Seen(s, (k + 0.5) * wide / count, ((s, 0.9), ("政", 0.05))) for k, s in places])
        return found


@dataclass(frozen=True, slots=True)
class Reader:
    """A reader.

    Attributes:
        suffix: of the file it is given.
        seeds: files it can read.
        call: what is to survive; it gets the file.
        cost: how much rarer than the others it is tried.
        damage: what is done to half of its files, beside plain damage, that keeps their form.
    """

    suffix: str
    seeds: Callable[[], list[bytes]]
    call: Callable[[Path], object]
    cost: int = 1
    damage: tuple[Damage, ...] = ()


def _try_text(path: Path, name: str = "x") -> None:
    """Read a text, and write it again: byte for byte."""
    data = path.read_bytes()
    text, read_as = read_source(data, name)[:2] if name == STDIN else decode(data, name)
    if read_as in _TEXT_ENCODINGS:
        assert encode(text, read_as) == (data, read_as), "not written as it was read"


def _try_source(path: Path) -> None:
    text = read_source(path.read_bytes(), str(path)).text
    assert text.strip(), "empty text"
    text.encode("utf-8")


def _try_ocr(path: Path) -> None:
    lines = ocr_xml.read(path.read_bytes(), "x")
    assert len(ocr_xml.text_of(lines)) == len(ocr_xml.places_of(lines))


def _written(path: Path, settings: Settings) -> None:
    """Restore a file, write it in every format, and prove what was written."""
    result = restore(path, settings)
    files = document_files(
        result, settings, "a", seeds.ALL_FORMATS, source=path if path.suffix in PAGE_SUFFIXES else None
    )
    folder = path.parent / "out" / "a"
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    found = list(faults(folder))
    assert not found, found[0]


def _try_whole(path: Path) -> None:
    _written(path, _QUICK)


def _try_pages(path: Path) -> None:
    _written(path, Settings(jobs=1, beam=5, ocr=SEEING))  # type: ignore[arg-type]


def _try_image(path: Path) -> None:
    for number in range(1, min(count_pages(path), 3) + 1):
        load_page(path, number)
    read_scan(path, Settings(ocr=BLIND))  # type: ignore[arg-type]


def _try_pdf(path: Path) -> None:
    settings = Settings(ocr=SEEING, password=pdfs.PASSWORD)  # type: ignore[arg-type]
    pages, together = portions_of(path, settings)
    if together > 1:
        read_portion(path, settings, 1, min(pages, 3))
    elif pages:
        load_page(path, 1)
    else:
        read_scan(path, settings)


def _try_with(option: str, path: Path) -> None:
    """Restore a text with a damaged file beside it: a profile, a list of terms, a folder of sisters."""
    place = path.parent if option == "references" else path
    restore(seeds.TEXT, Settings(jobs=1, beam=5, **{option: place}))  # type: ignore[arg-type]


def _folder(path: Path) -> Path:
    """Return an output folder with one restored document, beside *path*."""
    folder = path.parent / "out" / "a"
    folder.mkdir(parents=True, exist_ok=True)
    for other, content in seeds.stored().items():
        (folder / other).write_bytes(content)
    return folder


def _try_stored(name: str, path: Path) -> None:
    """Put a damaged file in the place of a whole one in an output folder."""
    folder = _folder(path)
    (folder / name).write_bytes(path.read_bytes())
    stored = load(folder)
    list(faults(folder))
    beside = path.parent / "decisions.jsonl"
    beside.write_bytes(seeds.decisions()[0])
    carry_out(stored, read_decisions(beside))


def _try_decisions(path: Path) -> None:
    carry_out(load(_folder(path)), read_decisions(path))


class _Wire:
    """Stands for a connection: what the browser sends, and whatever is answered."""

    def __init__(self, sent: bytes) -> None:
        self._sent = sent

    def makefile(self, mode: str, size: int) -> io.BufferedIOBase:
        return io.BytesIO(self._sent)

    def sendall(self, answer: bytes) -> None:
        """Take the answer."""

    def settimeout(self, seconds: float) -> None:
        """Nobody waits."""


def _try_request(path: Path) -> None:
    """Ask the review server; it must write nothing but decisions that can be read again."""
    folder = _folder(path)
    before = {file: file.read_bytes() for file in folder.iterdir()}
    with ReviewServer(folder.parent) as server:
        host = server.origin.removeprefix("http://").encode()
        sent = path.read_bytes().replace(b"TOKEN", server.token.encode()).replace(b"HOST", host)
        _Handler(_Wire(sent), ("127.0.0.1", 9), server)  # type: ignore[arg-type]
    kept = folder / "decisions.jsonl"
    if kept.exists():
        carry_out(load(folder), read_decisions(kept))
    assert all(file.read_bytes() == content for file, content in before.items()), "a file was changed"
    assert set(folder.iterdir()) <= {*before, kept}, "a file was written"


class _Silent:
    """A reporter that says nothing."""

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *_, **__: None


def _run(state: Path) -> None:
    """Restore two texts with the run store of *state*, whose addresses are the same in every process."""
    os.environ["XDG_STATE_HOME"] = str(state)
    files = fsspec.filesystem("memory")
    files.pipe_file("/fuzz/a.txt", seeds.TEXT.encode())
    files.pipe_file("/fuzz/b.txt", "推进政务公开。".encode())
    batch = Batch(("memory://fuzz",), "memory://fuzz/out", _QUICK)
    workers = Inline()
    with contextlib.closing(Store(state_folder(batch.out) / STORE)) as store, contextlib.closing(workers):
        Run(batch, store, workers, _Silent()).carry_out()  # type: ignore[arg-type]


@functools.cache
def stores() -> list[bytes]:
    """Return the run store of a run."""
    with tempfile.TemporaryDirectory() as folder:
        _run(Path(folder))
        path = state_folder("memory://fuzz/out") / STORE
        with contextlib.closing(sqlite3.connect(path)) as store:
            store.execute("PRAGMA journal_mode = DELETE")
        return [path.read_bytes()]


def _try_store(path: Path) -> None:
    """Go on with a run whose store is damaged."""
    os.environ["XDG_STATE_HOME"] = str(path.parent)
    kept = state_folder("memory://fuzz/out")
    kept.mkdir(parents=True)
    (kept / STORE).write_bytes(path.read_bytes())
    _run(path.parent)


def _try_name(path: Path) -> None:
    """Names of folders for a path of any bytes: they lead nowhere else and hide nothing."""
    given = os.fsdecode(b"/" + path.read_bytes().replace(b"\0", b"")[:4000])
    for name in itertools.islice(candidate_names(given), 8):
        assert name and "/" not in name and not name.startswith(".") and name.isprintable() | (not name.isascii())
        assert len(name.encode("utf-8")) <= _LONGEST_NAME


_TEXT = (structure.characters,)
_JSON = (structure.values, structure.characters)
_TAGS = (structure.tags, structure.tags, structure.characters)
READERS: dict[str, Reader] = {
    "text": Reader(".txt", seeds.texts, _try_text),
    "png": Reader(".png", seeds.pngs, _try_image, 4, (structure.chunks, structure.pixels)),
    "jpeg": Reader(".jpg", seeds.jpegs, _try_image, 4, (structure.pixels,)),
    "tiff": Reader(".tif", seeds.tiffs, _try_image, 4, (structure.entries, structure.pixels)),
    "pdf": Reader(".pdf", pdfs.pdfs, _try_pdf, 4, (structure.objects,)),
    "fonts": Reader(".pdf", pdfs.fonts, _try_pdf, 4, (structure.objects,)),
    "xml": Reader(".xml", seeds.xmls, _try_ocr, 1, _TAGS),
    "profile": Reader(".jsonl", seeds.profiles, lambda path: read_profile(path).dump(), 1, _JSON),
    "learnt": Reader(".jsonl", seeds.profiles, functools.partial(_try_with, "profile"), 8, _JSON),
    "html": Reader(".html", seeds.webs, _try_source, 1, _TAGS),
    "docx": Reader(".docx", seeds.words, _try_source, 1, (structure.members,)),
    "ofd": Reader(".ofd", seeds.ofds, lambda path: scan_of([ofd.read(path)], (), "a"), 2, (structure.members,)),
    "stdin": Reader(
        "",
        lambda: [*seeds.texts(), *seeds.xmls(), *seeds.webs(), *seeds.words()],
        functools.partial(_try_text, name=STDIN),
        1,
        _TAGS,
    ),
    "decisions": Reader(".jsonl", seeds.decisions, _try_decisions, 1, _JSON),
    "edits": Reader(
        ".jsonl", lambda: [seeds.stored()["edits.jsonl"]], functools.partial(_try_stored, "edits.jsonl"), 1, _JSON
    ),
    "report": Reader(
        ".json", lambda: [seeds.stored()["report.json"]], functools.partial(_try_stored, "report.json"), 1, _JSON
    ),
    "request": Reader("", seeds.requests, _try_request, 1, _TEXT),
    "vocabulary": Reader(".tsv", seeds.vocabularies, lambda path: list(read_terms(decode(path.read_bytes(), "x")[0]))),
    "terms": Reader(".tsv", seeds.vocabularies, functools.partial(_try_with, "vocabulary"), 8, _TEXT),
    "references": Reader(".txt", seeds.texts, lambda path: read_references(path.parent)),
    "sisters": Reader(".txt", seeds.documents, functools.partial(_try_with, "references"), 8, _TEXT),
    "store": Reader(".sqlite", stores, _try_store, 8, (structure.columns,)),
    "name": Reader("", seeds.names, _try_name),
    "whole": Reader(".txt", seeds.documents, _try_whole, 20, _TEXT),
    "pages": Reader(".png", seeds.pngs, _try_pages, 20, (structure.pixels,)),
    "layers": Reader(".pdf", lambda: [*pdfs.pdfs(), *pdfs.fonts()], _try_pages, 20, (structure.objects,)),
    "located": Reader(".xml", seeds.xmls, _try_whole, 20, _TAGS),
}
"""By name; ``whole``, ``pages``, ``layers`` and ``located`` go all the way, from file to every format and its proof."""
