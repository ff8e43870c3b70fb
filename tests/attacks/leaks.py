"""What people wrote, looked for where it is not to be read: mail, logs, and the pages of those it is not for.

Source: SECURITY, "Abuse and fault cases" ("fields nobody offered", "mail read by others", "log injection").
"""

from __future__ import annotations

from email import message_from_bytes
from email.policy import default
from urllib.parse import urlsplit

from lxml import html  # type: ignore[import-untyped]

from tests.attacks.ground import Ground, Viewer
from tests.attacks.references import OWN_PAGES

Told = set[tuple[str, str]]
STRANGERS = (
    "anonymous", "other freelancer", "client without contract", "admin", "just demoted", "reviewer with nothing",
    "link of another case",
)
"""They have no part in anything of the story."""
AT_THE_DESK = {
    "answer_lead", "co_sign", "co_sign_request", "propose_action", "report_detections", "report_what_i_saw", "sign_correction",
    "sign_extension",
}
"""Operations with words that nobody outside the desk reads."""
OF_THE_ACCUSED = {
    "answer_question", "ask_first", "ask_pause", "answer_pause", "attach_file", "correct_action", "decide_appeal", "file_appeal",
    "request_item", "review_item", "save_appeal_draft",
}
IN_NEED, COMPLAINING, WITHHELD = {"say_need", "add_to_need", "answer_need"}, {"file_complaint", "decide_complaint"}, {
    "contest_withheld", "decide_withheld"}
OF_OWNERS = OF_THE_ACCUSED | {"issue_action", "contest_withheld", "decide_withheld", "ask_to_come_back", "add_to_request"}
"""Of a decision about an account: what its owners read, and the member whom it is about."""
OF_DISPUTES = {
    "open_dispute", "answer_dispute", "ask_client", "answer_our_question", "show_file", "say_pressed", "decide_dispute",
    "ask_review",
}
NOT_FOR: dict[str, set[str]] = {
    "finance member": AT_THE_DESK | IN_NEED | COMPLAINING | OF_OWNERS | OF_DISPUTES,
    "worker member": AT_THE_DESK | IN_NEED | COMPLAINING | OF_OWNERS | OF_DISPUTES | {"offer_settlement"},
    "owner": AT_THE_DESK | IN_NEED | COMPLAINING | WITHHELD,
    "named member": AT_THE_DESK | IN_NEED | COMPLAINING | WITHHELD | {"save_appeal_draft", "request_item", "review_item"},
    "client with contract": AT_THE_DESK | IN_NEED | COMPLAINING | WITHHELD | OF_THE_ACCUSED | {"issue_action"},
    "other client": AT_THE_DESK | IN_NEED | COMPLAINING | OF_THE_ACCUSED,
    "reporter": AT_THE_DESK | IN_NEED | WITHHELD | OF_THE_ACCUSED | {"issue_action"},
    "in need": AT_THE_DESK | COMPLAINING | WITHHELD | OF_THE_ACCUSED | {"issue_action", "report_account"},
}
"""What those who have a part in something never read of the rest."""
TRIAGE = ("report_somebody", "happened")
"""Reports about nobody we know are sorted by any of the desk."""
OF_MONEY = ("record_contract", "title")
"""Of what contract their own money is, whoever came in by a link reads on the page of their funds, and nowhere else."""
AGAIN = ("?", "/rules/", ".pdf", "/static/", "/language")
"""Addresses that show the same once more, or the published texts."""


def pages_of(viewer: Viewer, most: int) -> dict[str, str]:
    """The pages that somebody finds by their links, with their text."""
    ahead, found = ["/", *OWN_PAGES, "/me/record", "/collaborators", "/transparency"], dict[str, str]()
    while ahead and len(found) < most:
        path = ahead.pop(0)
        answer = viewer.browser.get(path)
        found[path] = answer.text if answer.mimetype.startswith(("text/", "application/json")) else ""
        if answer.mimetype == "text/html":
            links = [urlsplit(one).path for one in html.document_fromstring(answer.text).xpath("//a/@href[starts-with(., '/')]")
                     if not any(part in one for part in AGAIN)]
            ahead += [one for one in dict.fromkeys(links) if one not in found and one not in ahead]
    return found


def in_pages(ground: Ground, viewer: Viewer, most: int) -> dict[tuple[str, str], str]:
    """Whose words stand on this viewer's pages, and where first."""
    found: dict[tuple[str, str], str] = {}
    for path, text in pages_of(viewer, most).items():
        for one in ground.words.of(text):
            found.setdefault(one, path)
    return found


def leaked(ground: Ground, most: int) -> list[str]:
    """What stands on pages of people for whom it is not; best nothing. `most`: so many pages of each of them."""
    wrong = []
    for name in STRANGERS:
        wrong += [f"{name}: {path} shows {what}" for what, path in in_pages(ground, ground.viewer(name), most).items()
                  if not ((what == TRIAGE and name.startswith("reviewer")) or (what == OF_MONEY and name.startswith("link")
                          and path == "/me/funds"))]
    for name, operations in NOT_FOR.items():
        wrong += [f"{name}: {path} shows {what}" for what, path in in_pages(ground, ground.viewer(name), most).items()
                  if what[0] in operations]
    return wrong


def in_mail(ground: Ground) -> tuple[int, Told]:
    """How many mails were sent, and whose words stand in them."""
    found, mails = Told(), list((ground.filled.settings.instance / "mail").rglob("*.eml"))
    for path in mails:
        mail = message_from_bytes(path.read_bytes(), policy=default)
        found |= ground.words.of(str(mail["Subject"]))
        for part in mail.walk():
            found |= ground.words.of(part.get_content()) if part.get_content_maintype() == "text" else Told()
    return len(mails), found
