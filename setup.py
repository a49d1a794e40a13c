"""Build of the native decoder and the native grid.

KenLM's query sources come from its source distribution, fetched once and checked.
"""

import hashlib
import os
import subprocess
import sys
import tarfile
from pathlib import Path

from pybind11.setup_helpers import Pybind11Extension, build_ext
from setuptools import setup

ROOT = Path(__file__).resolve().parent
KENLM = "0.3.0"
KENLM_SHA256 = "c4628bb9fb63c8a6f9240035b8b037385cfc404cb72e933cf48878291edac1e8"


def kenlm_source() -> Path:
    """Return the folder of KenLM's sources: $BUQUE_KENLM_SOURCE, or fetched into build/ with pip."""
    given = os.environ.get("BUQUE_KENLM_SOURCE")
    if given:
        return Path(given)
    folder = ROOT / "build" / f"kenlm-{KENLM}"
    if not (folder / "lm" / "model.cc").exists():
        folder.parent.mkdir(exist_ok=True)
        archive = folder.parent / f"kenlm-{KENLM}.tar.gz"
        if not archive.exists():
            pip = [sys.executable, "-m", "pip", "download", "-q", "--no-deps"]
            # An isolated build hides the environment's own pip behind PYTHONPATH.
            env = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
            subprocess.run(
                [*pip, "--no-binary", ":all:", "-d", str(folder.parent), f"kenlm=={KENLM}"], check=True, env=env
            )
        if hashlib.sha256(archive.read_bytes()).hexdigest() != KENLM_SHA256:
            raise SystemExit(f"{archive} is not the expected KenLM source; delete it and build again")
        with tarfile.open(archive) as tar:
            tar.extractall(folder.parent, filter="data")
    return folder


def extension() -> Pybind11Extension:
    """Describe the decoder: our one source and those of KenLM that answer queries."""
    source = kenlm_source()
    files = [
        f for part in ("util", "lm", "util/double-conversion") for f in sorted(map(str, (source / part).glob("*.cc")))
    ]
    files = [os.path.relpath(f, ROOT) for f in files if not f.endswith(("main.cc", "test.cc"))]
    return Pybind11Extension(
        "pipeline.infill._native",
        ["pipeline/infill/native/decoder.cc", "pipeline/infill/native/misread.cc", *files],
        include_dirs=[str(source), "pipeline/infill/native"],
        depends=["pipeline/infill/native/scoring.h"],
        define_macros=[("KENLM_MAX_ORDER", "6"), ("NDEBUG", "1"), ("HAVE_CLOCKGETTIME", "1")],
        extra_compile_args=["-O3", "-w", "-pthread"],
        extra_link_args=["-pthread"],
        libraries=["rt"],
        cxx_std=17,
    )


def grid() -> Pybind11Extension:
    """Describe the placement of ink on the grid of a line."""
    return Pybind11Extension(
        "pipeline.imaging._native",
        ["pipeline/imaging/native/grid.cc", "pipeline/imaging/native/module.cc"],
        depends=["pipeline/imaging/native/grid.h"],
        extra_compile_args=["-O3"],
        cxx_std=17,
    )


setup(ext_modules=[extension(), grid()], cmdclass={"build_ext": build_ext})
