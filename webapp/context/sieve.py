"""What of a project is left out, and why, by its path: folders of tools, secrets, ignored files."""

from fnmatch import fnmatchcase

from webapp.context.gitignore import GitIgnore
from webapp.context.names import MAX_DEPTH

MAX_FILE_BYTES = 2_000_000
_TOOL_FOLDERS = {
    **dict.fromkeys((".git", ".hg", ".svn"), "the history of versions"),
    **dict.fromkeys((".aws", ".gnupg", ".kube", ".ssh"), "may hold secrets"),
    **dict.fromkeys(("bower_components", "node_modules", "site-packages"), "dependencies"),
    **dict.fromkeys((".venv", "venv", "virtualenv", ".tox", ".nox"), "dependencies"),
    **dict.fromkeys(("__pycache__", ".mypy_cache", ".pytest_cache", ".ruff_cache"), "a cache"),
    **dict.fromkeys((".cache", ".gradle", ".parcel-cache", ".turbo", ".terraform"), "a cache"),
    **dict.fromkeys((".eggs", ".next", ".nuxt", ".svelte-kit", "htmlcov"), "built by a tool"),
    **dict.fromkeys((".idea", "__MACOSX"), "made by an editor or a system"),
}
_SAMPLES = (".example", ".sample", ".template", ".dist", ".defaults")
_SECRETS = (
    *(".env", ".env.*", ".envrc", "*.env"),
    *("*.pem", "*.key", "*.p12", "*.pfx", "*.jks", "*.keystore", "*.kdbx", "*.ppk"),
    *("id_rsa", "id_dsa", "id_ecdsa", "id_ed25519"),
    *(".netrc", "_netrc", ".npmrc", ".pypirc", ".pgpass", ".htpasswd", ".git-credentials"),
    *("credentials.json", "service-account*.json", "secrets.toml", "secrets.y*ml"),
    *("*.tfstate", "*.tfstate.*", "*.tfvars", "kubeconfig"),
)
_ARCHIVES = (
    *("*.zip", "*.tar", "*.tar.*", "*.tgz", "*.gz", "*.bz2", "*.xz", "*.zst", "*.7z", "*.rar"),
    *("*.jar", "*.war", "*.whl", "*.egg"),
)


class Sieve:
    """Says of paths why they are left out; `gitignore` may learn more on the way down."""

    def __init__(self, gitignore: GitIgnore) -> None:
        self._gitignore = gitignore
        self._folders: dict[str, str | None] = {}

    def folder(self, path: str) -> tuple[str, str] | None:
        """The topmost folder on this path that is left out, and why; None where none is."""
        parts = path.split("/") if path else []
        for end in range(1, min(len(parts), MAX_DEPTH + 1) + 1):
            folder = "/".join(parts[:end])
            if folder not in self._folders:
                self._folders[folder] = self._why_folder(folder, parts[end - 1])
            if why := self._folders[folder]:
                return folder, why
        return None

    def file(self, path: str, size: int) -> str | None:
        """Why a file of this many bytes is left out, not counting the folders above it."""
        name = path.rpartition("/")[2].casefold()
        if _is_any(name, _SECRETS) and not name.endswith(_SAMPLES):
            return "may hold secrets"
        if self._gitignore.names(path, is_folder=False):
            return "ignored by .gitignore"
        if _is_any(name, _ARCHIVES):
            return "an archive"
        if name == ".ds_store":
            return "made by a system"
        return too_large() if size > MAX_FILE_BYTES else None

    def _why_folder(self, path: str, name: str) -> str | None:
        if name in _TOOL_FOLDERS:
            return _TOOL_FOLDERS[name]
        return "ignored by .gitignore" if self._gitignore.names(path, is_folder=True) else None


def too_large() -> str:
    """Why a file is left out that has more than 2 MB."""
    return f"larger than {MAX_FILE_BYTES // 1_000_000} MB"


def is_tool_folder(name: str) -> bool:
    """Whether a folder of this name is never a project's own."""
    return name in _TOOL_FOLDERS


def _is_any(name: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)
