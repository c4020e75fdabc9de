"""What of Debian a project needs that its package manager does not bring.

What ends in -dev is needed to build it, the rest where it runs. Of PHP these are its extensions,
named as Composer names them. Libraries that bring all they need are not listed.
"""

import re
from collections.abc import Iterator, Mapping, Sequence

from webapp.context.commands import Command
from webapp.context.meters import Place
from webapp.context.tree import Tree
from webapp.domain.project import Fact, FactName

_PG = ("libpq5", "libpq-dev")
_MARIADB = ("libmariadb3", "libmariadb-dev")
_PANGO = ("libpango-1.0-0", "libpangoft2-1.0-0")
_NEEDS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "python": {
        **dict.fromkeys(("psycopg2", "psycopg-c", "psycopg[c]", "aiopg"), _PG),
        "psycopg": ("libpq5",),
        **dict.fromkeys(("mysqlclient", "flask-mysqldb"), _MARIADB),
        "pyodbc": ("unixodbc",),
        "python-ldap": ("libldap-dev", "libsasl2-dev"),
        "python-magic": ("libmagic1",),
        "weasyprint": _PANGO,
        **dict.fromkeys(("cairosvg", "cairocffi"), ("libcairo2",)),
        "pycairo": ("libcairo2", "libcairo2-dev"),
        "pyvips": ("libvips42",),
        "wand": ("imagemagick",),
        **dict.fromkeys(("ffmpeg-python", "pydub"), ("ffmpeg",)),
        "pdf2image": ("poppler-utils",),
        "pytesseract": ("tesseract-ocr",),
        "graphviz": ("graphviz",),
        "pdfkit": ("wkhtmltopdf",),
        "pylibmc": ("libmemcached11", "libmemcached-dev"),
        "xmlsec": ("libxmlsec1-openssl", "libxmlsec1-dev"),
    },
    "node": {
        **dict.fromkeys(("@prisma/client", "prisma"), ("openssl",)),
        "pg-native": _PG,
        **dict.fromkeys(("gm", "imagemagick"), ("imagemagick",)),
        "fluent-ffmpeg": ("ffmpeg",),
        "puppeteer-core": ("chromium",),
        "pdf-poppler": ("poppler-utils",),
    },
    "ruby": {
        "pg": _PG,
        "mysql2": _MARIADB,
        **dict.fromkeys(("ruby-vips", "image_processing"), ("libvips42",)),
        "mini_magick": ("imagemagick",),
        "rmagick": ("imagemagick", "libmagickwand-dev"),
        "charlock_holmes": ("libicu-dev",),
        "ruby-filemagic": ("libmagic1", "libmagic-dev"),
        "streamio-ffmpeg": ("ffmpeg",),
    },
    "rust": {
        **dict.fromkeys(
            ("openssl", "native-tls", "postgres-native-tls"), ("libssl3", "libssl-dev")
        ),
        **dict.fromkeys(("pq-sys", "diesel[postgres]"), _PG),
        **dict.fromkeys(("mysqlclient-sys", "diesel[mysql]"), _MARIADB),
        **dict.fromkeys(("sqlx[tls-native-tls]", "reqwest[native-tls]"), ("libssl3", "libssl-dev")),
    },
    "dotnet": {
        "system.drawing.common": ("libgdiplus",),
        "skiasharp.nativeassets.linux": ("libfontconfig1",),
    },
    "go": {
        "github.com/davidbyttow/govips": ("libvips42", "libvips-dev"),
        "gopkg.in/gographics/imagick": ("imagemagick", "libmagickwand-dev"),
    },
}
# A binary that brings its library takes the place of the one that needs it.
_BUNDLED = {"psycopg": frozenset({"psycopg-binary", "psycopg[binary]"})}
_INSTALL = re.compile(r"\bapt(?:-get)?\s(?:\s*-\S{1,40}\s)*\s*install\s(.{1,2000})")
_PACKAGE = re.compile(r"[a-z0-9][a-z0-9.+-]{1,60}")
# What applications call; compilers and what only a pipeline calls is left out.
_PROGRAMS = frozenset(
    {"chromium", "exiftool", "ffmpeg", "gdal-bin", "ghostscript", "graphicsmagick", "graphviz"}
    | {"imagemagick", "libreoffice", "pandoc", "poppler-utils", "tesseract-ocr", "unixodbc"}
    | {"wkhtmltopdf", "openssl"}
)


def system_packages(
    tree: Tree,
    language: str,
    libraries: Mapping[str, Place],
    commands: Sequence[Command],
) -> Iterator[Fact]:
    """What the libraries need, then what the project itself installs somewhere."""
    if language == "php":
        for name, place in libraries.items():
            if name.startswith("ext-"):
                yield Fact(FactName.SYSTEM_PACKAGE, name, *place)
        return
    for name, packages in _NEEDS.get(language, {}).items():
        if name in libraries and _BUNDLED.get(name, frozenset()).isdisjoint(libraries):
            for package in packages:
                yield Fact(FactName.SYSTEM_PACKAGE, package, *libraries[name])
    for number, line in enumerate(tree.lines("Aptfile"), 1):
        if _PACKAGE.fullmatch(line.strip()):
            yield Fact(FactName.SYSTEM_PACKAGE, line.strip(), tree.path("Aptfile"), number)
    for command in commands:
        if found := _INSTALL.search(command.text):
            for word in found[1].split():
                if word in _PROGRAMS or (word.startswith("lib") and _PACKAGE.fullmatch(word)):
                    yield Fact(FactName.SYSTEM_PACKAGE, word, command.path, command.line)
