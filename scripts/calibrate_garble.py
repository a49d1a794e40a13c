"""Fit pipeline/detection/data/garble.json on pages of known damage that no model has seen.

    python -m scripts.calibrate_garble MODELS TEXT...

Arguments as of scripts.calibrate_misreadings. Needs scikit-learn.
"""

from __future__ import annotations

import argparse
import json
import random
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression

from pipeline.detection.garble import CALIBRATION, HOPELESS_SHARE, measure
from pipeline.detection.misreadings import Misreadings
from pipeline.language.normalise import tokenise
from scripts.simulate_misreadings import Misreader, documents

RATES = (0.0, 0.0, 0.01, 0.03, 0.06, 0.08, 0.12, 0.16, 0.25, 0.4)
JUNK = "|'^~_\\*=<>¥§°¢■●"
PAGE = (120, 700)
"""Least and most characters of a page."""


def pages(models: Path, sources: list[Path], most: int) -> tuple[np.ndarray, np.ndarray]:
    """Return features of damaged pages and the shares of their characters that are wrong."""
    search, misreader = Misreadings(models), Misreader(models)
    rows, shares = [], []
    for number, (_, lines) in enumerate(documents(sources)):
        generator = random.Random(number)
        if generator.random() > 0.5:
            continue
        text = "\n".join(lines)[: generator.randint(*PAGE)]
        if len(text) < PAGE[0]:
            continue
        rate = generator.choice(RATES)
        damaged = misreader.misread(text, rate * 0.8, "read", generator)
        chars = [generator.choice(JUNK) if generator.random() < rate * 0.2 else char for char in damaged]
        shares.append(sum(a != b for a, b in zip(text, chars, strict=True)) / len(text))
        paragraphs = [tokenise(line) for line in "".join(chars).split("\n")]
        rows.append(measure(search, search.read(paragraphs), {})[1].features())
        if len(rows) >= most:
            break
    return np.array(rows), np.array(shares)


def main() -> None:
    """Fit, print and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", type=Path)
    parser.add_argument("sources", type=Path, nargs="+")
    parser.add_argument("--pages", type=int, default=4000)
    arguments = parser.parse_args()
    x, shares = pages(arguments.models, arguments.sources, arguments.pages)
    y = shares >= HOPELESS_SHARE
    held = np.arange(len(y)) % 3 == 2
    model = LogisticRegression(C=100.0, fit_intercept=False, max_iter=5000).fit(x[~held], y[~held])
    chances = model.predict_proba(x[held])[:, 1]
    for low in np.arange(0, 1, 0.1):
        within = (chances >= low) & (chances < low + 0.1 + (low > 0.85))
        if within.any():
            print(f"{low:.1f}: {within.sum()} said {chances[within].mean():.3f} right {y[held][within].mean():.3f}")
    for low, high in ((0, 0.001), (0.001, 0.02), (0.02, 0.05), (0.05, 0.1), (0.1, 0.15), (0.15, 0.3), (0.3, 1)):
        within = (shares[held] >= low) & (shares[held] < high)
        print(f"share {low}-{high}: {within.sum()} pages, scan again {(chances[within] >= 0.5).mean():.3f}")
    final = LogisticRegression(C=100.0, fit_intercept=False, max_iter=5000).fit(x, y)
    content = {
        "source": "scripts/calibrate_garble.py",
        "pages": len(y),
        "coefficients": [round(float(value), 4) for value in final.coef_[0]],
    }
    CALIBRATION.write_text(json.dumps(content) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
