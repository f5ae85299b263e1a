"""Guards that only show on particular rows: each of these fails when its one guard is gone."""

import datetime as dt
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client as Browser
from django.test import RequestFactory
from django.urls import reverse

from clients.models import CampaignTarget, TierResult, TierScheme
from clients.tiering.overview import migration
from crm.lib import periods
from journals.desk import latest_sample
from journals.models import Article, ArticleRead, Draw, Phrase
from kpi import services as kpi
from kpi.careers import ladder
from kpi.models import Appeal, GradeChange, Run
from kpi.slots import home_score
from kpi.views import boards
from people.models import Notification, User
from people.services import finish_task, give_task
from retention.models import ForecastFit, RuleSetting, TradeMonth
from retention.views import reports
from service.models import InformationSlip
from service.slots import client_tab
from tests.clients import deals
from tests.journals.helpers import handed_in
from tests.kpi.helpers import compute, computed_run, leaf, scheme, soft
from tests.matrix.journals import a_draw, a_joint_work, a_second_reading
from tests.matrix.kpi import a_card, a_line
from tests.matrix.retention import an_alert
from tests.matrix.service import a_slip, an_invitation
from tests.matrix.visits import a_plan
from tests.world import person

pytestmark = pytest.mark.django_db


def signed_in(who):
    browser = Browser()
    browser.force_login(who)
    return browser


def test_marking_all_as_read_leaves_those_of_others(world):
    for name in ("own", "team"):
        Notification.objects.create(user=world.managers[name], key="x", text="有新批阅")
    signed_in(world.am).post(reverse("people:notifications-read"))
    unread = Notification.objects.filter(read_at=None).values_list("user", flat=True)
    assert list(unread) == [world.managers["team"].pk]


def test_moves_of_tiers_are_counted_within_sight(world):
    month = dt.date(2026, 9, 1)
    for client in world.clients.values():
        scheme, _made = TierScheme.objects.get_or_create(
            organisation_id=client.organisation_id, name="分级", version=1, defaults={"rules": {}}
        )
        TierResult.objects.create(
            client=client, month=month, organisation_id=client.organisation_id, scheme=scheme, tier="A",
            score=Decimal(1), rank=1, ranked=1,
        )  # fmt: skip
    counts = {role: sum(migration(world.actors[role], month).values()) for role in ("am", "supervisor", "hr")}
    assert counts == {"am": 1, "supervisor": 2, "hr": 3}


def test_a_client_out_of_sight_stays_on_the_list_of_an_own_campaign(world):
    """The campaign is the own team's; the client has gone to another one meanwhile."""
    campaign = deals.campaign(world.units["own"], world.supervisor)
    target = CampaignTarget.objects.create(campaign=campaign, client=world.clients["other_team"])
    answer = signed_in(world.supervisor).post(reverse("clients:campaign-target-drop", args=[target.pk]))
    assert answer.status_code == 404
    assert CampaignTarget.objects.filter(pk=target.pk).exists()


def test_no_scheme_is_drafted_from_one_of_another_organisation(world):
    theirs = TierScheme.objects.create(organisation=world.other_organisation, name="银行分级", version=1, rules={})
    answer = signed_in(world.hr).post(reverse("clients:scheme-new"), {"source": theirs.pk})
    assert answer.status_code == 404
    assert not TierScheme.objects.filter(organisation=world.organisation, name="银行分级").exists()


def test_a_supervisor_takes_no_planned_visit_off_somebody_elses_list(world):
    plan = a_plan(world, "own")["pk"]
    assert signed_in(world.supervisor).post(reverse("visits:inspection-drop", args=[plan])).status_code == 404


def test_the_desk_tells_of_the_own_units_sample_only(world):
    a_draw(world, "other_team")
    assert latest_sample(world.supervisor) is None
    a_draw(world, "own")
    assert latest_sample(world.supervisor)["pk"] == Draw.objects.get(unit=world.units["north"]).pk


