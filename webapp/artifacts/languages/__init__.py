"""The languages of the templates, one file each."""

from collections.abc import Mapping
from types import MappingProxyType

from webapp.artifacts.language import Language
from webapp.artifacts.languages import dotnet, go, java, node, php, python, ruby, rust, static
from webapp.artifacts.languages.recipe import Recipe

RECIPES: Mapping[Language, Recipe] = MappingProxyType(
    {
        Language.PYTHON: python.RECIPE,
        Language.NODE: node.RECIPE,
        Language.GO: go.RECIPE,
        Language.JAVA: java.RECIPE,
        Language.RUBY: ruby.RECIPE,
        Language.PHP: php.RECIPE,
        Language.DOTNET: dotnet.RECIPE,
        Language.RUST: rust.RECIPE,
        Language.STATIC: static.RECIPE,
    }
)
