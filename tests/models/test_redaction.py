"""Secrets are hidden whole, and nothing else is."""

import pytest
from hypothesis import given, strategies as st

from jobs.models.redaction import HIDDEN, redact

SECRETS = [
    ("password=ab&cd next", "password=•••• next"),
    ("密码=hunter2", "密码=••••"),
    ("密码：hunter2 好", "密码：•••• 好"),
    ("登录口令: hunter2", "登录口令: ••••"),
    ("pass=hunter2 fail=0", "pass=•••• fail=0"),
    ("userPassword=hunter2", "userPassword=••••"),
    ("access_token = hunter2", "access_token = ••••"),
    ("token: Bearer abc.def next", "token: Bearer •••• next"),
    ("GET /?page=2&sid=77&x=1 HTTP", "GET /?page=2&sid=•••• HTTP"),
    ("JSESSIONID=77-AA; path=/", "JSESSIONID=•••• path=/"),
    ("PHPSESSID=77", "PHPSESSID=••••"),
    ('{"password": "pa,ss word", "n": 1}', '{"password": "••••", "n": 1}'),
    ('{"password": "a\\"b c", "n": 1}', '{"password": "••••", "n": 1}'),
    ("{'password': 'pa\"ss word', 'n': 1}", "{'password': '••••', 'n': 1}"),
    ("{'token': 12345, 'n': 1}", "{'token': •••• 'n': 1}"),
    ("('token', 'ab cd')", "('token', '••••')"),
    ('{\\"token\\": \\"ab cd\\"}', '{\\"token\\": \\"••••"}'),
    ("密码：“ab cd” 好", "密码：“••••” 好"),
    ('password="never closed', 'password="••••'),
    ("password=b'ab cd' x", "password='••••' x"),
    ("Cookie: a=1; b=SECRETB", "Cookie: ••••"),
    ("Set-Cookie: a=1; b=2", "Set-Cookie: ••••"),
    ("Proxy-Authorization: Basic YTpi x", "Proxy-Authorization: ••••"),
    ('Cookie: "a=1"; b=SECRETB', "Cookie: ••••"),
    ('{"Cookie": "a=1; b=2", "n": 1}', '{"Cookie": "••••", "n": 1}'),
    ('"cookie": ["a=1", "b=2"]', '"cookie": ••••'),
    ('"cookie": bare; b=2', '"cookie": ••••'),
    ("token=abc;Cookie: a=1; b=2", "token=•••• ••••"),
    ("http://u:p@h/ x", "http://••••@h/ x"),
    ("https://u:p@ss@h:8080/a@b", "https://••••@h:8080/a@b"),
    ("https://TOKEN@h/", "https://••••@h/"),
    ("a\ncookie: a=1\nb", "a\ncookie: ••••\nb"),
    ('token="ab\nnext line', 'token="••••\nnext line'),
    ("api_key=AKIA123 b", f"api_key={HIDDEN} b"),
    ("X-Api-Key: k-1", f"X-Api-Key: {HIDDEN}"),
    ("aws_secret_access_key=abc", f"aws_secret_access_key={HIDDEN}"),
    ("private_key=abc", f"private_key={HIDDEN}"),
    ("passphrase=abc", f"passphrase={HIDDEN}"),
    ("credential=abc", f"credential={HIDDEN}"),
    ("jwt=abc auth=def ticket=ghi", f"jwt={HIDDEN} auth={HIDDEN} ticket={HIDDEN}"),
    ("web_session=0400abc SESSDATA=x", f"web_session={HIDDEN} SESSDATA={HIDDEN}"),
    ("mysql --password hunter4 -u a", f"mysql --password {HIDDEN} -u a"),
    ("Bearer abcdefghijklmnop1234", f"Bearer {HIDDEN}"),
    ("push ghp_abcdefghijklmnopqrst", f"push {HIDDEN}"),
    ("!账号 添加 小明 521030910001 hunter2", "!账号 添加 ••••"),
    ("'！账号添加 小明 521030910001 hunter2'", "'！账号添加 ••••"),
    ("!帐号 更新 小明 521030910001 hunter2 和别的", "!帐号 更新 ••••"),
    ("/account add ming 521 hunter2\nnext", "/account add ••••\nnext"),
    ("!添加账号 小明 521 hunter2", "!添加账号 ••••"),
    ("!登录 521030910001 hunter2", "!登录 ••••"),
    ("!账号\n添加\n小明\n521\nhunter2\nnext", "!账号\n添加\n••••\nnext"),
    ("'!账号\\n添加\\n小明\\n521\\nhunter2'", "'!账号\\n添加\\n••••"),
    ("!登录\n521 hunter2", "!登录\n••••"),
    ("!账号添加小明 521 hunter2", "!账号添加小明 ••••"),
    ("！账号：添加，小明，521，hunter2", "！账号：添加，••••"),
    ("!改密码 小明 521 hunter2", "!改密码 ••••"),
    ("!密码 hunter2", "!密码 ••••"),
    ("!注册 521 hunter2", "!注册 ••••"),
    ("!sign in 521 hunter2", "!sign in ••••"),
    ("!账号 删除 小明 521 hunter2", "!账号 删除 ••••"),
    ("!账号 共享 小明 521 hunter2", "!账号 共享 ••••"),
    ("!账号 521030910001 hunter2", "!账号 ••••"),
    ("!创建监控 盯 账号=小明:hunter2 预设=18", "!创建监控 盯 账号=小明:•••• 预设=18"),
    ("!验证码 abcd", "!验证码 ••••"),
    ("！验证码aBcD 好", "！验证码•••• 好"),
    ("验证码：a b c d", "验证码：••••"),
    ("短信验证码是 123456。", "短信验证码是 ••••。"),
    ("captcha=abcd&lt=p", "captcha=••••"),
    ("-----BEGIN RSA PRIVATE KEY-----MIIB", f"-----BEGIN RSA PRIVATE KEY-----{HIDDEN}"),
]