def test_who_stands_higher_sees_a_draw_and_does_not_read_for_it(world):
    """Those of one's own unit: its supervisors read them."""
    above = person(world.organisation, "director", "何总", "supervisor")
    a_draw(world, "own")
    assert Draw.objects.visible_to(above).exists()
    assert not Draw.objects.editable_by(above).exists()
    assert Draw.objects.editable_by(world.supervisor).exists()


def test_phrases_on_the_desk_are_the_own_ones(world):
    for role, text in (("supervisor", "数据具体"), ("supervisor_south", "南片短语")):
        Phrase.objects.create(owner=world.actors[role], part="evaluation", text=text)
    page = signed_in(world.supervisor).get(reverse("journals:desk-journal", args=[handed_in(world.am).pk]))
    assert "数据具体" in page.content.decode()
    assert "南片短语" not in page.content.decode()


@pytest.mark.parametrize("url", ["retention:list", "retention:winback"])
def test_a_unit_out_of_sight_is_as_if_it_did_not_exist(world, url):
    """Also one's own organisation, where one sees the own clients only."""
    an_alert(world, "own")
    type(world.clients["own"]).objects.filter(pk=world.clients["own"].pk).update(stage="dormant")
    browser = signed_in(world.am)
    assert "兴隆便利店" in browser.get(reverse(url)).content.decode()
    page = browser.get(reverse(url), {"unit": world.organisation.code}).content.decode()
    assert "兴隆便利店" not in page


def test_the_play_book_of_an_alert_is_the_own_organisations(world):
    south = Article.objects.create(
        author=world.actors["supervisor_south"], unit=world.units["south"], kind="case", title="城南案例", text="留住。"
    )
    theirs = Article.objects.create(
        author=world.actors["supervisor_beta"], unit=world.units["branch"], kind="case", title="银行案例", text="留住。"
    )
    for organisation, article in ((world.other_organisation, theirs), (world.organisation, south)):
        page = signed_in(world.am).get(reverse("retention:alert", args=[an_alert(world, "own")["pk"]]))
        assert "银行案例" not in page.content.decode()
        setting = RuleSetting.objects.create(organisation=organisation, kind="overdue_visit", is_on=True)
        setting.cases.add(article)
    page = signed_in(world.am).get(reverse("retention:alert", args=[an_alert(world, "own")["pk"]]))
    assert "城南案例" not in page.content.decode()


def test_alerts_are_given_to_nobody_out_of_sight(world):
    data = {"act": "assign", "ids": [an_alert(world, "own")["pk"]], "person": "am.south"}
    page = signed_in(world.supervisor).post(reverse("retention:bulk"), data, follow=True).content.decode()
    assert "赵强" not in page


def test_what_is_compared_lies_within_sight(world, monkeypatch):
    """The clients, and the months that the own organisation has."""
    asked = []
    monkeypatch.setattr(
        reports.comparison, "compare", lambda clients, months, *_: asked.append((clients, months)) or ([], {})
    )
    TradeMonth.objects.create(organisation=world.other_organisation, month=dt.date(2026, 10, 1), months=["2026-10-01"])
    signed_in(world.am).get(reverse("retention:proof"))
    assert asked == []
    TradeMonth.objects.create(organisation=world.organisation, month=dt.date(2026, 10, 1), months=["2026-09-01"])
    signed_in(world.am).get(reverse("retention:proof"))
    ((clients, months),) = asked
    assert [client.pk for client in clients] == [world.clients["own"].pk]
    assert months == ["2026-09-01"]


def test_a_forecast_is_of_the_own_clients_and_organisation(world, monkeypatch):
    asked = []
    real = reports._expected
    monkeypatch.setattr(reports, "_expected", lambda clients: asked.append(clients) or real(clients))
    for organisation, error in ((world.organisation, "0.1111"), (world.other_organisation, "0.2222")):
        ForecastFit.objects.create(
            organisation=organisation, month=periods.this_month(), method="rules", why="thin", error=Decimal(error)
        )
    answer = signed_in(world.am).get(reverse("retention:forecast"))
    assert [client.pk for client in asked[0]] == [world.clients["own"].pk]
    assert {fit.organisation_id for fit in answer.context["history"]} == {world.organisation.pk}


