"""What differs between two versions of files: lines, words, and which files belong together."""

from hypothesis import given
from hypothesis import strategies as st

from tests.compare.shown import files, one, shown
from webapp.compare import FileDiff, compare
from webapp.compare.align import Steps, equal_runs

NUMBERS = "".join(f"{number}\n" for number in range(1, 41))


def test_three_lines_stand_around_a_change_with_the_numbers_of_both_sides() -> None:
    (file,) = one(NUMBERS, NUMBERS.replace("\n20\n", "\nnew\ntwo\n")).files
    (hunk,) = file.hunks
    before, change, after = hunk.blocks
    assert [(line.old_no, line.new_no) for line in before.lines] == [(17, 17), (18, 18), (19, 19)]
    # In two columns the removed line stands beside the first of the new ones.
    assert [(line.sign, line.old_no, line.new_no) for line in change.lines] == [
        ("-", 20, None), ("+", None, 20), ("+", None, 21),
    ]  # fmt: skip
    assert [(line.old_no, line.new_no) for line in after.lines] == [(21, 22), (22, 23), (23, 24)]
    assert (file.added, file.removed) == (2, 1)


def test_changes_share_a_hunk_where_their_surroundings_meet() -> None:
    near = NUMBERS.replace("\n10\n", "\nx\n").replace("\n17\n", "\ny\n")
    far = NUMBERS.replace("\n10\n", "\nx\n").replace("\n18\n", "\ny\n")
    assert [line for line in shown(one(NUMBERS, near)) if line[0] == "@"] == ["@@ -7,14 +7,14 @@"]
    assert len([line for line in shown(one(NUMBERS, far)) if line[0] == "@"]) == 2


def test_changed_words_are_marked() -> None:
    old = "image: shop:1.4 # pinned\n"
    new = "image: shop:1.5 # pinned\n"
    assert shown(one(old, new))[1:] == [
        "-image: shop:1.[4] # pinned",
        "+image: shop:1.[5] # pinned",
    ]


def test_a_mark_runs_on_over_the_blank_between_two_changes() -> None:
    assert shown(one("run: one two three four\n", "run: one 2 3 four\n"))[1:] == [
        "-run: one [two three] four",
        "+run: one [2 3] four",
    ]


def test_lines_with_little_in_common_have_no_marks() -> None:
    assert shown(one("alpha beta gamma\n", "one two three\n"))[1:] == [
        "-alpha beta gamma",
        "+one two three",
    ]


def test_a_line_is_paired_with_the_one_it_is_most_like() -> None:
    old = "port: 80\nname: shop of mine\n"
    new = "first: yes\nsecond: no\nname: shop of yours\n"
    assert shown(one(old, new))[1:] == [
        "-port: 80",
        "<",
        "-name: shop of [mine]",
        "+first: yes",
        "+second: no",
        "+name: shop of [yours]",
    ]


def test_blanks_can_be_ignored() -> None:
    old, new = "a:  1\n\tb: 2\nc: 3\n", "a: 1\n  b: 2 \nc: 4\n"
    assert shown(one(old, new, ignore_space=True))[1:] == [
        " a: 1",
        "   b: 2 ",
        "-c: [3]",
        "+c: [4]",
    ]
    assert one(old, old.replace(" ", "   "), ignore_space=True).files == ()
    (file,) = one(old, new, ignore_space=True).files
    assert file.hunks[0].blocks[0].lines[1].twin == "\tb: 2"


def test_the_end_of_the_last_line_counts() -> None:
    (file,) = one("a\n", "a").files
    assert (file.hunks, file.notes) == ((), ("Only one of them ends its last line.",))


def test_line_ends_of_windows_are_seen() -> None:
    assert shown(one("a b c\n", "a b c\r\n"))[1:] == ["-a b c", "+a b c[␍]"]


def test_characters_that_only_unicode_calls_line_ends_end_no_line() -> None:
    assert shown(one("a\u2028b\x0cc\n", "a\u2028b\x0cd\n"))[1:] == [
        "-a\u2028b\x0c[c]",
        "+a\u2028b\x0c[d]",
    ]


def test_files_of_one_path_belong_together() -> None:
    found = compare(files(a="1\n", b="2\n", c="3\n"), files(a="1\n", b="x\n", d="4\n", e="5\n"))
    assert found.same == ("a",)
    assert [(file.paths, file.side) for file in found.files] == [
        (("b",), None), (("c",), "a"), (("d",), "b"), (("e",), "b"),
    ]  # fmt: skip


def test_a_file_that_moved_is_found_by_its_name() -> None:
    old, new = files(Dockerfile="FROM a\n"), files(deploy__Dockerfile="FROM b\n", x="", y="")
    assert compare(old, new).files[0].paths == ("Dockerfile", "deploy/Dockerfile")


def test_the_one_file_that_is_left_on_each_side_is_compared() -> None:
    found = compare(files(a="1\n", old_yaml="x\n"), files(a="1\n", new_yml="x\n"))
    assert found.same == ("a", "old.yaml → new.yml")


ITEMS = st.lists(st.sampled_from("abcdefgh"), max_size=40)


@given(ITEMS, ITEMS, st.integers(0, 400))
def test_equal_runs_are_equal_and_in_order(old: list[str], new: list[str], steps: int) -> None:
    end = (0, 0)
    for run in equal_runs(old, new, Steps(steps)):
        assert run.size > 0
        assert run.old >= end[0]
        assert run.new >= end[1]
        assert (run.old, run.new) != end or end == (0, 0)  # two that touch are one
        assert old[run.old : run.old + run.size] == new[run.new : run.new + run.size]
        end = (run.old + run.size, run.new + run.size)


def patched(old: list[str], file: FileDiff) -> list[str]:
    """The new version, made of the old one as `patch` does it."""
    made: list[str] = []
    at = 0
    for hunk in file.hunks:
        start = hunk.old_start - bool(hunk.old_size)
        made += old[at:start]
        lines = [line for block in hunk.blocks for line in block.lines]
        made += ["".join(text for _, text in line.pieces) for line in lines if line.sign in " +"]
        at = start + hunk.old_size
    return made + old[at:]


@given(ITEMS, ITEMS)
def test_a_comparison_is_a_patch(old: list[str], new: list[str]) -> None:
    found = one("".join(f"{line}\n" for line in old), "".join(f"{line}\n" for line in new))
    assert [patched(old, file) for file in found.files] == ([new] if old != new else [])
