"""A locked account is not tried again, and its owner is told where it is unlocked."""

from collections.abc import Iterator

import pytest
from login_site import LETTERS, MING, Scene

from jobs.models.accounts import Standing
from jobs.models.errors import Refusal
from jobs.ports.provider import AccountLocked


@pytest.fixture
def scene() -> Iterator[Scene]:
    scene = Scene()
    scene.shelf.add(MING, "小明")
    yield scene
    scene.logins.close()


@pytest.mark.parametrize("ways", [(), ("app",)])
async def test_a_locked_account_stops_the_login_at_once(scene: Scene, ways: tuple[str, ...]) -> None:
    scene.site.ways = ways
    what = "submit code" if ways else "submit"
    scene.site.troubles.append((what, AccountLocked("账号已被锁定，请本人在统一身份认证的网站上解锁")))
    await scene.logins.begin(MING)
    if ways:
        await scene.logins.answer(MING, LETTERS)

    with pytest.raises(Refusal, match=r"小明：.*锁定.*网站上解锁.*!登录 小明"):
        await scene.logins.answer(MING, "123456" if ways else LETTERS)

    assert not scene.logins.is_open(MING)
    assert [one.standing for one in scene.shelf.accounts.values()] == [Standing.OUT]
