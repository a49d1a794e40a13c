"""White at the ends of lines: what moved to the next line is told from lost characters by what the text says."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from pipeline import Settings
from pipeline.damage.hypotheses import Cut
from pipeline.document import Cell, Line, Page, Place
from pipeline.line_ends import with_told_ends
from pipeline.places import Places
from pipeline.reading.pages import Scan, running_text
from tests.test_restore import TRUTH

CUT = Cut("GB2312", "above", 0xC2C9)
LINES = [line for line in TRUTH.splitlines() if len(line) > 60]
SETTINGS = Settings(jobs=1, beam=60)
PLACE = Place(1, (0, 0, 20, 20))


def shown(text):
    return "".join("□" if CUT.loses(char) else char for char in text)


def ends():
    """Return a damaged text without the last of what it lost before brackets, where that may have been, and was.

    Where just one character is lost before a bracket it is taken out; elsewhere nothing is, but might be.
    """
    text, moved, lost = "", [], []
    for char, seen in zip("\n".join(LINES), shown("\n".join(LINES)), strict=True):
        if char in "（《“":
            gone = text.endswith("□") and not text.endswith("□□")
            if gone:
                text = text[:-1]
            if gone or not text.endswith(("□", "\n")):
                moved.append((len(text), (PLACE,)))
                lost.append(gone)
        text += seen
    return Scan((), text + "\n", Places([PLACE] * (len(text) + 1)), moved=tuple(moved)), lost


def test_the_text_tells_lost_characters_from_brackets_that_moved():
    scan, lost = ends()
    assert len(lost) >= 40 and sum(lost) >= 5
    told = with_told_ends(scan, SETTINGS)
    found, shift = [], 0
    for at, _ in scan.moved:
        found.append(told.text[at + shift] == "□")
        shift += found[-1]
    assert told.text.count("□") - scan.text.count("□") == shift
    assert sum(a != b for a, b in zip(found, lost, strict=True)) <= 0.1 * len(lost)


def test_where_nothing_is_missing_nothing_is_asked():
    text = "\n".join(LINES) + "\n"
    scan = Scan((), text, Places([PLACE] * len(text)), moved=((20, (PLACE,)),))
    assert with_told_ends(scan, replace(SETTINGS, models="nowhere")) is scan


def test_a_number_that_the_passage_around_an_end_parts_is_no_stranger():
    text = shown(TRUTH).replace(".", "").replace("．", "") + "\n全年主动公开政府信息增长5.6%，政□公□工作有序推进落实"
    text = text[: text.rindex(".") + 16] + "（试行）。\n"
    at = text.rindex("（试行")
    scan = Scan((), text, Places([PLACE] * len(text)), moved=((at, (PLACE,)),))
    assert with_told_ends(scan, SETTINGS).text.replace("□", "") == text.replace("□", "")


@given(st.text("公开□\n", min_size=1, max_size=30), st.data())
def test_characters_are_put_in_and_all_offsets_go_with_them(text, data):
    offsets = sorted(data.draw(st.sets(st.integers(0, len(text)), max_size=4)))
    lost = [(at, (PLACE,) * data.draw(st.integers(1, 3))) for at in offsets]
    own = [Place(2, (k, 0, k + 1, 1)) for k in range(len(text))]
    offers = {at: ((char, 0.9),) for at, char in enumerate(text)}
    crops = tuple((at, str(at)) for at in range(len(text)))
    told = Scan((), text, Places(own), crops=crops, offers=offers).with_lost(lost)
    kept = [at for at, place in enumerate(told.places) if place != PLACE]
    assert "".join(told.text[at] for at in kept) == text
    assert len(told.text) == len(told.places) == len(text) + sum(len(places) for _, places in lost)
    assert all(told.text[at] == "□" for at in set(range(len(told.text))) - set(kept))
    assert list(told.offers) == kept == [at for at, _ in told.crops]
    assert all(told.offers[at][0][0] == told.text[at] for at in kept)


def line(text, moved=0, starts=False):
    cells = tuple(Cell(char.replace("□", ""), (20 * k, 0, 20 * k + 20, 20)) for k, char in enumerate(text))
    return Line(cells, (0, 0, 20 * len(text), 20), 20.0, starts, moved=moved)


def test_white_that_may_have_moved_is_kept_with_its_places_inside_of_paragraphs():
    lines = (line("公开工作", 2, True), line("（试行）。", 1), line("（一）信息", 0, True))
    scan = running_text([Page(1, 200, 200, 0.0, lines)])
    assert scan.text == "公开工作（试行）。\n（一）信息\n"
    (at, places), *more = scan.moved
    assert (at, more) == (4, [])
    assert [place.box for place in places] == [(80, 0, 100, 20), (100, 0, 120, 20)]
