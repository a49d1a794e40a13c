"""A neural witness made by hand: an ONNX file that says what follows from the symbol a fixed distance before a cell.

The few messages of the format that it needs are written here
(https://github.com/onnx/onnx/blob/main/onnx/onnx.proto), so that the tests run real inference without the package
that writes models.
"""

import json
import shutil
import struct

from pipeline import Settings

FLOAT, INT64 = 1, 7
SPECIALS = ["<pad>", "<cell>", "<run>", "<newline>", "<unknown>"]


def varint(number):
    out = b""
    while number > 127:
        out += bytes([number & 127 | 128])
        number >>= 7
    return out + bytes([number])


def field(number, value):
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    data = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(data)) + data


def tensor(name, shape, kind, raw):
    return b"".join(field(1, size) for size in shape) + field(2, kind) + field(8, name) + field(9, raw)


def node(operation, inputs, output):
    return b"".join(field(1, name) for name in inputs) + field(2, output) + field(4, operation)


def value(name, kind, shape):
    sizes = b"".join(field(1, field(2, size)) for size in shape)
    return field(1, name) + field(2, field(1, field(1, kind) + field(2, sizes)))


def write(folder, rules, distance, weight, context=32, lengths=None, length_weight=0.0):
    """Write a witness: *distance* symbols behind ``a`` it says ``b`` with logit 10, for ``a: b`` of *rules*.

    *lengths* are numbers of missing characters that it says, as loudly, at or before a symbol.
    """
    symbols = [*SPECIALS, *sorted({*rules, *rules.values(), *(lengths or {})} - set(SPECIALS))]
    index = {symbol: i for i, symbol in enumerate(symbols)}
    table = [[0.0] * len(symbols) for _ in symbols]
    for before, char in rules.items():
        table[index[before]][index[char]] = 10.0
    numbers = [x for row in table for x in row]
    sizes = [10.0 * (size == (lengths or {}).get(symbol, 0)) for symbol in symbols for size in range(9)]
    graph = field(1, node("Reshape", ["ids", "flat_shape"], "flat"))
    graph += field(1, node("Sub", ["wanted", "distance"], "places"))
    graph += field(1, node("Gather", ["flat", "places"], "before"))
    graph += field(1, node("Gather", ["table", "before"], "characters"))
    graph += field(1, node("Gather", ["flat", "wanted"], "here"))
    graph += field(1, node("Gather", ["sizes", "here"], "lengths"))
    graph += field(2, "witness")
    graph += field(5, tensor("flat_shape", [1], INT64, struct.pack("<q", -1)))
    graph += field(5, tensor("distance", [1], INT64, struct.pack("<q", distance)))
    graph += field(5, tensor("table", [len(symbols)] * 2, FLOAT, struct.pack(f"<{len(numbers)}f", *numbers)))
    graph += field(5, tensor("sizes", [len(symbols), 9], FLOAT, struct.pack(f"<{len(sizes)}f", *sizes)))
    graph += field(11, value("ids", INT64, ["windows", "size"])) + field(
        11, value("drafted", INT64, ["windows", "size"])
    )
    graph += field(11, value("wanted", INT64, ["asked"]))
    graph += field(12, value("characters", FLOAT, ["asked", "symbols"]))
    graph += field(12, value("lengths", FLOAT, ["asked", "sizes"]))
    model = field(1, 8) + field(8, field(2, 13)) + field(7, graph)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "witness.onnx").write_bytes(model)
    card = {"context": context, "weight": weight, "length_weight": length_weight, "symbols": symbols}
    (folder / "witness.json").write_text(json.dumps(card), encoding="utf-8")


def models(folder, rules, distance, weight, **more):
    """Return a models folder of the product's n-grams with such a witness."""
    write(folder, rules, distance, weight, **more)
    for file in Settings().models.glob("*"):
        if not file.name.startswith("witness"):
            shutil.copy(file, folder)
    return folder
