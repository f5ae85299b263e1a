"""Pages of products, contracts, loans, opportunities, referrals, campaigns, product surveys and files."""

from clients.models import Attachment
from clients.services import contracts, opportunities
from tests.clients import deals
from tests.world import client_of


def own(world, tab):
    return f"/clients/{world.clients['own'].pk}/?tab={tab}"


PAGES = {
    "client page, products": ("am", lambda world: own(world, "products")),
    "client page, contracts and loans": ("am", lambda world: own(world, "contracts")),
    "client page, opportunities": ("am", lambda world: own(world, "offers")),
    "client page, files": ("am", lambda world: own(world, "files")),
    "catalogue": ("am", lambda world: "/clients/products/"),
    "product": ("supervisor", lambda world: f"/clients/products/{the(world, 'product').pk}/"),
    "who has what": ("supervisor", lambda world: "/clients/products/matrix/"),
    "contracts": ("supervisor", lambda world: "/clients/contracts/?state=force"),
    "contract": ("am", lambda world: f"/clients/contracts/{the(world, 'contract').pk}/"),
    "loans": ("supervisor", lambda world: "/clients/loans/?state=all"),
    "loan": ("am", lambda world: f"/clients/loans/{the(world, 'loan').pk}/"),
    "opportunities as a board": ("supervisor", lambda world: "/clients/opportunities/"),
    "opportunities as a list": ("supervisor", lambda world: "/clients/opportunities/?view=list"),
    "opportunity": ("am", lambda world: f"/clients/opportunities/{the(world, 'opportunity').pk}/"),
    "referrals": ("supervisor", lambda world: "/clients/referrals/"),
    "campaigns": ("supervisor", lambda world: "/clients/campaigns/"),
    "campaign": ("supervisor", lambda world: f"/clients/campaigns/{the(world, 'campaign').pk}/"),
    "product surveys": ("supervisor", lambda world: "/clients/surveys/"),
    "product survey": ("supervisor", lambda world: f"/clients/surveys/{the(world, 'survey').pk}/"),
}


def the(world, name):
    """The first of its kind, which more rows are hung on."""
    return world.deals[name]


def begin(world):
    """One of each: a page may ask a question less while there is nothing at all."""
    client = world.clients["own"]
    found = {
        "product": deals.product(world.organisation, "第一", is_key=True),
        "contract": deals.contract(client),
        "loan": deals.loan(client),
        "opportunity": deals.opportunity(client),
        "campaign": deals.campaign(world.units["north"], world.supervisor),
        "survey": deals.survey(world.units["north"], world.supervisor),
    }
    world.deals = found
    contracts.renew(deals.contract(client), world.am)
    deals.has(client, found["product"])
    more(world, client, 0)


def more(world, client, number):
    """A row of every kind."""
    service = deals.product(world.organisation, f"产品{number}", "service", is_key=number < 5)
    deals.has(client, service, ends_on=deals.days(5))
    deals.has(client, the(world, "product"))
    the(world, "contract").steps.create(title=f"第{number}步", due_on=deals.days(-1), done_by=world.am)
    deals.contract(client, notice_days=90)
    deals.loan(client, product=service, granted_on=deals.days(-20))
    deals.opportunity(client, product=service, next_step="回访", next_step_on=deals.days(-1))
    opportunities.move(the(world, "opportunity"), ("need", "talks")[number % 2], world.am)
    deals.referral(client, product=service)
    deals.target(deals.campaign(world.units["north"], world.supervisor, name=f"活动{number}"), client)
    deals.target(the(world, "campaign"), client)
    deals.reply(deals.survey(world.units["north"], world.supervisor, name=f"调查{number}"), client)
    deals.reply(the(world, "survey"), client)
    Attachment.objects.create(
        client=client, name=f"{number}.txt", content_type="text/plain", size=1, sha256=f"{client.pk}-{number}",
        uploaded_by=world.am, contract=the(world, "contract"),
    )  # fmt: skip


def grow(world):
    for number in range(1, 8):
        more(world, world.clients["own"], number)
        more(world, client_of(world.am, f"DEAL{number}", f"客户{number}"), number)
