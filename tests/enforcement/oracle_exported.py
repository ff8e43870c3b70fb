"""What the exports have to say of accounts: beside `oracle_said.py`, from plain rows alone."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from portal.enforcement.models import Action
from tests.enforcement.oracle_said import Said


class Exported(Said):
    """What has to be read in pages and letters, and in what `flask export` writes."""

    def standings(self) -> dict[tuple[str, str | None], dict[str, Any]]:
        """`flask export standing`."""
        keys = {(one.account_id, one.member_id) for one in self.b.said if self.b.applies(one)}
        return {self._key(*key): self._line(*key) for key in keys}

    def _key(self, account_id: Any, member_id: Any) -> tuple[str, str | None]:
        members = {one.id: one for one in self.members}
        email = self.people[members[member_id].person_id].email if member_id else None
        return self.accounts[account_id].ref, email

    def _line(self, account_id: Any, member_id: Any) -> dict[str, Any]:
        until, (ref, email) = self.until(account_id, member_id), self._key(account_id, member_id)
        mine = sorted(self.applying(account_id, member_id), key=lambda one: one.id, reverse=True)
        return {
            "account": self.accounts[account_id].external_id, "ref": ref, "member": email,
            "standing": self.b.standing(account_id, member_id), "until": until.isoformat() if until else None,
            "actions": [self._part(one) for one in mine],
        }

    def _part(self, action: Action) -> dict[str, Any]:
        rows = sorted(self.takes(action), key=lambda one: one.id)
        return {
            "action": None if action.id in self.silent else action.ref, "measure": action.measure,
            "ends_at": action.ends_at.isoformat() if action.ends_at else None,
            "takes": [{
                "kind": one.kind, "scope": one.scope, "partial": one.partial,
                "ends_at": self.end(action, one),
                "review_at": one.review_at.isoformat() if one.review_at else None,
            } for one in rows],
        }

    def ledger(self) -> dict[tuple[str, str], int]:
        """`flask export ledger`: what each account has in each kind of book."""
        found: dict[tuple[str, str], int] = defaultdict(int)
        for book in (one for one in self.books.values() if one.owner_id is not None):
            kind = "".join(one.capitalize() for one in book.kind.split("_"))
            found[self.accounts[book.owner_id].ref, kind] += self.has[book.id]
        return found
