"""Clients, who owns them, what they bought, and the tiers that follow from it."""

from clients.models.client import Client, Contact, Kind, Ownership, Stage, TeamMember
from clients.models.facts import MonthlyFact, Upload, UploadProblem
from clients.models.lists import AttributeDefinition, BulkChange, BulkChangeRow, Export, SavedView, Tag
from clients.models.tiers import ClientTier, ServiceStandard, TierResult, TierScheme

__all__ = [
    "AttributeDefinition",
    "BulkChange",
    "BulkChangeRow",
    "Client",
    "ClientTier",
    "Contact",
    "Export",
    "Kind",
    "MonthlyFact",
    "Ownership",
    "SavedView",
    "ServiceStandard",
    "Stage",
    "Tag",
    "TeamMember",
    "TierResult",
    "TierScheme",
    "Upload",
    "UploadProblem",
]
