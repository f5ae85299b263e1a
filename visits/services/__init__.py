"""Verbs on visits."""

from visits.services.judge import judge_flag, may_verify, verify
from visits.services.log import Logged, log_visit, may_log, revise_visit
from visits.services.photos import add_photo

__all__ = ["Logged", "add_photo", "judge_flag", "log_visit", "may_log", "may_verify", "revise_visit", "verify"]
