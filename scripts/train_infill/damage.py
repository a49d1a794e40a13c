"""Damage on the fly, for whole batches: what is lost, what trace it leaves, what a draft says there.

Ranges follow scripts/damage.py and docs: cuts in several code orders on either side, random glyph sets, scattered
losses; exact counts, gaps of unknown length, no trace. Some lost runs hold a *draft*: a guess as the n-gram decoder
would have made, right or wrong, so that at inference the document's own restoration can stand as context for the
cells that are asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from scripts.train_infill.vocabulary import CELL, LONGEST_GAP, PAD, RUN, UNKNOWN

CUTS, SETS = 0.6, 0.25
"""Shares of sequences damaged by a cut and by a glyph set; the rest lose scattered characters."""

EXACT, RUNS = 0.96, 0.02
"""Shares of sequences with exact counts and with marked gaps; the rest show no trace. Those without exact counts ask
for no characters, and what a small encoder says of lengths did not help (docs/training.md): more of them is time lost.
With three quarters of exact counts 17 of 100 symbols were asked for, so it is 23."""

UNMARKED = 0.5
"""Greatest share of the runs of a sequence with marked gaps that show no mark, as beside punctuation and line edges."""

DRAFTED = 0.65
"""Share of the sequences with exact counts in which some runs hold a draft. What is read always has some; without
drafts more is asked of a sequence."""

DRAFT_RIGHT = (0.6, 0.95)
"""Range of the share of drafted characters that are right (the decoder alone reaches 0.6 to 0.93)."""

OWN = 3
"""One sequence of so many takes its wrong drafts, if it has drafts, from what the encoder itself would read: they are
as fluent as a decoder's."""

OWN_KEPT = 0.75
"""Greatest share of the drafts of such a sequence that are the truth whatever the encoder would read."""

Guess = Callable[[Tensor, Tensor], Tensor]
"""What an encoder reads, [sequences][length], in sequences of ids in which all that is lost is empty, given what they
can lose, [sequences][symbols]."""


@dataclass(frozen=True, slots=True)
class Tables:
    """What damage needs to know of the symbols, on the training device.

    Attributes:
        codes: [orders][symbols], 0 where a symbol has no code.
        han: [symbols].
        followers: [symbols][kept], likeliest first.
        frequent: ids of Han symbols from which the code of a cut is drawn, the most frequent ones.
    """

    codes: Tensor
    han: Tensor
    followers: Tensor
    frequent: Tensor


@dataclass(frozen=True, slots=True)
class Batch:
    """Damaged sequences, all [batch][length] but ``lost`` [batch][symbols]: what can be missing at all.

    ``truth`` is the symbol of a cell that is asked for and -1 elsewhere; ``gap`` the number of characters missing at
    a run or before a position, -1 where it is not asked.
    """

    ids: Tensor
    drafted: Tensor
    truth: Tensor
    gap: Tensor
    lost: Tensor


