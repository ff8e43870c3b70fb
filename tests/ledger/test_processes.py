"""Two processes of four threads each, for a few seconds: no transfer is lost and none made twice (`make battery`: longer)."""

from pathlib import Path

from portal.core.database import Database
from tests.battery.ground import prepare
from tests.battery.races import race

SECONDS = 10.0
SEEN = (
    "pay_out", "hold", "end", "mark", "earn", "put_dispute", "take_back", "put_offer", "accept", "put_chargeback", "bank_says",
)


def test_two_processes_on_the_same_money(database: Database, tmp_path: Path) -> None:
    ground = prepare(database.url.render_as_string(hide_password=False), tmp_path / "instance")
    done, wrong = race(ground, tmp_path, SECONDS)
    ground.office.database.dispose()
    assert wrong == []
    assert min(done[what] for what in SEEN) > 0, done
