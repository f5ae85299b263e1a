"""Rows of the pages that are composed at the top."""

from crm.api import tokens
from crm.lib import jobs
from crm.models import Webhook, WebhookCall
from tests.matrix.table import EVERYBODY, Row, only


@jobs.kind("nothing", "Nothing", "day")
def nothing(work: jobs.Work) -> jobs.Outcome:
    """Does nothing, so that a job page has something to show."""
    return jobs.Outcome({})


def a_job(world, relation):
    organisation = world.other_organisation if relation == "other_org" else world.organisation
    owner = world.managers[relation]
    job = jobs.request("nothing", organisation.pk, scope=relation, period="2026-10-01", user=owner)
    return {"pk": job.pk}


def a_token(world, relation):
    """A token of somebody: only its person may end it."""
    token, _secret = tokens.make(world.managers[relation], "测试", ["read"], 30)
    return {"pk": token.pk}


def a_webhook(world, relation):
    """An address of the relation's organisation."""
    organisation = world.other_organisation if relation == "other_org" else world.organisation
    made = Webhook.objects.create(
        organisation=organisation, name="ERP", url="https://erp.example.com/", secret="s", events=["visit.saved"],
        made_by=world.managers[relation],
    )  # fmt: skip
    return {"pk": made.pk}


def a_call(world, relation):
    """A call to it."""
    call = WebhookCall.objects.create(webhook_id=a_webhook(world, relation)["pk"], event="ping", object_id=1)
    return {"pk": call.pk}


OF_ADMIN = {"admin": (200, 200, 200, 404)}
TO_ADMIN = {"admin": (302, 302, 302, 404)}
OWN_JOBS = {
    "am": (200, 404, 404, 404),
    "supervisor": (404, 404, 404, 404),
    "hr": (200, 200, 200, 404),
    "back_office": (404, 404, 404, 404),
    "admin": (200, 200, 200, 404),
}
CANCEL = {role: tuple(302 if status == 200 else status for status in row) for role, row in OWN_JOBS.items()}

OWN_TOKENS = {"am": (302, 404, 404, 404)} | dict.fromkeys(("supervisor", "hr", "back_office", "admin"), (404,) * 4)

ROWS = [
    Row("home", EVERYBODY),
    Row("home-later", EVERYBODY),
    Row("search", EVERYBODY, query="?q=a"),
    Row("favourite", EVERYBODY, method="POST", data=lambda world, relation: {"url": "/", "title": "首页"}),
    Row("tokens", EVERYBODY),
    Row("tokens", EVERYBODY, method="POST"),
    Row("token-revoke", OWN_TOKENS, kwargs=a_token, method="POST"),
    Row("audit", only("hr", "admin")),
    Row("webhooks", only("admin")),
    Row("webhooks", only("admin"), method="POST"),
    Row("webhook", OF_ADMIN, kwargs=a_webhook),
    Row("webhook-ping", TO_ADMIN, kwargs=a_webhook, method="POST"),
    Row("webhook-switch", TO_ADMIN, kwargs=a_webhook, method="POST"),
    Row("webhook-again", TO_ADMIN, kwargs=a_call, method="POST"),
    Row("help", EVERYBODY),
    Row("tour-seen", dict.fromkeys(EVERYBODY, 204), method="POST"),
    Row("styleguide", only("admin")),
    Row("setup-steps", only("admin")),
    Row("setup-steps", only("admin"), method="POST"),
    Row(
        "setup-skip",
        {"admin": 302},
        method="POST",
        kwargs=lambda world, relation: {"name": "facts"},
        data=lambda world, relation: {"skipped": "1"},
    ),
    Row("setup-close", only("admin", status=302), method="POST"),
    Row("setup-tiers", only("admin", status=302), method="POST"),
    Row("setup-sample", only("admin", status=302), method="POST"),
    Row("job", OWN_JOBS, kwargs=a_job),
    Row("job-progress", OWN_JOBS, kwargs=a_job),
    Row("job-cancel", CANCEL, kwargs=a_job, method="POST"),
]
