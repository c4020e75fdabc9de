"""A comparison takes no longer, and becomes no longer, than a page may."""

import random
from collections.abc import Callable

import pytest

from tests.compare.shown import files, one, shown
from tests.effort import effort
from webapp.compare import Comparison, compare
from webapp.domain.artifact import ArtifactFile

MOST_EFFORT = 6.0  # about 0.6 s on a small machine; the hardest is at 2.5
ROOM = 12_000
CHANCE = random.Random(7)


def lines(make: Callable[[int], object], number: int = 5000) -> str:
    return "".join(f"{make(index)}\n" for index in range(number))


def few(kinds: int) -> str:
    """Lines of a few kinds: what difflib alone takes minutes for."""
    return lines(lambda _: f"line {CHANCE.randrange(kinds)}")


def words(_: int) -> str:
    return " ".join(str(CHANCE.randrange(9)) for _ in range(100))


def peeled(side: str) -> str:
    """Each line stands twice, and only once in what is left beside the one before it."""
    return "".join(f"{n}\n{n + 1}\n{side} {n}\n" for n in reversed(range(1600)))


SHUFFLED = CHANCE.sample(range(5000), 5000)
BOMB = "a: &a [x,x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{new}: &{new} [{','.join([f'*{old}'] * 10)}]\n"
    for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)
HARD = {
    "5,000 distinct lines": (lines("old {}".format), lines("new {}".format), "a.txt"),
    "two kinds of lines": (few(2), few(2), "a.txt"),
    "100 kinds of lines": (few(100), few(100), "a.txt"),
    "2,000 kinds of lines": (few(2000), few(2000), "a.txt"),
    "shuffled lines": (lines(str), lines(lambda n: SHUFFLED[n]), "a.txt"),
    "every second line": (
        lines(lambda n: n if n % 2 else f"old {n}"),
        lines(lambda n: n if n % 2 else f"new {n}"),
        "a.txt",
    ),
    "lines that become unique one by one": (peeled("old"), peeled("new"), "a.txt"),
    "long lines that are alike": (lines(words, 2000), lines(words, 2000), "a.txt"),
    "one line of 1 MB": ("x" * 10**6, "x" * 500_000 + "y" * 500_000, "a.txt"),
    "one line of many words": ("a b " * 250_000, "a c " * 250_000, "a.txt"),
    "16 MB": (lines("{} old".format, 1_500_000), lines("{} new".format, 1_500_000), "a.txt"),
    "16 MB of empty lines": ("\n" * 16_000_000, "\n" * 15_999_999 + "x", "a.txt"),
    "deep YAML": ("[" * 50_000, "- " * 25_000, "a.yaml"),
    "YAML that unfolds": (BOMB, BOMB + "z: 1\n", "a.yaml"),
    "YAML in itself": ("&a [*a]", "&a {k: *a}", "a.yaml"),
    "YAML of many keys": (
        lines("k{}: v".format, 6000), lines("k{}: [w]".format, 6000), "a.yaml",
    ),
    "deep JSON": ("[" * 90_000, "[" * 90_001, "a.json"),
    "HCL of empty lines": ("a = 1\n" + "\n" * 95_000, "b = 1\n" + "\n" * 95_000, "a.tf"),
    "HCL to guess at": ("a = -" * 15_000, "a = \n\n\n\n" * 7000, "a.tf"),
    "deep HCL": ("a = " + "[" * 4000 + "]" * 4000, "a = " + "-" * 9000 + "1", "a.tf"),
    "HCL of many values": (
        lines("a{} = f(x, [1, {{ b = 2 }}])".format, 3000),
        lines("a{} = f(x, [2, {{ b = 2 }}])".format, 3000),
        "a.tf",
    ),
}  # fmt: skip


def shown_lines(comparison: Comparison) -> int:
    return sum(line[0] in " +-" for line in shown(comparison))


@pytest.mark.parametrize("is_normal", [False, True], ids=["as written", "normal"])
@pytest.mark.parametrize("name", HARD)
def test_no_files_take_long(name: str, is_normal: bool) -> None:
    old, new, path = HARD[name]
    assert effort(lambda: one(old, new, path, is_normal=is_normal)) < MOST_EFFORT


@pytest.mark.parametrize("name", HARD)
def test_no_files_fill_more_than_a_page(name: str) -> None:
    assert shown_lines(one(*HARD[name])) <= ROOM


def test_many_files_take_not_longer_than_one() -> None:
    paths = [f"k8s/{number}.yaml" for number in range(3000)]
    old = [ArtifactFile(path, BOMB) for path in paths]
    new = [ArtifactFile(path, f"{BOMB}z: 1\n") for path in paths]
    assert effort(lambda: compare(old, new, is_normal=True)) < MOST_EFFORT
    found = compare(old, new, is_normal=True)
    assert (len(found.files), found.left_out) == (300, 2700)


def test_beyond_5000_lines_there_are_neither_marks_nor_columns() -> None:
    (file,) = one(lines("a {}".format, 5001), lines("a  {}".format, 5001)).files
    assert file.is_plain
    assert "more than 5,000 lines" in file.notes[0]
    assert {is_marked for block in file.hunks[0].blocks for line in block.lines
            for is_marked, _ in line.pieces} == {False}  # fmt: skip


def test_what_has_no_room_is_counted() -> None:
    (file,) = one(lines("old {}".format, 9000), lines("new {}".format, 9000)).files
    (change,) = file.hunks[0].blocks
    assert [line.sign for line in change.lines] == ["-"] * 6000 + ["+"] * 6000
    assert file.hidden == 6000
    assert (file.added, file.removed) == (9000, 9000)


def test_all_files_share_the_room_of_a_page() -> None:
    names = ("a", "b", "c")
    old, new = ([ArtifactFile(name, lines(side.format, 3000)) for name in names]
                for side in ("old {}", "new {}"))  # fmt: skip
    found = compare(old, new)
    assert shown_lines(found) == ROOM
    assert [file.hidden for file in found.files] == [0, 0, 6000]


def test_only_the_beginning_of_a_huge_file_is_read_and_that_is_said() -> None:
    old = lines(str, 30_000)
    (file,) = one(old, f"{old}more\n").files
    assert file.hunks == ()
    assert file.notes == ("Only the first 20,000 lines and 2,000,000 characters are compared.",)


def test_what_is_too_much_for_a_page_is_listed_without_its_lines() -> None:
    huge = "x" * 2_000_000
    old, new = files(a=huge, b=huge, c="1\n"), files(a=f"{huge}y", b=f"y{huge}", c="2\n")
    found = compare(old, new)
    assert found.files[1].notes == (
        "There is too much to compare on one page: this file is left out.",
    )


def test_of_a_long_line_the_change_is_shown() -> None:
    old = "a" * 10_000 + "b" * 10_000
    (file,) = one(f"{old}\n", f"{old[:10_000]}X{old[10_000:]}\n").files
    removed, added = file.hunks[0].blocks[0].lines
    assert added.pieces[0][1].startswith("…" + "a" * 100 + "Xb")
    assert (removed.cut, added.cut) == (18_000, 18_001)
