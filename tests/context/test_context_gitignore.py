"""What .gitignore files leave out: the cases were compared with `git check-ignore`."""

import pytest

from webapp.context.gitignore import MAX_PATTERN_CHARS, MAX_PATTERNS, GitIgnore
from webapp.domain.errors import BadUpload


def names(patterns: str, path: str, *, is_folder: bool = False) -> bool:
    gitignore = GitIgnore()
    gitignore.add("", patterns)
    return gitignore.names(path, is_folder=is_folder)


@pytest.mark.parametrize(
    ("patterns", "path", "is_ignored"),
    [
        ("*.log", "a/b.log", True),
        ("*.log", "a/b.logs", False),
        ("/a", "a", True),
        ("/a", "b/a", False),
        ("a/b", "a/b", True),
        ("a/b", "c/a/b", False),
        ("**/b", "a/c/b", True),
        ("a/**", "a", False),
        ("a/**", "a/b", True),
        ("a/**/b", "a/b", True),
        ("a/**/b", "a/x/y/b", True),
        ("a/**/b", "a/x/y/c", False),
        ("a/*/b", "a/b", False),
        ("build/", "build", False),
        ("*\n!a", "a", False),
        ("!a\n*", "a", True),
        ("# a\n\n", "a", False),
        ("\\#a", "#a", True),
        ("\\!a", "!a", True),
        ("a\\*", "a*", True),
        ("a\\*", "ab", False),
        ("a  ", "a", True),
        ("a\\ ", "a ", True),
        ("[!a]", "b", True),
        ("[^a]", "a", False),
        ("[a-c]?", "bx", True),
        ("a\r\nb\r\n", "b", True),
        ("*.py[cod]", "x.pyc", True),
    ],
)
def test_a_pattern_names_what_git_says(patterns: str, path: str, is_ignored: bool) -> None:
    assert names(patterns, path) is is_ignored


def test_a_pattern_with_a_slash_at_its_end_names_folders() -> None:
    assert names("build/", "a/build", is_folder=True)


def test_a_deeper_file_has_the_last_word_in_its_folder() -> None:
    gitignore = GitIgnore()
    gitignore.add("", "*.txt")
    gitignore.add("docs", "!keep.txt\n/drop.md")
    assert not gitignore.names("docs/keep.txt", is_folder=False)
    assert gitignore.names("keep.txt", is_folder=False)
    assert gitignore.names("docs/drop.md", is_folder=False)
    assert not gitignore.names("drop.md", is_folder=False)


def test_a_pattern_that_makes_other_readers_go_back_for_ever_is_just_read() -> None:
    assert not names("*a" * 100 + "b", "a" * 250)
    assert not names("**/a/" * 90 + "b", "a/" * 20 + "a")


def test_what_is_longer_or_more_than_anybody_writes_is_passed_over() -> None:
    assert not names("a" * (MAX_PATTERN_CHARS + 1), "a" * (MAX_PATTERN_CHARS + 1))
    assert not names("b\n" * MAX_PATTERNS + "a\n", "a")


def test_too_many_patterns_for_so_many_files_are_refused() -> None:
    gitignore = GitIgnore()
    gitignore.add("", "**/x/**/y\n" * MAX_PATTERNS)
    paths = [f"{number}/a/b/c/d" for number in range(5000)]
    with pytest.raises(BadUpload, match="too many patterns"):
        any(gitignore.names(path, is_folder=False) for path in paths)
