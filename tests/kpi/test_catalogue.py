"""The rest of the catalogue, an example by hand for each indicator, with what lies just inside and just outside."""

import datetime as dt
import uuid
from decimal import Decimal
from pathlib import Path

import pytest

from clients.models import (
    Campaign,
    CampaignTarget,
    Client,
    Holding,
    Loan,
    LoanCheck,
    Opportunity,
    Ownership,
    Product,
    ProductClass,
)
from crm.lib import periods
from kpi import metrics, services
from kpi.metrics.manual import named
from kpi.models import ImportedValue, SoftScore
from retention.models import Alert
from service.models import Answer, InformationSlip, Invitation, ServiceRequest, Survey, Wave
from tests.facts import fact
from tests.kpi.helpers import computed_run, journal, leaf, plan, scheme, soft, value, visit
from tests.world import client_of
from visits.models import Observation, TraceFlag

pytestmark = pytest.mark.django_db
D = Decimal
FIRST, DAY, LAST = dt.date(2026, 10, 1), dt.date(2026, 10, 14), dt.date(2026, 10, 31)
BEFORE, AFTER = dt.date(2026, 9, 30), dt.date(2026, 11, 1)
QUARTER = periods.Period.parse("2026-Q3")


def thirds(n):
    return round(D(n) / 3, 6)


# --- Visits -------------------------------------------------------------------------------------------------------


def test_visits_and_calls_of_the_month_only(world):
    client = world.clients["own"]
    for day in (BEFORE, FIRST, LAST, AFTER):
        visit(client, day)
        visit(client, day, mode="online")
    doubted = visit(client, DAY)
    TraceFlag.objects.create(visit=doubted, kind="too_short", state="justified")
    TraceFlag.objects.create(visit=visit(client, DAY), kind="too_short", state="open")
    assert value("visits_made", world)[0] == 3
    assert value("calls_made", world)[0] == 2
    assert value("visits_made", world, world.managers["team"]) is None


def test_minutes_leave_out_visits_without_a_check_out(world):
    visit(world.clients["own"], DAY, minutes=10)
    visit(world.clients["own"], DAY, minutes=25)
    visit(world.clients["own"], DAY, minutes=0)
    assert value("minutes_on_site", world) == (D("17.5"), 35, 2)


def test_clients_covered(world):
    """Two of three seen; one in hand from the 17th on counts 15/31 and was seen by the former owner only."""
    own = client_of(world.am, "X1", "金叶便利店")
    client_of(world.am, "X2", "久未走访")
    late = Client.objects.create(
        organisation=world.organisation, org=world.am.unit, owner=world.am, code="X3", name="月中接手"
    )
    Ownership.objects.create(client=late, owner=world.am, valid_from=dt.date(2026, 10, 17))
    client_of(world.am, "X4", "已流失", stage="lost")
    visit(world.clients["own"], FIRST)
    visit(own, LAST)
    visit(own, LAST)
    visit(late, DAY, world.managers["team"])
    share = D(15) / 31
    assert value("clients_covered", world) == (round(2 / (3 + share), 6), 2, round(3 + share, 4))


def test_guidance(world):
    """Of three clients one was shown a display, with one products were discussed, with one neither."""
    talked = client_of(world.am, "X1", "谈产品")
    plain = client_of(world.am, "X2", "例行")
    kind = ProductClass.objects.create(organisation=world.organisation, code="c1", name="一类烟")
    product = Product.objects.create(organisation=world.organisation, product_class=kind, code="P1", name="云栖")
    visit(world.clients["own"], DAY, purpose="display")
    visit(talked, DAY).products.add(product)
    visit(plain, DAY)
    visit(plain, DAY, purpose="order", mode="phone")
    assert value("guidance_coverage", world) == (thirds(2), 2, 3)


def test_upkeep_is_that_of_the_last_check(world):
    """Put right since the first look; a later visit that did not look says nothing; a second shop is still untidy."""
    other = client_of(world.am, "X1", "凌乱小店")
    visit(world.clients["own"], DAY, checklist={"display": "no", "shelf": "yes"})
    visit(world.clients["own"], DAY + dt.timedelta(days=5), checklist={"display": "yes", "price_tags": "yes"})
    visit(world.clients["own"], DAY + dt.timedelta(days=9), checklist={"stock": "no"})
    visit(other, DAY, checklist={"display": "yes", "price_tags": "no"})
    assert value("terminal_upkeep", world) == (D("0.5"), 1, 2)


