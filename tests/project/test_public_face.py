"""The face of the engine: what type checkers see is what Python finds."""

import ast
from pathlib import Path

import pytest

import jobs


def seen_by_type_checkers() -> set[tuple[str, str]]:
    tree = ast.parse(Path(jobs.__file__).read_text("utf-8"))
    return {
        (node.module or "", name.name)
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("jobs")
        for name in node.names
    }


def test_both_lists_say_the_same() -> None:
    assert seen_by_type_checkers() == {(module, name) for module, names in jobs.FACE.items() for name in names.split()}


@pytest.mark.parametrize("name", [name for names in jobs.FACE.values() for name in names.split()])
def test_every_name_of_the_face_can_be_had(name: str) -> None:
    assert getattr(jobs, name) is not None


def test_a_name_that_is_not_of_the_face_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="nonsense"):
        _ = jobs.nonsense
