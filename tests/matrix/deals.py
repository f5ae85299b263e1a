"""Rows of products, contracts, loans, opportunities, referrals, campaigns, product surveys and files."""

import uuid

from django.core.files.base import ContentFile

from clients.models import Attachment, CampaignMaterial, CampaignTarget, Holding, LoanCheck, SurveyReply
from clients.models.products import ProductClass
from tests.clients import deals
from tests.matrix.table import EVERYBODY, SEEN, Row, only

READERS = only("am", "supervisor", "hr", "admin")
LEADERS = only("supervisor", "hr", "admin")
KEEPERS = only("hr", "admin")
READ = {role: row for role, row in SEEN.items() if role != "back_office"}
WRITTEN = {"am": (200, 404, 404, 404), "supervisor": (200, 200, 404, 404), "admin": (200, 200, 200, 404)}
CHANGED = {role: tuple(302 if status == 200 else status for status in row) for role, row in WRITTEN.items()}
OF_ORGANISATION = dict.fromkeys(EVERYBODY, (200, 200, 200, 404))
KEPT = dict.fromkeys(KEEPERS, (200, 200, 200, 404))
# A campaign of a grid is seen there, above and nowhere beside it; leaders change those below them.
GRID_SEEN = {
    "am": (200, 404, 404, 404),
    "supervisor": (200, 200, 404, 404),
    "hr": (200, 200, 200, 404),
    "admin": (200, 200, 200, 404),
}
GRID_LED = {role: row for role, row in GRID_SEEN.items() if role != "am"}
GRID_ACTED = {role: tuple(302 if status == 200 else status for status in row) for role, row in GRID_LED.items()}


def a_client(world, relation):
    return {"pk": world.clients[relation].pk}


def organisation_of(world, relation):
    return world.other_organisation if relation == "other_org" else world.organisation


def a_product(world, relation):
    return {"pk": deals.product(organisation_of(world, relation)).pk}


def a_class(world, relation):
    organisation = organisation_of(world, relation)
    return {"pk": ProductClass.objects.create(organisation=organisation, code=uuid.uuid4().hex, name="一类烟").pk}


def a_holding(world, relation):
    client = world.clients[relation]
    found = deals.product(client.organisation)
    return {"pk": Holding.objects.create(client=client, organisation=client.organisation, product=found).pk}


def a_contract(world, relation):
    return {"pk": deals.contract(world.clients[relation]).pk}


def an_unsigned_contract(world, relation):
    return {"pk": deals.contract(world.clients[relation], signed_on=None).pk}


def a_step(world, relation):
    found = deals.contract(world.clients[relation])
    return {"pk": found.steps.create(title="付款", due_on=deals.days(3)).pk}


def a_loan(world, relation):
    return {"pk": deals.loan(world.clients[relation]).pk}


def a_check(world, relation):
    return {"pk": LoanCheck.objects.get(loan=deals.loan(world.clients[relation])).pk}


def an_opportunity(world, relation):
    return {"pk": deals.opportunity(world.clients[relation]).pk}


def a_referral(world, relation):
    return {"pk": deals.referral(world.clients[relation]).pk}


def a_campaign(world, relation):
    return {"pk": deals.campaign(world.units[relation], world.actors["admin"]).pk}


def a_survey(world, relation):
    return {"pk": deals.survey(world.units[relation], world.actors["admin"]).pk}


def a_target(world, relation):
    found = deals.campaign(organisation_of(world, relation), world.actors["admin"])
    return {"pk": CampaignTarget.objects.create(campaign=found, client=world.clients[relation]).pk}


def a_target_of_a_grid(world, relation):
    found = deals.campaign(world.units[relation], world.actors["admin"])
    return {"pk": CampaignTarget.objects.create(campaign=found, client=world.clients[relation]).pk}


def a_reply(world, relation):
    found = deals.survey(organisation_of(world, relation), world.actors["admin"])
    return {"pk": SurveyReply.objects.create(survey=found, client=world.clients[relation]).pk}


def stored(row, **owner):
    """A kept file."""
    found = row(name="a.txt", content_type="text/plain; charset=utf-8", size=1, sha256=uuid.uuid4().hex, **owner)
    found.file.save("a.txt", ContentFile(b"a"))
    return {"pk": found.pk}


def a_file(world, relation):
    return stored(Attachment, client=world.clients[relation])


def a_material(world, relation):
    return stored(CampaignMaterial, campaign=deals.campaign(world.units[relation], world.actors["admin"]))


def won(world, relation):
    return {"stage": "need"}


def no_view(world, relation):
    return {"view": ""}


LED_NO_VIEW = dict.fromkeys(GRID_LED, (404, 404, 404, 404))  # the posted view is nobody's

