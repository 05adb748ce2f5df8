"""Logging in: pictures, letters, codes, and every way in which that can go wrong."""

import asyncio
import threading
from collections.abc import Iterator

import pytest
from hypothesis import given, settings, strategies as st
from login_site import CODE, HONG, LETTERS, MING, PASSWORD, Attempt, Scene, person

from jobs.accounts.answers import letters_in
from jobs.accounts.logins import CodeAsked, LoggedIn, PictureAsked
from jobs.models.accounts import Share, Standing
from jobs.models.errors import NotAllowed, NotFound, Refusal
from jobs.models.people import OPERATOR
from jobs.ports.provider import AttemptOver, RateLimited, UnexpectedAnswer, VenueUnreachable


@pytest.fixture
def scene() -> Iterator[Scene]:
    scene = Scene()
    scene.shelf.add(MING, "小明")
    yield scene
    scene.logins.close()
    assert scene.site.open_visits == 0


async def test_the_right_letters_log_in_and_the_session_is_kept(scene: Scene) -> None:
    asked = await scene.logins.begin(MING, "小明")
    assert (asked.picture, asked.complaint) == (b"picture 1", "")
    assert (asked.expires_at - scene.clock.now()).seconds == 60

    done = await scene.logins.answer(MING, " AB cd ")

    assert isinstance(done, LoggedIn)
    assert (done.name, done.account.standing) == ("张三", Standing.IN)
    assert scene.shelf.sessions[done.account.id] == "session of 小明, renewed".encode()
    assert scene.site.submitted == [("小明", LETTERS)]
    assert not scene.logins.is_open(MING)
    assert scene.site.open_visits == 0


async def test_a_wrong_answer_brings_another_picture_and_says_how_often_is_left(scene: Scene) -> None:
    await scene.logins.begin(MING)

    asked = await scene.logins.answer(MING, "wrng")

    assert isinstance(asked, PictureAsked)
    assert (asked.picture, asked.complaint) == (b"picture 2", "验证码不对，还可以再试 4 次")
    assert isinstance(await scene.logins.answer(MING, LETTERS), LoggedIn)


async def test_after_five_wrong_answers_the_login_ends_kindly(scene: Scene) -> None:
    await scene.logins.begin(MING)
    for left in (4, 3, 2, 1):
        asked = await scene.logins.answer(MING, "wrng")
        assert isinstance(asked, PictureAsked)
        assert f"还可以再试 {left} 次" in asked.complaint

    with pytest.raises(Refusal, match=r"错了 5 次.*!登录 小明"):
        await scene.logins.answer(MING, "wrng")

    with pytest.raises(NotFound, match=r"没有进行中的登录.*!登录"):
        await scene.logins.answer(MING, LETTERS)
    assert len(scene.site.submitted) == 5


@pytest.mark.parametrize("talk", ["你好", "?", "a", "ab", "这图看不清啊", "abcdefghij", ""])
async def test_talk_costs_no_try(scene: Scene, talk: str) -> None:
    await scene.logins.begin(MING)

    with pytest.raises(Refusal, match="图里的字母"):
        await scene.logins.answer(MING, talk)

    assert scene.site.submitted == []
    assert isinstance(await scene.logins.answer(MING, LETTERS), LoggedIn)


async def test_a_picture_older_than_a_minute_is_replaced_and_its_answer_never_sent(scene: Scene) -> None:
    await scene.logins.begin(MING)
    scene.clock.move(60)

    asked = await scene.logins.answer(MING, LETTERS)

    assert isinstance(asked, PictureAsked)
    assert "超过 60 秒" in asked.complaint
    assert scene.site.submitted == []
    assert isinstance(await scene.logins.answer(MING, LETTERS), LoggedIn)


async def test_a_login_that_is_being_begun_can_be_given_up_at_once(scene: Scene) -> None:
    began, may_open = threading.Event(), threading.Event()

    def hang() -> None:
        began.set()
        may_open.wait(10)

    scene.site.may_open = hang
    beginning = asyncio.ensure_future(scene.logins.begin(MING))
    await asyncio.to_thread(began.wait, 10)
    assert scene.logins.is_open(MING)
    scene.logins.cancel(MING)
    scene.logins.cancel(MING)
    with pytest.raises(Refusal, match="你取消了"):
        await beginning
    assert not scene.logins.is_open(MING)

    scene.site.may_open = lambda: None
    may_open.set()
    assert (await scene.logins.begin(MING)).picture
    while scene.site.open_visits > 1:  # noqa: ASYNC110 - the page that came too late is closed by the thread that opened it
        await asyncio.sleep(0.01)


