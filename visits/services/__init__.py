"""Verbs on visits."""

from visits.services.judge import judge_flag, may_verify, verify
from visits.services.log import Logged, log_visit, may_log, revise_visit

__all__ = ["Logged", "judge_flag", "log_visit", "may_log", "may_verify", "revise_visit", "verify"]
