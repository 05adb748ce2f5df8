"""The simulator as a process of its own: one per home, at one address, with one world, however often it dies."""

import contextlib
import os
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil
import pytest
from demo_site import Buyer, SettableClock
from venue_servers import DEADLINE_SECONDS, until

from jobs.clock import SystemClock
from jobs.ports.provider import VenueError, VenueUnreachable
from jobs.venues import ProviderConfig, open_provider, presets_of
from jobs.venues.demo.control import Control, ControlError
from jobs.venues.demo.files import address, public_key
from jobs.venues.demo.process import ensure

MAIN = Path(__file__).with_name("demo_platform_main.py")
BADMINTON = presets_of("demo")[4]
FOREVER = 1e9
"""A period so long that nothing flips while a test looks."""


KEYS = ("public_key", "key.pem", "control")


class House:
    """One home, and the simulators that were started for it."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.clock = SettableClock(SystemClock())
        self.control = Control(home)
        self.provider = open_provider(ProviderConfig(name="demo", home=str(home), timeout_seconds=5))

    def ensure(self, *options: str, seed: int = 5, release: str = "12:00:00") -> None:
        ensure(
            self.home,
            seed=seed,
            period_seconds=FOREVER,
            release=release,
            command=[sys.executable, str(MAIN), *options],
            environment=os.environ,
        )

    @property
    def url(self) -> str:
        return address(self.home) or ""

    @property
    def jaccount_url(self) -> str:
        return f"{self.url}/jaccount-site"

    @property
    def public_key(self) -> str:
        return public_key(self.home) or ""

    def simulators(self) -> list[psutil.Process]:
        """Those of this home, found by their command lines."""
        return [process for process in psutil.process_iter(["cmdline"]) if self._is_ours(process)]

    def _is_ours(self, process: psutil.Process) -> bool:
        words: list[str] = process.info["cmdline"] or []
        return str(MAIN) in words and str(self.home) in words

    def answers(self) -> bool:
        try:
            return bool(self.provider.days(BADMINTON))
        except VenueUnreachable:
            return False

    def kill(self) -> None:
        [process] = self.simulators()
        process.kill()
        process.wait(DEADLINE_SECONDS)  # a dying process loses its command line before its port and its lock


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path / "home")
    yield house
    for process in house.simulators():
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    until(lambda: not house.simulators(), "every simulator of the test is gone")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_before_there_is_a_simulator_the_provider_says_so(house: House) -> None:
    assert address(house.home) is None
    with pytest.raises(VenueUnreachable, match="还没有启动"):
        house.provider.days(BADMINTON)


def test_a_killed_simulator_comes_back_at_the_same_address_with_the_same_world(house: House) -> None:
    house.ensure()
    until(house.answers, "the first simulator answers")
    first_address = address(house.home)
    day = house.provider.days(BADMINTON)[3]
    slots = house.provider.slots(BADMINTON, day)
    assert slots

    house.kill()
    assert not house.answers()
    house.ensure()
    until(house.answers, "the second simulator answers")

    assert address(house.home) == first_address
    assert house.provider.slots(BADMINTON, day) == slots


def test_a_simulator_that_runs_is_not_started_again(house: House) -> None:
    house.ensure()
    until(house.answers, "the simulator answers")
    [before] = house.simulators()
    house.ensure(seed=6)
    assert [process.pid for process in house.simulators()] == [before.pid]


def test_two_that_start_at_once_leave_one(house: House) -> None:
    house.ensure()
    house.ensure()
    until(house.answers, "one simulator answers")
    until(lambda: len(house.simulators()) == 1, "the other has left")
    assert house.answers()
    assert "演示平台已经在运行" in (house.home / "demo" / "platform.log").read_text(encoding="utf-8")


def test_when_the_port_is_taken_clients_follow_to_the_new_one(house: House) -> None:
    # Whoever has the port may accept connections and never answer: a short patience keeps the test short.
    house.provider = open_provider(ProviderConfig(name="demo", home=str(house.home), timeout_seconds=0.5))
    house.ensure()
    until(house.answers, "the first simulator answers")
    port = int((address(house.home) or "").rpartition(":")[2])
    house.kill()
    with contextlib.closing(socket.socket()) as squatter:
        squatter.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        squatter.bind(("127.0.0.1", port))
        squatter.listen()
        house.ensure()
        until(lambda: not (address(house.home) or "").endswith(f":{port}"), "the simulator has moved")
        until(house.answers, "the client has found it")


def test_a_port_asked_for_is_used_or_refused(house: House) -> None:
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as taken:
        command = [sys.executable, str(MAIN), "--home", str(house.home), "--seed", "1", "--period-seconds", "1"]
        port = taken.getsockname()[1]
        ended = subprocess.run([*command, "--port", str(port)], capture_output=True, text=True, timeout=20, check=False)
    assert ended.returncode == 1
    assert f"端口 {port} 已被占用" in ended.stderr
    assert address(house.home) is None


def test_nobody_else_may_read_its_files(house: House) -> None:
    previous = os.umask(0)
    try:
        house.ensure()
        until(house.answers, "the simulator answers")
    finally:
        os.umask(previous)
    demo = house.home / "demo"
    assert mode(house.home) == mode(demo) == 0o700
    assert {path.name: mode(path) for path in demo.iterdir()} == dict.fromkeys(
        (
            *("address", "platform.lock", "platform.log", "control", "key.pem", "public_key", "release"),
            *("ledger.db", "ledger.db-shm", "ledger.db-wal"),
        ),
        0o600,
    )


def test_what_was_sold_and_who_is_logged_in_outlive_a_kill(house: House) -> None:
    house.ensure()
    until(house.answers, "the first simulator answers")
    keys = {path.name: path.read_text() for path in (house.home / "demo").iterdir() if path.name in KEYS}
    buyer = Buyer(house, "czq")
    day = house.clock.today() + timedelta(days=3)
    hour = next(hour for hour in range(7, 22) if int(buyer.item(BADMINTON, day, hour)["status"]) == 0)
    order_id = buyer.order(BADMINTON, day, hour)["data"]
    house.control.set_habits(unpaid_seconds=3000)
    house.control.set_clock(60)

    house.kill()
    house.ensure()
    until(house.answers, "the second simulator answers")

    kept = b"".join(path.read_bytes() for path in (house.home / "demo").glob("ledger.db*"))
    assert all(value.encode() not in kept for (name, _), value in buyer.cookies.items() if not name.startswith("NSC_"))
    assert keys == {name: (house.home / "demo" / name).read_text() for name in KEYS}
    assert buyer.user_id() == "demo-czq"
    assert buyer.states() == {order_id: 0}
    assert int(buyer.item(BADMINTON, day, hour)["status"]) == 1
    status = house.control.status()
    assert (status["offset_seconds"], status["habits"]["unpaid_seconds"]) == (60, 3000)
    assert buyer.cancel(order_id)["code"] == 4


def test_the_bots_simulator_follows_the_bots_release(house: House) -> None:
    house.ensure(release="08:00:00")
    until(house.answers, "the simulator answers")
    assert house.control.status()["release"] == "08:00:00"
    house.ensure(release="20:30:00")
    assert house.control.status()["release"] == "20:30:00"
    assert len(house.simulators()) == 1


def test_a_persons_simulator_keeps_its_release_whatever_the_bot_says(house: House) -> None:
    by_hand = ["--home", str(house.home), "--seed", "1", "--period-seconds", "60", "--release", "20:30"]
    with subprocess.Popen([sys.executable, str(MAIN), *by_hand], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        said = [process.stdout.readline() for _ in range(4)]
        house.ensure(release="08:00:00")
        assert house.control.status()["release"] == "20:30:00"
        process.terminate()
    assert f"演示平台在 {address(house.home)}" in said[0]
    assert "20:30:00" in said[1]
    assert "密码 demo" in said[2]
    assert f"SJA_HOME={house.home} SJA_DEMO_RELEASE=20:30:00" in said[3]


@pytest.mark.parametrize("release", ["noon", "25:00:00", ""])
def test_a_release_that_is_no_time_is_refused(house: House, release: str) -> None:
    command = [sys.executable, str(MAIN), "--home", str(house.home), "--seed", "1", "--period-seconds", "1"]
    ended = subprocess.run([*command, f"--release={release}"], capture_output=True, text=True, timeout=20, check=False)
    assert ended.returncode == 1
    assert "12:00:00" in ended.stderr


def test_its_clock_may_begin_apart_from_the_machines(house: House) -> None:
    house.ensure("--clock-offset", "-7200")
    until(house.answers, "the simulator answers")
    now = datetime.fromisoformat(house.control.status()["now"])
    assert abs((now - datetime.now(UTC)).total_seconds() + 7200) < 60


def test_control_says_when_there_is_no_simulator(house: House) -> None:
    with pytest.raises(ControlError, match="no simulator"):
        house.control.ledger()
    house.ensure()
    until(house.answers, "the simulator answers")
    assert house.control.ledger() == []
    house.kill()
    with pytest.raises(ControlError):
        house.control.ledger()


@pytest.mark.parametrize("damage", [b"", b"-----BEGIN PRIVATE KEY-----\n"])
def test_a_damaged_key_is_made_anew(house: House, damage: bytes) -> None:
    house.ensure()
    until(house.answers, "the first simulator answers")
    house.kill()
    before = house.public_key
    (house.home / "demo" / "key.pem").write_bytes(damage)
    house.ensure()
    until(house.answers, "the second simulator answers")
    assert house.public_key != before
    day = house.clock.today() + timedelta(days=3)
    buyer = Buyer(house, "czq")
    hour = next(hour for hour in range(7, 22) if int(buyer.item(BADMINTON, day, hour)["status"]) == 0)
    assert buyer.order(BADMINTON, day, hour)["code"] == 0


def test_a_damaged_ledger_is_set_aside(house: House) -> None:
    house.ensure()
    until(house.answers, "the first simulator answers")
    house.kill()
    (house.home / "demo" / "ledger.db").write_bytes(b"nonsense" * 1000)
    (house.home / "demo" / "ledger.db-wal").unlink()  # SQLite would mend the file with it
    house.ensure()
    until(house.answers, "the second simulator answers")
    assert house.control.ledger() == []
    [aside] = (house.home / "demo").glob("ledger.db.damaged-*")
    assert aside.read_bytes().startswith(b"nonsense")


def test_it_lives_in_a_session_of_its_own(house: House) -> None:
    house.ensure()
    until(house.answers, "the simulator answers")
    [process] = house.simulators()
    assert os.getsid(process.pid) == process.pid


def test_it_sees_nothing_of_the_starters_environment_but_what_it_is_given(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = dict(os.environ)
    monkeypatch.setenv("ONEBOT_ACCESS_TOKEN", "secret")
    command = [sys.executable, str(MAIN)]
    ensure(house.home, seed=5, period_seconds=FOREVER, command=command, environment=given)
    until(house.answers, "the simulator answers")
    [process] = house.simulators()
    assert "ONEBOT_ACCESS_TOKEN" not in process.environ()


def test_it_outlives_whoever_started_it(house: House) -> None:
    program = f"""
