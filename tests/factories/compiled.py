"""Templates compiled once for all applications of a test process: each would compile its own again."""

from __future__ import annotations

import io

from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket

_COMPILED: dict[tuple[str, str], bytes] = {}


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