def test_own_checklist_items_and_client_fields_are_indicators(world):
    client = world.clients["own"]
    visit(client, DAY, checklist={"scan_ok": "yes", "display": "no"})
    visit(client, DAY, checklist={"scan_ok": "no"})
    visit(client, DAY, checklist={"scan_ok": "na"})
    assert value("checklist:scan_ok", world) == (D("0.5"), 1, 2)
    assert value("checklist:unheard_of", world) is None
    client_of(world.am, "X1", "现代终端", attributes={"modern": True})
    client_of(world.am, "X2", "传统终端", attributes={"modern": False})
    client_of(world.am, "X3", "未填")
    assert value("attribute:modern", world) == (D("0.5"), 1, 2)
    for bad in ("checklist:", "checklist:a'b", "attribute:a b", f"checklist:{'x' * 40}", "other:x"):
        assert named(bad) is None


def test_visit_logs(world):
    """Four parts each: one log whole, one with its check-out alone: 5 of 8."""
    visit(world.clients["own"], DAY, people_met="店主", note="补了两个规格", checklist={"display": "yes"})
    visit(world.clients["own"], DAY)
    assert value("visit_records", world) == (D("0.625"), 5, 8)


def test_manners(world):
    seen = visit(world.clients["own"], DAY, companion=world.supervisor)
    Observation.objects.create(
        visit=seen, observer=world.supervisor, text="态度好",
        behaviour={"introduces": "yes", "listens": "yes", "thanks": "no", "asks_date": "na"},
    )  # fmt: skip
    assert value("manners", world) == (thirds(2), 2, 3)


def test_plans_and_journals_at_the_ends_of_the_month(world):
    client = world.clients["own"]
    for day in (BEFORE, AFTER):
        plan(client, day)
        journal(world.am, day)
    plan(client, FIRST, visit=visit(client, FIRST))
    plan(client, LAST)
    assert value("plan_completion", world) == (D("0.5"), 1, 2)
    journal(world.am, dt.date(2026, 10, 9))
    journal(world.am, dt.date(2026, 10, 10), late=True)
    assert value("journal_submission", world) == (round(D(2) / 18, 6), 2, 18)
    assert value("journal_on_time", world) == (round(D(1) / 18, 6), 1, 18)


# --- Service ------------------------------------------------------------------------------------------------------


def asked(client, day=DAY, kind="request", hours=None, handler=None, **fields):
    """A request of a day, due at 18:00, settled so many hours after 9:00."""
    at = periods.at(day, 9)
    if hours is not None:
        fields = {"state": "resolved", "resolved_at": at + dt.timedelta(hours=hours)} | fields
    fields = {"due_at": periods.at(day, 18)} | ({"handler": handler, "state": "assigned"} if handler else {}) | fields
    return ServiceRequest.objects.create(
        uuid=uuid.uuid4(), organisation_id=client.organisation_id, org=client.org, client=client, kind=kind,
        category="delivery", channel="phone", text="少送一条", registered_at=at, **fields,
    )  # fmt: skip


def test_complaints_over_clients(world):
    """One complaint of two clients; a request is none, a merged one is none, one of September is none."""
    client = world.clients["own"]
    client_of(world.am, "X1", "金叶便利店")
    asked(client, kind="complaint")
    asked(client, kind="request")
    asked(client, BEFORE, kind="complaint")
    at = periods.at(DAY, 10)
    first = asked(client, LAST, kind="request")
    asked(client, kind="complaint", state="merged", merged_into=first, closed_at=at)
    assert value("complaint_rate", world) == (D("0.5"), 1, 2)
    assert value("complaint_rate", world, world.managers["team"]) == (0, 0, 1)


def test_requests_on_time(world):
    """Due after nine hours: at nine on time, at ten late, past it unsettled late; one due in November is neither."""
    client, clerk = world.clients["own"], world.actors["back_office"]
    for hours in (9, 10):
        asked(client, hours=hours, handler=clerk)
    asked(client, handler=clerk)
    asked(client, LAST, handler=clerk, due_at=periods.at(dt.date(2026, 11, 20), 9))
    assert value("requests_on_time", world) == (thirds(1), 1, 3)
    assert value("handled_on_time", world, clerk) == (thirds(1), 1, 3)
    assert value("handled_on_time", world) is None  # an account manager holds no such post


def test_marks_at_the_callback(world):
    client, clerk = world.clients["own"], world.actors["back_office"]
    called = {"state": "called_back", "called_back_at": periods.at(DAY, 16), "called_back_by": world.hr}
    for mark in (5, 2):
        asked(client, hours=3, handler=clerk, satisfaction=mark, **called)
    asked(client, hours=3, handler=clerk)
    assert value("satisfaction", world) == (D("3.5"), 7, 2)
    assert value("handled_well", world, clerk) == (D("3.5"), 7, 2)


