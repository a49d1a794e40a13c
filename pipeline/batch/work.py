"""What a worker does: one page, or one document. The same functions serve every scheduler."""

from __future__ import annotations

import shutil
import tempfile
import time
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path, PurePosixPath

from pydantic import TypeAdapter

from pipeline.batch import locations
from pipeline.batch.publish import publish
from pipeline.batch.tasks import Finished, InputChangedError, Job, PagesRead
from pipeline.document import PAGE_SUFFIXES, Portion
from pipeline.errors import FileAccessError
from pipeline.restoration import Restoration, restore, restore_scan
from pipeline.writing.files import document_files, summary_of

_RESTORATION = TypeAdapter(Restoration)
_PORTION = TypeAdapter(Portion)
COMPRESSION = 6


@contextmanager
def fetched(job: Job) -> Iterator[Path]:
    """Give the input as a local file, and check that it is what was hashed, before and after.

    Raises:
        InputChangedError: it is not.
        FileAccessError: it cannot be read.
    """
    _check(job)
    if not locations.is_remote(job.input):
        yield Path(job.input)
    else:
        with tempfile.TemporaryDirectory(prefix="buque-") as folder:
            files, path = locations.filesystem(job.input)
            local = Path(folder, path.rsplit("/", 1)[-1])
            try:
                with files.open(path, "rb") as source, local.open("wb") as copy:
                    shutil.copyfileobj(source, copy)
            except OSError as error:
                raise FileAccessError(f"{job.input}: {error}.", "Check the address.") from error
            yield local
    _check(job)


def _check(job: Job) -> None:
    if job.signature is not None and locations.signature(job.input, fresh=True) != job.signature:
        raise InputChangedError(f"{job.input}: changed while it was read.", "Run again when it is complete.")


class _Portions:
    """What was read of a document, unpacked again each time that it is gone through: one portion is in memory."""

    def __init__(self, contents: Sequence[bytes]) -> None:
        self._contents = contents

    def __iter__(self) -> Iterator[Portion]:
        return (_PORTION.validate_json(zlib.decompress(content)) for content in self._contents)


def count_pages(job: Job) -> tuple[int, int]:
    """Return the number of pages and how many are best read together; 0 pages where the document is read as a whole.

    Raises:
        BuqueError: the input is not readable, or has changed.
    """
    with fetched(job) as path:
        if path.suffix.lower() == ".pdf":
            from pipeline.reading import pdf_portions

            return pdf_portions.portions_of(path, job.settings)
        from pipeline.imaging import loading

        return loading.count_pages(path), 1


def read_page(job: Job, number: int) -> bytes:
    """Read page *number*, from 1, as an image and return it as compressed JSON.

    Raises:
        BuqueError: the page is not readable, or the input has changed.
    """
    from pipeline.reading.pages import read_one  # OpenCV and an engine, not needed for text

    with fetched(job) as path:
        page = read_one(path, number, job.settings)
    return zlib.compress(_PORTION.dump_json(Portion((page,))), COMPRESSION)


def read_portion(job: Job, first: int, last: int) -> bytes:
    """Read the pages of a PDF from *first* to *last* and return them, and what failed, as compressed JSON.

    Raises:
        BuqueError: the file is not readable, or has changed.
    """
    from pipeline.reading import pdf_portions  # as above

    with fetched(job) as path:
        portion = pdf_portions.read_portion(path, job.settings, first, last)
    return zlib.compress(_PORTION.dump_json(portion), COMPRESSION)


def restore_document(job: Job, kept: bytes | None = None, pages: PagesRead | None = None) -> Finished:
    """Read, restore and write a document.

    Args:
        job: the document.
        kept: its restoration, where only writing is left.
        pages: what was read of its pages, where that was done one by one.

    Raises:
        BuqueError: the input is not readable or has changed, or the output cannot be written.
    """
    seconds: dict[str, float] = {}
    result = unpack(kept) if kept is not None else None
    packed = None
    if result is None:
        began = time.perf_counter()
        if pages is None:
            with fetched(job) as path:
                result = restore(path, job.settings)
        else:
            _check(job)
            from pipeline.reading.pages import scan_of  # as above

            scan = scan_of(_Portions(pages.contents), pages.failures, job.input, keep=False)
            result = restore_scan(scan, job.settings)
        seconds["restore"] = time.perf_counter() - began
        result = replace(result, readings=(), seconds=sum(seconds.values()))
        packed = pack(result)
    began = time.perf_counter()
    failed = [{"page": number, "error": error} for number, error in result.failures]
    extra: dict[str, object] = {
        "input": {"file": locations.legible(PurePosixPath(job.input).name), "sha256": job.sha256}
    }
    if failed:
        extra["pages_failed"] = failed
    with fetched(job) if _shows_pages(job) else nullcontext() as source:
        files = document_files(result, job.settings, job.name, job.formats, extra, source)
    sizes = publish(files, job.out, job.name, job.files)
    seconds["write"] = time.perf_counter() - began
    summary = {**summary_of(files), "seconds": round(result.seconds, 3), "characters": len(result.original)}
    return Finished(summary, sizes, seconds, packed)


def _shows_pages(job: Job) -> bool:
    """Tell whether a format is asked for that shows the pages of the input."""
    return "pdf" in job.formats and PurePosixPath(job.input).suffix.lower() in PAGE_SUFFIXES


def pack(result: Restoration) -> bytes:
    """Return a restoration as compressed JSON."""
    return zlib.compress(_RESTORATION.dump_json(result), COMPRESSION)


def unpack(content: bytes) -> Restoration | None:
    """Return a restoration that ``pack`` made, or None when the bytes are damaged."""
    try:
        return _RESTORATION.validate_json(zlib.decompress(content))
    except (zlib.error, ValueError):
        return None
