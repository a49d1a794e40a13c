"""Packing of training text (scripts/train_infill/pack.py)."""

import numpy as np

from pipeline.damage.hypotheses import ORDERS
from scripts.train_infill.pack import COPIES, archive, pack
from scripts.train_infill.split import documents
from scripts.train_infill.vocabulary import NEWLINE, SPECIALS, UNKNOWN


def test_a_packed_corpus_holds_its_text_without_the_held_out_documents(tmp_path):
    for number in range(20):
        line = "推进政府信息公开。" if number % 10 != 9 else "留下不学的文件。"
        (tmp_path / f"{number:02d}.txt").write_text(f"{line}\n{line}\n", encoding="utf-8")
    extra = tmp_path.parent / "news.txt"
    extra.write_text("新闻2018年\n" * 6 + "罕\n", encoding="utf-8")
    arrays = pack({"written": (0.7, [tmp_path]), "news": (0.3, [extra])})
    table = arrays["symbols"].tolist()
    assert tuple(table[: len(SPECIALS)]) == SPECIALS

    def text(name):
        return "".join("\n" if i == NEWLINE else table[i] for i in arrays[name])

    assert text("train_written") == "推进政府信息公开。\n" * 36 * COPIES
    assert text("train_news") == "新闻0年\n" * 6 + SPECIALS[UNKNOWN] + "\n"
    # What stands only in held-out documents is not known.
    assert text("held_out").replace(SPECIALS[UNKNOWN], "？") == "？？？？？？？。\n" * 4
    assert [held for _, held in documents([tmp_path])].count(True) == 2
    place = table.index("政")
    assert arrays["codes"][:, place].tolist() == [ORDERS[order]("政") or 0 for order in sorted(ORDERS)]
    assert arrays["codes"][:, table.index("。")].tolist() == [0] * 4
    assert table[arrays["followers"][place][0]] == "府"
    assert arrays["names"].tolist() == ["written", "news"]
    np.testing.assert_allclose(arrays["weights"], [0.7, 0.3])


def test_a_corpus_packed_like_another_keeps_its_symbols_and_held_out_text(tmp_path):
    folder, other = tmp_path / "first", tmp_path / "other.txt"
    folder.mkdir()
    for number in range(20):
        (folder / f"{number:02d}.txt").write_text("推进政府信息公开。\n", encoding="utf-8")
    other.write_text("政务公开\n" * 6, encoding="utf-8")
    first = pack({"written": (1.0, [folder])})
    second = pack({"other": (1.0, [other])}, first)
    table = first["symbols"].tolist()
    assert second["symbols"].tolist() == table
    assert [table[i] for i in second["train_other"][:3]] == ["政", SPECIALS[UNKNOWN], "公"]
    np.testing.assert_array_equal(second["held_out"], first["held_out"])
    np.testing.assert_array_equal(second["codes"], first["codes"])


def test_what_is_held_out_stays_held_out_where_folders_change(tmp_path):
    """A document more, and every later one has another number."""
    folder = tmp_path / "first"
    folder.mkdir()
    for number in range(20):
        line = "推进政府信息公开工作取得新的成效" + "的一是在不了有和人这中大为上个国我以要他"[number] * 6
        (folder / f"{number:02d}.txt").write_text(f"{line}\n", encoding="utf-8")
    first = pack({"written": (1.0, [folder])})
    (folder / "00a.txt").write_text("推进政府信息公开\n", encoding="utf-8")
    second = pack({"written": (1.0, [folder])}, first)
    np.testing.assert_array_equal(second["held_out"], first["held_out"])

    def lines(stream):
        return {line.tobytes() for line in np.split(stream, np.flatnonzero(stream == NEWLINE) + 1)} - {b""}

    held = lines(first["held_out"])
    assert held and not held & lines(second["train_written"])
    assert (folder / "09.txt", False) in documents([folder]), "by its number it would be drawn"


def test_archives_are_read_by_lines(tmp_path):
    import lzma

    path = tmp_path / "a.txt.xz"
    path.write_bytes(lzma.compress("甲\n乙\n".encode()))
    assert archive(path) == ["甲", "乙"]
