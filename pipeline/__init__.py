"""Buque: restores damaged Chinese official documents and says how sure it is of every character it supplies."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipeline.edits import Edit
    from pipeline.restoration import Restoration, restore
    from pipeline.settings import Settings

__all__ = ["Edit", "Restoration", "Settings", "restore"]
__version__ = "0.1.0"
_HOMES = {"Edit": "edits", "Restoration": "restoration", "Settings": "settings", "restore": "restoration"}


def __getattr__(name: str) -> object:
    """Load what is asked for: numpy, the models and the vocabulary take a third of a second."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"pipeline.{_HOMES[name]}"), name)
