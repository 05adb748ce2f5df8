"""People and their accounts: added, shared, changed and removed; each act once, on record, and only by its owner."""

from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from book_site import AT, GROUP, LOGIN, Site, a_site, login, person
from msgspec.structs import replace

from jobs.accounts.book import AccountBook
from jobs.models.account_checks import ACCOUNTS_AT_MOST
from jobs.models.accounts import Account, Share, Standing
from jobs.models.bookings import Booking, BookingState
from jobs.models.change import Change, Inbound
from jobs.models.errors import Ambiguous, NotAllowed, NotFound, Refusal
from jobs.models.ids import JobId, JobNumber, UserId
from jobs.models.job import Job, Status
from jobs.models.orders import OrderId
from jobs.models.people import OPERATOR, Actor, Chat, Role
from jobs.ports.store import DuplicateInbound
from jobs.store.opening import open_beside

ME, YOU = person(42424), person(43434)
MESSAGE = Inbound(self_id="10001", message_id="7", received_at=AT)


@pytest.fixture
def site(tmp_path: Path) -> Any:
    with a_site(tmp_path) as site:
        yield site


def nicknames(accounts: list[Account]) -> list[str]:
    return [account.nickname for account in accounts]


def acts(site: Site) -> list[tuple[str, str, str]]:
    return [(audit.actor, audit.act, audit.subject) for audit in reversed(site.store.history.audit(99))]


def a_job(**given: Any) -> Job:
    fields: dict[str, Any] = {
        "id": JobId("0000000a"),
        "number": JobNumber(0),
        "kind": "monitor",
        "name": "晚场",
        "status": Status.RUNNING,
        "config": {"accounts": ["小陈"]},
        "owner": ME.user_id,
        "origin": GROUP,
        "created_at": AT,
        "updated_at": AT,
    }
    return Job(**{**fields, **given})


class TestAdding:
    def test_the_first_account_is_the_default_and_opens_again(self, site: Site) -> None:
        first = site.book.add(ME, "小陈", login("5210001", "a b  c"))
        second = site.book.add(ME, "老王", login("5210002"))
        assert (first.is_default, second.is_default) == (True, False)
        assert (first.owner, first.home, first.standing) == (ME.user_id, ME.chat, Standing.NEVER)
        assert site.keyring.credentials(first) == login("5210001", "a b  c")
        assert site.keyring.session(first) is None

    def test_no_secret_is_in_any_file_audit_or_repr(self, site: Site) -> None:
        account = site.book.add(ME, "小陈", LOGIN)
        site.keyring.keep_session(account, b"JAAuthCookie=s3cret", Standing.IN)
        for path in site.home.rglob("*"):
            if path.is_file():
                data = path.read_bytes()
                assert LOGIN.password.encode() not in data
                assert LOGIN.user.encode() not in data
                assert b"s3cret" not in data
        told = f"{acts(site)} {LOGIN!r} {site.store.accounts.all()!r}"
        assert LOGIN.password not in told
        assert LOGIN.user not in told

    def test_the_command_line_adds_accounts_that_are_the_operators(self, site: Site) -> None:
        account = site.book.add(OPERATOR, "公用", LOGIN)
        assert (account.owner, account.home, account.is_default) == (None, None, True)
        assert nicknames(site.book.of(ME)) == []

    def test_in_a_group_there_is_no_place_to_ask_the_owner(self, site: Site) -> None:
        assert site.book.add(person(chat=GROUP), "小陈", LOGIN).home is None

    @pytest.mark.parametrize("nickname", ["", "-rf", "../x", "a b", "a/b", "字" * 65, "a\n", "[CQ:at,qq=all]"])
    def test_a_nickname_is_a_safe_word(self, site: Site, nickname: str) -> None:
        with pytest.raises(Refusal, match=r"昵称.*例如 !账号 添加 小陈 5210001 密码"):
            site.book.add(ME, nickname, LOGIN)

    @pytest.mark.parametrize(
        "credentials",
        [
            login("", "p"),
            login("5210001", ""),
            login("52 10001"),
            login("5210001\u200b"),
            login("5" * 65),
            login("5210001", "秘密" * 65),
            login("5210001", "秘密\n换行"),
            login("5210001", "秘密\x00"),
            login("5210001", "秘密\ud800"),
            login("5210001", "   "),
        ],
    )
    def test_what_cannot_be_a_login_is_refused_without_repeating_it(self, site: Site, credentials: Any) -> None:
        with pytest.raises(Refusal, match="例如 !账号 添加") as refused:
            site.book.add(ME, "小陈", credentials)
        assert "秘密" not in refused.value.sentence
        assert site.store.accounts.all() == []

    def test_a_nickname_is_the_owners_own_only_once(self, site: Site) -> None:
        site.book.add(ME, "小陈", login("5210001"))
        site.book.add(YOU, "小陈", login("5210009"))
        with pytest.raises(Refusal, match=r"已经有一个叫 小陈 .*!账号 更新 小陈"):
            site.book.add(ME, "小陈", login("5210002"))

    def test_one_person_at_the_platform_is_not_added_under_two_nicknames(self, site: Site) -> None:
        site.book.add(ME, "小陈", login("ChenXY"))
        site.book.add(ME, "老王", login("wang"))
        with pytest.raises(Refusal, match="这个学号已经添加过，昵称是 小陈"):
            site.book.add(ME, "又是我", login("chenxy"))
        with pytest.raises(Refusal, match="这个学号已经添加过，昵称是 小陈"):
            site.book.update(ME, "老王", login("chenxy"))
        site.book.update(ME, "小陈", login("chenxy", "new"))
        site.book.add(YOU, "小陈", login("chenxy"))

    def test_there_is_an_end_to_how_many_one_may_have(self, site: Site) -> None:
        for number in range(ACCOUNTS_AT_MOST):
            site.book.add(ME, f"n{number}", login(f"u{number}"))
        with pytest.raises(Refusal, match=r"最多 20 个账号.*!账号 删除 n0"):
            site.book.add(ME, "more", login("more"))
        site.book.add(YOU, "more", login("more"))


