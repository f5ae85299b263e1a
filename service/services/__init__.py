"""Verbs on requests and slips."""

from service.services.life import act, write_eight_d
from service.services.register import register

__all__ = ["act", "register", "write_eight_d"]
