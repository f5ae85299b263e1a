"""Requests, complaints and information slips."""

from service.models.requests import Channel, EightD, Escalation, Kind, Priority, RequestEvent, ServiceRequest, State
from service.models.slips import InformationSlip, SlipCounter

__all__ = [
    "Channel",
    "EightD",
    "Escalation",
    "InformationSlip",
    "Kind",
    "Priority",
    "RequestEvent",
    "ServiceRequest",
    "SlipCounter",
    "State",
]
