"""Clients, who owns them, what they bought, and the tiers that follow from it."""

from clients.models.campaigns import Campaign, CampaignMaterial, CampaignTarget, ProductSurvey, SurveyReply
from clients.models.client import Client, Contact, Kind, Ownership, Stage, TeamMember
from clients.models.deals import Contract, ContractStep, Loan, LoanCheck
from clients.models.duplicates import DuplicatePair, Merge
from clients.models.facts import FactChange, FactMark, MonthlyFact, Upload, UploadProblem
from clients.models.files import Attachment
from clients.models.handover import Handover, HandoverClient, LeaveCover
from clients.models.lists import AttributeDefinition, BulkChange, BulkChangeRow, SavedView, Tag
from clients.models.offers import Opportunity, OpportunityMove, Referral
from clients.models.products import Holding, Product, ProductClass
from clients.models.tiers import ClientTier, ServiceStandard, TierResult, TierScheme
from clients.models.value import ClientValue, StageChange, StageHold

__all__ = [
    "Attachment",
    "AttributeDefinition",
    "BulkChange",
    "BulkChangeRow",
    "Campaign",
    "CampaignMaterial",
    "CampaignTarget",
    "Client",
    "ClientTier",
    "ClientValue",
    "Contact",
    "Contract",
    "ContractStep",
    "DuplicatePair",
    "FactChange",
    "FactMark",
    "Handover",
    "HandoverClient",
    "Holding",
    "Kind",
    "LeaveCover",
    "Loan",
    "LoanCheck",
    "Merge",
    "MonthlyFact",
    "Opportunity",
    "OpportunityMove",
    "Ownership",
    "Product",
    "ProductClass",
    "ProductSurvey",
    "Referral",
    "SavedView",
    "ServiceStandard",
    "Stage",
    "StageChange",
    "StageHold",
    "SurveyReply",
    "Tag",
    "TeamMember",
    "TierResult",
    "TierScheme",
    "Upload",
    "UploadProblem",
]
