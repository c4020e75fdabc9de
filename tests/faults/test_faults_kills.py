"""`kill -9` of the runner at random instants: the long run of `make faults`, for a minute."""

import os
import random

import pytest

from tests.faults.kills import AT_ONCE, LATENCY_S, kill_again_and_again
from tests.faults.stage import stage
from webapp.domain.batch import Policy

KILLS = 12
JOBS = 2000


@pytest.mark.parametrize("policy", Policy)
def test_nothing_is_lost_over_kills_at_random_instants(policy: Policy) -> None:
    seed = int(os.environ.get("FAULTS_SEED", random.randrange(10**6)))
    print(f"seed {seed}: FAULTS_SEED={seed} kills at the same instants")
    with stage(LATENCY_S, AT_ONCE) as held:
        found = kill_again_and_again(held, policy, seed, kills=KILLS, jobs=JOBS)
    assert found.kills == KILLS
    assert found.jobs >= JOBS
    assert (found.lost, found.redone, found.reopened, found.unrecorded) == (0, 0, 0, 0)
    assert found.broken == []
    assert found.in_flight > 0
    if policy is Policy.FINISH_ALL:
        assert found.undecided == 0
        assert found.duplicates <= found.in_flight
    else:
        assert found.duplicates == 0
        assert found.undecided == found.in_flight
