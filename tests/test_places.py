"""Places packed in a few bytes: as a list of places in every way that is used."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from pipeline.document import Place
from pipeline.places import FARTHEST, Places

NUMBERS = st.integers(0, 2**31 - 1)
PLACES = st.builds(
    Place,
    st.integers(1, 2**31 - 1),
    st.tuples(NUMBERS, NUMBERS, NUMBERS, NUMBERS),
    st.booleans(),
    st.text(max_size=3),
    st.sampled_from(["", "Song", "body"]),
)
ADAPTER = TypeAdapter(Places)


@given(st.lists(st.none() | PLACES, max_size=12), st.integers(-14, 14), st.integers(-14, 14))
def test_places_are_a_list_of_places(found, low, high):
    places = Places(found)
    assert list(places) == found
    assert len(places) == len(found)
    assert list(places[low:high]) == found[low:high]
    assert list(places[::-2]) == found[::-2]
    assert [places[at] for at in range(-len(found), len(found))] == found + found
    assert places == found
    assert any(places) == any(found)
    assert Places(places) == places
    with pytest.raises(IndexError):
        places[len(found)]


@given(st.lists(st.none() | PLACES, max_size=8))
def test_places_come_back_from_json(found):
    assert ADAPTER.validate_json(ADAPTER.dump_json(Places(found))) == found


def test_characters_that_share_a_place():
    places = Places()
    place = Place(1, (0, 0, 9, 9))
    places.append(place, 2)
    places.append(None, 2)
    assert list(places) == [place, place, None, None]
    assert places != [place]
    assert places != 5


@pytest.mark.parametrize(
    "packed",
    [
        b"[]",
        b'{"numbers": "AAAA", "names": []}',
        b'{"names": []}',
        b'{"numbers": "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "names": []}',
        b'{"numbers": "AQAAAAAAAAAAAAAAAAAAAAAAAAAHAAAA", "names": [[false, "", ""]]}',
        b'{"numbers": "!", "names": [[1]]}',
    ],
)
def test_damaged_places_are_told(packed):
    with pytest.raises(ValidationError):
        ADAPTER.validate_json(packed)


def test_a_place_beyond_all_paper_is_kept_at_its_edge():
    packed = Places([Place(1, (-(10**20), 5, 2**31, 10**12))])
    assert packed[0] == Place(1, (-FARTHEST, 5, FARTHEST, FARTHEST))
