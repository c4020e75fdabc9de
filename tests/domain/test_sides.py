"""Addresses of what can be compared."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.domain.sides import SideAddress, SideKind

IDS = st.from_regex("[0-9A-Z]{26}", fullmatch=True)
PATHS = st.text(st.characters(exclude_characters="\0"), min_size=1).map(lambda path: f"{path}x")


@given(
    st.builds(SideAddress, st.just(SideKind.JOB), IDS)
    | st.builds(SideAddress, st.just(SideKind.ROUND), IDS, st.integers(0, 9999))
    | st.builds(SideAddress, st.just(SideKind.FILE), IDS, st.just(0), PATHS)
)
def test_an_address_is_read_as_it_is_written(address: SideAddress) -> None:
    assert SideAddress.parse(str(address)) == address


@pytest.mark.parametrize(
    "text",
    ["", "job", "job:", "job:a:b", "job:../x", "round:A", "round:A:x", "file:A", "file:A:", "x:A"],
)
def test_anything_else_is_refused_with_the_forms(text: str) -> None:
    with pytest.raises(ValueError, match="write job:ID, round:JOB:NUMBER or file:PROJECT:PATH"):
        SideAddress.parse(text)