class TestFinding:
    def test_unnamed_it_is_the_default_or_the_only_one(self, site: Site) -> None:
        with pytest.raises(NotFound, match=r"还没有账号.*!账号 添加"):
            site.book.find(ME)
        site.book.add(ME, "小陈", login("1"))
        site.book.add(ME, "老王", login("2"))
        assert site.book.find(ME).nickname == "小陈"
        site.book.set_default(ME, "老王")
        assert site.book.find(ME).nickname == "老王"
        assert site.book.find(ME, "小陈").nickname == "小陈"
        with pytest.raises(NotFound, match="没有这个名字的账号，有：小陈、老王"):
            site.book.find(ME, "小李")

    def test_what_is_shared_in_person_is_seen_and_not_changed_and_what_is_not_shared_is_not_found(
        self, site: Site
    ) -> None:
        site.book.add(ME, "小陈", LOGIN)
        for act in (lambda: site.book.find(YOU, "小陈"), lambda: site.book.remove(YOU, "小陈")):
            with pytest.raises(NotFound):
                act()
        assert site.book.of(YOU) == []
        site.book.share(ME, "小陈", Share(kind="user", peer_id="43434"))
        assert nicknames(site.book.of(YOU)) == ["小陈"]
        share = Share(kind="user", peer_id="44444")
        for act in (
            lambda: site.book.find(YOU, "小陈"),
            lambda: site.book.remove(YOU, "小陈"),
            lambda: site.book.update(YOU, "小陈", LOGIN),
            lambda: site.book.set_default(YOU, "小陈"),
            lambda: site.book.share(YOU, "小陈", share),
            lambda: site.book.unshare(YOU, "小陈", share),
        ):
            with pytest.raises(NotAllowed, match="只有它的主人"):
                act()

    def test_a_superuser_has_no_part_in_the_accounts_of_others(self, site: Site) -> None:
        site.book.add(ME, "小陈", LOGIN)
        root = person(99999, role=Role.SUPERUSER)
        assert site.book.of(root) == []
        with pytest.raises(NotFound):
            site.book.find(root, "小陈")
        assert site.book.usable(["小陈"], root.user_id, root.chat).missing == ("小陈",)

    def test_the_operator_sees_all_and_says_whose_where_it_matters(self, site: Site) -> None:
        site.book.add(ME, "小陈", login("1"))
        site.book.add(ME, "老王", login("2"))
        site.book.add(YOU, "小陈", login("3"))
        assert nicknames(site.book.of(OPERATOR)) == ["小陈", "老王", "小陈"]
        assert site.book.find(OPERATOR, "老王").owner == ME.user_id
        with pytest.raises(Ambiguous, match="42424/小陈、43434/小陈"):
            site.book.find(OPERATOR, "小陈")
        assert site.book.find(OPERATOR, "43434/小陈").owner == YOU.user_id
        with pytest.raises(NotFound):
            site.book.find(ME, "42424/小陈")
        site.book.add(OPERATOR, "小陈", login("4"))
        assert site.book.find(OPERATOR, "小陈").owner is None
        for_you = Actor(user_id=YOU.user_id, role=Role.OPERATOR, chat=None)
        assert site.book.find(for_you, "小陈").owner == YOU.user_id
        site.book.update(for_you, "小陈", login("5"))
        assert site.book.find(YOU).home == YOU.chat
        assert acts(site)[-1] == ("operator", "account.updated", "账号 小陈（qq:43434）")


