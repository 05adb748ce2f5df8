"""The stages of the flow tests and of the simulated platform are ours too."""

import sys
from pathlib import Path

for stage in ("flows", "venues"):
    sys.path.append(str(Path(__file__).resolve().parents[1] / stage))
