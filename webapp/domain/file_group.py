"""What the files of a project tell of: by this, kinds say which of them they want to be sent."""

from enum import StrEnum


class FileGroup(StrEnum):
    """What a file tells of; a file of no group is sent only if it is asked for."""

    MANIFEST = "manifest"  # dependencies, and the version of the language
    CONTAINER = "container"  # images, compose, Procfile, what a server is started with
    ENTRY = "entry"  # where the application starts, and where facts of it were found
    CONFIG = "config"  # the settings of the application, examples of its environment
    CI = "ci"  # pipelines, and how tests, linters and builds are run
    CLUSTER = "cluster"  # Kubernetes, Helm, Kustomize
    TERRAFORM = "terraform"
    ANSIBLE = "ansible"
    SYSTEM = "system"  # units of systemd
    MONITORING = "monitoring"  # rules, collectors, dashboards
    MEASURED = "measured"  # code that exposes metrics or traces
    README = "readme"
    SOURCE = "source"
    OTHER_CONFIG = "other_config"
    PAGES = "pages"  # templates, styles, documents


# What a kind wants that does not say: everything, the most telling first.
ALL_GROUPS = (
    *(FileGroup.MANIFEST, FileGroup.CONTAINER, FileGroup.ENTRY, FileGroup.CONFIG),
    *(FileGroup.CLUSTER, FileGroup.TERRAFORM, FileGroup.ANSIBLE, FileGroup.SYSTEM),
    *(FileGroup.CI, FileGroup.MONITORING, FileGroup.README, FileGroup.MEASURED),
    *(FileGroup.SOURCE, FileGroup.OTHER_CONFIG, FileGroup.PAGES),
)
