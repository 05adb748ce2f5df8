"""Accounts, in words. Nothing here ever sees a password."""

from collections.abc import Sequence
from typing import Final
from zoneinfo import ZoneInfo

from jobs import (
    WAY_WORDS,
    Account,
    AccountStatus,
    Actor,
    CodeAsked,
    Job,
    LoggedIn,
    PictureAsked,
    Share,
    Standing,
    how_to_log_in,
)
from plugins._replies.times import day_and_time

_ICONS: Final = {Standing.IN: "🟢", Standing.OUT: "🟡", Standing.NEVER: "⚪", Standing.REFUSED: "🔴"}
_TOLD_AT_MOST: Final = 5
_ADD: Final = "!账号 添加 昵称 学号 密码"
_EXAMPLE: Final = "!账号 {verb} 小明 521030910001 密码"


def demo_hint() -> str:
    return "\n（演示平台：学号随意，密码是 demo）"


def no_accounts(*, is_demo: bool) -> str:
    hint = demo_hint() if is_demo else ""
    return f"👤 你还没有账号。就在这里发送 {_ADD}，例如 {_EXAMPLE.format(verb='添加')}{hint}"


def account_list(accounts: Sequence[Account], actor: Actor, zone: ZoneInfo) -> str:
    """The person's own accounts first, then what others share with them."""
    own = [account for account in accounts if account.owner == actor.user_id]
    others = [account for account in accounts if account.owner != actor.user_id]
    lines = [f"👤 你的账号（共 {len(own)} 个）"]
    for account in own:
        lines.append(_line(account, actor, zone))
        if account.shared_with:
            lines.append("    共享给 " + "、".join(share.words for share in account.shared_with))
    if others:
        lines += ["别人的：", *(_line(account, actor, zone) for account in others)]
    return "\n".join(lines)


def standings(found: Sequence[AccountStatus], actor: Actor, zone: ZoneInfo) -> str:
    """How each account stands, just looked at. What others are called at the platform is not told."""
    lines = ["🔑 登录状态（刚刚看过）"]
    for status in found:
        account = status.account
        is_own = account.owner == actor.user_id
        lines.append(_line(account, actor, zone, name=status.name if is_own else ""))
        if status.trouble:
            lines.append(f"    这次没有问到平台：{status.trouble}")
    return "\n".join(lines)


def added(account: Account) -> str:
    default = "，它是默认账号" if account.is_default else ""
    return f"✅ 已添加账号 {account.nickname}{default}。密码已加密保存，请把刚才那条消息撤回或删掉"


def updated(nickname: str) -> str:
    return f"✅ 已更新账号 {nickname} 的学号和密码。密码已加密保存，请把刚才那条消息撤回或删掉"


def confirm_removal(account: Account, users: Sequence[Job]) -> str:
    """Asks before an account is removed that unfinished jobs use."""
    return (
        f"❓ 账号 {account.nickname} 还有任务在用：{_jobs(users, account)}。删除后它们不能再用它预订\n"
        "一分钟内回复“确认”来删除，“不删除”则保留"
    )


def removed(account: Account, orphans: Sequence[Job], heir: Account | None) -> str:
    """`orphans`: the unfinished jobs that used it; `heir`: the default account from now on, where that changed."""
    lines = [f"🗑️ 已删除账号 {account.nickname}，它的密码和登录都没有留下"]
    if orphans:
        lines.append(f"这些任务原来用它，以后不能再用它预订：{_jobs(orphans, account)}")
    if heir is not None:
        lines.append(f"默认账号换成了 {heir.nickname}")
    return "\n".join(lines)


def made_default(nickname: str) -> str:
    return f"✅ 没有写账号的任务，从现在起用 {nickname}"


def shared(nickname: str, share: Share, *, was_guessed: bool) -> str:
    """What is consented to. `was_guessed`: a bare number was written, and taken for a person's."""
    who = "群里每个人" if share.kind == "group" else "这个人"
    can = (
        f"{who}可以用它预订，看到它有没有登录；自己用它订的单能看、能付、能取消，"
        "看不到密码、平台上的名字和别的订单，也不能登录或改动它"
    )
    undo = f"收回请发送 !账号 取消共享 {nickname} {_written(share)}"
    guess = f"\n如果 {share.peer_id} 是群号，先收回，再写成 群{share.peer_id}" if was_guessed else ""
    return f"✅ 账号 {nickname} 已共享给 {share.words}：{can}\n{undo}{guess}"


def group_or_person(nickname: str, number: str) -> str:
    """What to write where a bare number is a group's, too."""
    return (
        f"{number} 是我在的一个群：要共享给整个群，写 !账号 共享 {nickname} 群{number}；"
        f"只给这个 QQ 号，写 !账号 共享 {nickname} QQ{number}"
    )


def unshared(account: Account, share: Share, losing: Sequence[Job]) -> str:
    """`losing`: the unfinished jobs that used it by this share."""
    lines = [f"✅ 账号 {account.nickname} 不再共享给 {share.words}"]
    if losing:
        lines.append(f"这些任务原来用它，以后不能再用它预订：{_jobs(losing, account)}")
    return "\n".join(lines)


def picture_asked(asked: PictureAsked) -> str:
    how = "请在 60 秒内回复图里的字母，不分大小写（也可以发 !验证码 abcd）"
    nickname = asked.account.nickname
    ask = f"🔐 登录 {nickname}：{how}\n看不清发送“换一张”，不登录了发送“取消”"
    return f"⚠️ {asked.complaint}。这是新的一张：\n{ask}" if asked.complaint else ask


