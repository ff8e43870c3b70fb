"""The same story with a text that others wrote, citing its own clause; and every text adopted without losing a character."""

from __future__ import annotations

from pathlib import Path

from portal.app import create_app
from portal.rulebook.checking import check_folder
from portal.rulebook.importing import original_text
from portal.rulebook.reading import normalise, read_policy
from portal.settings import load_settings
from tests.journeys.beginning import dispute_the_milestone
from tests.journeys.conftest import Live
from tests.journeys.settling import both_accept, decide_the_dispute, seven_days_pass
from tests.journeys.stage import Rule, on_stage
from tests.journeys.test_story import ON_ONE_DATABASE, begin, everything_holds, hear, platform_claim_is_freed

THEIRS = Rule("B.3", "Account Requirements", "/rules/terms-of-service/2020-11-16#b-3-account-requirements", pages=3)


def test_the_story_cites_their_clause(live: Live) -> None:
    stage = on_stage(live, THEIRS)
    hear(stage, begin(stage))
    everything_holds(stage)
    both_accept(stage, decide_the_dispute(stage, "rae"))
    everything_holds(stage)


@ON_ONE_DATABASE
def test_a_reversal_frees_what_the_platform_claimed_under_their_clause(live: Live) -> None:
    platform_claim_is_freed(on_stage(live, THEIRS))


@ON_ONE_DATABASE
def test_seven_days_without_an_answer_under_their_terms(live: Live) -> None:
    stage = on_stage(live, THEIRS)
    dispute_the_milestone(stage.person("stacy"))
    seven_days_pass(stage, decide_the_dispute(stage, "kim"))
    everything_holds(stage)


CLAUSES = {
    "github-appeal-and-reinstatement": 7, "github-marketplace-developer-agreement": 110, "github-terms-of-service": 69,
}
"""How many clauses each text has: every numbered unit, every heading without a number, and the opening text."""


def test_every_text_is_adopted_whole_by_the_command(texts: Path, tmp_path: Path) -> None:
    folder = tmp_path / "policies"
    app = create_app(load_settings({"PORTAL_INSTANCE": str(tmp_path / "import"), "PORTAL_POLICIES_DIR": str(folder)}))
    for file in sorted(texts.glob("*.md")):
        with app.app_context():
            done = app.test_cli_runner().invoke(args=[
                "policies", "import", str(file), "--policy", file.stem, "--published", "2020-01-01", "--effective", "2020-02-01",
                "--language", "en",
            ])
        assert done.exit_code == 0, done.output
    adopted = {one.name: (one / "2020-02-01.md").read_text(encoding="utf-8") for one in folder.iterdir()}
    assert {name: len(read_policy(text).clauses) for name, text in adopted.items()} == CLAUSES
    for name, text in adopted.items():
        assert original_text(text) == normalise((texts / f"{name}.md").read_text(encoding="utf-8"))


def test_the_adopted_policy_is_in_order(policies_dir: Path) -> None:
    assert check_folder(policies_dir) == []
    text = (policies_dir / "terms-of-service" / "2020-11-16.md").read_text(encoding="utf-8")
    clause = read_policy(text).find("B.3")
    assert clause is not None
    assert clause.heading == "Account Requirements"