async def test_another_picture_can_be_asked_for_in_words_or_by_the_method(scene: Scene) -> None:
    await scene.logins.begin(MING)
    for asked in (await scene.logins.answer(MING, "换一张"), await scene.logins.refresh(MING)):
        assert isinstance(asked, PictureAsked)
        assert asked.complaint == ""
    assert scene.site.pictures == 3
    assert scene.site.submitted == []


async def test_wrong_credentials_stop_at_once_and_say_what_to_do(scene: Scene) -> None:
    scene.site.passwords = {"another"}
    account = scene.shelf.find(MING)
    await scene.logins.begin(MING)

    with pytest.raises(Refusal, match=r"学号或密码不对.*!账号 更新 小明 学号 密码") as refused:
        await scene.logins.answer(MING, LETTERS)

    assert PASSWORD not in str(refused.value)
    assert scene.shelf.standing(account) is Standing.REFUSED
    assert len(scene.site.submitted) == 1
    assert not scene.logins.is_open(MING)


async def test_a_login_nobody_goes_on_with_ends_after_ten_minutes(scene: Scene) -> None:
    await scene.logins.begin(MING)
    scene.clock.move(600)

    with pytest.raises(NotFound, match=r"放了太久.*!登录 小明"):
        await scene.logins.answer(MING, LETTERS)

    assert scene.site.open_visits == 0


async def test_without_a_login_every_answer_is_told_how_to_begin(scene: Scene) -> None:
    for question in (scene.logins.answer(MING, LETTERS), scene.logins.refresh(MING)):
        with pytest.raises(NotFound, match="!登录"):
            await question


async def test_only_the_owner_logs_in_and_the_operator(scene: Scene) -> None:
    scene.shelf.accounts.clear()
    scene.shelf.add(HONG, "小红", shared_with=(Share(kind="user", peer_id="20001"),))

    with pytest.raises(NotAllowed, match="主人"):
        await scene.logins.begin(MING, "小红")

    assert scene.site.pictures == 0
    await scene.logins.begin(OPERATOR, "小红")
    assert isinstance(await scene.logins.answer(OPERATOR, LETTERS), LoggedIn)


async def test_two_people_log_in_at_the_same_time_without_meeting(scene: Scene) -> None:
    hers = scene.shelf.add(HONG, "小红")
    await asyncio.gather(scene.logins.begin(MING), scene.logins.begin(HONG, "小红"))

    his, her = await asyncio.gather(scene.logins.answer(MING, "wrng"), scene.logins.answer(HONG, LETTERS))

    assert isinstance(his, PictureAsked)
    assert isinstance(her, LoggedIn)
    assert scene.shelf.sessions[hers.id].startswith("session of 小红".encode())
    assert scene.logins.is_open(MING)


async def test_a_second_answer_while_the_first_is_on_its_way_is_not_sent(scene: Scene) -> None:
    await scene.logins.begin(MING)
    released = scene.holds_submissions()
    first = asyncio.create_task(scene.logins.answer(MING, LETTERS))
    await asyncio.sleep(0)

    for impatient in (scene.logins.answer(MING, LETTERS), scene.logins.refresh(MING), scene.logins.begin(MING)):
        with pytest.raises(Refusal, match="上一条还在处理"):
            await impatient
    with pytest.raises(Refusal, match="上一条还在处理"):
        scene.logins.cancel(MING)

    released.set()
    assert isinstance(await first, LoggedIn)
    assert len(scene.site.submitted) == 1


async def test_a_new_login_takes_the_place_of_the_one_that_was_open(scene: Scene) -> None:
    scene.shelf.add(MING, "备用")
    await scene.logins.begin(MING, "小明")
    await scene.logins.begin(MING, "备用")
    assert scene.site.open_visits == 1

    done = await scene.logins.answer(MING, LETTERS)

    assert isinstance(done, LoggedIn)
    assert done.account.nickname == "备用"


