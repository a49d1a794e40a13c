"""Errors that a user can do something about: each names its exit code and a remedy."""

from __future__ import annotations


class BuqueError(Exception):
    """Base of all expected failures.

    Attributes:
        exit_code: the process exit status (README.md).
        remedy: what the user can do.
    """

    exit_code = 1

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(f"{message} {remedy}".strip())
        self.remedy = remedy


class UnreadableInputError(BuqueError):
    """The input is empty, binary or in no encoding that can be told."""

    exit_code = 2


class MissingDependencyError(BuqueError):
    """A model file or a compiled module is not there."""

    exit_code = 3


class FileAccessError(BuqueError):
    """A file or folder cannot be read or written."""

    exit_code = 5
