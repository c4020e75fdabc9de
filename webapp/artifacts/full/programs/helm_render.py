"""Lint and render the chart in ./chart; run by the Python of the extra `full`, never imported.

Prints one JSON object: `messages` of the linter and `manifests` by the path of their template, or
why the chart does not render as `fault`.
"""

import json
from typing import Any

import helm_python


def main() -> None:
    """Helm's templates can call no command and reach no cluster: there is none."""
    found: dict[str, Any] = {"messages": helm_python.lint("chart")["messages"]}
    try:
        chart = helm_python.Chart.load("chart")
        found["manifests"] = chart.render({}, name="release", namespace="default")
    except helm_python.HelmError as error:
        found["fault"] = str(error)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
