"""Opportunities, referrals, campaigns, product surveys and files."""

from decimal import Decimal
from io import BytesIO
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.test import Client as Browser
from PIL import Image

from clients.models import (
    Attachment,
    Campaign,
    CampaignMaterial,
    CampaignTarget,
    Client,
    Holding,
    Opportunity,
    ProductSurvey,
    Referral,
    SavedView,
    SurveyReply,
)
from clients.services import campaigns, files, opportunities, referrals, surveys
from people.models import User
from tests.clients.deals import (
    QUESTIONS,
    campaign,
    contract,
    days,
    opportunity,
    product,
    referral,
    reply,
    survey,
    target,
)
from tests.clients.helpers import add_client

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def browser(world, role="am"):
    made = Browser()
    made.force_login(world.actors[role])
    return made


# --- Opportunities --------------------------------------------------------------------------------------------------


def test_from_lead_to_won(world):
    client, am = world.clients["own"], world.am
    service = product(world.organisation, "代发工资", "service")
    found = opportunity(client, product=service, next_step="演示", next_step_on=days(2))
    opportunities.move(found, "proposal", am)
    won = opportunities.move(found, "won", am, note="手续简单")
    assert (won.closed_on, won.next_step, won.outcome_note) == (days(0), "", "手续简单")
    assert Holding.objects.running().filter(client=client, product=service).exists()
    assert list(found.moves.values_list("before", "after")) == [
        ("", "lead"),
        ("lead", "proposal"),
        ("proposal", "won"),
    ]
    again = opportunities.move(found, "talks", am)
    assert again.closed_on is None
    opportunities.move(found, "talks", am)
    assert found.moves.count() == 4


def test_lost_needs_a_reason(world):
    found = opportunity(world.clients["own"])
    for reason in ("", "mood"):
        with pytest.raises(ValidationError):
            opportunities.move(found, "lost", world.am, reason=reason)
    with pytest.raises(ValidationError):
        opportunities.move(found, "somewhere", world.am)
    lost = opportunities.move(found, "lost", world.am, reason="price")
    assert lost.lost_reason == "price"
    assert opportunities.move(found, "need", world.am).lost_reason == ""
    with pytest.raises(IntegrityError), transaction.atomic():
        Opportunity.objects.filter(pk=found.pk).update(stage="lost", closed_on=days(0))
    with pytest.raises(IntegrityError), transaction.atomic():
        Opportunity.objects.filter(pk=found.pk).update(stage="won")


def test_the_pipeline_by_the_chance_of_each_stage(world):
    client = world.clients["own"]
    opportunity(client, amount=100_000)
    opportunity(client, amount=50_000, stage="talks")
    lost = opportunity(client, amount=70_000)
    opportunities.move(lost, "lost", world.am, reason="price")
    opportunity(world.clients["other_team"], amount=900_000)
    page = browser(world)
    context = page.get("/clients/opportunities/").context
    assert context["amount"] == 150_000
    assert context["expected"] == Decimal(50_000)
    assert [len(column["cards"]) for column in context["columns"]] == [1, 0, 0, 1]
    assert context["win_rate"] == 0
    context = page.get("/clients/opportunities/?state=lost").context
    assert [one.pk for one in context["page"].items] == [lost.pk]
    assert [n for _reason, n in context["reasons"]] == [1]
    south = browser(world, "supervisor_south").get("/clients/opportunities/?view=list").context
    assert [one.amount for one in south["page"].items] == [900_000]


