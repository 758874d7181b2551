"""Templates as code, which is the same in every language."""

from types import CodeType

from jinja2 import BytecodeCache
from jinja2.bccache import Bucket


class Compiled(BytecodeCache):
    """Keeps what a template was compiled to, for the environments of all languages: compiling is most of what the first
    pages after a start take."""

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
