"""The prose of docs/reliability.md."""

INTRO = """\
# What happens when something breaks

Everything here is tested with real processes: runners and web workers are ended by `kill -9`, disks
are full, clocks jump, providers break off. `make test` runs each fault for a short time, and
`make faults` the long run of about half an hour; this page is made of what that found.
"""

KILLED = """\
## The runner killed at random instants

{at_once} calls of {latency_s:g} s at once; a new runner is started after each kill.
"""

MEANINGS = """
- *Lost*: neither succeeded nor waiting for a person to say whether it may be paid for twice. A job
  that was given up because its runner ended is lost, too.
- *Redone*: had an answer, and was called for again.
- *Repeated* are requests that the provider got more than once, by its own count; *in flight* the
  calls that the database had under way at the instants of the kills. With `finish_all` the first is
  at most the second, and each is told on the page of its job. With `never_twice` there is none: the
  jobs of those calls wait for a person.
- *Resumed*: when the last call that a kill had left was made again (with `never_twice`: when the
  next job was called for), measured from when the new runner had the lock of the data folder, and
  from when its process was started. Only runners that came so far before they were killed count.
"""

POINTS = """\
## Killed at named points

Before the first byte leaves, after the request was sent, in the middle of an answer, when it is
there, during its check, before and after the commit of a result, and after a cached result got its
name. Each time {jobs} jobs, and another runner finishes them.
"""

SUBMITS = """
## Web workers killed during a submit

{each.submits} submits of {jobs:,} jobs each (seed {each.seed}), all workers killed within 1.5 s of
it, then the same form sent again.

- cut off without an answer: {each.cut}
- batches that were there in part: {each.halves}
- batches that were there twice: {each.doubles}
- batches that were accepted and are missing: {each.missing}
- repetitions that were not accepted: {each.refused}
"""

SOAK = """\
## At work for {minutes:g} minutes

{jobs:,} jobs, {at_once} at once, with a provider that fails now and then ({faults}),
while pages are asked for ten times a second by somebody who leaves half of the time. The growth is
that of the later half, as a straight line through it; the other numbers are of the beginning and
the end of that half.
"""

TABLE = """
## Every fault and its test

In `tests/faults/` where no other folder is named.
"""
