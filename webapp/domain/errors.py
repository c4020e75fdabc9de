"""Everything that can go wrong in a way the user can mend, by name."""

from collections.abc import Mapping, Sequence

SHOWN_LINES = 20


class OmniError(Exception):
    """A fault with one plain sentence for the user."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class NotFound(OmniError):
    """What an address names does not exist."""


class BatchNotFound(NotFound):
    """No batch has this id."""

    def __init__(self, batch_id: str) -> None:
        super().__init__(f"There is no batch {batch_id}.")


class JobNotFound(NotFound):
    """No job has this id."""

    def __init__(self, job_id: str) -> None:
        super().__init__(f"There is no job {job_id}.")


class ProjectNotFound(NotFound):
    """No project has this id."""

    def __init__(self, project_id: str) -> None:
        super().__init__(f"There is no project {project_id}: upload it again.")


class JobFileNotFound(NotFound):
    """No job file has this id."""

    def __init__(self, job_file_id: str) -> None:
        super().__init__(f"There is no job file {job_file_id}: upload it again.")


class SelectionGrew(OmniError):
    """More jobs match by now than the user was shown."""

    def __init__(self, number: int, shown: int) -> None:
        super().__init__(
            f"{number:,} match now, and {shown:,} did when this page was made: nothing was done. "
            "Look again, then press once more."
        )


class EndpointNotFound(NotFound):
    """No endpoint has this name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"There is no provider {name}.")


class ArtifactFileNotFound(NotFound):
    """A job has no file of this path."""

    def __init__(self, path: str) -> None:
        super().__init__(f"This job has no file {path}.")


class SideNotFound(NotFound):
    """What is to be compared does not exist, or has no files."""


class SidesUnreadable(OmniError):
    """A comparison with a side that cannot be read; `errors` holds a sentence for each such side.

    `is_missing` says that what they name does not exist; else one of them is no address at all.
    """

    def __init__(self, errors: Mapping[str, str], *, is_missing: bool) -> None:
        super().__init__(" ".join(errors.values()))
        self.errors = errors
        self.is_missing = is_missing


class AnswerNotFound(NotFound):
    """A job has no answer of this number."""

    def __init__(self, number: int) -> None:
        super().__init__(f"This job has no answer to its call {number}.")


class InvalidSpec(OmniError):
    """A batch that cannot be made; `errors` holds a sentence for each field at fault."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__(" ".join(errors.values()))
        self.errors = errors


class JobFileErrors(OmniError):
    """A job file with lines at fault; the sentence names the first 20 of them, a line each."""

    def __init__(self, errors: Sequence[str]) -> None:
        shown = list(errors[:SHOWN_LINES])
        if len(errors) > SHOWN_LINES:
            shown.append(f"And {len(errors) - SHOWN_LINES:,} more lines are at fault.")
        super().__init__("\n".join(shown))
        self.errors = tuple(errors)


class CannotRunHere(OmniError):
    """A job cannot be run inside a request; nothing was run."""


class BadUpload(OmniError):
    """A project that is refused; nothing of it was kept."""


class Deposed(OmniError):
    """A runner was silent for so long that another has taken its jobs over."""

    def __init__(self) -> None:
        super().__init__(
            "This runner was silent for too long, and another has taken its jobs over: it ends. "
            "Calls in flight may be charged twice."
        )


class StoreBusy(OmniError):
    """The database could not be written for 10 s; nothing was saved."""


class StoreFull(OmniError):
    """The disk that holds the database is full; nothing was saved."""


class StoreBroken(OmniError):
    """The disk that holds the database does not write; nothing was saved."""


class SchemaForeign(OmniError):
    """The database belongs to another version of the product; nothing was saved."""


class CannotInspect(OmniError):
    """There is no database that can be read; nothing was changed."""


class BackupFailed(OmniError):
    """No backup was made; what was there before is as it was."""
