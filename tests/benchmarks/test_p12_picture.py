"""P12: the list of twenty jobs as a picture."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest
from measuring import Samples, show

from plugins._pictures import finding

pytestmark = pytest.mark.bench

ROUNDS: Final = 60
PROCESSES: Final = 8
"""Each draws its first picture: with Pillow to load and a font to find."""
_MAIN: Final = Path(__file__).with_name("drawing_main.py")
_ROOT: Final = Path(__file__).resolve().parents[2]
_PATH: Final = (_ROOT, _ROOT / "tests" / "pictures", _MAIN.parent / "peers")


def drawn(whose: str, rounds: int) -> dict[str, Any]:
    """What a process of its own says of drawing so often."""
    told = subprocess.run(
        [sys.executable, _MAIN, whose, str(rounds)],
        cwd=_ROOT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, _PATH))},
        check=True,
        capture_output=True,
    )
    return json.loads(told.stdout)


def test_p12_list_as_a_picture() -> None:
    if not any(name in finding.CHINESE for name in finding.known_files()):
        pytest.skip("没有中文字体，画不了")
    ours, plain = Samples("我们：draw_list"), Samples("Pillow 的普通表格")
    first = Samples("我们：进程里的第一张", is_peer=False)
    memory: dict[str, dict[str, Any]] = {}
    for whose, samples in (("ours", ours), ("plain", plain)):
        told = memory[whose] = drawn(whose, ROUNDS + 1)
        samples.seconds += told["seconds"][1:]
    first.seconds += [drawn("ours", 1)["seconds"][0] for _ in range(PROCESSES)]
    notes = [
        f"{name}：文件 {told['bytes'] / 1024:.0f} KB，内存最多多用 {told['mib']['peak']:.0f} MiB"
        f"（其中不是字体文件映射的 {told['mib']['own']:.0f} MiB）"
        for name, told in (("我们", memory["ours"]), ("普通表格", memory["plain"]))
    ]
    show("P12 20 个任务的列表图", ours, first, plain, notes=notes)
