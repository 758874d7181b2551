"""Where the application is: below the path that an application or a proxy puts it at, whether that passes the path on
or takes it away."""

from collections.abc import Collection

from starlette.types import Scope


def placed(scope: Scope, base: str, own: Collection[str]) -> Scope:
    """The scope as ASGI has it for who is at the path ``base``, which stands before the ``path``. Of an application
    that mounts this one it is so already. ``own`` are the first parts of our own paths: where ``base`` is one of those,
    nobody can tell whether it was passed on, and it was not."""
    if not base or scope.get("root_path"):
        return scope
    path = str(scope["path"])
    passed_on = (path == base or path.startswith(f"{base}/")) and base.split("/")[1] not in own
    return {**scope, "root_path": base, "path": path if passed_on else base + path}
