"""What somebody who is too fast is told, once."""


def too_fast(seconds: int, *, together: bool) -> str:
    """`together`: all people of the group are."""
    return f"⏱️ {'群里' if together else ''}说得太快了，{seconds} 秒后再发"
