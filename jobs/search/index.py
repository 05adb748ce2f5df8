"""All ways to say the presets, by their sound, and how near a text comes to them."""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Final

from msgspec import Struct

from jobs.models.venue import Preset
from jobs.search.forms import Form, forms_of
from jobs.search.sounds import blurred, is_han, syllable

_SHORTEST_INITIALS: Final = 2
_FIRST_SYLLABLE: Final = 0xE000
"""Unicode's private characters: one stands for each syllable."""
_SWAPPED_COUNTS: Final = 0.98
"""Of a likeness by whole syllables, which says less of a long text than one by letters."""


class Heard(Struct, frozen=True):
    """A text by its sound: `letters` blurred, `syllables` one character each, empty where it is not all Chinese."""

    letters: str
    syllables: str


class Index:
    """Made once for some presets."""

    def __init__(self, presets: Sequence[Preset]) -> None:
        self._syllables: dict[str, str] = {}
        self._exact: dict[str, set[int]] = {}
        self._with_venue: dict[str, set[int]] = {}
        self._letters: dict[str, set[int]] = {}
        self._by_syllable: dict[str, set[int]] = {}
        self._presets = tuple(presets)
        for place, preset in enumerate(presets):
            for form in forms_of(preset):
                self._add(place, form)

    def heard(self, text: str) -> Heard:
        known = all(is_han(character) for character in text)
        syllables = "".join(self._one(blurred(syllable(one))) for one in text) if known else ""
        return Heard(blurred("".join(map(syllable, text))), syllables)

    def exactly(self, text: str) -> list[Preset]:
        """The presets that a text names by sound or by initials, letter for letter."""
        return [self._presets[place] for place in sorted(self._exact.get(self.heard(text).letters, ()))]

    def with_venue(self, text: str) -> list[Preset]:
        """As `exactly`, of what names a venue: a sport alone does not."""
        return [self._presets[place] for place in sorted(self._with_venue.get(self.heard(text).letters, ()))]

    def likeness(self, text: str) -> dict[Preset, float]:
        """How near a text comes to each preset, from 0.5 to 1; those further off are left out."""
        from rapidfuzz import process  # noqa: PLC0415 - only a search needs it
        from rapidfuzz.distance import OSA, Levenshtein  # noqa: PLC0415

        heard = self.heard(text)
        near = dict.fromkeys(self._exact.get(heard.letters, ()), 1.0)

        def take(found: Iterable[tuple[str, float, object]], keys: Mapping[str, set[int]], counts: float) -> None:
            for key, score, _ in found:
                for place in keys[key]:
                    near[place] = max(near.get(place, 0.0), score * counts)

        letters = process.extract(
            heard.letters, self._letters.keys(), scorer=Levenshtein.normalized_similarity, score_cutoff=0.5, limit=None
        )
        take(letters, self._letters, 1.0)
        if heard.syllables:
            said, keys = heard.syllables, self._by_syllable.keys()
            swapped = process.extract(said, keys, scorer=OSA.normalized_similarity, score_cutoff=0.5, limit=None)
            take(swapped, self._by_syllable, _SWAPPED_COUNTS)
        return {self._presets[place]: likeness for place, likeness in near.items()}

    def _add(self, place: int, form: Form) -> None:
        said = (form.sport, form.venue) if form.is_turned else (form.venue, form.sport)
        whole = "".join(said)
        if whole.isascii():
            self._exact.setdefault(whole, set()).add(place)
            return
        full = ["".join(map(syllable, part)) for part in said]
        initials = ["".join(syllable(one)[:1] for one in part) for part in said]
        for keys in ([*full], [full[0], initials[1]], [initials[0], full[1]], initials):
            letters = blurred("".join(keys))
            if len(letters) >= _SHORTEST_INITIALS:
                self._exact.setdefault(letters, set()).add(place)
                if form.venue:
                    self._with_venue.setdefault(letters, set()).add(place)
        self._letters.setdefault(blurred("".join(full)), set()).add(place)
        if all(map(is_han, whole)):
            heard = "".join(self._one(blurred(syllable(one))) for one in whole)
            self._by_syllable.setdefault(heard, set()).add(place)

    def _one(self, sound: str) -> str:
        return self._syllables.setdefault(sound, chr(_FIRST_SYLLABLE + len(self._syllables) % 6000))


@lru_cache(maxsize=8)
def index_of(presets: tuple[Preset, ...]) -> Index:
    return Index(presets)
