"""Java: built by Maven or Gradle, started by a runtime without a compiler."""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from webapp.artifacts.blueprint import App, present
from webapp.artifacts.languages.command import words_of
from webapp.artifacts.languages.recipe import (
    Install,
    Recipe,
    StartCommand,
    installed,
    unknown_files,
)

_MAVEN = "mvn --batch-mode --no-transfer-progress"
_CACHES = {"maven": "/root/.m2", "gradle": "/home/gradle/.gradle"}
_JAR = re.compile(r"(?<= )-jar +[!-~]+\.jar(?= |$)")
_CLASS = re.compile(r"(?:[A-Za-z_]\w*\.)*[A-Z]\w*", re.ASCII)
# Of all that may lie beside it, the one that starts.
_NO_OTHERS = " ".join(
    f"! -name '{pattern}'"
    for pattern in ("*-plain.jar", "*-sources.jar", "*-javadoc.jar", "*-tests.jar", "original-*")
)


def _installer(app: App) -> str:
    return "gradle" if app.installer == "gradle" else "maven"


def _install(app: App) -> Install:
    if _installer(app) == "gradle":
        manifest = PurePosixPath(app.manifest or "build.gradle").name
        return Install(
            files=(manifest,),
            project=_gradle_project(app),
            for_tests=(_gradle(app, "testClasses"),),
            test=_gradle(app, "test"),
            cache="gradle",
            unknown=unknown_files(app, manifest, "gradle", None),
        )
    return Install(
        files=("pom.xml",),
        project=_maven_project(app),
        for_tests=(_maven(app, "test-compile"),),
        test=_maven(app, "verify"),
        cache="maven",
        unknown=unknown_files(app, "pom.xml", "maven", None),
    )


def _above(app: App) -> str:
    """The way from the folder of the application to the top of the project, ended by a slash."""
    return "../" * len(PurePosixPath(app.folder).parts)


def _gradle(app: App, task: str) -> str:
    """By the wrapper where there is one: it has the version that the project wants."""
    wrappers = dict.fromkeys(("gradlew", f"{_above(app)}gradlew"))
    tried = " el".join(f"if [ -f {one} ]; then sh {one} --no-daemon {task};" for one in wrappers)
    return f"{tried} else gradle --no-daemon {task}; fi"


def _maven(app: App, goals: str) -> str:
    """Together with the other modules that it needs, where a project above has it as a module."""
    alone = f"{_MAVEN} {goals}"
    if not app.folder:
        return alone
    whole = f"{_above(app)}pom.xml"
    among = f"{_MAVEN} --file {whole} --projects {app.folder} --also-make {goals}"
    return f"if [ -f {whole} ]; then {among}; else {alone}; fi"


def _gradle_project(app: App) -> tuple[str, ...]:
    if app.framework == "spring-boot":
        return (_gradle(app, "bootJar"), "mkdir /out", _jar_from("build/libs"))
    if app.framework == "quarkus":
        return (_gradle(app, "quarkusBuild"), "cp -r build/quarkus-app /out")
    # The script that starts it is called as the project is, which no template can know.
    return (
        _gradle(app, "installDist"),
        "cp -r build/install/* /out",
        "rm -f /out/bin/*.bat",
        "mv /out/bin/* /out/bin/start",
    )


def _maven_project(app: App) -> tuple[str, ...]:
    package = _maven(app, "-DskipTests package")
    if app.framework == "quarkus":
        return (package, "cp -r target/quarkus-app /out")
    if _main_class(app):
        copy = "dependency:copy-dependencies -DincludeScope=runtime"
        package = _maven(app, f"-DskipTests package {copy}")
        copied = ("mkdir -p target/dependency", "cp -r target/dependency /out/lib")
        return (package, "mkdir /out", _jar_from("target"), *copied)
    return (package, "mkdir /out", _jar_from("target"))


def _jar_from(folder: str) -> str:
    return f"find {folder} -maxdepth 1 -name '*.jar' {_NO_OTHERS} -exec cp {{}} /out/app.jar ';'"


def _main_class(app: App) -> str | None:
    """The class to start by its name: only where no framework makes an archive that starts."""
    is_plain = app.framework is None and app.entry and _CLASS.fullmatch(app.entry)
    return app.entry if is_plain else None


def _start(app: App) -> StartCommand:
    if _installer(app) == "gradle" and app.framework not in ("spring-boot", "quarkus"):
        return StartCommand(("/app/bin/start",))
    if _installer(app) == "maven" and (main := _main_class(app)):
        return StartCommand(("java", "-cp", "/app/app.jar:/app/lib/*", main))
    jar = "quarkus-run.jar" if app.framework == "quarkus" else "app.jar"
    start = app.start or ""
    if not start.startswith("java ") or not _JAR.search(start):
        return StartCommand(("java", "-jar", jar))
    # The archive has another name and place in the image than where it is built.
    words = words_of(_JAR.sub(f"-jar {jar}", start, count=1))
    return StartCommand(words or ("java", "-jar", jar))


def _build_stage(app: App, install: Install) -> Iterator[str]:
    yield f"FROM {app.build_image} AS build"
    yield from installed(app, install, "/src", cache=_CACHES[_installer(app)])


def _last_stage(app: App) -> Iterator[str]:
    yield f"FROM eclipse-temurin:{app.runtime_version}-jre"
    yield "ENV JAVA_TOOL_OPTIONS=-XX:MaxRAMPercentage=75"
    yield "WORKDIR /app"
    yield "COPY --from=build /out ./"


def _left_open(app: App) -> tuple[str, ...]:
    is_known = app.framework in ("spring-boot", "quarkus", "micronaut") or _main_class(app)
    by_gradle = "installDist is taken to build it: that needs Gradle's application plugin."
    by_maven = (
        "The archive in target is taken to start by itself: its manifest has to name a class."
    )
    if _installer(app) == "gradle":
        return () if app.framework in ("spring-boot", "quarkus") else (by_gradle,)
    return present(None if is_known else by_maven)


RECIPE = Recipe(
    install=_install,
    start=_start,
    build_stage=_build_stage,
    last_stage=_last_stage,
    ignored=("**/target", "**/.gradle", "build"),
    left_open=_left_open,
)
