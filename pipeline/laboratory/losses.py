"""Which characters a page loses: a random set of a given mass, or one side of a cut in a code order."""

from __future__ import annotations

import random
from collections import Counter

from pipeline.damage.hypotheses import ORDERS, Cut, is_han
from pipeline.errors import BuqueError


def lost_characters(text: str, share: float, generator: random.Random) -> set[str]:
    """Return a random set of characters that holds *share* of the running Han characters."""
    counts = Counter(filter(is_han, text))
    kinds = sorted(counts)
    generator.shuffle(kinds)
    lost: set[str] = set()
    mass, target = 0, share * counts.total()
    for kind in kinds:
        if mass + counts[kind] <= 1.03 * target:
            lost.add(kind)
            mass += counts[kind]
        if mass >= target:
            break
    return lost


def lost_by(model: str, text: str, seed: int) -> set[str]:
    """Return the characters of *text* that a damage model loses.

    Args:
        model: a share such as ``0.44`` (a random set), a cut such as ``GB2312>C2C9`` or ``Unicode<5E74``, or the lost
            characters themselves.
        text: what is printed.
        seed: of the random set.

    Raises:
        BuqueError: the model cannot be read.
    """
    for side, sign in (("above", ">"), ("below", "<")):
        order, found, code = model.partition(sign)
        if found and order in ORDERS:
            try:
                cut = Cut(order, "above" if side == "above" else "below", int(code, 16))
            except ValueError as error:
                raise BuqueError(f"{model}: {code} is no hexadecimal code.", "Write GB2312>C2C9.") from error
            return set(filter(cut.loses, text))
    if any(map(is_han, model)):
        return set(model)
    try:
        share = float(model)
    except ValueError as error:
        raise BuqueError(f"{model}: no damage model.", "Give a share, ORDER>CODE, ORDER<CODE or characters.") from error
    return lost_characters(text, share, random.Random(seed))
