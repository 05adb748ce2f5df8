"""The stage of the flow tests is ours too."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / "flows"))
