"""What a result depends on, as hashes: a stage whose key has not changed need not be done again.

A stage's key covers the key of the stage before it, the settings it hears, the models and lists it reads, its own code
and the versions of the libraries that do its work. So a changed template makes files be written again, not pages read.
"""

from __future__ import annotations

import dataclasses
import hashlib
import importlib.metadata
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.reading import source
from pipeline.settings import Settings

STAGES = ("read", "restore", "write")
"""In the order in which a document goes through them."""

PACKAGE = Path(__file__).resolve().parent.parent
_CODE: dict[str, tuple[str, ...]] = {
    "read": ("reading", "imaging", "recognition", "document.py"),
    "write": ("writing", "review"),
    "none": ("batch", "commands", "cli.py", "__main__.py"),
}
"""Parts of the package by stage; whatever is not named takes part in restoring."""

_READING_USES = (
    *("edits.py", "errors.py", "places.py", "settings.py", "damage/hypotheses.py"),
    *("language/models.py", "language/normalise.py"),
)
"""Modules that take part in restoring and in reading too; a test follows the imports."""

_LIBRARIES = {
    "read": (
        "onnxruntime",
        "opencv-python-headless",
        "pypdfium2",
        "rapidocr",
        "pytesseract",
        "pillow",
        "lxml",
        "pdfminer.six",
        "fonttools",
    ),
    "restore": ("kenlm", "numpy", "onnxruntime", "jieba", "rapidfuzz", "ftfy", "pyahocorasick"),
    "write": ("Jinja2", "lxml", "reportlab", "pikepdf", "fonttools", "pillow"),
}
_RESTORING = ("fill", "mark", "beam", "accept", "alter", "suggest", "off", "pinyin_confusions", "engine")
"""Settings that reading does not hear."""

_READ_SUFFIXES = frozenset({".py", ".so", ".j2", ".tsv", ".toml", ".json", ".onnx", ".klm"}) | source.SUFFIXES
"""Files of the package, of models and of references; a reference may be whatever is read as text."""

Digest = Callable[[str], str]
"""Path to SHA-256 of the file, from a cache where the file is unchanged."""


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of one document's stages; ``write`` stands for everything."""

    read: str
    restore: str
    write: str

    def of(self, stage: str) -> str:
        """Return the key of a stage."""
        return {"read": self.read, "restore": self.restore, "write": self.write}[stage]


@dataclass(frozen=True, slots=True)
class Basis:
    """What the keys of all documents of a run share: a hash a stage, and one of what only text layers are read by."""

    read: str
    layers: str
    restore: str
    write: str

    def keys(self, sha256: str, suffix: str, name: str) -> Keys:
        """Return the keys of a document by the hash of its input, the suffix of its file and its name."""
        read = _hash([sha256, suffix.lower(), self.read, self.layers if suffix.lower() == ".pdf" else ""])
        restore = _hash([read, self.restore])
        return Keys(read, restore, _hash([restore, name, self.write]))


def basis(settings: Settings, formats: Iterable[str], digest: Digest) -> Basis:
    """Return what all documents of a run share.

    Threads (``settings.jobs``) are no part of it: they do not change a result.
    """
    chosen = {field.name: getattr(settings, field.name) for field in dataclasses.fields(settings)}
    restore: list[object] = [chosen.pop(name) for name in _RESTORING]
    models = _files(chosen.pop("models"), digest)  # the models say whether the text layer of a PDF lies
    restore += models
    for path in (chosen.pop("references"), chosen.pop("vocabulary"), chosen.pop("profile")):
        restore += _files(path, digest) if path is not None else ["none"]
    encoding = chosen.pop("encoding")
    del chosen["jobs"]
    # A setting that is not named here may bear on anything, so all stages depend on it.
    read = [chosen, *_libraries("read"), *_code("read", digest)]
    restore += [*_libraries("restore"), *_code("restore", digest)]
    write = [sorted(set(formats)), encoding, *_libraries("write"), *_code("write", digest)]
    return Basis(_hash(read), _hash(models), _hash(restore), _hash(write))


def _hash(parts: Sequence[object]) -> str:
    return hashlib.sha256(json.dumps(parts, default=_plain).encode()).hexdigest()


def _plain(value: object) -> object:
    """Return what JSON has no form for; the order of a set differs between processes, so it is sorted."""
    return sorted(map(str, value)) if isinstance(value, frozenset | set) else str(value)


def _code(stage: str, digest: Digest) -> list[str]:
    named = {name: group for group, names in _CODE.items() for name in names}
    found = []
    for entry in sorted(PACKAGE.iterdir()):
        if named.get(entry.name, "restore") == stage:
            found += _files(entry, digest)
    for name in _READING_USES if stage == "read" else ():
        found += _files(PACKAGE / name, digest)
    return found


def _files(path: Path, digest: Digest) -> list[str]:
    """Return names and hashes of the files at *path*; a file that is not there is a fact too."""
    if not path.is_dir():
        return [path.name, digest(str(path)) if path.is_file() else "none"]
    files = sorted(p for p in path.rglob("*") if p.suffix.lower() in _READ_SUFFIXES and p.is_file())
    return [part for file in files for part in (str(file.relative_to(path)), digest(str(file)))]


def _libraries(stage: str) -> list[str]:
    found = []
    for name in _LIBRARIES[stage]:
        try:
            found.append(f"{name} {importlib.metadata.version(name)}")
        except importlib.metadata.PackageNotFoundError:
            found.append(f"{name} none")
    return found
