"""A web worker that dies while a batch is submitted: all of it is there, or nothing."""

from tests.faults.stage import stage
from tests.faults.submits import submit_and_kill

SUBMITS = 6


def test_a_submit_is_whole_or_nothing_and_its_repetition_is_one_batch() -> None:
    with stage(0.0, 1) as held:
        found = submit_and_kill(held, 7, SUBMITS)
        assert held.broken() == []
    assert (found.submits, found.refused) == (SUBMITS, 0)
    assert (found.halves, found.doubles, found.missing) == (0, 0, 0)
    assert found.cut > 0
