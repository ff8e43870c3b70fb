"""Templates and routes compiled once for all applications of a test process: each would compile its own again."""

from __future__ import annotations

import io
from collections.abc import Callable

from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from werkzeug.routing import Rule

_COMPILED: dict[tuple[str, str], bytes] = {}
Builder = Callable[..., tuple[str, str]]
_BUILDERS: dict[tuple[object, ...], Builder] = {}


class KnownRule(Rule):
    """A route whose function for building addresses is made once: it depends on the rule's words alone."""

    def _compile_builder(self, append_unknown: bool = True) -> Builder:
        key = (append_unknown, self.rule, self.subdomain, self.host, self.merge_slashes, repr(self.defaults))
        if key not in _BUILDERS:
            _BUILDERS[key] = super()._compile_builder(append_unknown)
        return _BUILDERS[key]


class Shared(BytecodeCache):
    """What was compiled, by the template's name and the digest of its source."""

    def load_bytecode(self, bucket: Bucket) -> None:
        known = _COMPILED.get((bucket.key, bucket.checksum))
        if known is not None:
            bucket.load_bytecode(io.BytesIO(known))

    def dump_bytecode(self, bucket: Bucket) -> None:
        data = io.BytesIO()
        bucket.write_bytecode(data)
        _COMPILED[bucket.key, bucket.checksum] = data.getvalue()


def with_shared_templates(app: Flask) -> Flask:
    app.jinja_env.bytecode_cache = Shared()
    return app
