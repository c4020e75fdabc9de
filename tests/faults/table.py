"""Every fault, what is expected of it, and the tests that prove it."""

Fault = tuple[str, str, tuple[str, ...]]

FAULTS: tuple[Fault, ...] = (
    (
        "The runner is killed at any instant",
        "another resumes; nothing is lost, nothing finished is done again",
        (
            "test_faults_kills.py::test_nothing_is_lost_over_kills_at_random_instants",
            "test_faults_runner.py::test_a_call_in_flight_at_a_kill_is_repeated_and_told",
        ),
    ),
    (
        "It is killed at a named point",
        "the same; a call is made again only where it was in flight",
        (
            "test_faults_runner.py"
            "::test_a_runner_that_dies_at_a_named_point_is_followed_by_one_that_finishes",
            "test_faults_runner.py"
            "::test_an_answer_whose_check_kills_the_runner_again_and_again_is_given_up",
        ),
    ),
    (
        "A web worker is killed during a submit",
        "all of the batch is there or nothing, and once where the form is sent again",
        ("test_faults_web.py::test_a_submit_is_whole_or_nothing_and_its_repetition_is_one_batch",),
    ),
    (
        "Everything is killed, and what the system had not written yet is gone",
        "what was acknowledged was synced to the disk before, and so is each claim before its call",
        (
            "test_faults_fsync.py::test_each_submit_that_is_acknowledged_was_synced_before",
            "test_faults_fsync.py::test_no_call_leaves_before_its_claim_is_on_the_disk",
        ),
    ),
    (
        "The disk does not sync",
        "nothing is acknowledged; the runner ends and says why",
        (
            "test_faults_fsync.py::test_where_the_disk_does_not_sync_nothing_is_acknowledged",
            "test_faults_fsync.py::test_a_runner_on_a_disk_that_does_not_sync_ends_with_the_reason",
        ),
    ),
    (
        "A storm of refusals with `Retry-After`",
        "waited out with few calls, none too early",
        (
            "tests/engine/test_engine_storm.py"
            "::test_a_storm_of_refusals_is_waited_out_with_few_calls_and_none_too_early",
            "tests/providers/test_transport_failure.py"
            "::test_how_long_to_wait_is_read_in_every_form",
        ),
    ),
    (
        "Refusals that say nothing; a capacity nobody told",
        "the capacity is found and seldom exceeded",
        (
            "tests/engine/test_engine_room.py::test_a_capacity_is_found_and_seldom_exceeded",
            "tests/engine/test_engine_calm.py::test_a_rate_is_found_without_a_storm",
        ),
    ),
    (
        "`Retry-After` of an hour",
        "nothing is sent there, the page says until when, other endpoints go on",
        (
            "tests/engine/test_engine_storm.py"
            "::test_an_endpoint_that_asks_for_an_hour_does_not_hold_up_another_one",
        ),
    ),
    (
        "5xx now and then, or for a minute",
        "retries are bounded, and one call at a time asks whether it is well again",
        (
            "tests/engine/test_engine_retries.py"
            "::test_ten_retries_are_free_and_beyond_them_a_fifth_of_the_calls",
            "tests/engine/test_engine_pace.py"
            "::test_an_endpoint_that_is_down_is_asked_by_one_call_at_a_time_ever_more_seldom",
            "tests/engine/test_engine_batches.py"
            "::test_a_provider_that_is_gone_parks_its_jobs_and_leaves_the_others_alone",
        ),
    ),
    (
        "Connections are reset before or in the middle of an answer",
        "told apart; half an answer is none",
        (
            "tests/providers/test_transport_connections.py"
            "::test_a_reset_in_the_middle_is_told_from_one_before_the_answer",
            "tests/providers/test_transport_streams.py"
            "::test_a_stream_cut_off_anywhere_is_no_answer",
        ),
    ),
    (
        "A drip, silence, or signs of life without an answer",
        "a deadline ends the call, and its connection is closed",
        (
            "tests/providers/test_transport_deadlines.py"
            "::test_a_deadline_ends_a_call_and_its_connection",
            "tests/engine/test_engine_deadlines.py"
            "::test_each_answer_that_would_not_end_fails_its_job_and_frees_its_place",
        ),
    ),
    (
        "Answers that are malformed",
        "an answer or a named error, never a crash",
        (
            "tests/providers/test_transport_streams.py"
            "::test_garbled_bytes_come_to_an_answer_or_an_error",
            "tests/providers/test_transport_streams.py"
            "::test_odd_json_comes_to_an_answer_or_an_error",
        ),
    ),
    (
        "Answers that were stopped at a limit",
        "marked, kept, never cached; may be asked for with double the limit",
        (
            "tests/engine/test_engine_outcome.py"
            "::test_an_answer_that_was_stopped_is_kept_and_never_serves_again",
            "tests/engine/test_engine_batches.py"
            "::test_a_truncated_answer_can_be_asked_for_with_double_the_limit",
            "tests/providers/test_provider_conformance.py::test_an_answer_is_taken_as_it_is",
        ),
    ),
    (
        "Answers of 200 MB, and packed ones that become so large",
        "cut off at 16 MB; many at once do not fill the memory",
        (
            "tests/engine/test_engine_deadlines.py"
            "::test_many_answers_that_are_too_large_at_once_do_not_fill_the_memory",
            "tests/providers/test_transport_connections.py"
            "::test_a_bomb_in_one_piece_is_not_blown_up",
        ),
    ),
    (
        "A token expires in the middle of a batch",
        "one more is bought for all who wait",
        (
            "tests/providers/test_provider_watsonx.py"
            "::test_a_hundred_calls_whose_token_expired_buy_one_more",
        ),
    ),
    (
        "A name that cannot be resolved",
        "told, and no try is charged to the job",
        (
            "tests/providers/test_transport_connections.py"
            "::test_an_address_that_leads_nowhere_is_told",
            "tests/engine/test_engine_outcome.py"
            "::test_a_call_that_cost_nothing_is_made_again_even_then",
        ),
    ),
    (
        "A server that takes no connection",
        "given up within the limit for connecting",
        (
            "tests/providers/test_transport_deadlines.py"
            "::test_an_endpoint_that_takes_no_connection_is_given_up",
        ),
    ),
    (
        "The disk is full",
        "nothing is acknowledged, the page says so, and it goes on by itself when there is space",
        (
            "test_faults_disk.py"
            "::test_on_a_full_disk_nothing_is_started_and_what_was_typed_is_told_to_be_unsaved",
            "test_faults_disk.py::test_answers_wait_for_space_and_are_stored_then",
        ),
    ),
    (
        "Another process locks the database",
        "503 and when to come back, after 10 s; the runner holds its results; nothing is lost",
        (
            "test_faults_database.py"
            "::test_while_the_database_is_locked_nothing_is_lost_and_it_is_told",
        ),
    ),
    (
        "A reader that does not end lets the log of the database grow",
        "bounded, and at most 16 MB once it is gone",
        (
            "test_faults_database.py"
            "::test_the_log_of_the_database_shrinks_once_a_long_reader_is_gone",
        ),
    ),
    (
        "The Redis of the cache is gone",
        "a cache that misses, and a strip on every page",
        (
            "tests/test_cache_redis.py::test_a_redis_that_is_gone_is_a_cache_that_misses",
            "tests/test_cache_redis.py::test_a_batch_is_answered_from_redis_and_runs_without_it",
            "test_faults_cluster.py"
            "::test_runners_share_results_in_a_redis_and_lose_nothing_with_it",
        ),
    ),
    (
        "Clocks that are an hour off, and clocks that jump",
        "durations are right, no call is too early, no job has two owners",
        (
            "test_faults_alive.py::test_runners_with_clocks_an_hour_apart_follow_each_other",
            "test_faults_alive.py::test_a_clock_that_jumps_makes_no_call_longer_and_none_too_early",
        ),
    ),
    (
        "The runner is told to end",
        "it claims no more, calls may end within 20 s, a second signal hands them back",
        (
            "test_faults_runner.py"
            "::test_a_runner_that_is_told_to_end_lets_calls_end_and_claims_no_more",
            "test_faults_runner.py::test_a_runner_that_is_told_twice_hands_its_jobs_back",
        ),
    ),
    (
        "Two or three runners on a data folder, and one that is frozen",
        "one works, others wait; of a frozen one the page says that no runner works",
        (
            "test_faults_runner.py::test_a_second_runner_waits_says_so_and_takes_over",
            "test_faults_alive.py"
            "::test_a_frozen_runner_is_told_and_nobody_takes_over_what_it_still_holds",
        ),
    ),
    (
        "One of several runners over a PostgreSQL is killed for good, told to end, or frozen",
        "its jobs go on at another within 15 s; a frozen one that wakes up writes nothing and ends",
        (
            "test_faults_cluster.py"
            "::test_the_jobs_of_a_runner_that_is_killed_for_good_go_on_at_another",
            "test_faults_cluster.py::test_nothing_is_called_twice_where_nothing_may_be",
            "test_faults_cluster.py::test_a_runner_that_is_told_to_end_hands_its_lanes_on",
            "test_faults_cluster.py"
            "::test_a_runner_that_was_frozen_and_taken_for_dead_writes_nothing_and_ends",
        ),
    ),
    (
        "A process is frozen while it holds rows of a PostgreSQL",
        "the server gives it up after 5 s; nobody who waited for the rows is taken for dead",
        (
            "test_faults_cluster.py"
            "::test_a_process_that_freezes_while_it_changes_a_batch_holds_nobody_up_for_good",
        ),
    ),
    (
        "The PostgreSQL is started again ten times within a batch, and cut off",
        "runners wait for it; nothing is lost and nothing called twice; pages say so",
        (
            "test_faults_postgres.py"
            "::test_a_batch_survives_a_database_that_is_started_again_and_again",
            "tests/store/test_store_many_runners.py"
            "::test_a_group_that_was_committed_unheard_changes_nothing_when_it_is_applied_again",
            "tests/cli/test_cluster.py"
            "::test_pages_say_that_the_database_is_gone_and_go_on_when_it_is_back",
        ),
    ),
    (
        "The web server reads its settings anew, replaces its workers, or starts again, under load",
        "no request fails",
        (
            "test_faults_reload.py::test_20_reloads_fail_no_request_of_10000",
            "test_faults_reload.py"
            "::test_what_comes_on_an_idle_connection_before_it_is_closed_is_answered",
            "test_faults_reload.py::test_workers_that_are_recycled_fail_no_request",
            "test_faults_reload.py::test_restarts_over_a_socket_that_another_holds_fail_no_request",
            "test_faults_reload.py::test_a_web_server_that_is_told_to_end_lets_requests_end",
            "test_faults_reload.py"
            "::test_a_worker_that_is_told_to_end_before_it_listens_to_signals_ends",
            "test_faults_reload.py::test_preload_is_refused_with_a_sentence",
        ),
    ),
    (
        "A backup is taken while a batch runs, and restored",
        "it is whole, and the batch goes on from there",
        ("test_faults_backup.py::test_a_batch_goes_on_from_a_backup_taken_while_it_ran",),
    ),
    (
        "The runner is dead and nobody notices",
        "pages say so after 10 s, and `/readyz` is 503; `omni serve` starts another",
        (
            "test_faults_alive.py"
            "::test_a_dead_runner_is_told_on_the_page_and_to_who_asks_for_readiness",
            "tests/cli/test_serve.py::test_a_runner_that_dies_is_followed_by_another",
        ),
    ),
    (
        "The runner lives, and its loop stands still",
        "it ends itself after 20 s and says where it stood",
        ("test_faults_alive.py::test_a_runner_whose_loop_stands_still_ends_and_says_where",),
    ),
    (
        "A double click, and fifty at once",
        "one batch",
        (
            "test_faults_database.py::test_fifty_submits_of_one_form_at_once_are_one_batch",
            "tests/service/test_service.py::test_the_same_nonce_and_content_is_the_same_batch",
        ),
    ),
    (
        "The same prompt a hundred times at once",
        "one call",
        (
            "tests/engine/test_engine_batches.py"
            "::test_a_hundred_identical_jobs_in_flight_are_one_call",
        ),
    ),
    (
        "A batch is cancelled while it runs",
        "its connections close, and no call begins any more",
        (
            "tests/engine/test_engine_batches.py"
            "::test_cancelling_a_batch_closes_its_connections_and_calls_no_more",
        ),
    ),
    (
        "A batch of 10,000 jobs",
        "one batch, in pages of 100 rows",
        (
            "tests/service/test_service.py::test_ten_thousand_jobs_are_one_batch",
            "tests/store/test_store_work.py::test_a_job_is_no_more_work_among_many",
        ),
    ),
    (
        "More requests come than the threads can answer",
        "polls that have waited are told when to come back; pages and forms are answered",
        ("test_faults_overload.py::test_polls_that_have_waited_are_told_when_to_come_back",),
    ),
    (
        "Clients are slow, and hold what they have",
        "behind a proxy that buffers they hold no thread",
        ("tests/deploy/test_deploy_nginx.py::test_slow_clients_of_nginx_hold_no_thread",),
    ),
    (
        "Somebody leaves before the answer",
        "threads and open files are given back",
        ("test_faults_clients.py::test_whoever_leaves_before_the_answer_leaves_nothing_behind",),
    ),
    (
        "A process is killed while it writes a cached result",
        "the file is whole or absent, and what was half written is deleted",
        (
            "test_faults_files.py::test_a_file_is_whole_or_absent_whenever_its_writer_is_killed",
            "tests/test_cache.py"
            "::test_what_was_half_written_at_a_kill_is_cleaned_up_and_what_is_being_written_is_not",
            "test_faults_files.py::test_a_helper_that_dies_after_a_rename_takes_nothing_with_it",
        ),
    ),
    (
        "An upgrade migrates the database while an old runner and old pages live",
        "they stop with a sentence and write nothing",
        (
            "test_faults_database.py"
            "::test_a_runner_that_outlives_an_upgrade_stops_with_a_sentence_and_writes_no_more",
            "test_faults_database.py::test_pages_that_outlive_an_upgrade_say_so",
        ),
    ),
)

NOT_HERE = {
    "The same key with another form": "the form is part of the key, so it is another batch",
    "A batch or a user is deleted while it runs": "neither can be deleted",
    "Results written to a branch": "there is no export to git",
}