import os, signal, sys
from pathlib import Path
from jobs.venues.demo.process import ensure
command = [sys.executable, {str(MAIN)!r}]
ensure(Path({str(house.home)!r}), seed=5, period_seconds=1e9, command=command, environment=os.environ)
os.kill(os.getpid(), signal.SIGKILL)
"""
    starter = subprocess.run([sys.executable, "-c", program], timeout=20, check=False)
    assert starter.returncode == -signal.SIGKILL
    until(house.answers, "the orphaned simulator answers")


def test_it_leaves_when_nobody_asks_and_keeps_its_address(house: House) -> None:
    house.ensure("--idle-seconds", "0.3")
    until(lambda: address(house.home), "the simulator has started")
    until(lambda: not house.simulators(), "the simulator has left")
    first_address = address(house.home)
    house.ensure()
    until(house.answers, "another simulator answers")
    assert address(house.home) == first_address


def test_one_that_has_left_is_no_zombie_of_its_starter(house: House) -> None:
    before = {child.pid for child in psutil.Process().children()}
    house.ensure("--idle-seconds", "0.1")
    until(lambda: {child.pid for child in psutil.Process().children()} <= before, "the child is reaped")


@pytest.mark.parametrize("content", ["", "http://evil.example:80\n", "http://127.0.0.1:99x", "\x00\xff", "file:///etc"])
def test_a_damaged_address_is_no_address(house: House, content: str) -> None:
    (house.home / "demo").mkdir(parents=True)
    (house.home / "demo" / "address").write_text(content, encoding="latin-1")
    assert address(house.home) is None
    with pytest.raises(VenueError):
        house.provider.days(BADMINTON)
    house.ensure()
    until(house.answers, "a simulator answers all the same")


@pytest.mark.parametrize("arguments", [[], ["--home", "x"], ["--home", "x", "--seed", "one", "--period-seconds", "1"]])
def test_a_wrong_command_line_is_a_usage_error(arguments: list[str]) -> None:
    ended: Any = subprocess.run([sys.executable, str(MAIN), *arguments], capture_output=True, timeout=20, check=False)
    assert ended.returncode == 2
