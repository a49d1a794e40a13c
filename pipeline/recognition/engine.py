"""The interface of an engine: line images in, characters with places and alternatives out."""

from __future__ import annotations

import functools
import pkgutil
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, get_args

from pipeline.errors import MissingDependencyError
from pipeline.imaging.loading import Image
from pipeline.settings import EngineName

ENGINES: tuple[EngineName, ...] = get_args(EngineName)


FROM_SHAPE = 0.6
"""Probability given to a mark that was not read but has the shape of one; not measured."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One recognised character.

    Attributes:
        text: the character.
        centre: its column in the line's image, pixels.
        alternatives: readings with the engine's own probability, best first; the first is ``text``.
    """

    text: str
    centre: float
    alternatives: tuple[tuple[str, float], ...]


def read_as(text: str, alternatives: Sequence[tuple[str, float]]) -> tuple[tuple[str, float], ...]:
    """Return the alternatives of a place that its shape tells to be *text*: what an engine read is less likely."""
    return ((text, FROM_SHAPE), *((other, share * (1 - FROM_SHAPE)) for other, share in alternatives if other != text))


def by_shape(text: str, centre: float) -> Seen:
    """Return a character that no engine read but its shape tells."""
    return Seen(text, centre, ((text, FROM_SHAPE),))


class Engine(Protocol):
    """Reads lines."""

    def read(self, lines: Sequence[Image]) -> list[list[Seen]]:
        """Return the characters of each grey line image (height, width), left to right; white space is left out."""


@functools.cache
def load_engine(name: EngineName) -> Engine:
    """Return an engine, ready to read; one serves all pages and threads of a process.

    A name of the form ``module:Class`` is an engine from elsewhere.

    Raises:
        MissingDependencyError: it is not installed.
    """
    try:
        if ":" in name:
            plugin: Engine = pkgutil.resolve_name(name)()
            return plugin
        if name == "tesseract":
            from pipeline.recognition.tesseract import Tesseract

            return Tesseract()
        from pipeline.recognition.rapid import Rapid

        if name == "both":
            from pipeline.recognition.both import Both

            return Both(Rapid(), load_engine("tesseract"))
        return Rapid()
    except ModuleNotFoundError as error:
        raise MissingDependencyError(f"{error.name} is not installed.", "Run make setup.") from error
