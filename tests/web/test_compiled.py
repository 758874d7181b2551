"""Templates escape as Jinja does, with less ado."""

from typing import Any

import pytest
from hypothesis import given, strategies as st
from jinja2 import DictLoader, StrictUndefined, TemplateNotFound, UndefinedError
from markupsafe import Markup, escape

from webchat.web.compiled import Templates, escaped

VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.text(alphabet="<>&'\"x"),
    st.text().map(Markup), st.lists(st.text(alphabet="<&x")), st.binary(),
)  # fmt: skip


class Shown:
    def __html__(self) -> str:
        return "<b>&</b>"


class Number(int):
    def __str__(self) -> str:
        return "<script>"


@given(VALUES)
def test_it_is_what_the_library_makes_of_it(value: object) -> None:
    assert escaped(value) == escape(value)


@pytest.mark.parametrize("value", [Shown(), Number(1), Markup("<b>")])
def test_also_of_what_says_itself_what_it_is(value: object) -> None:
    assert escaped(value) == escape(value)


@pytest.fixture
def templates() -> Templates:
    sources = {
        "macros": "{% macro m(x) %}<i>{{ x }}</i>{% endmacro %}",
        "page": "{% from 'macros' import m %}{{ m(x) }}{% block b %}<u>{{ x }}</u>{% endblock %}",
    }
    return Templates(loader=DictLoader(sources), autoescape=True, undefined=StrictUndefined)


@pytest.mark.parametrize("value", ["<script>", 7, Markup("<b>"), Shown(), Number(1)])
def test_templates_say_it_so(templates: Templates, value: Any) -> None:
    said = escape(value)
    assert templates.get_template("page").render(x=value) == f"<i>{said}</i><u>{said}</u>"
    assert templates.get_template("page").root_render_func.__globals__["escape"] is escaped


def test_a_template_is_looked_for_once(templates: Templates) -> None:
    page = templates.get_template("page")
    templates.loader = DictLoader({})
    assert templates.get_template("page") is templates.get_template("page", "other") is page
    with pytest.raises(TemplateNotFound):
        templates.get_template("nowhere")


def test_what_is_missing_is_an_error(templates: Templates) -> None:
    with pytest.raises(UndefinedError):
        templates.get_template("page").render()


def test_a_macro_that_is_imported_knows_the_globals_and_not_the_page(templates: Templates) -> None:
    templates.globals["place"] = "here"
    templates.loader = DictLoader({
        "macros": "{% macro m() %}{{ place }}{{ x is defined }}{% endmacro %}",
        "page": "{% from 'macros' import m %}{{ m() }}",
    })  # fmt: skip
    for x in (1, 2):
        assert templates.get_template("page").render(x=x) == "hereFalse"
