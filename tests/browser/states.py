"""The states a page can be in: each is one entry, and test_browser_gallery looks at all of them.

A state is built once, in the order of the list, on one of two stages: `bare`, where nothing is set
up and no runner lives, and `full`, with endpoints and a runner that is moved by hand.
"""

from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Page

from tests.browser import scenes, views
from tests.browser.stage import Stage


@dataclass(frozen=True)
class State:
    """A page in a state: who builds it and gives its path, and what must be seen on it.

    `act` is what a visitor does then, `noise` what the browser's console may say of it.
    `has_scripts` is whether the browser runs any.
    """

    name: str
    stage: str
    build: Callable[[Stage], str]
    shows: str
    act: Callable[[Page], None] | None = None
    noise: str = ""
    has_scripts: bool = True


def at(path: str) -> Callable[[Stage], str]:
    """A page that is there anyway."""
    return lambda _: path


STATES = (
    State("first-run", "bare", at("/"), "No model is set up yet"),
    State("no-batches", "bare", at("/batches"), "Nothing was started yet"),
    State("providers-none", "bare", at("/providers"), "not set up"),
    State("quality-none", "bare", at("/quality"), "Nothing was measured here yet"),
    State("finished", "bare", scenes.finished, "2 succeeded"),
    State("all-cached", "bare", scenes.all_cached, "2 from the cache"),
    State("job-changes", "bare", scenes.job_changes, "removed"),
    State("no-runner", "bare", scenes.no_runner, "No runner lives (last seen"),
    State("new", "full", at("/?example=flask"), "Start 2 jobs"),
    State("new-project", "full", at("/?example=flask"), "tokens", scenes.choose_a_project),
    State("new-faults", "full", at("/"), "from 0 to 2", scenes.start_with_faults, "422"),
    State(
        "new-no-scripts",
        "full",
        at("/?example=flask"),
        "Start 2 jobs",
        scenes.find_recalculate,
        has_scripts=False,
    ),
    State("running", "full", scenes.running, "1 repairing"),
    State("waiting", "full", scenes.waiting, "waits for a slot at openai:busy"),
    State("budget-hit", "full", scenes.budget_hit, "wait for a larger budget"),
    State(
        "connection-lost",
        "full",
        scenes.connected,
        "Connection lost",
        scenes.lose_the_connection,
        "Failed to",
    ),
    State("partial-failure", "full", scenes.partial_failure, "Retry 5 failed"),
    State("provider-offline", "full", scenes.provider_offline, "Connection refused"),
    State("key-refused", "full", scenes.key_refused, "wait until openai is mended"),
    State("cancelled", "full", scenes.cancelled, "3 cancelled"),
    State("ten-thousand", "full", scenes.ten_thousand, "of 10,000 jobs"),
    State("batch-matrix", "full", views.matrix, "Passed"),
    State("matrix-counted", "full", views.counted, "queued"),
    State("batch-filtered", "full", views.filtered, "Drop all"),
    State("filter-empty", "full", views.unmatched, "No job matches"),
    State("batch-dense", "full", views.dense, "prometheus-rules"),
    State("batch-stale", "full", views.stale, "Rebuild 3 stale"),
    State("estimating", "full", views.estimating, "estimating the time left"),
    State("eta", "full", views.eta, "m left"),
    State("batch-deleted", "full", at(scenes.page_of(scenes.NO_ID)), "Not Found", noise="404"),
    State("batches", "full", at("/batches"), "times in UTC"),
    State("job-growing", "full", scenes.job_growing, "WORKDIR"),
    State("job-output", "full", scenes.job_output, "Avoid the use of the cache directory"),
    State("job-prompt", "full", scenes.job_prompt, "files of the project sent"),
    State("job-attempts", "full", scenes.job_attempts, "Attempt 2"),
    State("job-rounds", "full", scenes.job_rounds, "A fence was left in the file."),
    State("job-failed", "full", scenes.job_failed, "Retry with double the limit"),
    State("job-raw", "full", views.job_raw, "Raw answer of attempt 1"),
    State("job-stale", "full", views.job_stale, "stale"),
    State("candidates", "full", views.candidates, "3 candidates"),
    State("candidates-focus", "full", views.focused, "All side by side"),
    State("compare", "full", views.compared, "1 file differs"),
    State("compare-empty", "full", views.uncompared, "Newest jobs"),
    State("compare-fault", "full", at("/compare?a=job:none"), "There is no job none", noise="404"),
    State("providers", "full", scenes.providers, "1 of 4 in flight"),
    State("quality", "full", scenes.quality, "190 of 200"),
    State("keys", "full", at("/batches"), "Single-key shortcuts", scenes.open_the_keys),
    State("keys-page", "full", at("/keys"), "Single-key shortcuts"),
    State("error", "full", at("/batches?page=0"), "There is no page at this address.", noise="404"),
    # The last: all batches that were open before it tell of it too.
    State("restarted", "full", scenes.restarted, "1 job had a call under way then"),
)
