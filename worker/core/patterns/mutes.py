"""Everyday requests that the policy wants to hear nothing of."""

from collections.abc import Sequence

from mappings.patterns import Mute
from worker.core.patterns.cleaning import clean_body, clean_subject
from worker.core.patterns.phrases import PhraseIndex
from worker.core.patterns.reading import split_folded


class MuteList:
    """The policy's mutes, ready to be compared with tickets."""

    def __init__(self, mutes: Sequence[Mute]) -> None:
        self._phrases = PhraseIndex(
            {mute.id: [" ".join(phrase.lower().split()) for phrase in mute.phrases] for mute in mutes}
        )
        self._empty = not mutes

    def covers(self, subject: str, body: str) -> bool:
        """True when the ticket's own words hold a muted phrase."""
        if self._empty:
            return False
        words = split_folded(f"{clean_subject(subject)} . {clean_body(body, '')}")
        return next(self._phrases.find(words), None) is not None
