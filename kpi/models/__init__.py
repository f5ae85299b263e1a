"""Schemes, runs, scorecards, soft scores and appeals."""

from kpi.models.honours import Honour
from kpi.models.inputs import Adjustment, ImportedValue, ManagerValue, SoftScore
from kpi.models.run import Appeal, Grade, Run, RunEvent, Scorecard, ScoreLine
from kpi.models.scheme import Scheme

__all__ = [
    "Adjustment",
    "Appeal",
    "Grade",
    "Honour",
    "ImportedValue",
    "ManagerValue",
    "Run",
    "RunEvent",
    "Scheme",
    "ScoreLine",
    "Scorecard",
    "SoftScore",
]
