"""Fonts lose glyphs by themselves: what the headings' font lost need not be what the body's lost.

The document as a whole shows the commonest cut. A font whose lines speak against it, or for another one by far, has a
cut of its own, where it shows enough to find one; a font that shows little takes the cut, of those found, that its
lines speak for, and none where they speak for none.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from pipeline.damage.hypotheses import Cut
from pipeline.damage.inference import DamageModel, FontRegion, LineKind, different_han, infer, kinds_of, line_ratio

OWN_CUT = 12.0
"""Nats by which a font's own cut must explain its lines better than one that is known from the others."""


def infer_regions(lines: Sequence[str], fonts: Sequence[str], frequency: Mapping[str, float]) -> DamageModel:
    """Infer the damage of a document whose lines are in several fonts.

    Args:
        lines: its lines.
        fonts: the font of each, empty where nothing was printed; any name that is the same for the same font.
        frequency: relative frequency of Han characters in undamaged running text.

    Returns:
        The damage model of all lines together where they are in one font. Otherwise its ``cut`` is that of the font
        with most text that lost anything.
    """
    together = infer(lines, frequency)
    members: dict[str, list[int]] = defaultdict(list)
    for at, font in enumerate(fonts):
        if lines[at].strip():
            members[font].append(at)
    if len(members) < 2:
        return together
    own = {font: infer([lines[at] for at in rows], frequency) for font, rows in members.items()}
    known = [together.cut, *(model.cut for model in own.values())]
    cuts = list(dict.fromkeys(cut for cut in known if cut is not None))
    if not cuts:
        return replace(together, regions=tuple(FontRegion(f, None, 0.0, len(rows)) for f, rows in members.items()))
    lost = {cut: _lost(cut, frequency) for cut in cuts}
    hans = {font: [different_han(lines[at]) for at in rows] for font, rows in members.items()}
    chosen = {font: _choose(hans[font], together.cut, own[font].cut, lost) for font in members}
    kinds: list[LineKind] = ["whole"] * len(lines)
    onsets = [0] * len(lines)
    by_line: list[Cut | None] = [None] * len(lines)
    for font, rows in members.items():
        cut = chosen[font][0]
        if cut is None:
            continue
        found = kinds_of([lines[at] for at in rows], cut, lost[cut])
        for at, kind, onset in zip(rows, *found, strict=True):
            kinds[at], onsets[at], by_line[at] = kind, onset, cut
    regions = tuple(FontRegion(font, *chosen[font], len(rows)) for font, rows in members.items())
    shown = {font: sum(map(len, hans[font])) for font in members}
    main = max((font for font in members if chosen[font][0]), key=lambda font: shown[font], default=None)
    if main is None:
        return replace(infer([], frequency), lines=tuple(kinds), onsets=tuple(onsets), regions=regions)
    cut, evidence = chosen[main]
    assert cut is not None
    source = together if cut == together.cut else own[main]
    different = {chosen[font][0] for font in members} != {cut}
    return DamageModel(
        cut,
        together.evidence if cut == together.cut else evidence,
        lost[cut],
        tuple(kinds),
        tuple(onsets),
        source.rivals,
        regions,
        tuple(by_line) if different else (),
    )


def _choose(
    hans: Sequence[str], common: Cut | None, own: Cut | None, lost: Mapping[Cut, float]
) -> tuple[Cut | None, float]:
    """Return the cut of a font and its evidence over the font's lines, nats.

    Args:
        hans: different Han characters of each line.
        common: the cut of all lines together.
        own: what the font shows by itself.
        lost: share of running text that each known cut loses.
    """
    hans = list(dict.fromkeys(hans))  # as in ``infer``: equal lines tell the same
    evidence = {cut: sum(line_ratio(han, cut, share) for han in hans) for cut, share in lost.items()}
    best = max(evidence, key=lambda cut: (evidence[cut], str(cut)))
    if own is not None and (common is None or evidence[own] > evidence[common] + OWN_CUT):
        return own, evidence[own]
    if common is not None and evidence[common] >= max(0.0, evidence[best] - OWN_CUT):
        return common, evidence[common]
    return (best, evidence[best]) if evidence[best] > 0 else (None, 0.0)


def _lost(cut: Cut, frequency: Mapping[str, float]) -> float:
    return sum(share for char, share in frequency.items() if cut.loses(char)) / sum(frequency.values())
