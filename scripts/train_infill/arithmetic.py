"""How wide the numbers of matrix products are."""

from __future__ import annotations

import torch


def sixteen_bits(device: torch.device) -> bool:
    """Tell whether *device* multiplies bfloat16 matrices by itself.

    GPUs do; a processor without such instructions emulates them, fifty times slower, one that has them is three to
    seven times as fast as with 32 bits.
    """
    if device.type != "cpu":
        return True
    told = (getattr(torch.cpu, name, None) for name in ("_is_avx512_bf16_supported", "_is_amx_tile_supported"))
    return any(tell() for tell in told if tell)