def test_an_opportunity_by_form(world):
    client = world.clients["own"]
    page = browser(world)
    values = {"title": "商户快贷", "amount": "300000", "stage": "lead", "next_step": "收材料", "note": ""}
    answer = page.post(f"/clients/{client.pk}/opportunities/new/", values)
    assert answer.context["form"].errors.keys() == {"next_step_on"}
    answer = page.post(f"/clients/{client.pk}/opportunities/new/", values | {"stage": "won", "next_step_on": days(1)})
    assert answer.context["form"].errors.keys() == {"stage"}
    page.post(f"/clients/{client.pk}/opportunities/new/", values | {"next_step_on": days(1)})
    found = Opportunity.objects.get(client=client)
    assert found.owner == world.am
    page.post(f"/clients/opportunities/{found.pk}/edit/", values | {"amount": "1", "next_step_on": days(-1)})
    page.post(f"/clients/opportunities/{found.pk}/move/", {"stage": "need"})
    found.refresh_from_db()
    assert (found.amount, found.stage) == (1, "need")
    assert page.get("/clients/opportunities/?state=late").context["page"].items == [found]
    assert "收材料" in page.get("/later/").content.decode()


# --- Referrals ------------------------------------------------------------------------------------------------------


def test_a_referral_and_what_came_of_it(world):
    client = world.clients["own"]
    found = referral(client)
    new = add_client(world, "NEW1")
    with pytest.raises(ValidationError):
        referrals.decide(found, "client", new_client=client)
    with pytest.raises(ValidationError):
        referrals.decide(found, "declined", new_client=new)
    with pytest.raises(ValidationError):
        referrals.decide(found, "client", new_client=world.clients["other_org"])
    referrals.decide(found, "client", new_client=new, thanks="送小礼品")
    found.refresh_from_db()
    assert found.decided_on == days(0)
    page = browser(world)
    assert page.get(f"/clients/{new.pk}/?tab=offers").context["tab"]["came_by"] == found
    context = page.get("/clients/referrals/?state=client").context
    assert (context["rate"], context["page"].items) == (1, [found])
    referrals.decide(found, "open")
    found.refresh_from_db()
    assert found.decided_on is None
    with pytest.raises(IntegrityError), transaction.atomic():
        Referral.objects.filter(pk=found.pk).update(outcome="client")


def test_a_referral_by_form_finds_the_new_client_by_its_code(world):
    client = world.clients["own"]
    page = browser(world)
    page.post(f"/clients/{client.pk}/referrals/new/", {"name": "隔壁王老板", "referred_on": days(-1)})
    found = Referral.objects.get(client=client)
    assert found.recorded_by == world.am
    foreign = world.clients["other_team"].code
    answer = page.post(f"/clients/referrals/{found.pk}/", {"outcome": "client", "code": foreign})
    assert answer.context["form"].errors.keys() == {"code"}
    add_client(world, "NEW2")
    page.post(f"/clients/referrals/{found.pk}/", {"outcome": "client", "code": "NEW2"})
    found.refresh_from_db()
    assert found.new_client.code == "NEW2"


# --- Campaigns ------------------------------------------------------------------------------------------------------


def test_a_list_comes_from_a_saved_view(world):
    for number in range(3):
        add_client(world, f"T{number}", tags=["重点"])
    add_client(world, "S1", relation="other_team", tags=["重点"])
    found = campaign(world.units["north"], world.supervisor)
    view = SavedView.objects.create(
        user=world.supervisor, organisation=world.organisation, name="重点", query="tag=%E9%87%8D%E7%82%B9"
    )
    page = browser(world, "supervisor")
    page.post(f"/clients/campaigns/{found.pk}/fill/", {"view": view.pk})
    page.post(f"/clients/campaigns/{found.pk}/fill/", {"view": view.pk})
    assert set(found.targets.values_list("client__code", flat=True)) == {"T0", "T1", "T2"}
    hers = SavedView.objects.create(user=world.hr, organisation=world.organisation, name="全部", query="")
    assert page.post(f"/clients/campaigns/{found.pk}/fill/", {"view": hers.pk}).status_code == 404
    assert len(browser(world).get(f"/clients/campaigns/{found.pk}/").context["page"].items) == 3


