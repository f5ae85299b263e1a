"""Pages of the assessment."""

from crm.lib import periods
from kpi import services
from kpi.models import ImportedValue, Run, Scorecard, ScoreLine
from people.models import User
from people.services import add_person
from tests.kpi.helpers import compute, journal, soft, visit
from tests.matrix.kpi import published
from tests.matrix.kpi_consequences import a_case, a_move, a_sheet, a_term, an_exam
from tests.world import JOINED, PASSWORD, client_of


def running(world):
    """This month's cards, so that the score so far is there."""
    published(world, "own")
    month = str(periods.Period.month(periods.today()))
    compute(world.organisation, month)
    return Run.objects.get(organisation=world.organisation, period=month)


def card(world):
    return Scorecard.objects.get(manager=world.am, run=published(world, "own"))


def line(world):
    return ScoreLine.objects.get(card=card(world))


def step(code):
    return lambda world: f"/kpi/runs/{published(world, 'own').pk}/?step={code}"


def mine(world):
    running(world)
    return "/kpi/mine/"


def values(world):
    for manager in User.objects.filter(role="am", unit__organisation=world.organisation):
        ImportedValue.objects.get_or_create(
            organisation=world.organisation, manager=manager, period="2026-11", metric="import:deposits",
            defaults={"value": 5, "imported_by": world.hr},
        )  # fmt: skip
    return "/kpi/imports/?period=2026-11"


PAGES = {
    "runs": ("hr", lambda world: published(world, "own") and "/kpi/runs/"),
    "run: data": ("hr", step("data")),
    "run: soft scores": ("hr", step("soft")),
    "run: preview": ("hr", step("preview")),
    "run: appeals": ("hr", step("appeals")),
    "external values": ("hr", values),
    "soft scores": ("supervisor", lambda world: "/kpi/soft/?period=2026-10"),
    "my score": ("am", mine),
    "score card": ("hr", lambda world: f"/kpi/cards/{card(world).pk}/"),
    "rows of a line": ("hr", lambda world: f"/kpi/lines/{line(world).pk}/"),
    "board": ("supervisor", lambda world: published(world, "own") and "/kpi/board/"),
    "growth": ("hr", lambda world: published(world, "own") and "/kpi/board/growth/"),
    "over the years": ("supervisor", lambda world: published(world, "own") and "/kpi/board/years/"),
    "units and indicators": ("hr", lambda world: published(world, "own") and "/kpi/board/heat/"),
    "pay sheet": ("hr", lambda world: f"/kpi/pay/{a_sheet(world, 'own').pk}/"),
    "my pay": ("am", lambda world: a_sheet(world, "own") and "/kpi/pay/mine/"),
    "careers": ("hr", lambda world: "/kpi/careers/"),
    "grade moves": ("hr", lambda world: a_move(world, "own") and "/kpi/careers/moves/"),
    "terms": ("hr", lambda world: a_term(world, "own") and "/kpi/careers/terms/"),
    "exam results": ("hr", lambda world: f"/kpi/careers/exams/{an_exam(world, 'own').pk}/"),
    "coaching": ("supervisor", lambda world: a_case(world, "own") and "/kpi/coaching/"),
    "appeals": ("hr", lambda world: "/kpi/appeals/"),
    "schemes": ("hr", lambda world: published(world, "own") and "/kpi/schemes/"),
}


def grow(world):
    """More people, clients and scores; the cards follow in a later, corrected version of the run."""
    for number in range(8):
        person = add_person(
            world.units["team"], f"am.more{number}", f"张{number}", "am", password=PASSWORD, joined_on=JOINED
        )
        soft(person, 50 + number, world.supervisor)
        client = client_of(person, f"G{number}", f"新店{number}")
        visit(client, JOINED.replace(month=10, day=12 + number))
        journal(person, JOINED.replace(month=10, day=12 + number))
    before = Run.objects.get(organisation=world.organisation, period="2026-10")
    after = services.new_version(before, world.hr, "补人")
    compute(world.organisation)
    services.publish(services.review(after, world.hr), world.actors["admin"])
