"""Templates as code, which is the same in every language."""

from collections.abc import Callable, Mapping, MutableMapping
from types import CodeType
from typing import Any

from jinja2 import BytecodeCache, Environment, Template
from jinja2.bccache import Bucket
from jinja2.environment import TemplateModule
from jinja2.runtime import Context
from markupsafe import Markup, escape


class Compiled(BytecodeCache):
    """Keeps what a template was compiled to, for the environments of all languages: compiling is most of what the first
    pages after a start take. So what a filter makes of constants, which is part of the code, may hold no words."""

    def __init__(self) -> None:
        self._code: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give a template its code, if one with the same source was compiled."""
        bucket.code = self._code.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep the code of a template."""
        assert bucket.code
        self._code[bucket.key, bucket.checksum] = bucket.code


COMPILED = Compiled()
"""Those of this process."""


def escaped(value: object) -> str:
    """What stands for a value in HTML: what `markupsafe.escape` makes of it, for who only joins it to other texts. That
    calls three functions for what needs no escaping, as most of what templates write."""
    if type(value) is int:
        return str(value)
    return value if type(value) is Markup else escape(value)


class _Template(Template):
    @classmethod
    def from_code(
        cls,
        environment: Environment,
        code: CodeType,
        globals: MutableMapping[str, Any],
        uptodate: Callable[[], bool] | None = None,
    ) -> Template:
        """A template whose code escapes what it writes with `escaped`. Jinja has no setting for it: should its code
        call something else one day, it is as slow as it was."""
        template = super().from_code(environment, code, globals, uptodate)
        template.root_render_func.__globals__["escape"] = escaped
        return template

    def _get_default_module(self, ctx: Context | None = None) -> TemplateModule:
        """The macros of a template that is imported. It has all globals that were set before it was loaded, so that
        none need be looked for that only the importing one has."""
        return super()._get_default_module()


class Templates(Environment):
    """Gives templates their globals in one dict: the chain of two that is usual is walked at each import of a macro."""

    template_class = _Template

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._loaded: dict[str | Template, Template] = {}

    def get_template(
        self, name: str | Template, parent: str | None = None, globals: MutableMapping[str, Any] | None = None
    ) -> Template:
        """A template, which stays as it is once it was loaded: what is usual looks up whether it did behind a lock."""
        found = self._loaded.get(name)
        if found is None:
            found = self._loaded[name] = super().get_template(name, parent, globals)
        return found

    def make_globals(self, d: Mapping[str, Any] | None) -> dict[str, Any]:
        """All globals of a template."""
        return {**self.globals, **(d or {})}
