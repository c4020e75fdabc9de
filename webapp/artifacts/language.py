"""The languages that templates know: how each is called, versioned and built."""

from enum import StrEnum

_LABELS = {
    "python": "Python",
    "node": "Node.js",
    "go": "Go",
    "java": "Java",
    "ruby": "Ruby",
    "php": "PHP",
    "dotnet": ".NET",
    "rust": "Rust",
    "static": "A static site",
}
# Supported, and no longer new.
_USUAL_VERSIONS = {
    "python": "3.13",
    "node": "24",
    "go": "1.26",
    "java": "21",
    "ruby": "3.4",
    "php": "8.4",
    "dotnet": "10.0",
    "rust": "1.98",
    "static": "",  # it is served, and nothing of it runs
}
_FIRST_GRADLE_8_MISSES = 25  # Gradle 8 runs on no Java that is newer than 24


class Language(StrEnum):
    """The languages that templates know."""

    PYTHON = "python"
    NODE = "node"
    GO = "go"
    JAVA = "java"
    RUBY = "ruby"
    PHP = "php"
    DOTNET = "dotnet"
    RUST = "rust"
    STATIC = "static"

    @property
    def label(self) -> str:
        """Its name in a sentence."""
        return _LABELS[self]

    @property
    def usual_version(self) -> str:
        """What is taken where a project does not say; empty where there is none."""
        return _USUAL_VERSIONS[self]

    def tagged(self, version: str | None) -> str:
        """A version as images are tagged: `3.13`, or `24` of Node.js and `21` of Java."""
        parts = version.split(".") if version else []
        if not parts or self is Language.STATIC:
            return self.usual_version
        if self is Language.NODE:
            return parts[0]
        if self is Language.JAVA:
            # Java 8 was also called 1.8.
            return parts[1] if parts[0] == "1" and len(parts) > 1 else parts[0]
        if self is Language.DOTNET:
            return f"{parts[0]}.0"
        return ".".join(parts[:2]) if len(parts) > 1 else self.usual_version


# The language of what builds a site; those of other sites need none.
_SITE_BUILDERS = {
    "jekyll": Language.RUBY,
    **dict.fromkeys(("astro", "eleventy", "gatsby", "vite"), Language.NODE),
}


def builder_of(language: Language, framework: str | None) -> Language:
    """The language whose tools build it: its own, but for sites that a generator makes."""
    if language is Language.STATIC:
        return _SITE_BUILDERS.get(framework or "", language)
    return language


def build_image(builder: Language, version: str, installer: str | None) -> str:
    """The image that has the compilers and the installer of a language, with its tag."""
    if builder is Language.JAVA and installer == "gradle":
        gradle = 9 if int(version) >= _FIRST_GRADLE_8_MISSES else 8
        return f"gradle:{gradle}-jdk{version}"
    return {
        Language.GO: f"golang:{version}",
        Language.JAVA: f"maven:3.9-eclipse-temurin-{version}",
        Language.PHP: f"dunglas/frankenphp:1-php{version}",
        Language.DOTNET: f"mcr.microsoft.com/dotnet/sdk:{version}",
        # Of this Debian also the last stage: a program needs the C library it was built with.
        Language.RUST: f"rust:{version}-bookworm",
        Language.STATIC: "alpine:3.23",
    }.get(builder, f"{builder}:{version}")
