"""What axe-core finds on a page."""

from typing import Any

from playwright.sync_api import Page

from webapp.settings import ROOT

AXE = ROOT / ".axe" / "axe_playwright_python" / "axe.min.js"
GRAVE = ("serious", "critical")
# A target of 24 px is WCAG 2.2, AA; axe asks only where it is told to.
ASKED = {"resultTypes": ["violations"], "rules": {"target-size": {"enabled": True}}}


def grave_findings(page: Page, only: str | None = None) -> list[str]:
    """What shuts people out of this page, by all rules or `only` one: a line for each place."""
    assert AXE.exists(), "make test installs axe-core; here is none"
    page.evaluate(AXE.read_text())
    asked = ASKED | {"runOnly": [only]} if only else ASKED
    result: dict[str, Any] = page.evaluate("asked => axe.run(document, asked)", asked)
    return [
        f"{found['id']}: {node['target'][0]} {node['failureSummary']}"
        for found in result["violations"]
        if found["impact"] in GRAVE
        for node in found["nodes"]
    ]