def test_who_has_no_card_is_shown_nobody_elses(world):
    for name in ("team", "other_team"):
        a_card(world, name)
    newcomer = person(world.units["own"], "am.new", "孙梅", "am")
    for who in (newcomer, world.actors["back_office"]):
        assert "kpi/no_card.html" in {each.name for each in signed_in(who).get(reverse("kpi:mine")).templates}


def test_nobody_appeals_for_somebody_else(world):
    line = a_line(world, "own")
    with pytest.raises(PermissionDenied):
        kpi.appeal(line, world.managers["team"], "算错了")
    assert not Appeal.objects.exists()


def test_the_ladder_is_the_own_organisations(world):
    theirs = ladder.install(world.other_organisation)[0]
    browser = signed_in(world.hr)
    assert not browser.get(reverse("kpi:careers")).context["has_ladder"]
    answer = browser.post(
        reverse("kpi:grade-set", args=[world.am.pk]), {"grade": theirs.pk, "day": "2026-11-01", "reason": "考试"}
    )
    assert answer.status_code == 302
    assert not GradeChange.objects.exists()


def test_a_reminder_goes_to_nobody_outside(world):
    run = Run.objects.get(pk=a_card(world, "own").run_id)
    data = {"source": "journals", "unit": world.units["branch"].pk}
    before = Notification.objects.count()
    signed_in(world.hr).post(reverse("kpi:remind", args=[run.pk]), data)
    assert Notification.objects.count() == before


def test_switches_are_those_of_the_own_organisation(world):
    before = world.other_organisation.settings
    assert signed_in(world.actors["admin"]).post(reverse("kpi:settings"), {"appeal_days": "9"}).status_code == 302
    for organisation in (world.organisation, world.other_organisation):
        organisation.refresh_from_db()
    assert world.organisation.settings["assessment"]["appeal_days"] == 9
    assert world.other_organisation.settings == before


def test_a_scheme_is_for_units_of_the_own_organisation(world):
    scheme = a_card(world, "own").run.scheme
    page = signed_in(world.hr).get(reverse("kpi:scheme", args=[scheme.pk]))
    assert {unit.organisation_id for unit in page.context["units"]} == {world.organisation.pk}


def test_done_tasks_are_the_own_ones(world):
    for name in ("own", "team"):
        owner = world.managers[name]
        finish_task(give_task(owner, f"回访 {name}", periods.today(), by=owner))
    finish_task(give_task(world.supervisor, "批阅", periods.today(), by=world.supervisor))
    page = signed_in(world.supervisor).get(reverse("people:tasks"), {"view": "done"}).content.decode()
    assert "批阅" in page
    assert "回访" not in page


def test_what_waits_for_a_confirmation_is_the_own(world):
    a_joint_work(world, "own")
    page = signed_in(world.hr).get(reverse("journals:joint"), {"view": "waiting"})
    assert page.context["page"].items == []


def test_the_tree_of_units_opens_one_step_at_a_time(world):
    page = signed_in(world.hr).get(reverse("clients:list")).content.decode()
    assert "unit=ALPHA-N&" in page or 'unit=ALPHA-N"' in page
    assert "unit=ALPHA-N1" not in page


@pytest.mark.parametrize(("role", "may"), [("supervisor", True), ("back_office", False)])
def test_a_clients_link_is_renewed_by_those_who_may_change_the_client(world, role, may):
    page = signed_in(world.actors[role]).get(reverse("service:client-link", args=[world.clients["own"].pk]))
    assert page.context["can_renew"] is may


def test_a_second_reading_is_written_by_supervisors_only(world):
    item = a_second_reading(world, "own")["pk"]
    page = signed_in(world.hr).get(reverse("journals:reading", args=[item]))
    assert page.context["can_read"] is False


def test_lists_of_campaigns_and_surveys_count_the_own_clients(world):
    campaign = deals.campaign(world.units["north"], world.supervisor)
    survey = deals.survey(world.units["north"], world.supervisor)
    for name in ("own", "team"):
        deals.target(campaign, world.clients[name])
        deals.reply(survey, world.clients[name])
    browser = signed_in(world.am)
    ((_campaign, sums),) = browser.get(reverse("clients:campaigns")).context["rows"]
    assert sums["all"] == 1
    ((_survey, sums),) = browser.get(reverse("clients:surveys")).context["rows"]
    assert sums["all"] == 1


