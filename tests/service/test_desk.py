"""The scores of the back office: hand-made cases of a month, the formula, and the rows behind a figure."""

import datetime as dt
import uuid
from decimal import Decimal

import pytest
from django.test import Client as Browser

from crm.lib import periods
from crm.lib.periods import Period
from kpi import metrics
from kpi.metrics import Span
from people.models import Role
from service import desk
from service.facts import SURVEY_MARKS
from service.services import act
from service.services.slips import advance, give_slip
from tests import world as worlds
from tests.service.helpers import NOW, TUESDAY, led_to, request_of

pytestmark = pytest.mark.django_db
MONTH = Period.month(TUESDAY)
LATER = NOW + dt.timedelta(days=9)


@pytest.fixture
def cases(world):
    """Three requests and a slip of the office: two on time, one late, one answered late; the clerk has one on time."""
    office = world.actors["back_office"]
    client = world.clients["own"]
    with periods.clock_at(NOW):
        for mark in (5, 3):
            request = led_to(request_of(client, world.am), "resolved", office, world.am)
            act(request, "call_back", world.am, satisfaction=mark)
        late = act(request_of(client, world.am), "start", office)
        slip = give_slip(world.am, uuid=uuid.uuid4(), category="delivery", content="送货不稳", client=client)
        clerk = worlds.person(world.units["north"], "clerk", "熊伟", Role.BACK_OFFICE)
        hers = request_of(client, world.am)
        assert hers.handler == clerk  # the fewest cases
        led_to(hers, "resolved", clerk, world.am)
    with periods.clock_at(LATER):
        act(late, "resolve", office, note="已补送")
        for state in ("received", "handled", "fed_back"):
            advance(slip, state, office, "已答复")
    return world


def test_scores_by_hand(cases):
    with periods.clock_at(LATER):
        total, posts, people = desk.scores(cases.supervisor, MONTH)
    assert (total.cases, total.on_time, total.marks, total.mark) == (5, 3, 2, 4)
    by_name = {row.person: row for row in people}
    assert [(row.cases, row.on_time) for row in (by_name["郑凯"], by_name["熊伟"])] == [(4, 2), (1, 1)]
    assert by_name["郑凯"].on_time_rate == Decimal("0.5")
    assert by_name["郑凯"].score == 100 * (Decimal("0.5") * Decimal("0.5") + Decimal("0.5") * Decimal("0.75"))
    assert by_name["熊伟"].score == 100  # nobody has called yet: on time alone
    assert sum(row.cases for row in posts) == 5


def test_the_rows_add_up_to_the_figure(cases):
    with periods.clock_at(LATER):
        office = cases.actors["back_office"]
        rows = desk.cases(cases.supervisor, MONTH, person=office.pk)
        assert [row["on_time"] for row in rows] == [False, False, True, True]
        assert {row["kind"] for row in rows} == {"request", "slip"}
        assert len(desk.cases(cases.supervisor, MONTH)) == 5
        assert desk.cases(cases.supervisor, MONTH, post="送货员") == []
        browser = Browser()
        browser.force_login(cases.supervisor)
        page = browser.get("/service/desk/?month=2026-11")
        for table in page.context["tables"]:
            for row in table["rows"]:
                assert len(browser.get(row["url"]).context["rows"]) == row["score"].cases


def test_what_is_not_due_or_waits_is_not_judged(world):
    office = world.actors["back_office"]
    with periods.clock_at(NOW):
        act(act(request_of(world.clients["own"], world.am), "start", office), "wait", office, note="等客户")
        request_of(world.clients["own"], world.am)
        assert desk.scores(world.supervisor, MONTH)[0] is None
    with periods.clock_at(LATER):
        total, _posts, _people = desk.scores(world.supervisor, MONTH)
        assert (total.cases, total.on_time, total.mark, total.score) == (1, 0, None, 0)
        assert desk.scores(world.supervisor, MONTH.previous)[0] is None


def test_everybody_sees_what_is_theirs(cases):
    with periods.clock_at(LATER):
        office = cases.actors["back_office"]
        assert desk.scores(office, MONTH)[0].cases == 4  # the own alone
        assert {row["person"] for row in desk.cases(office, MONTH, person=cases.supervisor.pk)} == {"郑凯"}
        assert desk.scores(cases.actors["supervisor_south"], MONTH)[0] is None
        assert desk.scores(cases.actors["hr_beta"], MONTH)[0] is None
        assert desk.scores(cases.hr, MONTH)[0].cases == 5


def test_a_supervisor_sees_how_the_own_clients_are_served_elsewhere(world):
    centre = worlds.person(world.organisation, "centre", "邓雪", Role.BACK_OFFICE)
    with periods.clock_at(NOW):
        request = request_of(world.clients["other_team"], world.managers["other_team"])
        act(request, "transfer", world.actors["back_office"], handler=centre, note="请办")
    with periods.clock_at(LATER):
        south = world.actors["supervisor_south"]
        assert [row["object_id"] for row in desk.cases(south, MONTH)] == [request.pk]
        assert desk.scores(world.supervisor, MONTH)[0] is None


def test_the_weight_is_the_organisation_s(cases):
    cases.organisation.settings["service"] = {"desk_weight": "1"}
    cases.organisation.save()
    cases.supervisor.unit.organisation.refresh_from_db()
    with periods.clock_at(LATER):
        assert desk.scores(cases.supervisor, MONTH)[0].score == 60


@pytest.mark.parametrize("query", ["month=x", "month=2030-01", "month=2026-11&unit=x&person=99999999999999999999"])
def test_a_typed_address_breaks_nothing(world, query):
    browser = Browser()
    browser.force_login(world.supervisor)
    assert browser.get(f"/service/desk/?{query}").status_code == 200
    assert browser.get(f"/service/desk/rows/?{query}&post=%00").status_code == 200


def test_the_same_cases_feed_the_indicators_of_the_back_office(cases):
    """By the month in which a case came in; survey marks name no client in the rows behind the number."""
    office = cases.actors["back_office"]
    with periods.clock_at(LATER):
        span = Span.of(cases.organisation, MONTH)

        def figures(code):
            rows = {row["manager_id"]: row for row in metrics.get(code).values(span)}
            row = rows[office.pk]
            return row["value"], row["numerator"], row["denominator"]

        assert figures("handled_on_time") == (round(Decimal(2) / 3, 6), 2, 3)
        assert figures("handled_well") == (4, 8, 2)
        assert figures("handled_again") == (0, 0, 3)
        assert figures("slips_on_time") == (0, 0, 1)
    assert metrics.get("survey_satisfaction").detail == SURVEY_MARKS
