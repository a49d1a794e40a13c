"""Fetch KenLM's source distribution into build/ with pip, once, and check it; print its folder."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tarfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VERSION = "0.3.0"
SHA256 = "c4628bb9fb63c8a6f9240035b8b037385cfc404cb72e933cf48878291edac1e8"


def fetch() -> Path:
    """Return the folder of KenLM's sources: $BUQUE_KENLM_SOURCE, or fetched.

    Raises:
        SystemExit: what was fetched is not the source distribution that is expected.
    """
    given = os.environ.get("BUQUE_KENLM_SOURCE")
    if given:
        return Path(given)
    folder = ROOT / "build" / f"kenlm-{VERSION}"
    if not (folder / "lm" / "model.cc").exists():
        folder.parent.mkdir(exist_ok=True)
        archive = folder.parent / f"kenlm-{VERSION}.tar.gz"
        if not archive.exists():
            pip = [sys.executable, "-m", "pip", "download", "-q", "--disable-pip-version-check", "--no-deps"]
            # An isolated build hides the environment's own pip behind PYTHONPATH.
            env = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
            subprocess.run(
                [*pip, "--no-binary", "kenlm", "-d", str(folder.parent), f"kenlm=={VERSION}"], check=True, env=env
            )
        if hashlib.sha256(archive.read_bytes()).hexdigest() != SHA256:
            raise SystemExit(f"{archive} is not the expected KenLM source; delete it and build again")
        with tarfile.open(archive) as tar:
            # Python before 3.11.4 (Debian 12 has 3.11.2) has no filters; the archive is known by its hash.
            tar.extraction_filter = getattr(tarfile, "data_filter", None)
            tar.extractall(folder.parent)
    return folder


if __name__ == "__main__":
    print(fetch())
