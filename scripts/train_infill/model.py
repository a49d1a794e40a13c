"""The encoder: pre-norm transformer with rotary positions (Su et al. 2021, arXiv:2104.09864) and two heads."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as functional
from torch import Tensor, nn

from scripts.train_infill.vocabulary import LONGEST_GAP


@dataclass(frozen=True, slots=True)
class Shape:
    """Size of an encoder: symbols known, width, layers, attention heads, characters of context."""

    symbols: int
    width: int
    layers: int
    heads: int
    context: int


SIZES = {
    "tiny": (32, 1, 2, 64),
    "small": (256, 4, 4, 256),
    "medium": (384, 6, 6, 256),
    "full": (512, 10, 8, 512),
}
"""Width, layers, heads and context by name: for tests; 4.5, 12.7 and 34.3 million parameters
with 5,000 symbols, 6, 15 and 38 MB as exported."""


class Norm(nn.Module):
    """Root mean square norm (Zhang and Sennrich 2019), written out: torch's own has no ONNX form in all versions."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))

    def forward(self, x: Tensor) -> Tensor:
        """Scale the last dimension to a root mean square of one."""
        return x * torch.rsqrt((x * x).mean(-1, keepdim=True) + 1e-6) * self.weight


class Block(nn.Module):
    """Attention and a feed-forward layer; queries and keys are normed (Henry et al. 2020, arXiv:2010.04245)."""

    def __init__(self, width: int, heads: int, layers: int) -> None:
        super().__init__()
        self.heads = heads
        self.before_attention, self.before_forward = Norm(width), Norm(width)
        self.query_norm, self.key_norm = Norm(width // heads), Norm(width // heads)
        self.attend = nn.Linear(width, 3 * width, bias=False)
        self.gather = nn.Linear(width, width, bias=False)
        self.widen = nn.Linear(width, 4 * width, bias=False)
        self.narrow = nn.Linear(4 * width, width, bias=False)
        for layer in (self.gather, self.narrow):
            nn.init.normal_(layer.weight, std=0.02 / math.sqrt(2 * layers))

    def forward(self, x: Tensor, cosine: Tensor, sine: Tensor) -> Tensor:
        """Map [batch][length][width] to the same shape."""
        batch, length, width = x.shape
        shape = (batch, length, self.heads, width // self.heads)
        query, key, value = (t.reshape(shape) for t in self.attend(self.before_attention(x)).chunk(3, -1))
        query, key = rotate(self.query_norm(query), cosine, sine), rotate(self.key_norm(key), cosine, sine)
        heads = (t.transpose(1, 2).to(value.dtype) for t in (query, key, value))
        seen = attention(*heads).transpose(1, 2).reshape(batch, length, width)
        x = x + self.gather(seen)
        return x + self.narrow(functional.gelu(self.widen(self.before_forward(x)), approximate="tanh"))


def attention(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    """Attend to all positions, [batch][heads][length][size]; written out on processors, where torch's is slower."""
    if query.is_cuda:
        return functional.scaled_dot_product_attention(query, key, value)
    weights = (query @ key.transpose(2, 3) * query.shape[-1] ** -0.5).float().softmax(-1)
    return weights.to(value.dtype) @ value


def rotate(x: Tensor, cosine: Tensor, sine: Tensor) -> Tensor:
    """Turn the pairs of each head, [batch][length][heads][size], by their position."""
    first, second = x.chunk(2, -1)
    return torch.cat([first * cosine - second * sine, second * cosine + first * sine], -1)


class Encoder(nn.Module):
    """Symbols and holes to what stands in each cell and how long each gap is."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        width = shape.width
        self.embedding = nn.Embedding(shape.symbols, width)
        nn.init.normal_(self.embedding.weight, std=0.02)
        self.draft = nn.Parameter(torch.zeros(width))
        self.blocks = nn.ModuleList(Block(width, shape.heads, shape.layers) for _ in range(shape.layers))
        self.norm = Norm(width)
        self.turn = nn.Linear(width, width, bias=False)
        self.turned_norm = Norm(width)
        self.bias = nn.Parameter(torch.zeros(shape.symbols))
        self.length = nn.Linear(width, LONGEST_GAP + 1)
        size = width // shape.heads
        angles = torch.arange(shape.context)[:, None] * 10000.0 ** (-torch.arange(size // 2) / (size // 2))[None]
        self.register_buffer("cosine", angles.cos()[:, None], persistent=False)
        self.register_buffer("sine", angles.sin()[:, None], persistent=False)

    def encode(self, ids: Tensor, drafted: Tensor) -> Tensor:
        """Return hidden states [batch][length][width] of symbol ids; ``drafted`` is 1 where one is a guess."""
        x = self.embedding(ids) + drafted.unsqueeze(-1).to(self.draft.dtype) * self.draft
        x = x * math.sqrt(self.shape.width)
        cosine, sine = (t[: ids.shape[1]].to(x.dtype) for t in (self.cosine, self.sine))
        for block in self.blocks:
            x = block(x, cosine, sine)
        return self.norm(x)

    def characters(self, hidden: Tensor) -> Tensor:
        """Return logits of every symbol, [...][symbols], for hidden states [...][width]."""
        turned = self.turned_norm(functional.gelu(self.turn(hidden), approximate="tanh"))
        return functional.linear(turned, self.embedding.weight, self.bias)

    def lengths(self, hidden: Tensor) -> Tensor:
        """Return logits of 0 to LONGEST_GAP characters missing at or before a position, [...][LONGEST_GAP + 1]."""
        return self.length(hidden)

    def forward(self, ids: Tensor, drafted: Tensor) -> tuple[Tensor, Tensor]:
        """Return both heads' logits for all positions."""
        hidden = self.encode(ids, drafted)
        return self.characters(hidden), self.lengths(hidden)
