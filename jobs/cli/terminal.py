"""A terminal in which somebody types while messages arrive, or a pipe that plays the typist."""

import asyncio
import sys
import threading
import unicodedata


class Terminal:
    """Standard input and output. `typed_by_hand`: a person sits there, so there is a prompt and no echo."""

    def __init__(self) -> None:
        self.typed_by_hand = sys.stdin.isatty()
        self._prompt = ""
        # A reader of our own, because `sys.stdin` would end the conversation at the first byte that is no text.
        self._lines = open(sys.stdin.fileno(), encoding=sys.stdin.encoding, errors="replace", closefd=False)  # noqa: SIM115

    async def read(self, prompt: str) -> str | None:
        """The next line without its end, None after the last. The prompt is shown to people only."""
        self._show_prompt(prompt if self.typed_by_hand else "")
        line: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        threading.Thread(target=self._read_into, args=(line,), daemon=True).start()
        text = await line
        self._prompt = ""
        return text.rstrip("\r\n") if text else None

    def show(self, text: str) -> None:
        """Prints a message, above the prompt if there is one."""
        erase = "\r\033[K" if self._prompt else ""
        print(erase + showable(text), flush=True)
        self._show_prompt(self._prompt)

    def _show_prompt(self, prompt: str) -> None:
        self._prompt = prompt
        print(prompt, end="", flush=True)

    def _read_into(self, line: asyncio.Future[str]) -> None:
        text = self._lines.readline()
        line.get_loop().call_soon_threadsafe(_settle, line, text)


def showable(text: str) -> str:
    """Text in which nothing steers the terminal: control, direction and zero-width characters are spelt out."""
    return "".join(char if _is_harmless(char) else f"\\u{ord(char):04x}" for char in text.expandtabs(4))


def _is_harmless(char: str) -> bool:
    return char.isprintable() or char == "\n" or unicodedata.category(char) == "Zs"  # spaces of any width


def _settle(line: asyncio.Future[str], text: str) -> None:
    if not line.done():
        line.set_result(text)