def test_opened_again(world):
    clerk = world.actors["back_office"]
    for again in (0, 2, 0):
        asked(world.clients["own"], hours=3, handler=clerk, reopened=again)
    asked(world.clients["own"], handler=clerk)
    assert value("handled_again", world, clerk) == (thirds(1), 1, 3)


def slip(world, number, given=DAY, answered=None, due=dt.date(2026, 10, 16)):
    at = answered and periods.at(answered, 12)
    state = {"received_at": at, "handled_at": at, "fed_back_at": at, "state": "fed_back"} if at else {}
    clerk = world.actors["back_office"]
    return InformationSlip.objects.create(
        uuid=uuid.uuid4(), organisation=world.organisation, unit=world.am.unit, year=2026, sequence=number,
        number=f"X{number}", giver=world.am, given_at=periods.at(given, 9), category="market", content="缺货",
        receiver=clerk, receiver_unit=clerk.unit, due_at=periods.at(due, 12), **state,
    )  # fmt: skip


def test_slips(world):
    """Answered on the minute, a day late, not at all: one of three; a slip of November is no October slip."""
    slip(world, 1, answered=dt.date(2026, 10, 16))
    slip(world, 2, answered=dt.date(2026, 10, 17))
    slip(world, 3)
    slip(world, 4, given=AFTER)
    assert value("slips_given", world)[0] == 3
    assert value("slips_on_time", world, world.actors["back_office"]) == (thirds(1), 1, 3)


def test_survey_marks_from_five_answers_on(world):
    survey = Survey.objects.create(organisation=world.organisation, name="满意度", questions=[], created_by=world.hr)
    wave = Wave.objects.create(
        survey=survey, unit=world.organisation, name="十月", share=1, seed="1", strata=[], population=5,
        created_by=world.hr, expires_on=LAST,
    )  # fmt: skip
    for number, mark in enumerate((5, 4, 3, 2, 5), start=1):
        client = client_of(world.am, f"S{number}", f"受访{number}")
        invitation = Invitation.objects.create(wave=wave, client=client)
        Answer.objects.create(
            invitation=invitation, wave=wave, at=periods.at(DAY, 9), satisfaction=[4] * 9, importance=[4] * 9,
            overall=mark, org=client.org, manager=world.am,
        )  # fmt: skip
        assert (value("survey_satisfaction", world) is None) == (number < 5)
    assert value("survey_satisfaction", world) == (D("3.8"), 19, 5)


# --- Retention, files ---------------------------------------------------------------------------------------------


def closed(client, state, day=DAY, kind="no_trade"):
    return Alert.objects.create(
        organisation_id=client.organisation_id, client=client, kind=kind, cause=f"{state}{day}", raised_on=day,
        state=state, closed_at=periods.at(day, 9),
    )  # fmt: skip


def test_kept_and_lost(world):
    """Two kept, one lost: 2/3; of three clients in care one is lost; what was dismissed counts for neither."""
    kept, dismissed = client_of(world.am, "X1", "留住"), client_of(world.am, "X2", "误报")
    closed(world.clients["own"], "lost")
    closed(kept, "kept")
    closed(kept, "kept", LAST)
    closed(dismissed, "dismissed")
    closed(kept, "kept", AFTER)
    assert value("clients_kept", world) == (thirds(2), 2, 3)
    assert value("clients_lost", world) == (thirds(1), 1, 3)


def test_files(world):
    """A shop's coordinates are there, seven of eight fields are not; a company needs no format."""
    assert value("file_completeness", world) == (D("0.125"), 1, 8)
    client_of(
        world.am, "X1", "昆明机械", kind="company", phone="0871-1", address="北京路1号", longitude=102.7,
        latitude=25.0, market="urban", scale="large", opened_on=dt.date(2024, 1, 1),
    )  # fmt: skip
    assert value("file_completeness", world) == (D("0.5"), 8, 16)


def test_new_clients_of_the_month(world):
    for number, day in enumerate((BEFORE, FIRST, LAST, AFTER)):
        client_of(world.am, f"N{number}", f"新户{number}", opened_on=day)
    assert value("new_clients", world)[0] == 2


# --- Products, campaigns, loans -----------------------------------------------------------------------------------


