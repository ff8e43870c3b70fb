"""Pages as people read them."""

from __future__ import annotations

from typing import Any

from flask.testing import FlaskClient


class Reading(FlaskClient):
    """A client that reads the `text` of an answer as people do: where no line breaks at a space, it is a space all the same."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        answers = self.response_wrapper
        self.response_wrapper = type(answers.__name__, (answers,), {"text": property(_text)})


def _text(answer: Any) -> str:
    return str(answer.get_data(as_text=True)).replace("\N{NO-BREAK SPACE}", " ")
