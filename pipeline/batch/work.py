"""What a worker does: one page, or one document. The same functions serve every scheduler."""

from __future__ import annotations

import shutil
import tempfile
import time
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from pipeline.batch import locations
from pipeline.batch.publish import publish
from pipeline.batch.tasks import Finished, InputChangedError, Job
from pipeline.errors import FileAccessError
from pipeline.restoration import Restoration, restore
from pipeline.writing.files import document_files, report

_RESTORATION = TypeAdapter(Restoration)


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
    if job.signature is not None and locations.signature(job.input) != job.signature:
        raise InputChangedError(f"{job.input}: changed while it was read.", "Run again when it is complete.")


def restore_document(job: Job, kept: bytes | None = None) -> Finished:
    """Read, restore and write a document; *kept* is its restoration where only writing is left.

    Raises:
        BuqueError: the input is not readable, has changed, or the output cannot be written.
    """
    seconds: dict[str, float] = {}
    if kept is None:
        began = time.perf_counter()
        with fetched(job) as path:
            result = replace(restore(path, job.settings), readings=())
        seconds["restore"] = time.perf_counter() - began
        packed = pack(result)
    else:
        result, packed = unpack(kept), None
    began = time.perf_counter()
    files = document_files(result, job.settings, job.name, job.formats)
    sizes = publish(files, job.out, job.name, job.files)
    seconds["write"] = time.perf_counter() - began
    return Finished(_summary(result, job), sizes, seconds, packed)


def _summary(result: Restoration, job: Job) -> dict[str, Any]:
    summary: Mapping[str, Any] = report(result, job.settings, job.name)
    return {**summary, "characters": len(result.original)}


def pack(result: Restoration) -> bytes:
    """Return a restoration as compressed JSON."""
    return zlib.compress(_RESTORATION.dump_json(result), 6)


def unpack(content: bytes) -> Restoration:
    """Return a restoration that ``pack`` made."""
    return _RESTORATION.validate_json(zlib.decompress(content))
