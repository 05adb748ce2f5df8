"""A task of the TaskDispatcher gives its template what that knows of its arguments, and is not refused for the rest."""

from typing import Any

import pytest

from jobs.models.errors import Refusal
from jobs.models.parameters import Parameter, ValueType
from jobs.models.templates import Template, given_to

TEMPLATE = Template(
    name="xhs_type",
    title="运营",
    argv=(("run",),),
    parameters=(
        Parameter(name="user_query", type=ValueType.STR),
        Parameter(name="xhs_account_id", type=ValueType.STR, default="nobody"),
    ),
)
KWARGS: dict[str, Any] = {
    "user_query": "开始运营",
    "xhs_account_id": "account_1",
    "options": {"deep": [1]},
    "max_posts": 3,
}


def test_the_template_has_the_arguments_it_knows() -> None:
    config = {"params": {"user_query": "开始运营", "max_posts": 3}, "dispatch": {"kwargs": KWARGS}}
    assert TEMPLATE.checked(given_to(TEMPLATE, config)) == {"user_query": "开始运营", "xhs_account_id": "account_1"}


def test_what_was_changed_since_the_import_goes_first() -> None:
    config = {"params": {"user_query": "别的"}, "dispatch": {"kwargs": KWARGS}}
    assert given_to(TEMPLATE, config)["user_query"] == "别的"


@pytest.mark.parametrize("dispatch", [{}, {"kwargs": None}, {"kwargs": 7}, 3, None])
def test_whatever_else_was_stored_the_parameters_stand(dispatch: Any) -> None:
    config = {"params": {"user_query": "好"}, "dispatch": dispatch}
    assert given_to(TEMPLATE, config) == {"user_query": "好"}


def test_a_routine_made_here_is_refused_for_what_its_template_does_not_know() -> None:
    with pytest.raises(Refusal, match="max_posts"):
        TEMPLATE.checked(given_to(TEMPLATE, {"params": {"user_query": "好", "max_posts": 3}}))
