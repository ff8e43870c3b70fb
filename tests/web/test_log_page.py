"""The page of the log: the newest signed summary, what it is, and with which key anybody checks it."""

import base64
import re

from flask import Flask
from flask.testing import FlaskClient

from portal.log.checkpoints import Signer, folder_of, head_of, origin_of, verify_note
from portal.log.sequencer import sequence
from tests.factories.market import Story
from tests.web.desk_support import words_of


def test_the_block_is_explained_and_fits_the_key_beside_it(app: Flask, story: Story, visitor: FlaskClient) -> None:
    settings, office = app.extensions["settings"], app.extensions["office"]
    sequence(office)
    origin = origin_of(settings.base_url)
    assert Signer(office.database, folder_of(settings.checkpoints_url), settings.signing_key, origin).checkpoint(office.clock())
    page = visitor.get("/log", base_url="https://localhost").text
    assert "This block is that summary, word for word" in words_of(page) and "Keep a copy of the block." in words_of(page)
    note = re.findall(r"<pre[^>]*>(.*?)</pre>", page, re.S)[0].replace("&#43;", "+").replace("&#34;", chr(34))
    name, _hash, key = re.findall(r"<code>(.*?)</code>", page)[0].replace("&#43;", "+").split("+", 2)
    assert name == origin and story.tim.account.name not in page
    assert verify_note(note, base64.b64decode(key)[1:]) == head_of(note)
