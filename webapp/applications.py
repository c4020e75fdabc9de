"""Projects with several applications: whom a job is for, and what the user corrects of them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from webapp.artifacts import catalogue
from webapp.domain.batch import BatchSpec, JobSpec
from webapp.domain.errors import InvalidSpec
from webapp.domain.project import (
    INSTALLERS,
    LANGUAGES,
    MANY,
    Application,
    Corrections,
    FactName,
)

LONGEST_VALUE = 500
MOST_VALUES = 200
_KNOWN_VALUES = {FactName.LANGUAGE: LANGUAGES, FactName.INSTALLER: INSTALLERS}


def wanted(spec: BatchSpec, applications: Sequence[Application]) -> tuple[Application, ...]:
    """The applications a batch is about; InvalidSpec for one that the project does not have."""
    folders = [each.folder for each in applications]
    named = dict.fromkeys((spec.application, *(job.application for job in spec.jobs)))
    for folder in named:
        if folder is not None and folder not in folders:
            raise InvalidSpec({"application": _no_such(folder, folders)})
    takes_all = spec.application is None
    return tuple(each for each in applications if takes_all or each.folder in named)


def spread(spec: BatchSpec, applications: Sequence[Application]) -> BatchSpec:
    """The batch with a job for each application, but for kinds that describe all of them at once.

    `applications` are those wanted: of several, the one that was chosen is named in each job.
    Raises InvalidSpec for a job with an id that does not say which one it is for: two jobs of one
    id would write into the same folder.
    """
    if spec.application is not None:
        return replace(spec, jobs=tuple(_chosen(job, spec.application) for job in spec.jobs))
    if len(applications) < 2:
        return spec
    jobs = tuple(each for job in spec.jobs for each in _each(job, applications))
    return replace(spec, jobs=jobs)


def _chosen(job: JobSpec, folder: str) -> JobSpec:
    """The job for an application, and so what it comes after."""
    after = _chosen(job.after, folder) if job.after else None
    return replace(
        job, application=folder if job.application is None else job.application, after=after
    )


def _each(job: JobSpec, applications: Sequence[Application]) -> Sequence[JobSpec]:
    kind = catalogue.KINDS.get(job.kind.kind)
    # A free text is a question of its own: it is asked once.
    is_for_all = kind is None or kind.takes_all or not kind.is_checked
    if is_for_all or job.application is not None:
        return (job,)
    if job.name is not None:
        folders = _listed([each.folder for each in applications])
        sentence = f"{job.name}: say for which “application” of the project: {folders}."
        raise InvalidSpec({"application": sentence})
    return [_chosen(job, each.folder) for each in applications]


def _no_such(folder: str, folders: Sequence[str]) -> str:
    return f"The project has no application in “{folder}”: it has {_listed(folders)}."


def _listed(folders: Sequence[str]) -> str:
    return ", ".join(each or "." for each in folders) or "none"


def corrections(
    found: Sequence[Application], said: Mapping[str, Mapping[str, str]]
) -> dict[str, Corrections]:
    """What is said of applications, by folder and fact, where it differs from what was found.

    Commas stand between the values of a fact of which there may be many; nothing says that there
    is none. Raises InvalidSpec, with a sentence at the field `facts`.
    """
    known = {each.folder: each.facts for each in found}
    result: dict[str, Corrections] = {}
    for folder, names in said.items():
        if folder not in known:
            raise InvalidSpec({"facts": _no_such(folder, list(known))})
        told = {_name(name): _values(_name(name), text) for name, text in names.items()}
        facts = known[folder]
        result[folder] = {
            name: values for name, values in told.items() if values != facts.values(name)
        }
        for name, values in result[folder].items():
            if fault := _fault(name, values):
                raise InvalidSpec({"facts": f"The fact “{name}” {fault}."})
    return result


def _name(text: str) -> FactName:
    if text not in set(FactName):
        names = ", ".join(FactName)
        raise InvalidSpec({"facts": f"There is no fact “{text[:40]}”: choose from {names}."})
    return FactName(text)


def _values(name: FactName, text: str) -> tuple[str, ...]:
    given = text.split(",") if name in MANY else [text]
    return tuple(dict.fromkeys(value.strip() for value in given if value.strip()))


def _fault(name: FactName, values: Sequence[str]) -> str | None:
    if len(values) > MOST_VALUES:
        return f"has at most {MOST_VALUES} values"
    if any(len(value) > LONGEST_VALUE or not value.isprintable() for value in values):
        return f"must be one line of at most {LONGEST_VALUE} characters"
    if name is FactName.PORT and any(not _is_port(value) for value in values):
        return "must be a number from 1 to 65535"
    known = _KNOWN_VALUES.get(name)
    if known and any(value not in known for value in values):
        return f"must be one of {', '.join(known)}"
    return None


def _is_port(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= 5 and 1 <= int(text) <= 65535