async def test_a_page_that_opens_after_everybody_has_gone_is_closed(scene: Scene) -> None:
    opened, may_open = threading.Event(), threading.Event()
    begin_login, late_ones = scene.site.begin_login, list[Attempt]()

    def late(session: bytes | None = None) -> Attempt:
        opened.set()
        may_open.wait(10)
        late_ones.append(begin_login(session))
        return late_ones[0]

    scene.site.begin_login = late  # pyright: ignore[reportAttributeAccessIssue]
    begun = asyncio.create_task(scene.logins.begin(MING))
    await asyncio.to_thread(opened.wait, 10)
    begun.cancel()
    with pytest.raises(asyncio.CancelledError):
        await begun
    may_open.set()
    async with asyncio.timeout(10):
        while not late_ones or scene.site.open_visits:  # noqa: ASYNC110 - a thread is waited for
            await asyncio.sleep(0.01)
    assert scene.site.pictures == 0


async def test_the_audit_knows_who_logged_in_and_whose_password_was_refused(scene: Scene) -> None:
    await scene.logins.begin(MING)
    await scene.logins.answer(MING, LETTERS)
    scene.site.passwords = set()
    await scene.logins.begin(MING)
    with pytest.raises(Refusal, match="不对"):
        await scene.logins.answer(MING, LETTERS)
    assert scene.shelf.noted == [
        ("qq:20001", "account.logged_in", "小明"),
        ("qq:20001", "account.refused", "小明"),
    ]


async def test_an_account_that_was_removed_meanwhile_ends_its_login(scene: Scene) -> None:
    await scene.logins.begin(MING)
    scene.shelf.accounts.clear()

    with pytest.raises(NotFound, match="已经删除"):
        await scene.logins.answer(MING, LETTERS)
    assert scene.site.submitted == []


async def test_a_login_can_be_given_up(scene: Scene) -> None:
    await scene.logins.begin(MING)
    scene.logins.cancel(MING)
    scene.logins.cancel(MING)
    assert not scene.logins.is_open(MING)


# -- a platform in trouble --------------------------------------------------------------------------------------------
async def test_a_page_that_does_not_open_at_once_is_tried_again(scene: Scene) -> None:
    scene.site.unreachable("page", 2)
    assert (await scene.logins.begin(MING)).picture == b"picture 1"
    assert scene.site.asked.count("page") == 3


@pytest.mark.parametrize("what", ["page", "picture"])
async def test_a_platform_that_stays_silent_is_left_alone_with_a_word(scene: Scene, what: str) -> None:
    scene.site.unreachable(what, 9)

    with pytest.raises(Refusal, match="平台没有应答，过一会儿再发送 !登录 小明"):
        await scene.logins.begin(MING)

    assert scene.site.asked.count(what) == 3
    assert not scene.logins.is_open(MING)
    assert scene.site.open_visits == 0


async def test_what_waiting_does_not_help_or_takes_too_long_is_not_tried_again(scene: Scene) -> None:
    scene.site.troubles = [("page", UnexpectedAnswer("看不懂")), ("page", RateLimited("太频繁", "", 600))]
    for sentence in ("看不懂", "太频繁"):
        with pytest.raises(Refusal, match=sentence):
            await scene.logins.begin(MING)
    assert scene.site.asked == ["page", "page"]


async def test_an_answer_that_got_lost_brings_another_picture_and_does_not_count(scene: Scene) -> None:
    await scene.logins.begin(MING)
    scene.site.unreachable("submit", 1)

    asked = await scene.logins.answer(MING, LETTERS)

    assert isinstance(asked, PictureAsked)
    assert asked.complaint == "平台没有应答，这一次不算"
    assert scene.site.asked.count("submit") == 1
    assert isinstance(await scene.logins.answer(MING, LETTERS), LoggedIn)


async def test_a_platform_that_loses_every_answer_ends_the_login(scene: Scene) -> None:
    await scene.logins.begin(MING)
    scene.site.unreachable("submit", 5)
    for _ in range(4):
        assert isinstance(await scene.logins.answer(MING, LETTERS), PictureAsked)

    with pytest.raises(Refusal, match="过一会儿再发送 !登录 小明"):
        await scene.logins.answer(MING, LETTERS)
    assert not scene.logins.is_open(MING)


