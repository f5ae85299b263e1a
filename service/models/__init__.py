"""Requests, complaints, information slips and surveys."""

from service.models.links import ClientLink
from service.models.requests import (
    Channel,
    EightD,
    Escalation,
    Kind,
    Priority,
    RequestEvent,
    RequestPhoto,
    ServiceRequest,
    State,
)
from service.models.slips import InformationSlip, SlipCounter
from service.models.surveys import Answer, Invitation, Recheck, RecheckDraw, Survey, Wave, WavePopulation

__all__ = [
    "Answer",
    "Channel",
    "ClientLink",
    "EightD",
    "Escalation",
    "InformationSlip",
    "Invitation",
    "Kind",
    "Priority",
    "Recheck",
    "RecheckDraw",
    "RequestEvent",
    "RequestPhoto",
    "ServiceRequest",
    "SlipCounter",
    "State",
    "Survey",
    "Wave",
    "WavePopulation",
]