ROWS = [
    Row("clients:products", EVERYBODY),
    Row("clients:products", EVERYBODY, query="?state=coming"),
    Row("clients:product", OF_ORGANISATION, kwargs=a_product),
    Row("clients:product-matrix", EVERYBODY, query="?class=goods&q=x"),
    Row("clients:product-new", KEEPERS),
    Row("clients:product-new", KEEPERS, method="POST"),
    Row("clients:product-edit", KEPT, kwargs=a_product),
    Row("clients:product-edit", KEPT, kwargs=a_product, method="POST"),
    Row("clients:product-class-new", KEEPERS),
    Row("clients:product-class-new", KEEPERS, method="POST"),
    Row("clients:product-class", KEPT, kwargs=a_class),
    Row("clients:product-class", KEPT, kwargs=a_class, method="POST"),
    Row("clients:listing", CHANGED, kwargs=a_client, method="POST"),
    Row("clients:holding-new", WRITTEN, kwargs=a_client),
    Row("clients:holding-new", WRITTEN, kwargs=a_client, method="POST"),
    Row("clients:holding-end", CHANGED, kwargs=a_holding, method="POST"),
    Row("clients:contracts", READERS),
    Row("clients:contract", READ, kwargs=a_contract),
    Row("clients:contract-new", WRITTEN, kwargs=a_client),
    Row("clients:contract-new", WRITTEN, kwargs=a_client, method="POST"),
    Row("clients:contract-edit", WRITTEN, kwargs=a_contract),
    Row("clients:contract-edit", WRITTEN, kwargs=a_contract, method="POST"),
    Row("clients:contract-sign", CHANGED, kwargs=an_unsigned_contract, method="POST"),
    Row("clients:contract-end", CHANGED, kwargs=a_contract, method="POST"),
    Row("clients:contract-renew", CHANGED, kwargs=a_contract, method="POST"),
    Row("clients:contract-step-new", WRITTEN, kwargs=a_contract),
    Row("clients:contract-step-new", WRITTEN, kwargs=a_contract, method="POST"),
    Row("clients:contract-step-done", CHANGED, kwargs=a_step, method="POST"),
    Row("clients:loans", READERS),
    Row("clients:loans", READERS, query="?state=overdue&risk=watch"),
    Row("clients:loan", READ, kwargs=a_loan),
    Row("clients:loan-new", WRITTEN, kwargs=a_client),
    Row("clients:loan-new", WRITTEN, kwargs=a_client, method="POST"),
    Row("clients:loan-edit", WRITTEN, kwargs=a_loan),
    Row("clients:loan-edit", WRITTEN, kwargs=a_loan, method="POST"),
    Row("clients:loan-check", WRITTEN, kwargs=a_check),
    Row("clients:loan-check", WRITTEN, kwargs=a_check, method="POST"),
    Row("clients:opportunities", READERS),
    Row("clients:opportunities", READERS, query="?view=list"),
    Row("clients:opportunity", READ, kwargs=an_opportunity),
    Row("clients:opportunity-new", WRITTEN, kwargs=a_client),
    Row("clients:opportunity-new", WRITTEN, kwargs=a_client, method="POST"),
    Row("clients:opportunity-edit", WRITTEN, kwargs=an_opportunity),
    Row("clients:opportunity-edit", WRITTEN, kwargs=an_opportunity, method="POST"),
    Row("clients:opportunity-move", CHANGED, kwargs=an_opportunity, data=won, method="POST"),
    Row("clients:referrals", READERS),
    Row("clients:referral-new", WRITTEN, kwargs=a_client),
    Row("clients:referral-new", WRITTEN, kwargs=a_client, method="POST"),
    Row("clients:referral", WRITTEN, kwargs=a_referral),
    Row("clients:referral", WRITTEN, kwargs=a_referral, method="POST"),
    Row("clients:campaigns", READERS),
    Row("clients:campaign", GRID_SEEN, kwargs=a_campaign),
    Row("clients:campaign-new", LEADERS),
    Row("clients:campaign-new", LEADERS, method="POST"),
    Row("clients:campaign-edit", GRID_LED, kwargs=a_campaign),
    Row("clients:campaign-edit", GRID_LED, kwargs=a_campaign, method="POST"),
    Row("clients:campaign-fill", LED_NO_VIEW, kwargs=a_campaign, data=no_view, method="POST"),
    Row("clients:campaign-close", GRID_ACTED, kwargs=a_campaign, method="POST"),
    Row("clients:campaign-target", WRITTEN, kwargs=a_target),
    Row("clients:campaign-target", WRITTEN, kwargs=a_target, method="POST"),
    Row("clients:campaign-target-drop", GRID_ACTED, kwargs=a_target_of_a_grid, method="POST"),
    Row("clients:campaign-material-new", GRID_ACTED, kwargs=a_campaign, method="POST"),
    Row("clients:campaign-material", GRID_SEEN, kwargs=a_material),
    Row("clients:campaign-material-delete", GRID_ACTED, kwargs=a_material, method="POST"),
    Row("clients:surveys", READERS),
    Row("clients:survey", GRID_SEEN, kwargs=a_survey),
    Row("clients:survey-new", LEADERS),
    Row("clients:survey-new", LEADERS, method="POST"),
    Row("clients:survey-edit", GRID_LED, kwargs=a_survey),
    Row("clients:survey-edit", GRID_LED, kwargs=a_survey, method="POST"),
    Row("clients:survey-fill", LED_NO_VIEW, kwargs=a_survey, data=no_view, method="POST"),
    Row("clients:survey-close", GRID_ACTED, kwargs=a_survey, method="POST"),
    Row("clients:survey-reply", WRITTEN, kwargs=a_reply),
    Row("clients:survey-reply", WRITTEN, kwargs=a_reply, method="POST"),
    Row("clients:file-new", CHANGED, kwargs=a_client, method="POST"),
    Row("clients:file", SEEN, kwargs=a_file),
    Row("clients:file-delete", CHANGED, kwargs=a_file, method="POST"),
]
