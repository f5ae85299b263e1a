"""Indicators of leave, products, banking, surveys, checklists and exams, by hand; boards with and without names."""

import datetime as dt
from decimal import Decimal

import pytest
from django.core.cache import cache
from django.test import Client as Browser
from django.urls import reverse

from clients.models import Holding, LeaveCover, Product, ProductClass, Referral
from crm.lib import pdf, periods
from kpi import services
from kpi.models import Exam, ExamResult
from kpi.reports import boards, outlook
from kpi.reports.cards import lines_of
from tests.facts import fact
from tests.kpi.helpers import computed_run, journal, leaf, scheme, soft, value, visit
from tests.world import client_of

pytestmark = pytest.mark.django_db
D = Decimal
DAY = dt.date(2026, 10, 14)


def away(world, first, last):
    LeaveCover.objects.create(
        organisation=world.organisation, person=world.am, deputy=world.managers["team"], valid_from=first,
        valid_to=last, made_by=world.supervisor,
    )  # fmt: skip


def test_days_of_leave_are_not_owed(world):
    """From the 1st to the 15th away: tier B owes 16/30 visits, half a client counts for coverage (16/31); of 18 work
    days those from the 16th on are left to write a journal for: 11."""
    away(world, dt.date(2026, 9, 20), dt.date(2026, 10, 15))
    assert value("visits_standard", world)[2] == round(D(16) / 30, 4)
    assert value("clients_covered", world)[2] == round(D(16) / 31, 4)
    journal(world.am, dt.date(2026, 10, 9))
    journal(world.am, dt.date(2026, 10, 19))
    assert value("journal_submission", world)[1:] == (1, 11)
    # Others owe what they always owe; and sales stay the owner's.
    assert value("visits_standard", world, world.managers["team"])[2] == D("1.0333")
    fact(world.clients["own"], "2026-10", 3100)
    assert value("sales_amount", world)[0] == 3100


def test_a_whole_month_away_is_missing_and_not_zero(world):
    away(world, dt.date(2026, 10, 1), dt.date(2026, 10, 31))
    for code in ("visits_standard", "clients_covered", "coverage_weighted", "journal_submission"):
        assert value(code, world) is None, code


def test_coverage_weighted_by_tier(world):
    """Four tiers: the seen client of tier B weighs 3, the unseen one of tier D 1: 3/4."""
    unseen = client_of(world.am, "X1", "远郊小店")
    unseen.standing.tier = "D"
    unseen.standing.save()
    visit(world.clients["own"], DAY)
    assert value("coverage_weighted", world) == (D("0.75"), 3, 4)


def test_growth_against_colleagues(world):
    """Growth of 20 % and of 10 %: 5 points above and below their mean."""
    for relation, amount in {"own": 120, "team": 110}.items():
        fact(world.clients[relation], "2025-10", 100)
        fact(world.clients[relation], "2026-10", amount)
    assert value("growth_peers", world)[0] == D("0.05")
    assert value("growth_peers", world, world.managers["team"])[0] == D("-0.05")


def test_banking_figures_of_a_quarter(world):
    """Deposits and loans are levels (the mean of the months), fees add up."""
    quarter = periods.Period.parse("2026-Q3")
    for month, deposits in {"2026-07": 100, "2026-08": 200, "2026-09": 300}.items():
        fact(world.clients["own"], month, 1, 0, {"deposits": deposits, "loans": 50, "overdue": 5, "fees": 7})
    assert value("deposits", world, period=quarter)[0] == 200
    assert value("loans", world, period=quarter)[0] == 50
    assert value("fees", world, period=quarter)[0] == 21
    assert value("overdue_rate", world, period=quarter)[0] == D("0.1")


def test_retention_and_waking(world):
    """Two traded a year before, one still does; of two that slept for three months one is awake again."""
    other = client_of(world.am, "X1", "停业小店")
    for client in (world.clients["own"], other):
        fact(client, "2025-10", 100)
    fact(world.clients["own"], "2026-10", 80)
    assert value("retention_rate", world) == (D("0.5"), 1, 2)
    assert value("wake_up", world) == (D("0.5"), 1, 2)


def test_products(world):
    kind = ProductClass.objects.create(organisation=world.organisation, code="c1", name="一类烟")
    made = [
        Product.objects.create(
            organisation=world.organisation, product_class=kind, code=f"P{number}", name=f"重点{number}", is_key=True
        )
        for number in range(4)
    ]
    client_of(world.am, "X1", "金叶便利店")
    for product, since in ((made[0], dt.date(2026, 3, 1)), (made[1], DAY)):
        Holding.objects.create(
            organisation=world.organisation, client=world.clients["own"], product=product, since=since
        )
    assert value("listing_rate", world) == (D("0.25"), 2, 8)
    assert value("products_per_client", world) == (1, 2, 2)
    assert value("new_products", world)[0] == 1
    Referral.objects.create(
        organisation=world.organisation, client=world.clients["own"], name="新店主", referred_on=DAY
    )
    assert value("referrals", world)[0] == 1