def test_what_was_read_is_not_marked_as_new(world):
    new, read = (
        Article.objects.create(author=world.supervisor, unit=world.units["north"], title=title, text="清甜。")
        for title in ("新", "旧")
    )
    ArticleRead.objects.create(article=read, user=world.am)
    assert signed_in(world.am).get(reverse("journals:articles")).context["unread"] == {new.pk}


def test_the_score_so_far_on_the_first_page_is_the_own(world):
    month = periods.Period.month(periods.today())
    scheme(world.organisation, [leaf("soft:attitude", high="100")])
    for manager in (world.am, world.managers["team"]):
        soft(manager, 80, world.supervisor, period=str(month))
    compute(world.organisation, str(month))
    newcomer = person(world.units["own"], "am.new", "孙梅", "am")
    assert so_far_block(newcomer) is None
    assert so_far_block(world.am)["so_far"].manager == world.am


def so_far_block(who):
    request = RequestFactory().get("/")
    request.user = who
    return home_score(request, None)


@pytest.mark.parametrize(
    ("method", "url"),
    [
        ("get", "/styleguide/"),
        ("get", "/setup/steps/"),
        ("post", "/setup/steps/units/skip/"),
        ("post", "/setup/close/"),
        ("post", "/setup/tiers/"),
        ("post", "/setup/sample/"),
    ],
)
def test_setting_up_is_for_administrators(world, method, url):
    assert getattr(signed_in(world.actors["hr"]), method)(url).status_code == 403


def test_how_one_reads_time_and_knows_the_way_is_ones_own(world):
    browser = signed_in(world.am)
    assert browser.post("/me/display/", {"time_zone": "", "week_start": "sunday"}).status_code == 302
    assert browser.post("/tour/").status_code == 204
    world.am.refresh_from_db()
    assert (world.am.preferences["week_start"], world.am.preferences["tour_seen"]) == ("sunday", True)
    others = User.objects.exclude(pk=world.am.pk).values_list("preferences", flat=True)
    assert all(kept.keys().isdisjoint(world.am.preferences) for kept in others)


def test_how_far_the_setup_is_is_the_own_organisations(world):
    """Another organisation that has closed its setup hides nobody else's."""
    page = signed_in(world.actors["admin"]).get("/")
    assert reverse("setup-steps") in page.content.decode()
    assert page.context["setup"]["done"] < page.context["setup"]["all"]
    assert signed_in(world.actors["hr"]).get("/").context["setup"] is None


def asked_by(user):
    request = RequestFactory().get("/")
    request.user = user
    return request


def test_a_supervisor_compares_the_groups_with_own_people(world):
    scheme(world.organisation, [leaf("soft:attitude", high="100")], group="department")
    for name in ("own", "team", "other_team"):
        soft(world.managers[name], 80, world.hr)
    run = kpi.publish(kpi.review(computed_run(world.organisation), world.hr), world.actors["admin"])
    seen = {card.manager for card in boards._compared(asked_by(world.supervisor), run)}
    assert seen == {world.managers["own"], world.managers["team"]}
    assert world.managers["other_team"] in {card.manager for card in boards._compared(asked_by(world.hr), run)}


def test_the_service_tab_of_a_client_is_as_wide_as_its_reader(world):
    client = world.clients["own"]
    an_invitation(world, "own")
    slip = a_slip(world, "other_team")["pk"]
    InformationSlip.objects.filter(pk=slip).update(client=client)
    found = {role: client_tab(asked_by(world.actors[role]), client) for role in ("am", "hr")}
    assert found["am"]["invitation"]
    assert found["hr"]["invitation"] is None  # who may not answer for a client is offered no link
    assert [row.pk for row in found["hr"]["slips"]] == [slip]
    assert found["am"]["slips"] == []  # between others
