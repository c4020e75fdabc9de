"""The projects here are material for tests; their own tests need their own dependencies."""

collect_ignore_glob = ["*"]
