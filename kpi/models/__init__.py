"""Schemes, runs, scorecards, soft scores, appeals; careers, pay and coaching."""

from kpi.models.careers import Exam, ExamResult, GradeChange, GradeMove, PostGrade, Rotation, Term, Training
from kpi.models.coaching import CoachingAction, CoachingCase, CoachingType
from kpi.models.honours import Honour
from kpi.models.inputs import Adjustment, ImportedValue, ManagerValue, SoftScore
from kpi.models.pay import PayItem, PayLine, PayRules, PaySheet
from kpi.models.run import Appeal, CardComment, Grade, Run, RunEvent, Scorecard, ScoreLine
from kpi.models.scheme import Scheme

__all__ = [
    "Adjustment",
    "Appeal",
    "CardComment",
    "CoachingAction",
    "CoachingCase",
    "CoachingType",
    "Exam",
    "ExamResult",
    "Grade",
    "GradeChange",
    "GradeMove",
    "Honour",
    "ImportedValue",
    "ManagerValue",
    "PayItem",
    "PayLine",
    "PayRules",
    "PaySheet",
    "PostGrade",
    "Rotation",
    "Run",
    "RunEvent",
    "Scheme",
    "ScoreLine",
    "Scorecard",
    "SoftScore",
    "Term",
    "Training",
]