class TestHome:
    def test_an_account_from_the_command_line_has_its_home_where_its_owner_speaks_of_it(self, site: Site) -> None:
        for_me = Actor(user_id=ME.user_id, role=Role.OPERATOR, chat=None)
        site.book.add(for_me, "小陈", LOGIN)
        site.book.move_in(person(chat=GROUP))
        site.book.move_in(YOU)
        site.book.move_in(OPERATOR)
        assert site.book.find(ME).home is None
        site.book.move_in(ME)
        assert site.book.find(ME).home == ME.chat

    def test_who_has_a_home_stays(self, site: Site) -> None:
        added = site.book.add(ME, "小陈", LOGIN)
        site.book.move_in(person(chat=Chat(self_id="2", type="private", peer_id="42424")))
        assert site.book.find(ME) == added


class TestChanging:
    def test_new_credentials_have_to_be_logged_in_anew(self, site: Site) -> None:
        account = site.book.add(ME, "小陈", LOGIN)
        site.keyring.keep_session(account, b"session", Standing.IN)
        updated = site.book.update(ME, "小陈", login("5210001", "new"))
        assert (updated.standing, updated.seen_at) == (Standing.NEVER, None)
        assert site.keyring.session(updated) is None
        assert site.keyring.credentials(updated).password == "new"

    def test_what_was_found_out_with_the_old_credentials_says_nothing_of_the_new(self, site: Site) -> None:
        account = site.book.add(ME, "小陈", LOGIN)
        site.keyring.credentials(account)
        site.book.update(ME, "小陈", login("5210002"))
        site.keyring.keep_session(account, b"of 5210001", Standing.IN)
        assert site.keyring.session(account) is None
        assert site.book.find(ME).standing is Standing.NEVER
        site.keyring.keep_session(account, b"of 5210002", Standing.IN)
        assert site.keyring.session(account) == b"of 5210002"
        site.book.share(ME, "小陈", Share(kind="user", peer_id="43434"))
        site.keyring.keep_session(account, b"later", Standing.IN)
        assert site.keyring.session(account) == b"later"

    def test_a_session_of_an_account_that_is_gone_is_passed_over(self, site: Site) -> None:
        account = site.book.add(ME, "小陈", LOGIN)
        site.book.remove(ME, "小陈")
        site.keyring.keep_session(account, b"session", Standing.IN)
        assert site.keyring.account(account.id) is None
        with pytest.raises(Refusal, match="没有保存密码"):
            site.keyring.credentials(account)

    def test_a_default_that_is_removed_is_followed_by_the_oldest(self, site: Site) -> None:
        for name in ("一", "二", "三"):
            site.book.add(ME, name, login(name))
        site.book.set_default(ME, "二")
        heir = site.book.remove(ME, "二")
        assert heir is not None
        assert (heir.nickname, heir.is_default) == ("一", True)
        assert site.book.remove(ME, "三") is None
        assert site.book.remove(ME, "一") is None
        assert site.book.of(ME) == []

    def test_bookings_outlive_their_account(self, site: Site) -> None:
        account = site.book.add(ME, "小陈", LOGIN)
        booking = Booking(
            account_id=account.id,
            slot_key="a",
            nickname="小陈",
            owner=ME.user_id,
            origin=None,
            preset=1,
            venue="学生中心",
            date=AT.date(),
            hour=19,
            court="1",
            opened_at=AT,
        )
        site.store.apply(Change(bookings=(booking,)))
        with pytest.raises(Refusal, match=r"还没查清（.*）.*只是改密码用 !账号 更新 小陈"):
            site.book.remove(ME, "小陈")
        unpaid = replace(booking, state=BookingState.BOOKED, order_id=OrderId("4711"), version=1)
        site.store.apply(Change(bookings=(unpaid,)))
        with pytest.raises(Refusal, match=r"还有没付款的订单 4711.*!取消订单 4711"):
            site.book.remove(ME, "小陈")
        with pytest.raises(Refusal, match=r"还有没付款的订单 4711，换了学号就没有人读得到它"):
            site.book.update(ME, "小陈", login("4"))
        site.book.update(ME, "小陈", LOGIN)
        paid = replace(unpaid, state=BookingState.PAID, version=2)
        site.store.apply(Change(bookings=(paid,)))
        site.book.remove(ME, "小陈")
        assert site.store.bookings.get(account.id, "a") == replace(paid, version=3)

    def test_what_nobody_is_going_to_find_out_keeps_no_account(self, site: Site) -> None:
        account = site.book.add(ME, "小陈", LOGIN)
        given_up = Booking(
            account_id=account.id,
            slot_key="a",
            nickname="小陈",
            owner=ME.user_id,
            origin=None,
            preset=1,
            venue="学生中心",
            date=AT.date(),
            hour=19,
            court="1",
            opened_at=AT,
            reminded=2,
        )
        site.store.apply(Change(bookings=(given_up,)))
        assert site.book.remove(ME, "小陈") is None

    def test_sharing_and_taking_back(self, site: Site) -> None:
        site.book.add(ME, "小陈", LOGIN)
        group, friend = Share(kind="group", peer_id="555555"), Share(kind="user", peer_id="43434")
        with pytest.raises(Refusal, match="没有共享给群 555555，也没有共享给别人"):
            site.book.unshare(ME, "小陈", group)
        site.book.share(ME, "小陈", group)
        assert site.book.share(ME, "小陈", friend).shared_with == (group, friend)
        with pytest.raises(Refusal, match="已经共享给群 555555"):
            site.book.share(ME, "小陈", group)
        with pytest.raises(Refusal, match="现在共享给：群 555555、QQ 43434"):
            site.book.unshare(ME, "小陈", Share(kind="user", peer_id="555555"))
        assert site.book.unshare(ME, "小陈", group).shared_with == (friend,)

    @pytest.mark.parametrize(
        ("share", "why"),
        [
            (Share(kind="user", peer_id="42424"), "不用共享给自己"),
            (Share(kind="user", peer_id="小王"), "“小王”不是 QQ 号"),
            (Share(kind="group", peer_id="0555555"), "不是群号"),
            (Share(kind="group", peer_id="٣٣٣٣٣٣"), "不是群号"),
            (Share(kind="group", peer_id=""), "不是群号"),
        ],
    )
    def test_a_share_needs_a_number_of_somebody_else(self, site: Site, share: Share, why: str) -> None:
        site.book.add(ME, "小陈", LOGIN)
        with pytest.raises(Refusal, match=why):
            site.book.share(ME, "小陈", share)

    def test_every_act_is_on_record_and_a_refused_one_is_not(self, site: Site) -> None:
        group = Share(kind="group", peer_id="555555")
        site.book.add(ME, "小陈", LOGIN)
        site.book.set_default(ME, "小陈")
        site.book.share(ME, "小陈", group)
        site.book.unshare(ME, "小陈", group)
        site.book.update(ME, "小陈", LOGIN)
        with pytest.raises(Refusal):
            site.book.add(ME, "小陈", LOGIN)
        site.book.remove(ME, "小陈")
        whose = "账号 小陈（qq:42424）"
        assert acts(site) == [
            ("qq:42424", "account.added", whose),
            ("qq:42424", "account.default", whose),
            ("qq:42424", "account.shared", f"{whose} → 群 555555"),
            ("qq:42424", "account.unshared", f"{whose} → 群 555555"),
            ("qq:42424", "account.updated", whose),
            ("qq:42424", "account.removed", whose),
        ]

    def test_a_message_that_comes_twice_acts_once(self, site: Site) -> None:
        site.book.add(ME, "小陈", LOGIN, MESSAGE)
        with pytest.raises(DuplicateInbound):
            site.book.add(ME, "老王", login("2"), MESSAGE)
        assert nicknames(site.book.of(ME)) == ["小陈"]

    def test_two_who_change_at_once_both_have_their_way(self, site: Site) -> None:
        site.book.add(ME, "小陈", LOGIN)
        with closing(open_beside(site.home, site.clock)) as beside:
            other = AccountBook(beside, site.vault, site.clock)
            quicker = [lambda: other.share(ME, "小陈", Share(kind="user", peer_id="43434"))]

            class Meanwhile(AccountBook):
                """Lets the other go first, between reading and writing."""

                def find(self, actor: Actor, nickname: str | None = None) -> Account:
                    found = super().find(actor, nickname)
                    while quicker:
                        quicker.pop()()
                    return found

            book = Meanwhile(site.store, site.vault, site.clock)
            shared = book.share(ME, "小陈", Share(kind="group", peer_id="555555")).shared_with
        assert {share.peer_id for share in shared} == {"43434", "555555"}