async def test_a_picture_that_cannot_be_fetched_leaves_the_login_open(scene: Scene) -> None:
    await scene.logins.begin(MING)
    scene.site.unreachable("picture", 3)

    with pytest.raises(Refusal, match=r"验证码不对.*平台没有应答"):
        await scene.logins.answer(MING, "wrng")

    # The letters of a picture that was used up are worth nothing.
    asked = await scene.logins.answer(MING, LETTERS)
    assert isinstance(asked, PictureAsked)
    assert isinstance(await scene.logins.answer(MING, LETTERS), LoggedIn)


@pytest.mark.parametrize("what", ["submit", "picture"])
async def test_a_page_that_has_forgotten_us_is_opened_again(scene: Scene, what: str) -> None:
    await scene.logins.begin(MING)
    scene.site.troubles = [(what, AttemptOver("太久"))]

    asked = await (scene.logins.answer(MING, LETTERS) if what == "submit" else scene.logins.refresh(MING))

    assert isinstance(asked, PictureAsked)
    assert scene.site.asked.count("page") == 2
    assert isinstance(await scene.logins.answer(MING, LETTERS), LoggedIn)


async def test_a_login_whose_session_nobody_knows_is_no_login(scene: Scene) -> None:
    scene.site.knows_sessions = False
    await scene.logins.begin(MING)

    with pytest.raises(Refusal, match="没有登录成功"):
        await scene.logins.answer(MING, LETTERS)

    assert scene.shelf.standing(scene.shelf.find(MING)) is Standing.OUT
    assert scene.shelf.sessions == {}


async def test_a_login_stands_even_where_the_platform_does_not_say_whose_it_is(scene: Scene) -> None:
    scene.site.unreachable("check", 1)
    await scene.logins.begin(MING)

    done = await scene.logins.answer(MING, LETTERS)

    assert isinstance(done, LoggedIn)
    assert (done.name, scene.shelf.sessions[done.account.id]) == ("", "session of 小明".encode())


# -- the second factor ------------------------------------------------------------------------------------------------
async def wants_code(scene: Scene, *ways: str) -> CodeAsked:
    scene.site.ways = ways
    await scene.logins.begin(MING)
    asked = await scene.logins.answer(MING, LETTERS)
    assert isinstance(asked, CodeAsked)
    return asked


@pytest.mark.parametrize("choice", ["2", "短信", "SMS"])
async def test_a_way_is_chosen_the_code_sent_and_the_answer_logs_in(scene: Scene, choice: str) -> None:
    asked = await wants_code(scene, "app", "sms")
    assert (asked.ways, asked.way) == (("app", "sms"), "")

    chosen = await scene.logins.answer(MING, choice)
    assert isinstance(chosen, CodeAsked)
    assert chosen.way == "sms"
    assert scene.site.codes_sent == ["sms"]

    assert isinstance(await scene.logins.answer(MING, "123 456"), LoggedIn)


async def test_a_single_way_is_taken_without_asking(scene: Scene) -> None:
    assert (await wants_code(scene, "email")).way == "email"
    assert scene.site.codes_sent == ["email"]


async def test_the_page_knows_a_client_that_was_there_before(scene: Scene) -> None:
    scene.shelf.keep_session(scene.shelf.find(MING), b"old", Standing.OUT)
    scene.site.unreachable("page", 1)
    await scene.logins.begin(MING)
    assert scene.site.known_by == [b"old"]


async def test_the_code_of_an_app_may_be_given_without_choosing(scene: Scene) -> None:
    await wants_code(scene, "app", "sms")
    assert isinstance(await scene.logins.answer(MING, CODE), LoggedIn)


async def test_a_wrong_code_is_forgiven_a_few_times(scene: Scene) -> None:
    await wants_code(scene, "sms")
    for left in (4, 3, 2, 1):
        asked = await scene.logins.answer(MING, "000000")
        assert isinstance(asked, CodeAsked)
        assert f"还可以再试 {left} 次" in asked.complaint
    with pytest.raises(Refusal, match="错了 5 次"):
        await scene.logins.answer(MING, "000000")


async def test_before_a_way_is_chosen_nothing_else_is_an_answer(scene: Scene) -> None:
    await wants_code(scene, "email", "sms")
    for talk in ("3", "app", "123456", "你好"):
        with pytest.raises(Refusal, match="1 邮箱验证码、2 短信验证码"):
            await scene.logins.answer(MING, talk)
    assert scene.site.codes_sent == []


