"""Which language a text is in, by its small words; four are read, others leave only the structured facts."""

from collections import Counter
from collections.abc import Iterable

from worker.core.assessment import Speaker
from worker.core.thread import Thread
from worker.core.words import split_words

READ = ("en", "de", "es", "fr")
_SMALL = {
    "en": "the and is to of we our you that it for not have"
    " this with are on in your i can was be at since from please",
    "de": "der die das und ist nicht wir sie ich mit auf fur ein"
    " eine es bei seit den im von haben kann bitte unser unsere auch",
    "es": "el la los las que de y en no con por para se un una nos desde hemos esta es del al como buenos nuestro su",
    "fr": "le la les de et en ne pas nous vous est un une que"
    " des pour dans sur depuis avec au notre du je ce bonjour",
    "it": "il di che e non per sono della con del abbiamo gli anche una alla nel dei ci siamo buongiorno",
    "nl": "de het een en van is niet wij dat met voor zijn op te aan ook naar geen onze wij kunnen goedemorgen",
    "pt": "o a os as que de e em nao com por para um uma nos do da ao foi esta sao bom dia",
    "sv": "och att det som en pa ar av for inte med vi till den har om ett hej kan vara",
    "da": "og at det som en pa er af for ikke med vi til den har om et hej kan vaere",
    "pl": "i w na nie ze sie do jest to z od jak dla czy po mamy prosze dzien dobry",
}
_SCRIPTS = (
    ("ja", 0x3040, 0x30FF),
    ("ko", 0xAC00, 0xD7AF),
    ("zh", 0x4E00, 0x9FFF),
    ("ru", 0x0400, 0x04FF),
    ("ar", 0x0600, 0x06FF),
    ("he", 0x0590, 0x05FF),
    ("el", 0x0370, 0x03FF),
    ("th", 0x0E00, 0x0E7F),
    ("hi", 0x0900, 0x097F),
)
_WORDS = {
    word: [name for name, words in _SMALL.items() if word in words.split()]
    for words in _SMALL.values()
    for word in words.split()
}
_LONGEST = 4_000
_SCRIPT_SHARE = 0.3


def tell_language(text: str) -> str:
    """The ISO 639-1 code of the language that most small words or letters speak for; English when none does."""
    sample = text[:_LONGEST]
    script = _tell_script(sample)
    if script:
        return script
    votes: Counter[str] = Counter()
    for word in split_words(sample):
        for name in _WORDS.get(word.text, ()):
            votes[name] += 1
    best = votes.most_common(1)
    return best[0][0] if best else "en"


def read_language(thread: Thread) -> tuple[str, bool]:
    """The customer's language, and whether anything in the thread is in a language that is read."""
    told = tell_language(_gather(thread, (Speaker.CUSTOMER,)) or _gather(thread, tuple(Speaker)))
    ours = [one.text for one in thread.utterances if one.is_ours]
    return told, told in READ or any(tell_language(text) in READ for text in ours if text)


def _gather(thread: Thread, speakers: Iterable[Speaker]) -> str:
    wanted = set(speakers)
    return "\n".join([one.text for one in thread.utterances if one.speaker in wanted][:6])[:_LONGEST]


def _tell_script(sample: str) -> str:
    if sample.isascii():
        return ""
    letters = [ord(letter) for letter in sample if letter.isalpha()]
    for name, low, high in _SCRIPTS:
        if letters and sum(low <= code <= high for code in letters) > _SCRIPT_SHARE * len(letters):
            return name
    return ""