@pytest.fixture
def classes(world):
    """Two classes of goods with a monthly figure and a product each, and one without a figure."""
    found = {}
    for code, measure in {"class_1": "class_1", "class_2": "class_2", "tea": ""}.items():
        kind = ProductClass.objects.create(organisation=world.organisation, code=code, name=code, measure=measure)
        found[code] = Product.objects.create(
            organisation=world.organisation, product_class=kind, code=code, name=code, is_key=code != "tea"
        )
    return found


def hold(client, product, since=dt.date(2026, 1, 1), until=None):
    return Holding.objects.create(
        organisation_id=client.organisation_id, client=client, product=product, since=since, until=until
    )


def test_listing_and_new_products_at_their_edges(world, classes):
    client = world.clients["own"]
    hold(client, classes["class_1"], since=LAST)
    hold(client, classes["class_2"], until=LAST)  # gone after that day: no longer on the shelf at the end
    hold(client, classes["tea"], since=AFTER)
    assert value("listing_rate", world) == (D("0.5"), 1, 2)
    assert value("products_per_client", world)[0] == 1
    assert value("new_products", world)[0] == 1


def test_stock_that_sells(world, classes):
    """Both classes stocked, one of them sold; tea has no figure; the class stocked from November on is not asked."""
    client = world.clients["own"]
    hold(client, classes["class_1"])
    hold(client, classes["class_2"], since=LAST)
    hold(client, classes["tea"])
    fact(client, "2026-10", 100, 10, {"class_1": 10, "class_2": 0})
    assert value("sell_through", world) == (D("0.5"), 1, 2)
    assert value("sell_through", world, world.managers["team"]) is None


def test_campaign_lists(world):
    """Won and declined are results, not reached is none; a campaign that ends in November does not count yet."""
    for ends, results in ((LAST, ("won", "declined", "unreached", "")), (AFTER, ("won",))):
        campaign = Campaign.objects.create(
            organisation=world.organisation, unit=world.organisation, name="双节", starts_on=FIRST, ends_on=ends
        )
        for number, result in enumerate(results):
            client = client_of(world.am, f"C{ends.month}{number}", f"名单{number}")
            CampaignTarget.objects.create(
                campaign=campaign, client=client, result=result, recorded_at=periods.now() if result else None
            )
    assert value("campaigns_done", world) == (D("0.5"), 2, 4)


def lent(client, number, balance, risk="normal", **fields):
    return Loan.objects.create(
        organisation_id=client.organisation_id, client=client, number=number, principal=1000, balance=balance,
        granted_on=dt.date(2026, 1, 5), due_on=dt.date(2027, 1, 5), risk=risk, **fields,
    )  # fmt: skip


def test_loans(world):
    """Special mention is not bad, substandard is: 100 of 1,000; what is paid back is no loan any more."""
    client = world.clients["own"]
    lent(client, "L1", 600)
    watched = lent(client, "L2", 300, "watch")
    lent(client, "L3", 100, "substandard")
    lent(client, "L4", 0, "loss", closed_on=DAY)
    assert value("bad_loan_rate", world) == (D("0.1"), 100, 1000)
    for due, done in ((FIRST, FIRST), (LAST, AFTER), (BEFORE, BEFORE), (DAY, None)):
        LoanCheck.objects.create(loan=watched, client=client, due_on=due, done_on=done)
    assert value("loan_checks", world) == (thirds(1), 1, 3)


def test_opportunities(world):
    for number, (stage, day) in enumerate((("won", FIRST), ("lost", LAST), ("won", BEFORE), ("lead", None))):
        Opportunity.objects.create(
            organisation=world.organisation, client=world.clients["own"], owner=world.am, title=f"商机{number}",
            stage=stage, closed_on=day, lost_reason="price" if stage == "lost" else "",
        )  # fmt: skip
    assert value("opportunities_won", world) == (D("0.5"), 1, 2)


# --- Facts --------------------------------------------------------------------------------------------------------


def test_quantity_and_its_growth(world):
    fact(world.clients["own"], "2025-10", 1000, 40)
    fact(world.clients["own"], "2026-10", 900, 50)
    assert value("sales_quantity", world)[0] == 50
    assert value("quantity_growth", world)[0] == D("0.25")


def test_clients_whose_business_grew(world):
    """Up, equal, gone; one that is new has no year before and is not asked."""
    for number, (before, now) in enumerate(((100, 101), (100, 100), (100, None), (None, 500))):
        client = client_of(world.am, f"G{number}", f"增长{number}")
        if before:
            fact(client, "2025-10", before)
        if now:
            fact(client, "2026-10", now)
    assert value("clients_growing", world) == (thirds(1), 1, 3)


def given(world, metric, number, period="2026-10", manager=None):
    return ImportedValue.objects.create(
        organisation=world.organisation, manager=manager or world.am, period=period, metric=f"import:{metric}",
        value=number,
    )  # fmt: skip


