"""Comments and annotations by which a file asks a linter to look away, of each tool its own."""

import re

# In lower case: where none of these occurs, there is nothing to look for.
SIGNS = ("ignore", "disable", "skip", "nosem", "snooze", "hadolint", "noqa")
_COMMENTS = (
    r"hadolint[ \t]+(?:global[ \t]+)?(?:ignore|shell)[ \t]*=",
    r"check=(?:error=\w{1,5};)?skip=",  # the build checks of Docker
    r"shellcheck[ \t]+(?:[\w-]{1,20}=\S{0,80}[ \t]+){0,5}disable\b",
    r"actionlint:ignore",
    r"zizmor:[ \t]*ignore",
    r"(?:checkov|bridgecrew):skip",
    r"(?:trivy|tfsec):ignore",
    r"tflint-ignore",
    r"yamllint[ \t]+disable",
    r"kics-scan[ \t]+(?:ignore|disable)",
    r"noqa\b",  # ansible-lint
    r"pint[ \t]+(?:file/)?(?:disable|ignore|snooze)",
)
_ANYWHERE = (
    r"\bnosem(?:grep)?\b",
    r"\bignore-check\.kube-linter\.io/[\w-]{0,60}",
    r"\bkube-linter\.io/ignore-all",
    r"\bkube-score/ignore",
    r"\bcheckov\.io/skip",
)
PATTERN = re.compile(
    rf"(?:#|(?<!:)//|/\*)[ \t]*(?:{'|'.join(_COMMENTS)})|{'|'.join(_ANYWHERE)}", re.IGNORECASE
)
