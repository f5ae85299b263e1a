"""Journals and their reviews, samples of them, meetings, and what is shared."""

from journals.models.journal import Journal, JournalKind, JournalVersion, Review
from journals.models.sample import Draw, SampledJournal, SecondReading

__all__ = [
    "Draw",
    "Journal",
    "JournalKind",
    "JournalVersion",
    "Review",
    "SampledJournal",
    "SecondReading",
]
