"""Clients, who owns them, what they bought, and the tiers that follow from it."""

from clients.models.client import Client, Contact, Kind, Ownership, Stage, TeamMember
from clients.models.deals import Contract, ContractStep, Loan, LoanCheck
from clients.models.facts import MonthlyFact, Upload, UploadProblem
from clients.models.lists import AttributeDefinition, BulkChange, BulkChangeRow, Export, SavedView, Tag
from clients.models.products import Holding, Product, ProductClass
from clients.models.tiers import ClientTier, ServiceStandard, TierResult, TierScheme

__all__ = [
    "AttributeDefinition",
    "BulkChange",
    "BulkChangeRow",
    "Client",
    "ClientTier",
    "Contact",
    "Contract",
    "ContractStep",
    "Export",
    "Holding",
    "Kind",
    "Loan",
    "LoanCheck",
    "MonthlyFact",
    "Ownership",
    "Product",
    "ProductClass",
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
