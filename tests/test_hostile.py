"""Hostile input: a short run of ``make fuzz``, and that it would notice."""

import io
import json
import os
import random
import socket
import struct
import time
import zipfile
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import UnreadableInputError
from pipeline.imaging.cleaning import skew_of
from pipeline.imaging.loading import load_page
from scripts.fuzzing import __main__ as fuzzing
from scripts.fuzzing import seeds, structure
from scripts.fuzzing.mutation import LARGEST, mutated
from scripts.fuzzing.readers import READERS, Reader


def connect(path):
    with socket.socket() as client:
        client.settimeout(1)
        client.connect(("127.0.0.1", 9))


def write_outside(path):
    (path.parent.parent / "buque-outside").write_text("x")


def refuse(path):
    raise UnreadableInputError("no.")


@pytest.mark.parametrize(
    ("call", "found"),
    [
        (connect, "socket.connect"),
        (write_outside, "for writing"),
        (lambda path: os.system("true"), "os.system"),
        (lambda path: [][1], "IndexError"),
        (refuse, None),
        (lambda path: path.with_name("inside").write_text("x"), None),
    ],
)
def test_what_a_reader_may_not_do_is_found(monkeypatch, call, found):
    monkeypatch.setitem(READERS, "text", Reader(".txt", lambda: [b"x"], call))
    findings = fuzzing.attempt("text", 0, 2)
    if found is None:
        assert not findings
    else:
        assert [number for number, _ in findings] == [0, 1] and found in findings[0][1]


@given(st.binary(max_size=200), st.binary(max_size=200), st.integers())
def test_cases_are_the_same_everywhere(seed, other, number):
    assert mutated(seed, other, random.Random(number)) == mutated(seed, other, random.Random(number))
    assert len(mutated(seed, other, random.Random(number))) <= LARGEST


def test_damaged_files_are_refused_or_read(tmp_path: Path):
    readers = [name for name, reader in READERS.items() if reader.cost < 20]  # the others take seconds a file
    assert fuzzing.run(readers, 6.0, 1, 1_000_000, tmp_path) == 0


@pytest.mark.parametrize("name", [name for name, reader in READERS.items() if reader.damage])
def test_damage_that_keeps_the_form_is_the_same_everywhere(name):
    reader = READERS[name]
    files = reader.seeds()
    for number in range(20):
        for damage in set(reader.damage):
            made = [damage(files[number % len(files)], random.Random(number)) for _ in range(2)]
            assert isinstance(made[0], bytes) and made[0] == made[1]
    changed = sum(fuzzing.case(name, number) not in files for number in range(20))
    assert changed >= 15, "files that were not damaged"


def test_damage_keeps_the_form():
    generator = random.Random(1)
    for _ in range(50):
        with zipfile.ZipFile(io.BytesIO(structure.members(seeds.words()[2], generator))) as archive:
            assert archive.testzip() is None
        structure.characters(seeds.documents()[-1], generator).decode("utf-8")
        PIL.Image.open(io.BytesIO(structure.pixels(seeds.pngs()[0], generator))).load()
        for line in structure.values(seeds.profiles()[0], generator).splitlines():
            json.loads(line.decode("utf-8", "surrogatepass"))


def test_a_strip_of_paper_takes_no_more_than_a_page():
    ink = np.ones((16_000, 32), np.uint8)
    began = time.process_time()
    skew_of(ink)
    assert time.process_time() - began < 2.0


@pytest.mark.parametrize("tag", [259, 262, 258])  # compression, colours, bits of a sample: TIFF 6.0
def test_headers_of_unheard_values_cost_one_page(tmp_path, tag):
    path = tmp_path / "a.tif"
    pages = [PIL.Image.new("L", (400, 300), "white") for _ in range(2)]
    pages[0].save(path, save_all=True, append_images=pages[1:])
    data = bytearray(path.read_bytes())
    entry = struct.pack("<HHI", tag, 3, 1)
    at = data.rindex(entry) + len(entry)
    data[at : at + 2] = struct.pack("<H", 65288)
    path.write_bytes(data)
    assert load_page(path, 1).shape == (300, 400, 3)
    with pytest.raises(UnreadableInputError, match=r"a\.tif, page 2"):
        load_page(path, 2)
