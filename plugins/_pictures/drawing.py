"""Drawing beside the chat: one picture at a time, in a thread of its own, and never at the price of the reply."""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final

_PATIENCE_SECONDS: Final = 10.0
"""For one picture, those before it included; drawing the largest takes about one."""
_EASEL: Final = ThreadPoolExecutor(max_workers=1, thread_name_prefix="drawing")
"""Not the pool that everything else of the process shares: a slow picture keeps only pictures waiting."""

logger = logging.getLogger("sja.chat")


async def drawn(draw: Callable[[], bytes | None], patience_seconds: float = _PATIENCE_SECONDS) -> bytes | None:
    """What `draw` draws; None where it draws nothing, takes too long, or fails, which is logged: there is a text that
    says the same. Raises nothing but cancellation."""
    try:
        async with asyncio.timeout(patience_seconds):
            return await asyncio.get_running_loop().run_in_executor(_EASEL, draw)
    except TimeoutError:
        logger.warning("a picture took more than %g s", patience_seconds)
    except Exception:
        logger.exception("a picture could not be drawn")
    return None