ORDINARY = [
    "第 3 次查询：新空场 2 个，共 5 个",
    "2026-11-23 12:00:00 INFO 开始运行 #7 晚场监控（1e95803d）",
    "inside: 3, aside=4, compass: 北, estimtid=5",
    "Tim 说：密码不对，请重试",
    "验证令牌已更新，tokens: 3",
    "http://127.0.0.1:8080/a@b?x=1 mail@example.org",
    "预设13 南洋北苑健身房·健身房 · 每300秒 · 18,19,20点",
    "the password and the cookie",
    "按任意键（key）继续，monkey=1",
    "author=ming keyboard: 3 tickets=2",
    "--password-file x",
    "bearer of news",
    "账号 小明 已登录，验证码不对，还可以再试 4 次",
    "账号已添加；请正确填写验证码",
    "!账号 共享 小明 12345",
    "!账号 共享 小明 群 123456",
    "!改密码 怎么办",
    "平台说 账号密码 不对 请重试",
    "!登录 小明",
    "登录 平台 失败，稍后再试",
    "验证码错了 5 次",
]


@pytest.mark.parametrize(("written", "shown"), SECRETS)
def test_the_whole_of_a_secret_is_hidden_and_what_follows_it_stays(written: str, shown: str) -> None:
    assert redact(written) == shown


@pytest.mark.parametrize("line", ORDINARY)
def test_an_ordinary_line_stays_as_it_is(line: str) -> None:
    assert redact(line) == line


@pytest.mark.parametrize("written", [written for written, _ in SECRETS])
def test_what_was_hidden_once_is_not_changed_again(written: str) -> None:
    assert redact(redact(written)) == redact(written)


def hides_more(text: str) -> bool:
    """Whether it is itself a word for whose sake what follows is hidden."""
    return any(name in text.casefold() for name in ("cookie", "authorization", "bearer", "basic"))


@given(
    st.text(st.characters(categories=["L", "N", "P", "S"], exclude_characters="\"'\\“”‘’「」"), min_size=1).filter(
        lambda text: text != ">" and not hides_more(text)
    )
)
def test_no_part_of_any_word_behind_password_is_shown(secret: str) -> None:
    assert redact(f"a password={secret} b") == f"a password={HIDDEN} b"


@given(st.text(st.characters(exclude_characters='"\\\n'), min_size=1).filter(lambda text: not hides_more(text)))
def test_no_part_of_any_quoted_text_behind_password_is_shown(secret: str) -> None:
    assert redact(f'{{"password": "{secret}", "n": 1}}') == f'{{"password": "{HIDDEN}", "n": 1}}'


HOSTILE = [
    *("password", "password=", "cookie ", 'cookie" ', "token=\\", 'token="\\', "token='a\"", "://a@", "://", "密码"),
    *(
        "账号 添加 ",
        "账号添加",
        "账号添加a ",
        "添加账号",
        "! 登录 ",
        "验证码 ",
        "验证码a",
        "验证码:a b",
        "account add\t",
        "!账号添加a,",
        "!账号 共享 a 群 ",
        "!账号,删除,",
        "!登录\n",
        "!\\n",
        "!改密码 ",
        "账号=a:",
        "账号=",
    ),
    *("a", " ", '"', "\\", "pass ", "b'", "=", "sid=>", "bearer "),
]


@pytest.mark.parametrize("piece", HOSTILE)
def test_hostile_lines_of_any_length_end(piece: str) -> None:
    """At 10,000 characters a rule of quadratic cost would be slow; at ten times as many it would take minutes."""
    for prefix in ("", "password", "cookie=", 'token="', "token=bearer ", "http://"):
        for length in (10_000, 100_000):
            hostile = prefix + piece * (length // len(piece))
            assert len(redact(hostile)) <= len(hostile) * 6


@pytest.mark.parametrize(
    "hint",
    [
        "私聊我发送 !账号 添加 昵称 学号 密码",
        "没有登录：私聊我发送 !登录 小陈；再发送 !账号 更新 小陈 学号 密码",
        "请发送 !账号 更新 小陈 学号 密码 改好，再发送 !登录 小陈",
    ],
)
def test_our_own_advice_stays_readable(hint: str) -> None:
    assert redact(hint) == hint