def test_results_are_noted_until_the_campaign_is_closed(world):
    brand = product(world.organisation)
    found = campaign(world.units["north"], world.supervisor, product=brand, goal_clients=2)
    own, team = target(found, world.clients["own"]), target(found, world.clients["team"])
    with pytest.raises(ValidationError):
        campaigns.record(own, "maybe", world.am)
    campaigns.record(own, "won", world.am, quantity=Decimal(3), note="先试三条")
    assert Holding.objects.running().filter(client=world.clients["own"], product=brand).exists()
    totals = campaigns.totals(CampaignTarget.objects.filter(campaign=found))
    assert (totals["all"], totals["recorded"], totals["won"], totals["quantity_sum"]) == (2, 1, 1, 3)
    assert [row["client__owner__name"] for row in campaigns.by_manager(found.targets)] == ["王芳", "李明"]
    with pytest.raises(ValidationError):
        campaigns.drop_target(own)
    campaigns.drop_target(team)
    with pytest.raises(ValidationError):
        campaigns.close(found, " ")
    campaigns.close(found, "一户上柜")
    for act in (
        lambda: campaigns.record(own, "declined", world.am),
        lambda: campaigns.add_targets(found, Client.objects.all()),
        lambda: campaigns.close(found, "再来"),
    ):
        with pytest.raises(ValidationError):
            act()
    with pytest.raises(IntegrityError), transaction.atomic():
        Campaign.objects.filter(pk=found.pk).update(summary="")


def test_two_account_managers_of_one_name_are_two(world):
    found = campaign(world.organisation, world.hr)
    for relation in ("own", "team"):
        target(found, world.clients[relation])
    User.objects.filter(pk=world.managers["team"].pk).update(name=world.am.name)
    campaigns.record(found.targets.get(client=world.clients["own"]), "won", world.am)
    rows = campaigns.by_manager(found.targets)
    assert [(row["client__owner__name"], row["recorded"], row["all"]) for row in rows] == [
        ("李明", 0, 1),
        ("李明", 1, 1),
    ]


def test_who_sees_a_campaign(world):
    north = campaign(world.units["north"], world.supervisor, name="城北")
    whole = campaign(world.organisation, world.hr, name="全县")
    grid = campaign(world.units["team"], world.supervisor, name="西街")
    foreign = campaign(world.other_organisation, world.actors["hr_beta"], name="别家")
    seen = {
        role: {one.name for one in Campaign.objects.visible_to(world.actors[role])}
        for role in ("am", "supervisor", "supervisor_south", "hr")
    }
    assert seen == {
        "am": {"城北", "全县"},
        "supervisor": {"城北", "全县", "西街"},
        "supervisor_south": {"全县"},
        "hr": {"城北", "全县", "西街"},
    }
    assert set(Campaign.objects.editable_by(world.supervisor)) == {north, grid}
    assert set(Campaign.objects.editable_by(world.hr)) == {north, whole, grid}
    assert foreign.organisation == world.other_organisation


def test_a_campaign_by_form_with_material_and_summary(world):
    page = browser(world, "supervisor")
    values = {
        "name": "中秋陈列", "kind": "brand", "unit": world.units["north"].pk, "starts_on": days(0), "ends_on": days(-1),
        "goal": "20户", "plan": "先陈列后回访",
    }  # fmt: skip
    answer = page.post("/clients/campaigns/new/", values)
    assert answer.context["form"].errors.keys() == {"ends_on"}
    answer = page.post("/clients/campaigns/new/", values | {"unit": world.units["south"].pk})
    assert "unit" in answer.context["form"].errors
    page.post("/clients/campaigns/new/", values | {"ends_on": days(10)})
    found = Campaign.objects.get(name="中秋陈列")
    leaflet = SimpleUploadedFile("单页.pdf", b"%PDF-1.7 x")
    page.post(f"/clients/campaigns/{found.pk}/materials/", {"file": leaflet, "note": "柜台摆放"})
    material = CampaignMaterial.objects.get(campaign=found)
    answer = browser(world).get(f"/clients/campaigns/materials/{material.pk}/")
    assert b"".join(answer.streaming_content) == b"%PDF-1.7 x"
    row = target(found, world.clients["own"])
    am = browser(world)
    assert "result" in am.post(f"/clients/campaigns/targets/{row.pk}/", {"quantity": "-1"}).context["form"].errors
    am.post(f"/clients/campaigns/targets/{row.pk}/", {"result": "interested", "note": "下周再说"})
    row.refresh_from_db()
    assert (row.result, row.recorded_by) == ("interested", world.am)
    page.post(f"/clients/campaigns/{found.pk}/close/", {"summary": "两户有意向"})
    assert page.get(f"/clients/campaigns/{found.pk}/edit/").status_code == 403
    assert page.get("/clients/campaigns/?state=closed").context["rows"][0][1]["interested"] == 1


