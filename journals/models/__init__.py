"""Journals and their reviews, samples of them, meetings, and what is shared."""

from journals.models.joint import JointWork
from journals.models.journal import Journal, JournalKind, JournalVersion, Review
from journals.models.meeting import Action, Attendance, Meeting
from journals.models.plan import MarketingPlan, PlanItem
from journals.models.sample import Draw, SampledJournal, SecondReading
from journals.models.sharing import Article, ArticleRead, Idea, Phrase

__all__ = [
    "Action",
    "Article",
    "ArticleRead",
    "Attendance",
    "Draw",
    "Idea",
    "JointWork",
    "Journal",
    "JournalKind",
    "JournalVersion",
    "MarketingPlan",
    "Meeting",
    "Phrase",
    "PlanItem",
    "Review",
    "SampledJournal",
    "SecondReading",
]
