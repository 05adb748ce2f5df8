"""What the two shipped templates run: `examples.py hello WHO TIMES`, `… disk LEAST`. Imports nothing of ours."""

import os
import shutil
import sys


def main(arguments: list[str]) -> int:
    """The exit code."""
    example, *rest = arguments
    return {"hello": hello, "disk": disk}[example](*rest)


def hello(who: str, times: str) -> int:
    """Prints so many lines."""
    for n in range(1, int(times) + 1):
        print(f"你好，{who}（{n}/{times}）", flush=True)
    return 0


def disk(least: str) -> int:
    """Reports the free space where the bot keeps its data; fails below so many percent."""
    total, _, free = shutil.disk_usage(os.environ.get("SJA_HOME") or os.curdir)
    percent = 100 * free / total
    print(f"共 {total / 2**30:.1f} GiB，空闲 {free / 2**30:.1f} GiB（{percent:.0f}%）", flush=True)
    if percent < int(least):
        print(f"空闲少于 {least}%", flush=True)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
