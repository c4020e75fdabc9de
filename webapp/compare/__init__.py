"""What one version of files has that another has not: lines, words, and normal forms."""

from webapp.compare.diff import Comparison, FileDiff, compare

__all__ = ["Comparison", "FileDiff", "compare"]
