"""Errors that a person may read: what is wrong, and what to send instead."""


class Refusal(Exception):
    """A request that cannot be carried out as asked; nothing was changed.

    `sentence` is Chinese, complete, and free of secrets and tracebacks. It says what to do instead.
    """

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class NotFound(Refusal):
    """The thing named does not exist, or may not be seen by the one who asks."""


class NotAllowed(Refusal):
    """The thing can be seen, but not acted upon, by the one who asks."""


class Ambiguous(Refusal):
    """Several things fit the name."""
