"""How much a batch may ask for, whichever way it comes in."""

LONGEST_BRIEF_BYTES = 200_000
MOST_JOBS = 10_000
MOST_AT_ONCE = 1_000
MOST_SAMPLES = 20
MOST_TOKENS = 200_000  # of one answer
HOTTEST = 2.0
LARGEST_SEED = 2**31 - 1
LONGEST_FALLBACK_S = 86_400