async def test_a_code_can_be_sent_once_more(scene: Scene) -> None:
    await wants_code(scene, "sms")
    await scene.logins.answer(MING, "重发")
    await scene.logins.send_code(MING, "sms")
    assert scene.site.codes_sent == ["sms"] * 3
    with pytest.raises(Refusal, match="可以选"):
        await scene.logins.send_code(MING, "email")


async def test_a_code_that_could_not_be_sent_can_be_asked_for_again(scene: Scene) -> None:
    scene.site.unreachable("code", 3)
    assert (await wants_code(scene, "sms")).way == ""
    asked = await scene.logins.answer(MING, "1")
    assert isinstance(asked, CodeAsked)
    assert asked.way == "sms"


# -- standing ---------------------------------------------------------------------------------------------------------
async def test_the_standing_is_looked_at_and_kept(scene: Scene) -> None:
    scene.shelf.keep_session(scene.shelf.find(MING), b"old", Standing.IN)
    (status,) = await scene.logins.status(MING)
    assert (status.name, status.trouble, status.account.standing) == ("张三", "", Standing.IN)

    scene.site.knows_sessions = False
    (status,) = await scene.logins.status(MING)
    assert (status.account.standing, status.account.reason) == (Standing.OUT, "会话过期")

    scene.site.signs_on = True
    (status,) = await scene.logins.status(MING)
    assert status.account.standing is Standing.IN
    assert scene.shelf.sessions[status.account.id] == b"signed on"


async def test_a_platform_that_cannot_be_asked_changes_no_standing(scene: Scene) -> None:
    scene.shelf.keep_session(scene.shelf.find(MING), b"old", Standing.IN)
    scene.site.troubles = [("check", VenueUnreachable("平台没有应答"))]
    (status,) = await scene.logins.status(MING)
    assert (status.trouble, status.account.standing) == ("平台没有应答", Standing.IN)


async def test_of_an_account_that_was_never_logged_in_nobody_is_asked(scene: Scene) -> None:
    (status,) = await scene.logins.status(MING)
    assert status.account.standing is Standing.NEVER
    assert scene.site.asked == []


# -- whatever people do -----------------------------------------------------------------------------------------------
_ACTS = st.sampled_from(["begin", "right", "wrong", "talk", "another", "old", "cancel", "code", "way", "lost"])


@settings(max_examples=60, deadline=None)
@given(st.lists(_ACTS, max_size=14), st.sampled_from([(), ("sms",), ("app", "sms")]))
async def test_no_sequence_of_acts_submits_more_than_was_asked_or_keeps_a_visit(
    acts: list[str], ways: tuple[str, ...]
) -> None:
    scene = Scene()
    scene.shelf.add(MING, "小明")
    scene.site.ways = ways
    told: list[str] = []
    texts = {"right": LETTERS, "wrong": "wrng", "talk": "你好", "another": "换一张", "code": CODE, "way": "1"}
    for act in acts:
        try:
            if act == "begin":
                await scene.logins.begin(MING)
            elif act == "old":
                scene.clock.move(61)
            elif act == "cancel":
                scene.logins.cancel(MING)
            elif act == "lost":
                scene.site.unreachable("submit", 1)
            else:
                await scene.logins.answer(MING, texts[act])
        except Refusal as refusal:
            told.append(refusal.sentence)
        scene.site.troubles.clear()
        assert scene.site.open_visits <= 1
        assert scene.logins.is_open(MING) or scene.site.open_visits == 0 or act == "old"
    scene.logins.close()
    assert scene.site.open_visits == 0
    assert all(told)
    assert not any(PASSWORD in sentence for sentence in told)
    assert len(scene.site.submitted) <= sum(act in ("right", "wrong", "code") for act in acts)


def test_what_is_asked_shows_no_picture_in_a_log() -> None:
    scene = Scene()
    account = scene.shelf.add(person(1), "甲")
    asked = PictureAsked(account=account, picture=b"x" * 999, expires_at=scene.clock.now())
    assert repr(asked) == "PictureAsked(甲, 999 bytes)"


def test_a_code_of_six_digits_is_no_answer_to_a_picture() -> None:
    with pytest.raises(Refusal, match="现在要的是图里的字母"):
        letters_in("123456")
    assert letters_in("Ab1d") == "ab1d"
