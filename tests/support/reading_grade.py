"""How hard an English text is to read: the Flesch-Kincaid grade, an estimate of the years of school it needs.

Computed here: the packages that do so fetch word lists over the network. The estimate is on the strict side:
a digit counts as a syllable, up to four in a number, and so does a letter of an abbreviation in capitals.
"""

import re

_SENTENCE_END = re.compile(r"[.!?](?=\s|$)|\n\n")
_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9'’:.\-]*")
_VOWELS = re.compile(r"[aeiouy]+")
_SILENT_END = re.compile(r"(?<![aeiouyl])(e|ed|es)$|(?<=[aeiouy]l)(e|ed|es)$")
_MOST_OF_A_NUMBER = 4
_SOUNDED_ENDS = ("ted", "ded", "ches", "shes", "ses", "ces", "ges", "zes")


def sentences(text: str) -> list[str]:
    """Its sentences; the end of a paragraph ends one too."""
    return [part.strip() for part in _SENTENCE_END.split(text) if part.strip()]


def words(text: str) -> list[str]:
    """Its words, numbers and times of day."""
    return [word.rstrip(".:-'’") for word in _WORD.findall(text)]


def syllables(word: str) -> int:
    """How many syllables it has, about."""
    if any(character.isdigit() for character in word) or (word.isupper() and len(word) > 1):
        return min(sum(character.isalnum() for character in word), _MOST_OF_A_NUMBER)
    word = word.lower().replace("'", "")
    count = len(_VOWELS.findall(word))
    if count > 1 and _SILENT_END.search(word) and not word.endswith(_SOUNDED_ENDS):
        count -= 1
    return max(count, 1)


def words_a_sentence(text: str) -> float:
    """On average."""
    return len(words(text)) / len(sentences(text))


def grade(text: str) -> float:
    """The Flesch-Kincaid grade."""
    all_words = words(text)
    return (
        0.39 * len(all_words) / len(sentences(text))
        + 11.8 * sum(map(syllables, all_words)) / len(all_words)
        - 15.59
    )