def no_picture(asked: PictureAsked) -> str:
    """Where the QQ client refused the picture."""
    return (
        f"⚠️ 登录 {asked.account.nickname} 的验证码图片没有发出去：QQ 客户端没有接受图片。"
        "发送“换一张”再试一次；还是不行，请让超级用户看看 QQ 客户端"
    )


def demo_code_hint(asked: CodeAsked) -> str:
    """Where the code comes from in the demo platform, which sends nothing."""
    if asked.way == "app":
        return "\n（演示平台：动态码是 123456）"
    return "\n（演示平台不会真的发短信和邮件：发送 app，动态码是 123456）"


def logged_in_already(account: Account) -> str:
    again = f"!登录 {account.nickname} 重来"
    return f"ℹ️ 账号 {account.nickname} 已经登录着，不用再登录；还要重新登录就发送 {again}"


def code_asked(asked: CodeAsked) -> str:
    complaint = f"⚠️ {asked.complaint}\n" if asked.complaint else ""
    nickname = asked.account.nickname
    if asked.way:
        again = "" if asked.way == "app" else "；没收到发送“重发”"
        what = WAY_WORDS.get(asked.way, asked.way)
        how = f"请回复{what}（也可以发 !验证码 123456）{again}，不登录了发送“取消”"
        return f"{complaint}🔐 登录 {nickname} 还差一步：{how}"
    lines = [f"{complaint}🔐 登录 {nickname} 还差一步，平台要再验证一次。用哪一种？"]
    lines += [f"{place}. {WAY_WORDS.get(way, way)}" for place, way in enumerate(asked.ways, 1)]
    return "\n".join([*lines, "请回复序号，不登录了发送“取消”"])


def logged_in(done: LoggedIn) -> str:
    name = f"（平台上叫 {done.name}）" if done.name else ""
    nickname = done.account.nickname
    return f"✅ 账号 {nickname} 已登录{name}，可以用它预订了；登录失效时我会在这里告诉你"


def which_verb(*, is_demo: bool) -> str:
    hint = demo_hint() if is_demo else ""
    return (
        f"!账号 后面要写做什么：列表、添加、更新、删除、默认、共享、取消共享，例如 {_EXAMPLE.format(verb='添加')}{hint}"
    )


def three_wanted(verb: str, *, is_demo: bool) -> str:
    hint = demo_hint() if is_demo else ""
    return f"要写昵称、学号、密码三样，中间空一格，例如 {_EXAMPLE.format(verb=verb)}{hint}"


def four_given(verb: str) -> str:
    return f'只写昵称、学号、密码三样；密码里真有空格就加引号，例如 !账号 {verb} 小明 521030910001 "密 码"'


def unreadable_password(verb: str) -> str:
    """A chat may change what is typed, and the password must not be another."""
    how = (
        "sja accounts add 昵称 --user 学号 --owner 你的QQ号" if verb == "添加" else "sja accounts update 你的QQ号/昵称"
    )
    return f"这条消息里的密码认不准（夹着表情、@ 或特殊的空白），没有保存；请只用键盘打一遍，或请超级用户运行 {how}"


def only_a_nickname(*, is_demo: bool) -> str:
    hint = demo_hint() if is_demo else ""
    return f"登录只写昵称，例如 !登录 小明；学号和密码在添加账号时写一次：{_ADD}{hint}"


def password_in_group(*, was_recalled: bool) -> str:
    what = "你的消息我已经撤回" if was_recalled else "我撤回不了你的消息，请马上自己撤回"
    return f"⚠️ 密码不要发在群里：{what}；可能有人看到了，最好改掉密码。账号请私聊我发送 {_ADD}"


def _line(account: Account, actor: Actor, zone: ZoneInfo, *, name: str = "") -> str:
    """`🟢 小明（默认）· 已登录 · 11-22 周日 12:00:00 看过`."""
    owner = "" if account.owner == actor.user_id else _owner(account)
    default = "（默认）" if account.is_default and not owner else ""
    called = f"，平台上叫 {name}" if name else ""
    seen = (
        f" · {day_and_time(account.seen_at, zone)} 看过" if account.seen_at and account.standing is Standing.IN else ""
    )
    return f"{_ICONS[account.standing]} {account.nickname}{owner}{default} · {_standing(account, actor)}{called}{seen}"


def _standing(account: Account, actor: Actor) -> str:
    step = how_to_log_in(account, actor.user_id).removeprefix("私聊我")
    match account.standing:
        case Standing.IN:
            return "已登录"
        case Standing.NEVER:
            return f"还没有登录，{step}"
        case Standing.OUT:
            return f"登录已失效{_why(account) if account.owner == actor.user_id else ''}，{step}"
        case Standing.REFUSED:
            return f"学号或密码不对，{step}"


def _why(account: Account) -> str:
    return f"（{account.reason}）" if account.reason else ""


def _jobs(jobs: Sequence[Job], account: Account) -> str:
    """`#7 周五抢票、#9 晚场（QQ 20002 的）`."""
    shown = [
        job.label
        if job.owner == account.owner
        else f"{job.label}（{f'QQ {job.owner}' if job.owner else '超级用户'} 的）"
        for job in jobs[:_TOLD_AT_MOST]
    ]
    more = f" 等 {len(jobs)} 个" if len(jobs) > len(shown) else ""
    return "、".join(shown) + more


def _owner(account: Account) -> str:
    return f"（QQ {account.owner} 的）" if account.owner is not None else "（超级用户的）"


def _written(share: Share) -> str:
    return f"群{share.peer_id}" if share.kind == "group" else f"QQ{share.peer_id}"
