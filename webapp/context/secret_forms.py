"""Secrets known by their form: keys, tokens and addresses with a password, wherever they stand."""

import re
from collections.abc import Iterator, Sequence
from functools import cache
from importlib import import_module

from webapp.context.secret_values import is_placeholder

Spans = Iterator[tuple[int, int, str]]  # where a secret begins and ends, and what it is

# The detectors of detect-secrets that know a secret by its form, with what stands in each. Those
# that go by entropy take every hash for one, its keyword detector every setting, and the others
# take quadratic time on a text made for it: ours are in their place.
_DETECTORS = {
    "aws.AWSKeyDetector": ("AKIA", "ASIA", "ABIA", "ACCA", "A3T", "aws"),
    "azure_storage_key.AzureStorageKeyDetector": ("AccountKey=",),
    "github_token.GitHubTokenDetector": ("ghp_", "gho_", "ghu_", "ghs_", "ghr_"),
    "gitlab_token.GitLabTokenDetector": (
        *("glpat-", "gldt-", "glft-", "glsoat-", "glrt-", "GR1348941"),
        *("glcbt-", "glimt-", "glptt-", "glagent-", "gloas-"),
    ),
    "mailchimp.MailchimpDetector": ("-us",),
    "pypi_token.PypiTokenDetector": ("pypi-",),
    "sendgrid.SendGridDetector": ("SG.",),
    "slack.SlackDetector": ("xox", "hooks.slack"),
    "square_oauth.SquareOAuthDetector": ("sq0csp",),
    "stripe.StripeDetector": ("k_live_",),
    "telegram_token.TelegramBotTokenDetector": (":AA",),
}
# Ours: what it is, what stands in it, and the form; its last group, or all of it, is the secret.
_OWN = (
    ("Anthropic API key", "sk-ant-", r"\bsk-ant-[A-Za-z0-9_-]{32,200}"),
    ("OpenAI API key", "sk-", r"\bsk-(?:proj-|svcacct-|admin-)?[A-Za-z0-9_-]{32,200}"),
    ("Google API key", "AIza", r"\bAIza[A-Za-z0-9_-]{35}"),
    ("Google client secret", "GOCSPX-", r"\bGOCSPX-[A-Za-z0-9_-]{28}"),
    ("GitHub token", "github_pat_", r"\bgithub_pat_[A-Za-z0-9_]{60,100}"),
    ("npm token", "npm_", r"\bnpm_[A-Za-z0-9]{36}\b"),
    ("npm token", "_authToken", r"_authToken\s{0,3}=\s{0,3}([A-Za-z0-9_-]{20,100})"),
    ("Hugging Face token", "hf_", r"\bhf_[A-Za-z0-9]{34}\b"),
    ("Docker token", "dckr_", r"\bdckr_(?:pat|oat)_[A-Za-z0-9_-]{20,100}"),
    ("Vault token", "hvs.", r"\bhvs\.[A-Za-z0-9_-]{20,300}"),
    ("Terraform token", ".atlasv1.", r"\b[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_-]{60,70}"),
    ("DigitalOcean token", "_v1_", r"\bdo[opr]_v1_[a-f0-9]{64}\b"),
    ("Databricks token", "dapi", r"\bdapi[a-f0-9]{32}\b"),
    ("Grafana token", "glsa_", r"\bglsa_[A-Za-z0-9]{32}_[a-f0-9]{8}\b"),
    ("New Relic key", "NRAK-", r"\bNRAK-[A-Z0-9]{27}\b"),
    ("Stripe webhook secret", "whsec_", r"\bwhsec_[A-Za-z0-9+/=]{24,100}"),
    ("Stripe test key", "k_test_", r"\b[rs]k_test_[A-Za-z0-9]{24,120}"),
    ("Shopify token", "shp", r"\bshp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}\b"),
    ("Slack app token", "xapp-", r"\bxapp-[0-9]-[A-Za-z0-9-]{20,150}"),
    ("age key", "AGE-SECRET-KEY-1", r"\bAGE-SECRET-KEY-1[A-Z0-9]{58}\b"),
    ("Azure client secret", "8Q~", r"[A-Za-z0-9_~.-]{3}8Q~[A-Za-z0-9_~.-]{34}"),
    ("Azure access key", "SharedAccessKey=", r"SharedAccessKey=([A-Za-z0-9+/]{40,100}={0,2})"),
    (
        "JSON Web Token",
        "eyJ",
        r"(?<![\w-])eyJ[\w=-]{10,2000}\.[\w=-]{10,4000}(?:\.[\w=-]{0,2000})?",
    ),
    (
        "Authorization header",
        "uthorization",
        r"uthorization[\"']?\s{0,3}[:=,]\s{0,3}[\"'`]?(?:Bearer|Basic|Token)\s{1,3}"
        r"([A-Za-z0-9+/_.=~-]{16,500})",
    ),
)
_ADDRESS = re.compile(
    r"://(?P<user>[^:/\s@\"'<>]{0,100}):(?P<password>[^\s@/\"'<>]{1,200})@(?P<host>[\w.-]{0,100})"
)
_WORD = re.compile(r"[a-z]{1,12}")
# Some forms say how short a token may be, and end there.
_REST = re.compile(r"[A-Za-z0-9_-]{0,4000}")
LEAST_CHARS = 16  # of a group that is the secret itself
_USUAL = frozenset(
    ("p", "pw", "pass", "passwd", "passphrase", "secret", "tiger", "postgres", "guest")
)


def by_form(text: str) -> Spans:
    """The secrets of a text that show by themselves; in no order, some perhaps twice."""
    for what, signs, patterns in _forms():
        # To look for signs first takes a tenth of the time: most files have none.
        for pattern in patterns if any(sign in text for sign in signs) else ():
            for match in pattern.finditer(text):
                start, end = _secret_part(match)
                if not is_placeholder(text[start:end]):
                    yield start, _end(text, end), what
    if "://" in text:
        for match in _ADDRESS.finditer(text):
            if not _is_of_a_desk(match) and not is_placeholder(match["password"]):
                yield *match.span("password"), "Password in an address"


def _is_of_a_desk(address: re.Match[str]) -> bool:
    """Whether a password opens nothing but a database on a desk or of one run of CI."""
    user, password, host = address.groups()
    is_near = "." not in host or host == "127.0.0.1"
    return password in _USUAL | {user} or (is_near and _WORD.fullmatch(password) is not None)


def _end(text: str, end: int) -> int:
    rest = _REST.match(text, end)
    return rest.end() if rest else end


def _secret_part(match: re.Match[str]) -> tuple[int, int]:
    """Where in a match the secret itself stands: its last group, if that is more than a prefix."""
    last = match.re.groups
    return match.span(last if last and len(match[last] or "") >= LEAST_CHARS else 0)


@cache
def _forms() -> tuple[tuple[str, tuple[str, ...], Sequence[re.Pattern[str]]], ...]:
    own = [(what, (sign,), [re.compile(form)]) for what, sign, form in _OWN]
    return (*own, *(_detector(name, signs) for name, signs in _DETECTORS.items()))


def _detector(
    name: str, signs: tuple[str, ...]
) -> tuple[str, tuple[str, ...], list[re.Pattern[str]]]:
    module, _, detector = name.partition(".")
    # Imported here: it takes 0.2 s, and only whoever takes a project in needs it.
    plugin = getattr(import_module(f"detect_secrets.plugins.{module}"), detector)()
    return plugin.secret_type, signs, list(plugin.denylist)
