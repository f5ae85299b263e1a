"""Schemes, runs, scorecards, soft scores and appeals."""

from kpi.models.inputs import ManagerValue, SoftScore
from kpi.models.run import Appeal, Grade, Run, Scorecard, ScoreLine
from kpi.models.scheme import Scheme

__all__ = ["Appeal", "Grade", "ManagerValue", "Run", "Scheme", "ScoreLine", "Scorecard", "SoftScore"]
