"""Buque: restores damaged Chinese official documents and says how sure it is of every character it supplies."""

from __future__ import annotations

from pipeline.edits import Edit
from pipeline.restoration import Restoration, restore
from pipeline.settings import Settings

__all__ = ["Edit", "Restoration", "Settings", "restore"]
__version__ = "0.1.0"
