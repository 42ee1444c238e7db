"""Who says a sentence is found where it says so, and nowhere else."""

from __future__ import annotations

import time

import pytest

from index.conversation.speech import is_said, speaker_in


@pytest.mark.parametrize(
    ("text", "speaker"),
    [
        ("It will cost $6.8 million, according to a summary.", "according to a summary"),
        ("About 2,300 people marched on Saturday, the police said.", "the police said"),
        ("Organizers said 6,000 people took part.", "Organizers said"),
        ("“It was never safe,” said engineer Ada Lund.", "said engineer Ada Lund."),
        ("“We are,” said a spokesman for the city.", "said a spokesman for the city"),
        ("A weld is to blame, the city's chief engineer said on Wednesday.", "the city's chief engineer said"),
        ("In a report to the mayor, Dr. Ingrid P. Malloch wrote that it cracked.", "Dr. Ingrid P. Malloch wrote"),
        ("Lucan J. Threlfall, the commissioner, told the inquiry so.", "Lucan J. Threlfall, the commissioner, told"),
        ("Two trucks moved, and Mayor Ruthanne Okerlund said a doctor would come.", "and Mayor Ruthanne Okerlund said"),
    ],
)  # fmt: skip
def test_a_sentence_names_its_speaker(text: str, speaker: str) -> None:
    place = speaker_in(text)
    assert place is not None
    assert text[slice(*place)] == speaker
    assert is_said(text)


@pytest.mark.parametrize(
    "text",
    [
        "He said it was fine.",
        "“No,” she said.",
        "It was over, and they told nobody.",
        "It is over, according to him.",
        "The United States wants Israel to let in aid.",
        "The bridge closes in May.",
    ],
)
def test_a_pronoun_names_nobody(text: str) -> None:
    assert speaker_in(text) is None


def test_a_long_text_is_looked_through_in_no_time() -> None:
    started = time.perf_counter()
    for text in ("The very old man and his " * 400, "A, " * 3_000, "“" * 3_000, "According to " * 800):
        speaker_in(text)
    assert time.perf_counter() - started < 2
