"""Walks over the elements of an XML document."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from lxml import etree


def outermost(
    root: etree._Element, wanted: Callable[[etree._Element], bool], left_out: frozenset[str] = frozenset()
) -> Iterator[etree._Element]:
    """Yield the elements under *root* that are wanted, in order, none that lies within another one.

    A page or a line within another is an error of the file, such as a tag that was never closed. Read once for every
    one around it, the text of a small file could grow to gigabytes.

    Args:
        root: is not yielded itself.
        wanted: tells what is looked for, through whatever wraps it.
        left_out: tags of elements that are not looked into.
    """
    waiting = list(reversed(root))
    while waiting:
        element = waiting.pop()
        if wanted(element):
            yield element
        elif element.tag not in left_out:
            waiting.extend(reversed(element))


def tagged(*tags: str) -> Callable[[etree._Element], bool]:
    """Return what tells elements of these tags, each with its namespace."""
    return lambda element: element.tag in tags
