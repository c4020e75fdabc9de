"""The table in `docs/what-is-sent.md`: `python -m tests.context.wants_table`."""

from webapp.artifacts.catalogue import KINDS
from webapp.domain.file_group import ALL_GROUPS, FileGroup
from webapp.settings import ROOT

PAGE = ROOT / "docs" / "what-is-sent.md"
START, END = "<!-- wants -->\n", "<!-- /wants -->"
_TITLES = {
    FileGroup.MANIFEST: "manifests",
    FileGroup.CONTAINER: "container files",
    FileGroup.ENTRY: "entry points",
    FileGroup.CONFIG: "settings",
    FileGroup.CI: "pipelines",
    FileGroup.CLUSTER: "cluster",
    FileGroup.TERRAFORM: "Terraform",
    FileGroup.ANSIBLE: "Ansible",
    FileGroup.SYSTEM: "units",
    FileGroup.MONITORING: "monitoring",
    FileGroup.MEASURED: "code with metrics",
    FileGroup.README: "README",
}


def table() -> str:
    """A row for each kind."""
    rows = (f"| `{kind.name}` | {_told(kind.wants)} |\n" for kind in KINDS.values())
    return "| kind | is sent |\n| --- | --- |\n" + "".join(rows)


def _told(wants: tuple[FileGroup, ...]) -> str:
    if wants == ALL_GROUPS:
        return "all of these, then source, other settings, pages"
    return ", ".join(_TITLES[group] for group in wants)


def written() -> str:
    """The table as it stands in the page."""
    return PAGE.read_text(encoding="utf-8").partition(START)[2].partition(END)[0]


def main() -> None:
    """Write the table anew between its marks."""
    page = PAGE.read_text(encoding="utf-8")
    before, _, rest = page.partition(START)
    PAGE.write_text(before + START + table() + END + rest.partition(END)[2], encoding="utf-8")


if __name__ == "__main__":
    main()