def test_checklists_and_exams(world):
    visit(world.clients["own"], DAY, checklist={"display": "yes", "price_tags": "no", "stock": "yes", "shelf": "na"})
    visit(world.clients["own"], DAY + dt.timedelta(days=7), checklist={"price_tags": "yes", "publicity": "yes"})
    assert value("display_compliance", world) == (round(D(2) / 3, 6), 2, 3)
    assert value("price_tags", world) == (D("0.5"), 1, 2)
    assert value("information_awareness", world) == (1, 1, 1)
    exam = Exam.objects.create(organisation=world.organisation, name="应知应会", held_on=dt.date(2026, 6, 24))
    ExamResult.objects.create(exam=exam, manager=world.am, written=86, mark=86)
    assert value("exam", world, period=periods.Period.parse("2026-H1"))[0] == 86
    assert value("exam", world) is None


# --- Boards and the outlook ---------------------------------------------------------------------------------------


def october(world, **rules):
    """A published October: 90, 80, 70; sales up by 20 %, 10 % and 0 %."""
    scheme(world.organisation, [leaf("soft:attitude", high="100")], **rules)
    for relation, score, amount in (("own", 90, 120), ("team", 80, 110), ("other_team", 70, 100)):
        soft(world.managers[relation], score, world.supervisor)
        fact(world.clients[relation], "2025-10", 100)
        fact(world.clients[relation], "2026-10", amount)
    run = services.review(computed_run(world.organisation), world.hr)
    return services.publish(run, world.actors["admin"])


@pytest.fixture
def out(world):
    """That, with everybody in one group."""
    return october(world)


def page(user, name):
    browser = Browser()
    browser.force_login(user)
    return browser.get(reverse(f"kpi:{name}")).content.decode()


def test_boards_with_names_or_without(world, out):
    assert "王芳" in page(world.am, "board")
    services.change_settings(world.organisation, second_person=True, appeal_days=5, names=False)
    for name in ("board", "growth"):
        text = page(world.am, name)
        assert "王芳" not in text
        assert "李明" in text
        assert "王芳" in page(world.supervisor, name)


def test_above_and_below_the_mean(out):
    rows = boards.growth(out, out.scorecards.all())
    assert [(row["card"].manager.name, row["place"], round(row["off"], 4)) for row in rows] == [
        ("李明", 1, D("0.1")), ("王芳", 2, 0), ("赵强", 3, D("-0.1")),
    ]  # fmt: skip


def test_each_group_has_its_own_mean(world):
    """The north grew by 20 and 10 %, the south by 0: nobody is measured by a mean of somebody else's."""
    october(world, group="department")
    browser = Browser()
    browser.force_login(world.hr)
    answer = browser.get(reverse("kpi:growth"))
    text = answer.content.decode()
    assert "3 人中有 2 人达到或超过本组平均增幅" in text
    assert all(name in text for name in ("城北市场部", "城南市场部", "平均 +15.0%", "平均 0.0%"))
    assert "markLine" not in answer.context["chart"]["series"][0]
    browser.force_login(world.am)
    alone = browser.get(reverse("kpi:growth")).context
    assert (alone["several"], alone["chart"]["series"][0]["markLine"]["data"]) == (False, [{"xAxis": 15.0}])


def test_years_with_mean_median_and_ends(world, out):
    cache.clear()
    fact(world.clients["own"], "2026-09", 50)  # a month that only one year has counts in the amount, not in the growth
    found = boards.years(world.organisation.pk, {world.am.pk: "李明"})
    assert found["years"] == [2026]  # in 2025 nobody owned these clients yet
    own = found["table"][0]["cells"]
    assert (own[0]["amount"], own[0]["growth"]) == (170, D("0.2"))
    assert [round(row["cells"][0], 4) for row in found["stats"]] == [D("0.1"), D("0.1"), D("0.2"), 0]


def test_where_the_group_stands_and_units_by_indicator(world, out):
    card = out.scorecards.get(manager=world.am)
    assert outlook.standing(card) == {"mean": D("80.00"), "median": D("80.00")}
    chart = boards.heat(out, world.organisation.path)
    assert chart["yAxis"]["data"] == ["城北市场部", "城南市场部"]
    assert [item[2] for item in chart["series"][0]["data"]] == [85.0, 70.0]


def test_a_forecast_grows_counts_and_borrows_what_is_not_there(world, out):
    """To the 16th 8 of 21 work days of November are gone... 2 visits become 2·21/n; attitude is that of October."""
    scheme(
        world.organisation, [leaf("visits_made", "0.5", high="10"), leaf("soft:attitude", "0.5", high="100")],
        name="月度考核", version=2,
    )  # fmt: skip
    for day in (3, 4):
        visit(world.clients["own"], dt.date(2026, 11, day))
    with periods.clock_at(periods.at(dt.date(2026, 11, 17), 9)):
        run = computed_run(world.organisation, "2026-11")
        card = run.scorecards.get(manager=world.am)
        found = outlook.forecast(card, lines_of(card))
    gone, whole = 11, 21  # work days to the 16th, and of the month
    expected = 50 * D(2) * whole / gone / 10 + 50 * D("0.9")
    assert (found.score, found.borrowed, found.days_left) == (round(expected, 1), 1, whole - gone)


def test_documents_for_paper(world, out):
    card = out.scorecards.get(manager=world.am)
    browser = Browser()
    browser.force_login(world.am)
    url = reverse("kpi:card-print", args=[card.pk])
    assert "90.00" in browser.get(url).content.decode()
    made = browser.get(url, {"format": "pdf"})
    if pdf.available():
        assert made.content.startswith(b"%PDF")
