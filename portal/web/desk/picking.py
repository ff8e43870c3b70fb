"""The rules that can be added to a decision: those that we asked about, and those that bound the account on its days."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from uuid import UUID

from flask import g

from portal.cases.queries import CaseFile
from portal.core.clock import local_day
from portal.rulebook.clause_data import ClauseData
from portal.rulebook.models import PolicyKind
from portal.rulebook.queries import CitedClause, binding_on, cited_clause, clauses_of, policies
from portal.web.desk.forms import DecisionForm
from portal.web.desk.rule_forms import RuleForm
from portal.web.shell.context import lang


def chosen(form: RuleForm) -> CitedClause | None:
    """The rule that is picked in the form of a further rule."""
    try:
        return cited_clause(g.db, UUID(form.clause.data or ""))
    except ValueError:
        return None


PLAIN = ClauseData()


def rules_to_add(file: CaseFile, form: DecisionForm, cited: Collection[str]) -> list[tuple[str, str]]:
    """(key, words): rules that we asked about come first. Where conduct went on over two versions, both can be cited.

    What publishes no measure (a definition, who we are) is left out, unless we asked about it, or nothing publishes any; and
    what the decision cites elsewhere already (`cited`).
    """
    days = {local_day(g.now, "UTC"), *_days(form)}
    slugs = [one.slug for one in policies(g.db) if one.kind == PolicyKind.TERMS]
    versions = {found: None for day in sorted(days) for slug in slugs if (found := binding_on(g.db, file.about, slug, day))}
    asked = [cited_clause(g.db, m.clause_version_id) for m in reversed(file.messages) if m.clause_version_id]
    there = [clause for version in versions for clause in clauses_of(g.db, version)]
    chapters = {(clause.version_id, clause.parent_key) for clause in there}
    whole = [clause for clause in there if clause.number and (clause.version_id, clause.key) not in chapters]
    whole = [clause for clause in whole if clause.data.permits != PLAIN.permits] or whole
    rules = {one.id: one for one in (*asked, *whole) if one is not None and str(one.id) not in cited}
    return [(str(one.id), _named(one, several=len(versions) > len(slugs))) for one in rules.values()]


def _days(form: DecisionForm) -> list[date]:
    found = []
    for field in (form.conduct_from, form.conduct_to):
        try:
            found.append(date.fromisoformat(field.data or ""))
        except ValueError:
            continue
    return found


def _named(clause: CitedClause, *, several: bool) -> str:
    words = f"{clause.number} {clause.heading}"
    if not several:
        return words
    return lang().gettext("%(rule)s (version of %(day)s)", rule=words, day=lang().day(clause.effective_on))
