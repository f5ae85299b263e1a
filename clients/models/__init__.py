"""Clients, who owns them, what they bought, and the tiers that follow from it."""

from clients.models.client import Client, Contact, Kind, Ownership, Stage, TeamMember
from clients.models.facts import MonthlyFact, Upload, UploadProblem
from clients.models.tiers import ClientTier, ServiceStandard, TierResult, TierScheme

__all__ = [
    "Client",
    "ClientTier",
    "Contact",
    "Kind",
    "MonthlyFact",
    "Ownership",
    "ServiceStandard",
    "Stage",
    "TeamMember",
    "TierResult",
    "TierScheme",
    "Upload",
    "UploadProblem",
]