def test_an_interested_client_becomes_an_opportunity_of_the_campaign(world):
    found = campaign(world.units["north"], world.supervisor, product=product(world.organisation))
    client = world.clients["own"]
    url = f"/clients/{client.pk}/opportunities/new/?campaign={found.pk}"
    page = browser(world)
    assert page.get(url).context["form"]["title"].value() == found.name
    page.post(url, {"title": "上架新品", "amount": "2000", "stage": "lead", "note": ""})
    made = Opportunity.objects.get(client=client)
    assert made.campaign == found
    foreign = campaign(world.other_organisation, world.actors["hr_beta"])
    page.post(
        f"/clients/{client.pk}/opportunities/new/?campaign={foreign.pk}",
        {"title": "别家", "amount": "1", "stage": "lead"},
    )
    assert Opportunity.objects.get(title="别家").campaign is None


# --- Surveys about a product --------------------------------------------------------------------------------------


def test_questions_from_lines_and_back():
    questions = surveys.questions_of(QUESTIONS)
    assert [one["type"] for one in questions] == ["scale", "yes_no", "choice", "number"]
    assert questions[2]["choices"] == ["20元以下", "20至30元"]
    assert surveys.questions_of(surveys.lines_of(questions)) == questions


@pytest.mark.parametrize(
    ("lines", "line"),
    [("", ""), ("口味 | 手感", "1"), ("口味\n价位 | choice | 一种", "2"), ("| scale", "1"), ("问\n" * 21, "")],
)
def test_faulty_questions_name_their_line(lines, line):
    with pytest.raises(ValidationError) as caught:
        surveys.questions_of(lines)
    assert line in caught.value.messages[0]


def test_answers_are_checked_and_summed_up(world):
    found = survey(world.units["north"], world.supervisor)
    first, second = reply(found, world.clients["own"]), reply(found, world.clients["team"])
    with pytest.raises(ValidationError) as caught:
        surveys.answer(first, {"q1": "6", "q2": "yes", "q3": "50元", "q4": "NaN"}, "", world.am)
    assert caught.value.message_dict.keys() == {"q1", "q3", "q4"}
    surveys.answer(first, {"q1": "4", "q2": "yes", "q3": "20元以下", "q4": "3"}, "包装好看", world.am)
    surveys.answer(second, {"q1": "5", "q2": "no", "q3": "20元以下", "q4": "6"}, "", world.am)
    surveys.answer(second, {"q1": "2", "q2": "no", "q3": "20元以下", "q4": "6"}, "", world.am)
    summary = surveys.summary(found, SurveyReply.objects.filter(survey=found))
    assert [one["n"] for one in summary] == [2, 2, 2, 2]
    assert (summary[0]["mean"], summary[3]["mean"]) == (3, Decimal("4.5"))
    assert [bar["n"] for bar in summary[0]["bars"]] == [0, 1, 0, 1, 0]
    assert [bar["n"] for bar in summary[1]["bars"]] == [1, 1]
    assert [bar["n"] for bar in summary[2]["bars"]] == [2, 0]
    with pytest.raises(ValidationError):
        surveys.set_questions(found, surveys.questions_of("别的问题"))
    surveys.close(found)
    with pytest.raises(ValidationError):
        surveys.answer(first, {}, "", world.am)


