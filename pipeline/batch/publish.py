"""Files into the output folder, so that whoever looks at any instant sees whole documents only."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

from pipeline.batch import locations
from pipeline.batch.tasks import OutputError

STATE = ".buque"
"""Folder in OUT for the run store, the lock and files on their way."""

PROOF = "report.json"

REVIEWED = ("reviewed.txt", "reviewed.jsonl")
"""What ``buque apply`` made of an earlier result: people's work, kept as ``EARLIER`` when the result is replaced."""

EARLIER = "earlier-"


def publish(files: Mapping[str, bytes], out: str, name: str, obsolete: Iterable[str] = ()) -> dict[str, int]:
    """Put a document's *files* into OUT/NAME and return their sizes.

    All are written and synced elsewhere first, so that a full disk leaves what lies there alone. Then the old proof
    (report.json) goes, the files are renamed into place, and the new proof comes last: a folder with a proof is whole.
    Files of an earlier run that are *obsolete* are removed, and what people's decisions made of it.

    Raises:
        OutputError: the folder cannot be written.
    """
    sizes = {file: len(content) for file, content in files.items()}
    gone = sorted(set(obsolete) - files.keys())
    try:
        if locations.is_remote(out):
            _publish_remote(files, locations.join(out, name), gone)
        else:
            _publish_local(files, Path(out), name, gone)
    except OSError as error:
        raise OutputError(
            f"{locations.join(out, name)}: {error.strerror or error}.", "Make room or choose another --out folder."
        ) from error
    return sizes


def _publish_local(files: Mapping[str, bytes], out: Path, name: str, gone: list[str]) -> None:
    staging = out / STATE / "staging" / f"{os.getpid()}-{name}"
    if staging.exists():
        shutil.rmtree(staging)
    staging.mkdir(parents=True)
    try:
        for file, content in files.items():
            with (staging / file).open("wb") as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
        folder = out / name
        folder.mkdir(exist_ok=True)
        (folder / PROOF).unlink(missing_ok=True)
        for file in gone:
            (folder / file).unlink(missing_ok=True)
        for file in REVIEWED:
            if (folder / file).exists():
                (folder / file).replace(folder / f"{EARLIER}{file}")
        for file in sorted(files, key=lambda file: file == PROOF):
            (staging / file).rename(folder / file)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    for changed in (folder, out):
        _sync_folder(changed)


def _sync_folder(folder: Path) -> None:
    """Make renames last; nothing of the kind is needed or possible where folders cannot be opened."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _publish_remote(files: Mapping[str, bytes], folder: str, gone: list[str]) -> None:
    """Objects are put whole or not at all; there is nothing to rename."""
    store, path = locations.filesystem(folder)
    store.makedirs(path, exist_ok=True)
    if store.exists(f"{path}/{PROOF}"):
        store.rm_file(f"{path}/{PROOF}")
    for file in gone:
        if store.exists(f"{path}/{file}"):
            store.rm_file(f"{path}/{file}")
    for file in REVIEWED:
        if store.exists(f"{path}/{file}"):
            store.mv(f"{path}/{file}", f"{path}/{EARLIER}{file}")
    for file in sorted(files, key=lambda file: file == PROOF):
        store.pipe_file(f"{path}/{file}", files[file])


def complete(out: str, name: str, sizes: Mapping[str, int]) -> bool:
    """Say whether a document's files still lie in OUT with their *sizes*."""
    if locations.is_remote(out):
        store, path = locations.filesystem(locations.join(out, name))
        return bool(sizes) and bool(store.exists(f"{path}/{PROOF}"))
    try:
        with os.scandir(Path(out, name)) as entries:
            found = {entry.name: entry.stat().st_size for entry in entries if entry.name in sizes}
    except OSError:
        return False
    return bool(sizes) and found == dict(sizes)


def occupied(out: str, name: str) -> bool:
    """Say whether something lies at OUT/NAME that no run wrote: a file, or a folder with files of somebody else.

    Only local folders are looked at: nobody keeps documents of their own among a bucket's results.
    """
    if locations.is_remote(out):
        return False
    try:
        with os.scandir(Path(out, name)) as entries:
            found = {entry.name for entry in entries}
    except FileNotFoundError:
        return Path(out, name).is_symlink()
    except OSError:
        return True
    return bool(found) and not found >= locations.RESULTS


def clear_staging(out: str) -> None:
    """Remove what an interrupted run left on its way. Only for whoever holds the folder's lock."""
    if not locations.is_remote(out):
        shutil.rmtree(Path(out, STATE, "staging"), ignore_errors=True)
