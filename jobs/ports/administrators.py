"""Those who keep the machine: told what only they can mend, even when nothing can be written down."""

from typing import Protocol


class Administrators(Protocol):
    """Told by word of mouth: nothing of it is stored, for it is said when storing may be what fails."""

    def tell(self, topic: str, sentence: str) -> None:
        """Tells every administrator, now or as soon as one can be reached; a `topic` that lasts once an hour at most.

        `sentence` is Chinese and says what is wrong and what to do. Never fails, never blocks.
        """
        ...
