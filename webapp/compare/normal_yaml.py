"""YAML with sorted keys, in block style, without anchors."""

import yaml
from yaml import CollectionNode, MappingNode, Node, ScalarNode, SequenceNode

from webapp.compare.align import Steps
from webapp.compare.unreadable import TOO_DEEP, TOO_LARGE, Unreadable

DEEPEST = 60
WIDTH = 1_000_000  # no line is folded
STEPS_A_NODE = 4
CHARACTERS_A_STEP = 8


def normal_yaml(text: str, steps: Steps) -> str:
    """The same documents with sorted keys and each alias written out; Unreadable if there are none.

    It works on nodes and not on values, so tags such as `!Ref` stay, and so do merge keys.
    """
    try:
        nodes = list(yaml.compose_all(text, Loader=yaml.CSafeLoader))
        written = [_copy(node, 1, steps) for node in nodes]
        return str(
            yaml.serialize_all(
                written, Dumper=yaml.CSafeDumper, explicit_start=len(written) > 1,
                width=WIDTH, allow_unicode=True,
            )
        )  # fmt: skip
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = f"line {mark.line + 1}: " if mark else ""
        raise Unreadable(f"{place}{error.problem or error.context}") from error
    except (yaml.YAMLError, UnicodeEncodeError) as error:
        raise Unreadable("it holds control characters") from error


def _copy(node: Node, depth: int, steps: Steps) -> Node:
    """A node in its normal form; aliases are the same node again, and become copies."""
    size = 0 if isinstance(node, CollectionNode) else len(node.value)
    if not steps.take(STEPS_A_NODE + size // CHARACTERS_A_STEP):
        raise Unreadable(TOO_LARGE)
    if depth > DEEPEST:
        raise Unreadable(TOO_DEEP)
    if isinstance(node, MappingNode):
        pairs = [
            (_copy(key, depth + 1, steps), _copy(value, depth + 1, steps))
            for key, value in node.value
        ]
        return MappingNode(node.tag, sorted(pairs, key=_order), flow_style=False)
    if isinstance(node, SequenceNode):
        items = [_copy(item, depth + 1, steps) for item in node.value]
        return SequenceNode(node.tag, items, flow_style=False)
    return ScalarNode(node.tag, node.value, style="|" if "\n" in node.value else None)


def _order(pair: tuple[Node, Node]) -> str:
    key, _ = pair
    return str(key.value) if isinstance(key, ScalarNode) else ""
