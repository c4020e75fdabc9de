"""Parse the file in each named folder; run by the Python of the extra `full`, never imported.

Prints a JSON list: for each folder why its file does not parse, or null. What the parser evaluates
may hold the content of other files, so that is thrown away.
"""

import json
import sys

import tfparse


def fault(folder: str) -> str | None:
    """Why the file in a folder does not parse."""
    try:
        tfparse.load_from_path(folder, stop_on_hcl_error=True, allow_downloads=False)
    except tfparse.ParseError as error:
        return str(error)
    return None


if __name__ == "__main__":
    print(json.dumps([fault(folder) for folder in sys.argv[1:]]))
