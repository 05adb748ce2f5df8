"""Starts the job engine with the bot and stops it with it; refuses to start where that would be unsafe."""

import asyncio
import os
import sys
from functools import partial
from pathlib import Path
from typing import NoReturn
from zoneinfo import ZoneInfo

import nonebot
from nonebot.log import logger
from nonebot.plugin import PluginMetadata

from jobs import (
    OPERATOR,
    Bot,
    Chat,
    JobFilter,
    Pager,
    Refusal,
    Settings,
    SettingsError,
    Status,
    StoreUnavailable,
    load_settings,
    start_bot,
)
from plugins._onebot.administrators import Superusers
from plugins._onebot.courier import Courier
from plugins._onebot.listening import listens_in
from plugins._onebot.notifier import OneBotNotifier
from plugins._onebot.prefixes import prefixes_of
from plugins._onebot.safety import access_token, close_http_doors, refusal_of, websocket_url
from plugins._onebot.secrecy import keep_secrets_out_of_log
from plugins._pictures import font_trouble, use_font
from plugins._replies.welcome import findings_told, stopped, welcome

__plugin_meta__ = PluginMetadata(
    name="SJA 引擎",
    description="随机器人启动和停止的任务引擎",
    usage="随机器人启动",
    type="library",
    config=Settings,
    supported_adapters={"~onebot.v11"},
)

EXIT_REFUSED = 1
EXIT_WRONG_SETTING = 2


class RunningEngine:
    """The engine beside this bot: there between startup and shutdown."""

    def __init__(self, settings: Settings, superusers: Superusers) -> None:
        self._settings = settings
        self.superusers = superusers
        self._bot: Bot | None = None
        self.courier = Courier(lambda: (self._bot.settings if self._bot else settings).sja_chat_gap_seconds)

    @property
    def bot(self) -> Bot:
        """The running engine. Raises `RuntimeError` before startup and after shutdown."""
        if self._bot is None:
            raise RuntimeError("the engine is not running")
        return self._bot

    async def start(self) -> None:
        pager = Pager(self._settings.sja_escalation_url.get_secret_value())
        notifier = OneBotNotifier(ZoneInfo(self._settings.sja_timezone), self.courier, pager, listens=self._listens)
        try:
            self._bot = await start_bot(self._settings, notifier, self.superusers)
        except (Refusal, StoreUnavailable) as refusal:
            _leave(refusal.sentence, EXIT_REFUSED)
        except SettingsError as wrong:
            _leave(str(wrong), EXIT_WRONG_SETTING)
        self._bot.live.follow(partial(self._keep_up, self._bot, pager))
        self._bot.live.demand(_font_trouble)
        if trouble := await asyncio.to_thread(_font_trouble, self._bot.settings):
            self._bot.findings = (*self._bot.findings, f"{trouble}；图片先用系统的字体，没有就改发文字")
        for finding in self._bot.findings:
            logger.warning(finding)
        if self._bot.findings:
            self.superusers.tell("start", findings_told(self._bot.findings))

    def _listens(self, chat: Chat) -> bool:
        bot = self._bot
        return bot is None or listens_in(chat, bot.chats.of(chat.place), bot.settings)

    def _keep_up(self, bot: Bot, pager: Pager) -> None:
        """The settings may be others now."""
        use_font(bot.settings.sja_font)
        pager.use(bot.settings.sja_escalation_url.get_secret_value())
        self.superusers.become(bot.live.superusers)

    async def stop(self) -> None:
        self.courier.close()
        if self._bot is not None:
            running = self._bot.board.page(OPERATOR, JobFilter(status=Status.RUNNING), size=1).total
            await self._bot.close()
            await self.superusers.close()
            self._bot = None
            print(stopped(running), flush=True)

    def connected(self) -> None:
        """An account came online: what waits for its chats can go out, and what administrators should know."""
        self.bot.connected()
        self.superusers.connected()


def _font_trouble(settings: Settings) -> str | None:
    return font_trouble(settings.sja_font)


def _leave(sentence: str, code: int) -> NoReturn:
    """Ends the process from within its startup, with one line: the server would make a traceback of any exception.

    Nothing has been started yet that would want an orderly end.
    """
    print(sentence, file=sys.stderr, flush=True)
    sys.stdout.flush()
    os._exit(code)


def _settings() -> Settings:
    """The engine's settings; ends the process with one line when anything in the configuration forbids to start.

    `SystemExit`, because NoneBot goes on without a plugin that raises anything else.
    """
    try:
        # Read as the command line reads them: NoneBot's own configuration lacks what is set in the environment alone.
        settings = load_settings(Path.cwd())
    except SettingsError as wrong:
        refusal = str(wrong)
    else:
        refusal = refusal_of(nonebot.get_driver().config, sys.platform)
        if refusal is None:
            return settings
    print(refusal, file=sys.stderr, flush=True)
    raise SystemExit(EXIT_WRONG_SETTING)


_driver = nonebot.get_driver()
keep_secrets_out_of_log(prefixes_of(_driver.config))
ENGINE = RunningEngine(_settings(), Superusers(_driver.config.superusers))


@_driver.on_startup
async def _start() -> None:
    close_http_doors(nonebot.get_app())
    await ENGINE.start()
    settings, config = ENGINE.bot.settings, _driver.config
    print(
        welcome(
            url=websocket_url(config),
            has_token=bool(access_token(config)),
            provider=settings.sja_provider,
            home=settings.sja_home,
        ),
        flush=True,
    )


@_driver.on_shutdown
async def _stop() -> None:
    await ENGINE.stop()


@_driver.on_bot_connect
async def _connected() -> None:
    ENGINE.connected()
