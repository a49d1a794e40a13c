"""Build of the native decoder and the native grid.

KenLM's query sources come from its source distribution (scripts/fetch_kenlm.py).
"""

import importlib.util
import os
from pathlib import Path

from pybind11.setup_helpers import Pybind11Extension, build_ext
from setuptools import setup

ROOT = Path(__file__).resolve().parent
MISREAD = [f"pipeline/infill/native/{name}.cc" for name in ("misread", "misread_jointly", "misread_binding")]

_spec = importlib.util.spec_from_file_location("fetch_kenlm", ROOT / "scripts" / "fetch_kenlm.py")
fetch_kenlm = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(fetch_kenlm)


def extension() -> Pybind11Extension:
    """Describe the decoder: our sources and those of KenLM that answer queries."""
    source = fetch_kenlm.fetch()
    files = [
        f for part in ("util", "lm", "util/double-conversion") for f in sorted(map(str, (source / part).glob("*.cc")))
    ]
    files = [os.path.relpath(f, ROOT) for f in files if not f.endswith(("main.cc", "test.cc"))]
    return Pybind11Extension(
        "pipeline.infill._native",
        ["pipeline/infill/native/decoder.cc", *MISREAD, *files],
        include_dirs=[str(source), "pipeline/infill/native"],
        depends=["pipeline/infill/native/scoring.h", "pipeline/infill/native/misread.h"],
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