def test_attainment(world):
    """90 of 120 yuan and 9 of 10 boxes; without a target, and without facts, there is no value."""
    client = world.clients["own"]
    given(world, "sales_target", 120)
    given(world, "quantity_target", 10)
    assert value("attainment", world) is None
    fact(client, "2026-10", 90, 9)
    fact(world.clients["team"], "2026-10", 90, 9)
    assert value("attainment", world) == (D("0.75"), 90, 120)
    assert value("quantity_attainment", world) == (D("0.9"), 9, 10)
    assert value("attainment", world, world.managers["team"])[0] is None


def test_attainment_of_a_quarter(world):
    """Its own target goes before those of its months; without one, months that are not loaded are left out."""
    for month, amount, target in (("2026-07", 80, 100), ("2026-08", 100, 100), ("2026-09", None, 100)):
        if amount:
            fact(world.clients["own"], month, amount)
        given(world, "sales_target", target, month)
    assert value("attainment", world, period=QUARTER) == (D("0.9"), 180, 200)
    given(world, "sales_target", 240, "2026-Q3")
    assert value("attainment", world, period=QUARTER) == (D("0.75"), 180, 240)


def test_products_and_clients_against_a_target(world, classes):
    given(world, "product_target", 4)
    given(world, "client_target", 2)
    assert value("product_attainment", world) is None  # nobody keeps holdings here
    assert value("client_attainment", world) == (0, 0, 2)
    for number in range(3):
        client = client_of(world.am, f"A{number}", f"新户{number}", opened_on=DAY)
        hold(client, classes["class_1"], since=DAY)
    assert value("product_attainment", world) == (D("0.75"), 3, 4)
    assert value("client_attainment", world) == (D("1.5"), 3, 2)


@pytest.mark.parametrize(("forecast", "accuracy"), [(100, 1), (90, "0.9"), (110, "0.9"), (200, 0), (350, 0)])
def test_accuracy_of_the_forecast(world, forecast, accuracy):
    """Too high is as wrong as too low; more than twice the sales is worth no less than nothing."""
    fact(world.clients["own"], "2026-10", 100)
    given(world, "sales_forecast", forecast)
    assert value("forecast_accuracy", world) == (D(accuracy), abs(100 - forecast), 100)


def test_accuracy_is_month_by_month(world):
    """120 foretold for 100 and 80 for 100: the errors do not cancel out."""
    for month, forecast in (("2026-07", 120), ("2026-08", 80)):
        fact(world.clients["own"], month, 100)
        given(world, "sales_forecast", forecast, month)
    assert value("forecast_accuracy", world, period=QUARTER) == (D("0.8"), 40, 200)


# --- People's own, and scores -------------------------------------------------------------------------------------


def test_imported_values(world):
    """Of a quarter's months the mean, or the sum where it adds up."""
    for month, number in (("2026-07", 1), ("2026-08", 3)):
        given(world, "shop_profit", number, month)
        given(world, "fees", number, month)
    assert value("import:shop_profit", world, period=QUARTER)[0] == 2
    assert value("import:fees", world, period=QUARTER)[0] == 4
    assert value("import:fees", world) is None


def test_month_scores_count_the_last_version(world):
    """A half-year's mean of published months; the version that was corrected does not count twice."""
    scheme(world.organisation, [leaf("soft:attitude", high="100")])
    for period, mark in (("2026-05", 60), ("2026-06", 80)):
        soft(world.am, mark, world.supervisor, period=period)
        run = services.review(computed_run(world.organisation, period), world.hr)
        services.publish(run, world.actors["admin"])
    half = periods.Period.parse("2026-H1")
    assert value("month_scores", world, period=half) == (70, 140, 2)
    services.new_version(run, world.hr, "更正")
    SoftScore.objects.filter(manager=world.am, period="2026-06").update(score=100)
    corrected = services.review(computed_run(world.organisation, "2026-06"), world.hr)
    assert value("month_scores", world, period=half)[0] == 70
    services.publish(corrected, world.actors["admin"])
    assert value("month_scores", world, period=half) == (80, 160, 2)


def test_every_indicator_that_is_measured_has_its_example():
    here = Path(__file__).parent
    text = "".join((here / name).read_text() for name in ("test_catalogue.py", "test_metrics.py", "test_business.py"))
    measured = [code for code, metric in metrics.metrics.items() if metric.source not in ("soft", "imports")]
    assert len(measured) > 50
    assert [code for code in measured if f'value("{code}"' not in text] == []
