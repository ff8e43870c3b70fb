"""Two processes of four threads each, for a few seconds: no transfer is lost and none made twice (`make battery`: longer)."""

from pathlib import Path

from portal.core.database import Database
from tests.battery.ground import prepare
from tests.battery.races import race

SECONDS = 2.0


def test_two_processes_on_the_same_money(database: Database, tmp_path: Path) -> None:
    ground = prepare(database.url.render_as_string(hide_password=False), tmp_path / "instance")
    done, wrong = race(ground, tmp_path, SECONDS)
    ground.office.database.dispose()
    assert wrong == []
    assert min(done[what] for what in ("pay_out", "hold", "end", "mark", "earn")) > 0, done
