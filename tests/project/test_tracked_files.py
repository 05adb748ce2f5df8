"""What a stranger clones: no word of the place where it was written, no dead link, no private path."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

# Single letters in brackets keep this file from containing what it looks for.
FOREIGN = re.compile(
    r"/[w]ork/|/[f]arm/|/[r]oot/|/opt/[p]ypi|\.[l]ibrary\b|[b]efore-stop|[f]arm-(?:studio|bench)"
    r"|[p]ypi\.org|[p]ythonhosted|[r]egistry\.npmjs|[d]eb\.debian"
)
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)|!\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^(```|~~~).*?^\1", re.DOTALL | re.MULTILINE)


def tracked(suffix: str = "") -> list[Path]:
    """The files of the project that end in `suffix`, those not yet committed included."""
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [path for name in listing.stdout.splitlines() if name.endswith(suffix) and (path := ROOT / name).is_file()]


def test_no_file_speaks_of_the_place_where_it_was_written() -> None:
    told = [
        f"{path.relative_to(ROOT)}:{number}: {found[0]}"
        for path in tracked()
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1)
        if (found := FOREIGN.search(line))
    ]
    assert not told


@pytest.mark.parametrize("page", tracked(".md"), ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    dead = [link for link in links(page) if not resolves(page, link)]
    assert not dead


def test_a_dead_link_and_a_dead_anchor_are_seen(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# 一 览\n[ok](#一-览) [gone](other.md) [nowhere](#二) [ok](page.md#一-览)", encoding="utf-8")
    assert [link for link in links(page) if not resolves(page, link)] == ["other.md", "#二"]


def links(page: Path) -> Iterator[str]:
    """The link targets of a page within the project; text in code fences does not count."""
    for link, picture in LINK.findall(FENCE.sub("", page.read_text(encoding="utf-8"))):
        target = link or picture
        if "://" not in target and not target.startswith("mailto:"):
            yield target


def resolves(page: Path, link: str) -> bool:
    name, _, anchor = link.partition("#")
    target = (page.parent / name) if name else page
    return target.exists() and (not anchor or anchor in anchors(target))


def anchors(page: Path) -> set[str]:
    """The anchors that headings get where the pages are shown: lower case, spaces to hyphens, punctuation gone."""
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", page.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-") for heading in headings}
