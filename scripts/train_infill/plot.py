"""Draw the log of a training run as SVG.

python -m scripts.train_infill.plot RUN_DIR OUT.svg
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from pipeline.writing.plots import curves_svg

CURVES = {"held out, without drafts": "right", "held out, beside drafts": "drafted_right", "training": "train_right"}


def main() -> None:
    """Draw the share of cells that were right against millions of characters seen."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path)
    parser.add_argument("out", type=Path)
    arguments = parser.parse_args()
    rows = [json.loads(line) for line in (arguments.run / "log.jsonl").read_text(encoding="utf-8").splitlines()]
    curves = {name: [(row["seen"] / 1e6, row[key]) for row in rows if key in row] for name, key in CURVES.items()}
    arguments.out.write_text(curves_svg(curves, "million characters seen", "cells right"), encoding="utf-8")


if __name__ == "__main__":
    main()
