"""Learn how much the decoder heeds the neural witness, on documents that neither it nor the genre model was trained on.

    python -m scripts.fit_witness FOLDER... --models MODELS [--weights 0 0.15 0.25 0.4 0.6] [--documents N]

FOLDERs are those that scripts/train_infill/pack.py was given as one source, in the same order: what it held out is read
here, with a genre model of the rest. Every document is damaged as in the benchmarks; per weight the share of lost
characters that are restored is printed, first for characters and then for lengths of gaps, with the expected
calibration error of the shipped coefficients and what of the accepted readings is right. The best weights are written
into MODELS/witness.json. Needs the tools of scripts/train.py.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from pipeline import Settings, restore
from pipeline.decision.policy import ease, probability
from pipeline.infill.neural import CARD
from pipeline.language.normalise import fold
from pipeline.settings import Witnesses
from scripts import scoring
from scripts.damage import Trace, damage, random_cut, random_set
from scripts.real_places import paragraphs
from scripts.train import GENRE_PRUNING, train
from scripts.train_infill.split import documents

KINDS: tuple[tuple[str, Trace], ...] = (("cut", "exact"), ("set", "exact"), ("cut", "gapped"), ("cut", "collapsed"))


@dataclass(slots=True)
class Outcome:
    """What became of damaged documents.

    Attributes:
        restored: by kind of damage the lost characters that were restored, and all of them.
        chances: the stated probability of each reading.
        right: whether it is right.
    """

    restored: dict[str, tuple[int, int]] = field(default_factory=dict)
    chances: list[float] = field(default_factory=list)
    right: list[bool] = field(default_factory=list)

    def __str__(self) -> str:
        """Return the figures in one line."""
        chances, right = np.array(self.chances), np.array(self.right)
        sure = chances >= Settings().accept
        return (
            ", ".join(f"{kind} {a / b:.4f}" for kind, (a, b) in self.restored.items())
            + f"; ECE {scoring.expected_calibration_error(chances, right):.4f}, accepted {sure.mean():.4f}"
            + f", of these right {right[sure].mean() if sure.any() else 1:.4f}"
        )

    @property
    def mean(self) -> float:
        """The mean share of restored characters over the kinds of damage."""
        return sum(a / b for a, b in self.restored.values()) / len(self.restored)


def restored(files: Sequence[Path], settings: Settings, length: int) -> Outcome:
    """Restore damaged documents."""
    outcome = Outcome()
    for number, path in enumerate(files):
        truth = path.read_text(encoding="utf-8")[:length]
        for kind, trace in KINDS:
            generator = random.Random(number)
            loses = random_set(truth, generator) if kind == "set" else random_cut(generator).loses
            damaged = damage(truth, loses, trace, generator)
            right = 0
            readings = restore(damaged.text, settings).readings
            document_ease = ease(readings)
            for reading in readings:
                lost = "".join(map(fold, damaged.lost_at(reading.hole.start, reading.hole.end)))
                gap = scoring.Gap(tuple((char, 3) for char in lost))
                right += sum(1 for _ in scoring.matched(reading.text, gap))
                outcome.chances.append(probability(reading, document_ease))
                outcome.right.append(reading.text == lost)
            before = outcome.restored.get(f"{kind} {trace}", (0, 0))
            outcome.restored[f"{kind} {trace}"] = before[0] + right, before[1] + sum(map(loses, truth))
    return outcome


def main() -> None:
    """Print the table and write the best weight."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--models", type=Path, default=Settings().models)
    parser.add_argument("--weights", type=float, nargs="+", default=[0.0, 0.15, 0.25, 0.4, 0.6])
    parser.add_argument("--length-weights", type=float, nargs="+", default=[0.0])
    parser.add_argument("--documents", type=int, default=12)
    parser.add_argument("--length", type=int, default=1500, help="characters of each document")
    parser.add_argument("--beam", type=int, default=Settings().beam)
    parser.add_argument("--jobs", type=int, default=2)
    arguments = parser.parse_args()
    found = documents(arguments.folders)
    held = [path for path, out in found if out][: arguments.documents]
    card = json.loads((arguments.models / CARD).read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as name:
        genre = Path(name) / "genre.klm"
        train(paragraphs(path for path, out in found if not out), GENRE_PRUNING, genre)

        def try_out(weight: float, length_weight: float) -> float:
            folder = Path(name) / f"{weight} {length_weight}"
            shutil.copytree(arguments.models, folder)
            shutil.copy(genre, folder)
            told = {**card, "weight": weight, "length_weight": length_weight}
            (folder / CARD).write_text(json.dumps(told), encoding="utf-8")
            engine: Witnesses = "both" if weight or length_weight else "ngram"
            settings = Settings(engine=engine, models=folder, fill="best", beam=arguments.beam, jobs=arguments.jobs)
            outcome = restored(held, settings, arguments.length)
            print(f"weights {weight}, {length_weight}: {outcome.mean:.4f} ({outcome})", flush=True)
            return outcome.mean

        shares = {weight: try_out(weight, 0.0) for weight in arguments.weights}
        best = max(shares, key=lambda weight: (shares[weight], -weight))
        lengths = {0.0: shares[best]} | {w: try_out(best, w) for w in arguments.length_weights if w}
        longest = max(lengths, key=lambda weight: (lengths[weight], -weight))
    chosen = {**card, "weight": best, "length_weight": longest}
    (arguments.models / CARD).write_text(json.dumps(chosen, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"best: {best}, {longest}")


if __name__ == "__main__":
    main()
