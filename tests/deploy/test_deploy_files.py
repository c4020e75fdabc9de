"""What we hand out to run the product with stands up to our own checks, and to systemd's."""

import re
import subprocess
from pathlib import Path

import pytest

from webapp.artifacts import catalogue
from webapp.domain.artifact import ArtifactFile, Severity
from webapp.settings import ROOT

UNITS = sorted((ROOT / "deploy/systemd").glob("omni-*"))


def faults(kind: str, *patterns: str) -> list[str]:
    """What our check of a kind says of files of the checkout, but for mere notes."""
    paths = sorted(path for pattern in patterns for path in ROOT.glob(pattern))
    files = [ArtifactFile(str(path.relative_to(ROOT)), path.read_text()) for path in paths]
    assert files
    check = catalogue.find(kind, None).check
    assert check is not None
    return [str(each) for each in check(files) if each.severity is not Severity.NOTE]


def test_the_dockerfile_passes_our_check() -> None:
    assert faults("dockerfile", "Dockerfile", ".dockerignore") == []


def test_systemd_takes_the_units(tmp_path: Path) -> None:
    """Programs are looked for, so the units are moved to this checkout first."""
    for unit in UNITS:
        moved = unit.read_text().replace("/opt/omni-architect", str(ROOT))
        (tmp_path / unit.name).write_text(moved)
    words = ["systemd-analyze", "verify", "--man=no", *map(str, tmp_path.glob("omni-*"))]
    said = subprocess.run(words, capture_output=True, text=True)
    assert (said.returncode, said.stderr) == (0, "")


def test_systemd_makes_the_user(tmp_path: Path) -> None:
    file = ROOT / "deploy/systemd/omni.sysusers.conf"
    (tmp_path / "etc").mkdir()
    subprocess.run(["systemd-sysusers", f"--root={tmp_path}", str(file)], check=True)
    assert ":/var/lib/omni:" in (tmp_path / "etc/passwd").read_text()


@pytest.mark.parametrize("name", ["omni-web.service", "omni-runner.service"])
def test_a_unit_gives_longer_than_the_process_takes_to_end(name: str) -> None:
    unit = (ROOT / "deploy/systemd" / name).read_text()
    found = re.search(r"^TimeoutStopSec=(\d+)$", unit, re.M)
    assert found is not None
    assert int(found[1]) >= 45  # gunicorn's 30 s, the runner's 20 s and its last checks


@pytest.mark.parametrize("name", ["omni-web.service", "omni-runner.service"])
def test_a_unit_leaves_the_linters_their_sandbox(name: str) -> None:
    """With any of these bubblewrap cannot mount a /proc of its own."""
    unit = (ROOT / "deploy/systemd" / name).read_text()
    set_ = set(re.findall(r"^(\w+)=", unit, re.M))
    harmful = {"ProtectKernelTunables", "ProtectKernelLogs", "ProtectProc", "ProcSubset"}
    assert not set_ & (harmful | {"RestrictNamespaces"})
