"""Projects with several applications: whom a job is for, and what the user corrects of them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from webapp.artifacts import catalogue
from webapp.domain.batch import BatchSpec, JobSpec
from webapp.domain.errors import InvalidSpec
from webapp.domain.project import (
    INSTALLERS,
    LANGUAGES,
    Application,
    Corrections,
    FactName,
)

LONGEST_VALUE = 500
MOST_VALUES = 200
_KNOWN_VALUES = {FactName.LANGUAGE: LANGUAGES, FactName.INSTALLER: INSTALLERS}
_MANY = frozenset({FactName.ENV, FactName.SERVICE})


def wanted(spec: BatchSpec, applications: Sequence[Application]) -> tuple[Application, ...]:
    """The applications a batch is about; InvalidSpec for one that the project does not have."""
    folders = [each.folder for each in applications]
    named = {spec.application, *(job.application for job in spec.jobs)} - {None}
    for folder in sorted(named - set(folders)):  # type: ignore[type-var]  # no None is left
        raise InvalidSpec({"application": _no_such(str(folder), folders)})
    return tuple(each for each in applications if spec.application in (None, each.folder))


def spread(spec: BatchSpec, applications: Sequence[Application]) -> BatchSpec:
    """The batch with a job for each application, but for kinds that describe all of them at once.

    Nothing is changed where there is one application, or none.
    """
    if len(applications) < 2:
        return spec
    jobs = tuple(each for job in spec.jobs for each in _each(job, applications))
    return replace(spec, jobs=jobs)


def _each(job: JobSpec, applications: Sequence[Application]) -> Sequence[JobSpec]:
    kind = catalogue.KINDS.get(job.kind.kind)
    # A free text is a question of its own: it is asked once.
    is_for_all = kind is None or kind.takes_all or not kind.is_checked
    # Two jobs of a job file with the same id would write into the same folder.
    if is_for_all or job.application is not None or job.name is not None:
        return (job,)
    return [replace(job, application=each.folder) for each in applications]


def _no_such(folder: str, folders: Sequence[str]) -> str:
    shown = ", ".join(each or "." for each in folders) or "none"
    return f"The project has no application in “{folder}”: it has {shown}."


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
    given = text.split(",") if name in _MANY else [text]
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
