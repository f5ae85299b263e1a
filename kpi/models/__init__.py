"""Schemes, runs, scorecards, soft scores and appeals."""

from kpi.models.inputs import ManagerValue, SoftScore
from kpi.models.run import Appeal, Grade, Run, RunEvent, Scorecard, ScoreLine
from kpi.models.scheme import Scheme

__all__ = ["Appeal", "Grade", "ManagerValue", "Run", "RunEvent", "Scheme", "ScoreLine", "Scorecard", "SoftScore"]
