"""What third parties install as kinds: one that does not work costs its own jobs, and nothing else."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from jobs.kinds import BUILT_IN, all_kinds, conduct_of, kind_named
from jobs.models.conduct import Conduct
from jobs.models.errors import Refusal

KINDS = """
from jobs.models.conduct import Conduct
class Sound:
    name, title, conduct = "sound", "好的", Conduct(lead_seconds=3)
    def describe(self, config, presets): return ""
    def work(self, assignment): raise NotImplementedError
class Old(Sound):
    conduct = property()
SOUND, OLD = Sound(), Old()
class Unlike:
    name = "unlike"
UNLIKE = Unlike()
"""


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Five kinds, of which one works."""
    about = tmp_path / "foreign-1.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: foreign\nVersion: 1\n")
    (about / "entry_points.txt").write_text(
        "[sja.kinds]\nsound = foreign_kinds:SOUND\nold = foreign_kinds:OLD\nunlike = foreign_kinds:UNLIKE\n"
        "absent = surely_no_such_module:KIND\nnameless = foreign_kinds:NAMELESS\n"
    )
    (tmp_path / "foreign_kinds.py").write_text(KINDS)
    monkeypatch.syspath_prepend(str(tmp_path))
    all_kinds.cache_clear()
    yield
    all_kinds.cache_clear()
    sys.modules.pop("foreign_kinds", None)


@pytest.mark.usefixtures("installed")
def test_kinds_that_do_not_work_are_left_out_and_the_log_says_so(caplog: pytest.LogCaptureFixture) -> None:
    assert [*all_kinds()] == [*BUILT_IN, "sound"]
    assert conduct_of("sound") == Conduct(lead_seconds=3)
    assert conduct_of("old") == Conduct()
    told = [message for message in caplog.messages if "is left out" in message]
    assert [message.split()[2] for message in told] == ["old", "unlike", "absent", "nameless"]


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize("name", ["old", "unlike", "absent", "nameless"])
def test_a_run_of_a_kind_that_does_not_work_fails_with_a_sentence(name: str) -> None:
    with pytest.raises(Refusal, match=f"“{name}”这种任务的扩展包载入不了"):
        kind_named(name)
