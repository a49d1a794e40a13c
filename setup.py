"""Build of the native decoder, the native search for misread characters, and the native grid.

KenLM's query sources come from its source distribution (scripts/fetch_kenlm.py); they are compiled once for both.
"""

import importlib.util
import os
from pathlib import Path
from typing import Any

from pybind11.setup_helpers import ParallelCompile, Pybind11Extension, build_ext
from setuptools import setup

ROOT = Path(__file__).resolve().parent
SCORING = "pipeline/language/native"

_spec = importlib.util.spec_from_file_location("fetch_kenlm", ROOT / "scripts" / "fetch_kenlm.py")
fetch_kenlm = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(fetch_kenlm)
KENLM = fetch_kenlm.fetch()
MACROS = [("KENLM_MAX_ORDER", "6"), ("NDEBUG", "1"), ("HAVE_CLOCKGETTIME", "1")]


def kenlm() -> tuple[str, dict[str, Any]]:
    """Describe the library of KenLM's sources that answer queries."""
    files = [
        f for part in ("util", "lm", "util/double-conversion") for f in sorted(map(str, (KENLM / part).glob("*.cc")))
    ]
    return "kenlm_query", {
        "sources": [os.path.relpath(f, ROOT) for f in files if not f.endswith(("main.cc", "test.cc"))],
        "include_dirs": [str(KENLM)],
        "macros": MACROS,
        "cflags": ["-O3", "-w", "-g0", "-pthread", "-std=c++17"],
    }


def searching(name: str, folder: str) -> Pybind11Extension:
    """Describe a module that asks the language models, made of all sources of a folder."""
    return Pybind11Extension(
        name,
        sorted(map(str, Path(folder).glob("*.cc"))),
        include_dirs=[str(KENLM), SCORING, folder],
        depends=[str(h) for part in (SCORING, folder) for h in Path(part).glob("*.h")],
        define_macros=MACROS,
        extra_compile_args=["-O3", "-w", "-pthread"],
        extra_link_args=["-pthread"],
        libraries=["rt"],
        cxx_std=17,
    )


def grid() -> Pybind11Extension:
    """Describe the connected ink of a page, and its placement on the grids of lines."""
    return Pybind11Extension(
        "pipeline.imaging._native",
        sorted(map(str, Path("pipeline/imaging/native").glob("*.cc"))),
        depends=sorted(map(str, Path("pipeline/imaging/native").glob("*.h"))),
        extra_compile_args=["-O3"],
        cxx_std=17,
    )


ParallelCompile().install()  # as many compilers as there are processors
setup(
    libraries=[kenlm()],
    ext_modules=[
        searching("pipeline.infill._native", "pipeline/infill/native"),
        searching("pipeline.detection._native", "pipeline/detection/native"),
        grid(),
    ],
    cmdclass={"build_ext": build_ext},
)