def lost_symbols(batch: int, tables: Tables, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Return which symbols each sequence can lose and with what chance, both [batch][symbols] and [batch][1]."""
    device = tables.han.device
    orders, size = tables.codes.shape

    def uniform(*shape: int) -> Tensor:
        return torch.rand(*shape, generator=generator, device=device)

    order = torch.randint(orders, (batch,), generator=generator, device=device)
    # GB2312 and GBK, the orders of simplified fonts, are what is met most: the other half of the draws goes to them.
    order = torch.where(uniform(batch) < 0.5, torch.where(uniform(batch) < 0.5, 1, 2), order)
    codes = tables.codes[order]
    pick = torch.randint(len(tables.frequent), (batch,), generator=generator, device=device)
    at = codes.gather(1, tables.frequent[pick][:, None])
    above = uniform(batch, 1) < 0.65
    cut = torch.where(above, codes >= at, codes <= at) & (codes > 0)
    mass = 0.1 + 0.5 * uniform(batch, 1)
    chosen = uniform(batch, size) < mass
    kind = uniform(batch, 1)
    lost = torch.where(kind < CUTS, cut, torch.where(kind < CUTS + SETS, chosen, True)) & tables.han
    chance = torch.where(kind < CUTS + SETS, 1.0, mass)
    return lost, chance


def damage(truth: Tensor, tables: Tables, generator: torch.Generator, guess: Guess | None = None) -> Batch:
    """Damage sequences of symbol ids, [batch][length]; with a *guess* the drafts of some are the encoder's own."""
    batch, length = truth.shape
    device = truth.device

    def uniform(*shape: int) -> Tensor:
        return torch.rand(*shape, generator=generator, device=device)

    lost_set, chance = lost_symbols(batch, tables, generator)
    lost = lost_set.gather(1, truth) & (uniform(batch, length) < chance)
    # A sequence that loses nearly all or nothing teaches little: it is damaged by scattered losses in its place.
    share = lost.float().mean(1, keepdim=True)
    poor = (share < 0.05) | (share > 0.75)
    scattered = tables.han[truth] & (uniform(batch, length) < 0.15 + 0.3 * uniform(batch, 1))
    lost = torch.where(poor, scattered, lost)
    lost_set = torch.where(poor, tables.han[None], lost_set)
    starts = lost & ~torch.roll(lost, 1, 1)
    starts[:, 0] = lost[:, 0]
    run = starts.cumsum(1)  # number of the run that a lost cell belongs to
    trace = uniform(batch, 1)
    exact = trace < EXACT
    ids = torch.where(lost & exact, CELL, truth)
    drafting = (uniform(batch, 1) < DRAFTED) & exact
    coins = uniform(batch, length + 1).gather(1, run)
    drafted = lost & drafting & (coins < 0.2 + 0.6 * uniform(batch, 1))
    draft = drafts(truth, lost, lost_set, tables, generator)
    own = batch // OWN
    if guess is not None and own:
        read = guess(torch.where(lost, CELL, truth)[:own], lost_set[:own])
        kept = fates(own, length, generator, device) < OWN_KEPT * uniform(own, 1)
        draft[:own] = torch.where(kept, truth[:own], read)
    ids = torch.where(drafted, draft, ids)
    asked = torch.where(lost & exact & ~drafted & (truth != UNKNOWN), truth, -1)
    coins = uniform(batch, length + 1).gather(1, run)
    marked = (trace < EXACT + RUNS) & (coins > UNMARKED * uniform(batch, 1))
    return shorten(ids, drafted, asked, lost, starts, run, exact, marked, lost_set)


def drafts(truth: Tensor, lost: Tensor, lost_set: Tensor, tables: Tables, generator: torch.Generator) -> Tensor:
    """Return what a decoder could have read in each lost cell: the truth, a usual follower, another lost character."""
    batch, length = truth.shape
    device = truth.device
    low, high = DRAFT_RIGHT
    right = low + (high - low) * torch.rand(batch, 1, generator=generator, device=device)
    before = torch.roll(truth, 1, 1)
    # Squaring draws the likelier followers oftener.
    rank = torch.rand(batch, length, generator=generator, device=device) ** 2 * tables.followers.shape[1]
    follower = tables.followers[before, rank.long()]
    other = truth.gather(1, torch.randint(length, (batch, length), generator=generator, device=device))
    wrong = torch.where(lost_set.gather(1, follower), follower, other)
    wrong = torch.where(lost_set.gather(1, wrong), wrong, truth)
    return torch.where(lost & (fates(batch, length, generator, device) > right), wrong, truth)


def fates(batch: int, length: int, generator: torch.Generator, device: torch.device) -> Tensor:
    """Draw a number for each cell; errors of a decoder come in a row: neighbouring cells share it in pairs."""
    return torch.rand(batch, (length + 1) // 2, generator=generator, device=device).repeat_interleave(2, 1)[:, :length]


def shorten(
    ids: Tensor,
    drafted: Tensor,
    asked: Tensor,
    lost: Tensor,
    starts: Tensor,
    run: Tensor,
    exact: Tensor,
    marked: Tensor,
    lost_set: Tensor,
) -> Batch:
    """Put one RUN or nothing in place of the lost runs of sequences without exact counts, and close up."""
    batch, length = ids.shape
    sizes = torch.zeros(batch, length + 1, dtype=torch.long, device=ids.device)
    sizes.scatter_add_(1, run, lost.long())
    size = sizes.gather(1, run).clamp(max=LONGEST_GAP)
    kept = exact | ~lost | (marked & starts)
    ids = torch.where(~exact & lost, RUN, ids)
    after = torch.roll(lost & ~marked, 1, 1) & ~lost
    after[:, 0] = False
    # Every kept symbol is asked how many are missing unmarked before it, a marked run for its own length.
    gap = torch.where(marked & starts, size, torch.where(after, size, 0))
    gap = torch.where(exact, -1, gap)
    order = torch.argsort((~kept).long(), dim=1, stable=True)
    filled = kept.gather(1, order)

    def closed(values: Tensor, empty: int) -> Tensor:
        return torch.where(filled, values.gather(1, order), empty)

    return Batch(closed(ids, PAD), closed(drafted.long(), 0), closed(asked, -1), closed(gap, -1), lost_set)