def test_a_survey_by_form(world):
    coming = product(world.organisation, "未上市", launched_on=days(30))
    page = browser(world, "supervisor")
    values = {
        "name": "上市前调查", "product": coming.pk, "unit": world.units["north"].pk, "starts_on": days(0),
        "ends_on": days(10), "lines": "口味 | 手感",
    }  # fmt: skip
    answer = page.post("/clients/surveys/new/", values)
    assert answer.context["form"].errors.keys() == {"lines"}
    page.post("/clients/surveys/new/", values | {"lines": QUESTIONS})
    found = ProductSurvey.objects.get(name="上市前调查")
    view = SavedView.objects.create(user=world.supervisor, organisation=world.organisation, name="全部", query="")
    page.post(f"/clients/surveys/{found.pk}/fill/", {"view": view.pk})
    assert found.replies.count() == 2
    row = found.replies.get(client=world.clients["own"])
    am = browser(world)
    answer = am.post(f"/clients/surveys/replies/{row.pk}/", {"q1": "4", "q2": "yes", "q4": "1e99"})
    assert answer.context["form"].errors.keys() == {"q3", "q4"}
    am.post(
        f"/clients/surveys/replies/{row.pk}/",
        {"q1": "4", "q2": "yes", "q3": "20元以下", "q4": "2", "opinion": "可以试试"},
    )
    row.refresh_from_db()
    assert row.answers == {"q1": 4, "q2": True, "q3": "20元以下", "q4": 2}
    context = am.get(f"/clients/surveys/{found.pk}/?state=answered").context
    assert context["counts"] == {"all": 1, "answered": 1}
    page.post(f"/clients/surveys/{found.pk}/close/")
    found.refresh_from_db()
    assert found.closed_at


# --- Files ----------------------------------------------------------------------------------------------------------


def picture() -> bytes:
    out = BytesIO()
    Image.new("RGB", (30, 20), (200, 30, 30)).save(out, "PNG")
    return out.getvalue()


def test_files_of_a_client_are_for_those_who_see_it(world):
    client = world.clients["own"]
    am = browser(world)
    am.post(f"/clients/{client.pk}/files/", {"file": SimpleUploadedFile("门头.png", picture()), "note": "新门头"})
    found = Attachment.objects.get(client=client)
    assert (found.name, found.content_type, found.note) == ("门头.jpg", "image/jpeg", "新门头")
    answer = am.get(f"/clients/files/{found.pk}/")
    assert answer["Content-Type"] == "image/jpeg"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Disposition"].startswith("inline")
    assert browser(world, "supervisor_south").get(f"/clients/files/{found.pk}/").status_code == 404
    assert browser(world, "hr_beta").get(f"/clients/files/{found.pk}/").status_code == 404
    page = am.post(f"/clients/{client.pk}/files/", {"file": SimpleUploadedFile("a.pdf", b"MZ\x00")}, follow=True)
    assert [message.level_tag for message in page.context["messages"]] == ["success", "error"]
    assert Attachment.objects.filter(client=client).count() == 1


def test_the_same_file_is_kept_once_and_leaves_with_its_row(world, django_capture_on_commit_callbacks):
    client, am = world.clients["own"], world.am
    paper = contract(client)
    first, created = files.attach(client, BytesIO(b"%PDF-1 a"), "合同.pdf", am, contract=paper)
    again, repeated = files.attach(client, BytesIO(b"%PDF-1 a"), "另一个名字.pdf", am)
    assert (created, repeated, again) == (True, False, first)
    assert first.contract == paper
    with pytest.raises(ValidationError):
        files.attach(world.clients["team"], BytesIO(b"%PDF-1 b"), "b.pdf", am, contract=paper)
    path = first.file.path
    assert Path(path).exists()
    with django_capture_on_commit_callbacks(execute=True):
        files.take_out(first)
    assert not Path(path).exists()
