"""The stage of the flow tests is ours too: the real bot as a process, and the QQ side that talks to it."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / "flows"))