class TestUsing:
    def test_a_missing_one_is_named_with_the_next_step(self, site: Site) -> None:
        assert site.book.require_usable((), ME.user_id, ME.chat) == ()
        account = site.book.add(ME, "小陈", LOGIN)
        assert site.book.require_usable((), ME.user_id, ME.chat) == (account,)
        assert site.book.require_usable(("小陈",), ME.user_id, ME.chat) == (account,)
        with pytest.raises(NotFound, match=r"“czq”.*私聊我发送 !账号 添加 czq 学号 密码"):
            site.book.require_usable(("小陈", "czq", "sty"), ME.user_id, ME.chat)
        with pytest.raises(NotFound, match="sja accounts add czq"):
            site.book.require_usable(("czq",), None, None)

    def test_the_unfinished_jobs_that_use_it_are_known_before_it_goes(self, site: Site) -> None:
        account = site.book.add(ME, "小陈", LOGIN)
        site.book.add(YOU, "小陈", login("2"))
        site.book.share(ME, "小陈", Share(kind="group", peer_id="555555"))
        jobs = [
            a_job(id=JobId("0000000a")),
            a_job(id=JobId("0000000b"), owner=UserId("44444"), status=Status.PAUSED),
            a_job(id=JobId("0000000c"), owner=YOU.user_id),
            a_job(id=JobId("0000000d"), status=Status.COMPLETED),
            a_job(id=JobId("0000000e"), config={"accounts": ["老王"]}),
            a_job(id=JobId("0000000f"), config={"accounts": None}),
            a_job(id=JobId("00000010"), config={}),
        ]
        site.store.apply(Change(jobs=tuple(jobs)))
        account = site.book.find(ME)
        assert [job.id for job in site.book.jobs_with(account)] == ["0000000a", "0000000b", "0000000f"]
        assert [job.id for job in site.book.jobs_losing(account, account.shared_with[0])] == ["0000000b"]
        site.book.add(ME, "老王", login("3"))
        assert [job.id for job in site.book.jobs_with(account)] == ["0000000a", "0000000b"]
