"""Products, holdings, contracts, loans and what is offered, in a line each."""

import datetime as dt
import itertools

from clients.models import (
    Campaign,
    CampaignTarget,
    Contract,
    Loan,
    Opportunity,
    Product,
    ProductClass,
    ProductSurvey,
    Referral,
    SurveyReply,
)
from clients.services import campaigns, loans, opportunities, products, surveys
from crm.lib import periods

NUMBERS = itertools.count(1)


def days(n):
    """So many days from today."""
    return periods.today() + dt.timedelta(days=n)


def product(organisation, name="云栖（软）", nature="goods", **values):
    """A product with a class of its nature."""
    found, _created = ProductClass.objects.get_or_create(
        organisation=organisation, code=nature, defaults={"name": nature, "nature": nature}
    )
    return Product.objects.create(
        organisation=organisation, product_class=found, code=f"P{next(NUMBERS)}", name=name, **values
    )


def contract(client, **values):
    """A signed contract that runs."""
    values = {"signed_on": days(-300), "starts_on": days(-300), "ends_on": days(65)} | values
    return Contract.objects.create(
        client=client,
        organisation_id=client.organisation_id,
        number=f"C{next(NUMBERS)}",
        title="终端合作协议",
        **values,
    )


def loan(client, **values):
    """A loan with its duty."""
    values = {"principal": 500_000, "balance": 400_000, "granted_on": days(-100), "due_on": days(265)} | values
    return loans.save_loan(Loan(client=client, number=f"L{next(NUMBERS)}", **values), None)


def opportunity(client, **values):
    """An open opportunity of the client's owner."""
    values = {"title": "代发工资", "amount": 200_000} | values
    return opportunities.open_opportunity(Opportunity(client=client, owner=client.owner, **values), client.owner)


def campaign(unit, by, **values):
    """A campaign that runs."""
    values = {"name": "新品推广", "starts_on": days(-5), "ends_on": days(25)} | values
    return campaigns.save_undertaking(Campaign(unit=unit, **values), by)


def target(found, client):
    """A client on a campaign's list."""
    return CampaignTarget.objects.get_or_create(campaign=found, client=client)[0]


QUESTIONS = "口味打几分\n愿意上柜吗 | yes_no\n合适的价位 | choice | 20元以下 / 20至30元\n首批要几条 | number"


def survey(unit, by, **values):
    """A survey with one question of each type."""
    values = {"name": "新品上市前调查", "starts_on": days(-5), "ends_on": days(15)} | values
    made = ProductSurvey(unit=unit, questions=surveys.questions_of(QUESTIONS), **values)
    return campaigns.save_undertaking(made, by)


def reply(found, client):
    """A client on a survey's list."""
    return SurveyReply.objects.get_or_create(survey=found, client=client)[0]


def referral(client, **values):
    """Somebody whom a client has recommended us to."""
    return Referral.objects.create(
        client=client, organisation_id=client.organisation_id, name="隔壁王老板", referred_on=days(-10), **values
    )


def has(client, found, **values):
    """The client has the product."""
    return products.take_up(client, found, client.owner, **values)
