"""From an empty home to a paid court and back, with `sja` alone: no bot runs, the platform is the demo one."""

import json
import os
import re
import select
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from platform_site import Reader, demo_platform
from terminal_site import Answer, Shell, at_terminal, is_refusal, read_until

from jobs.venues.demo.control import Control

PASSWORD = "demo"


@pytest.fixture
def platform(shell: Shell) -> Iterator[Control]:
    with demo_platform(shell.home) as control:
        yield control


def add(shell: Shell, nickname: str, user: str, *more: str) -> None:
    words = ("accounts", "add", nickname, "--user", user, *more, "--password-stdin")
    assert shell.sja(*words, typed=PASSWORD).code == 0


def log_in(shell: Shell, platform: Control, nickname: str, *mistakes: str) -> Answer:
    return shell.sja("accounts", "login", nickname, typed=Reader(platform, *mistakes))


def free(shell: Shell, *words: str) -> list[tuple[str, int, str]]:
    found = json.loads(shell.sja("slots", "5", *words, "--json").out)
    return [(slot["date"], slot["hour"], slot["court"]) for day in found["days"] for slot in day["slots"]]


def orders(shell: Shell, *words: str) -> list[dict[str, object]]:
    return [
        order for one in json.loads(shell.sja("orders", *words, "--json").out)["accounts"] for order in one["orders"]
    ]


def test_from_nothing_to_an_order_and_back(shell: Shell, platform: Control) -> None:
    add(shell, "czq", "5210001")
    logged_in = log_in(shell, platform, "czq")
    assert (logged_in.code, logged_in.err) == (0, "")
    assert "✅ czq 已登录" in logged_in.out
    assert "已登录" in shell.sja("accounts", "status").out

    date, hour, _court = free(shell, "--date", "后天")[0]
    booked = shell.sja("book", "5", date, str(hour))
    assert (booked.code, booked.err) == (0, "（机器人没有在运行：它启动后才会提醒付款，核对不确定的订单）\n")
    assert "🎉 账号 czq 订到了" in booked.out
    (order,) = orders(shell)
    assert (order["state"], order["date"]) == ("unpaid", date)
    assert str(order["id"]) in booked.out
    assert [each["id"] for each in platform.ledger() if each["user"] == "5210001"] == [order["id"]]

    listed = shell.sja("orders", "czq").out
    assert "⏰ 待付款" in listed
    assert "付款期限" in listed
    assert f"付款链接：sja pay {order['id']}" in listed
    paying = shell.sja("pay", str(order["id"])[-6:])
    assert paying.code == 0
    assert re.fullmatch(r"https?://\S+", paying.out.strip())
    assert paying.out.count("sign=") == 1

    asked = shell.sja("order-cancel", str(order["id"])[-6:])
    assert is_refusal(asked)
    assert "--yes" in asked.err
    cancelled = shell.sja("order-cancel", str(order["id"]), "--yes")
    assert (cancelled.code, cancelled.err) == (0, "")
    assert cancelled.out.startswith(f"↩️ 已取消订单 {order['id']}")
    assert [each["state"] for each in orders(shell)] == ["cancelled"]
    assert is_refusal(shell.sja("order-cancel", str(order["id"]), "--yes"))


def test_a_wrong_answer_and_a_wish_for_another_picture_end_no_login(shell: Shell, platform: Control) -> None:
    add(shell, "czq", "5210001")
    answer = log_in(shell, platform, "czq", "xxxx", "换一张", "", "9")
    assert answer.code == 0
    assert "验证码不对，还可以再试" in answer.err
    assert answer.out.count("验证码图片") == 5


def test_a_second_factor_is_asked_for(shell: Shell, platform: Control) -> None:
    add(shell, "czq", "52100012fa")
    answer = log_in(shell, platform, "czq")
    assert answer.code == 0, answer
    assert "二次验证" in answer.out


def test_a_wrong_password_says_how_to_mend_it(shell: Shell, platform: Control) -> None:
    words = ("accounts", "add", "czq", "--user", "5210001", "--password-stdin")
    assert shell.sja(*words, typed="S3cret").code == 0
    answer = log_in(shell, platform, "czq")
    assert answer.code == 1
    assert "sja accounts update czq --user 学号" in answer.err
    assert "S3cret" not in answer.err + answer.out
    assert "sja accounts update czq" in shell.sja("accounts", "list").out


def test_a_login_without_an_answer_leaves_nothing_behind(shell: Shell, platform: Control) -> None:
    add(shell, "czq", "5210001")
    answer = shell.sja("accounts", "login", "czq", typed="")
    assert answer.code == 1
    assert "没有登录" in answer.err
    picture = Path(answer.out.split("：")[-1].strip())
    assert not picture.exists()
    assert not picture.parent.exists()


