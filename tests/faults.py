"""Engines that fail, for tests of the run: each reads well but for pages of ``BAD_LINES`` lines."""

import os
import signal
import time

import numpy as np

from pipeline.recognition.engine import Seen

BAD_LINES = 3


class Steady:
    """Reads 政 for every cell-wide column of a line."""

    def read(self, lines):
        if len(lines) == BAD_LINES:
            return self.fail(lines)
        return [self.line(image) for image in lines]

    def line(self, image):
        pitch = image.shape[0] / 1.32
        count = max(1, round(image.shape[1] / pitch))
        return [Seen("政", (k + 0.5) * image.shape[1] / count, (("政", 0.9),)) for k in range(count)]

    def fail(self, lines):
        return [self.line(image) for image in lines]


class Crash(Steady):
    def fail(self, lines):
        os.kill(os.getpid(), signal.SIGSEGV)


class Hang(Steady):
    def fail(self, lines):
        time.sleep(3600)


class Memory(Steady):
    def fail(self, lines):
        return [np.ones(1 << 40, np.uint8) for _ in lines]


class Hungry(Steady):
    """Takes memory little by little, as a leak does."""

    def fail(self, lines):
        held = []
        while True:
            held.append(np.ones(1 << 24, np.uint8))


class Nonsense(Steady):
    def fail(self, lines):
        return [[None, "政", 7] for _ in lines]


class TooFew(Steady):
    def fail(self, lines):
        return []


class BadText(Steady):
    """Gives half a surrogate pair, as from bytes that are no UTF-8."""

    def fail(self, lines):
        return [[Seen("\udc80", 10.0, (("\udc80", 1.0),))] for _ in lines]


class BadBytes(Steady):
    def fail(self, lines):
        return [[Seen(b"\xff\xfe\x80".decode("utf-8"), 10.0, ())] for _ in lines]


class Exits(Steady):
    def fail(self, lines):
        raise SystemExit(3)
