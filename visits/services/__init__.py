"""Verbs on visits."""

from visits.services.inspect import drop_inspection, may_publish, plan_inspection, publish
from visits.services.judge import judge_flag, may_verify, verify
from visits.services.log import Logged, log_visit, may_log, revise_visit
from visits.services.observe import may_observe, observe
from visits.services.photos import add_photo

__all__ = [
    "Logged",
    "add_photo",
    "drop_inspection",
    "judge_flag",
    "log_visit",
    "may_log",
    "may_observe",
    "may_publish",
    "may_verify",
    "observe",
    "plan_inspection",
    "publish",
    "revise_visit",
    "verify",
]