@pytest.mark.skipif(sys.platform != "linux", reason="controls a terminal")
def test_ctrl_c_ends_the_wait_for_letters_at_once(shell: Shell, platform: Control) -> None:
    add(shell, "czq", "5210001")
    with at_terminal("accounts", "login", "czq") as (process, terminal):
        shown = read_until(terminal, "换一张）：".encode())
        os.write(terminal, b"\x03")
        shown += read_until(terminal, None)
        assert process.wait(timeout=60) == 1
    assert "没有登录" in shown.decode()
    assert "Traceback" not in shown.decode()
    picture = Path(re.findall(r"：(/\S+)", shown.decode())[0])
    assert not picture.parent.exists()


@pytest.mark.skipif(os.name != "posix", reason="modes")
def test_the_picture_is_for_the_eyes_of_its_owner_and_no_argument_has_the_letters(
    shell: Shell, platform: Control
) -> None:
    add(shell, "czq", "5210001")
    command = [sys.executable, "-m", "jobs", "accounts", "login", "czq"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin
        assert process.stdout
        assert select.select([process.stdout], [], [], 30)[0]
        picture = Path(process.stdout.readline().decode().split("：")[-1].strip())
        modes = [stat.S_IMODE(path.stat().st_mode) for path in (picture, picture.parent)]
        is_picture = picture.read_bytes()[:4] == b"\x89PNG"
        letters = platform.last_captcha()
        process.stdin.write(letters.encode() + b"\n")
        process.stdin.flush()
        out, _ = process.communicate(timeout=60)
    assert (process.returncode, "已登录" in out.decode()) == (0, True)
    assert (modes, is_picture) == ([0o600, 0o700], True)
    assert not picture.exists()
    written = [path for path in shell.home.rglob("*") if path.is_file() and "demo" not in path.parts]
    assert [path for path in written if letters.encode() in path.read_bytes()] == []


def test_each_account_gets_a_court_of_its_own_and_who_got_none_is_told_beside(shell: Shell, platform: Control) -> None:
    add(shell, "czq", "5210001")
    add(shell, "sty", "5210002", "--owner", "10001")
    add(shell, "out", "5210003")
    for nickname in ("czq", "10001/sty"):
        assert log_in(shell, platform, nickname).code == 0
    date, hour, _court = free(shell, "--date", "后天")[0]
    answer = shell.sja("book", "5", date, f"{hour},{hour + 1}", "--users", "czq,sty,out")
    assert answer.code == 1, "one of them got none"
    assert "订到了" in answer.out
    assert "账号 out" in answer.err
    assert "sja accounts login out" in shell.sja("orders", "out").err
    sold = [(each["user"], each["spaces"][0]["court"]) for each in platform.ledger() if each["user"] != "rival"]
    assert len(sold) == 2
    assert {user for user, _ in sold} == {"5210001", "5210002"}


def test_what_cannot_be_booked_is_one_sentence_with_the_next_step(shell: Shell, platform: Control) -> None:
    nobody = shell.sja("book", "5", "明天", "19")
    assert is_refusal(nobody)
    assert "sja accounts add" in nobody.err
    assert is_refusal(shell.sja("orders"))
    add(shell, "czq", "5210001")
    for words, said in [
        (("book", "5", "明天", "19"), "sja accounts login czq"),
        (("book", "5", "+30", "19"), "sja create-booking"),
        (("book", "5", "昨天", "19"), "已经过去"),
        (("book", "5", "明天", "6"), "7-21"),
        (("book", "27", "明天", "19"), "没有可预订的项目"),
        (("book", "nowhere", "明天", "19"), "sja presets"),
        (("book", "学生中心", "明天", "19"), "请写编号"),
        (("slots", "5", "--date", "+30"), "才放出"),
        (("order-cancel", "123456789", "--yes"), "没有找到订单"),
    ]:
        answer = shell.sja(*words)
        assert is_refusal(answer), (words, answer)
        assert said in answer.err, words
        assert "!" not in answer.err


def test_free_slots_are_shown_by_day_and_hour(shell: Shell, platform: Control) -> None:
    shown = shell.sja("slots", "气膜羽毛球")
    assert shown.code == 0
    assert shown.out.startswith("🎾 5 气膜体育中心·羽毛球\n")
    assert "预订：sja book 5 " in shown.out
    assert {date for date, _, _ in free(shell, "--date", "明天")} < {date for date, _, _ in free(shell)}


def test_presets_are_searched_as_in_a_chat(shell: Shell) -> None:
    for words in ("hydymq", "获鹰东羽毛求", "huoyingdong yumaoqiu", "羽毛球霍英东"):
        found = json.loads(shell.sja("presets", words, "--json").out)["presets"]
        assert found[0]["number"] == 18, words
    assert "没有与“月球基地”相符的预设" in shell.sja("presets", "月球基地").err
    guessed = shell.sja("book", "获鹰东羽毛求", "明天", "19")
    assert guessed.code == 1
    assert "是不是 18 霍英东体育中心·羽毛球？请写编号" in guessed.err


def test_the_platforms_own_list_of_venues_is_shown_beside_the_numbered_ones(shell: Shell, platform: Control) -> None:
    numbered = json.loads(shell.sja("presets", "--json").out)["presets"]
    now = json.loads(shell.sja("presets", "--refresh", "--json").out)["presets"]
    assert now[: len(numbered)] == numbered
