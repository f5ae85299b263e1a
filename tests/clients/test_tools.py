"""Changes in bulk with their undo, exports, saved views, columns and an organisation's own fields."""

import csv
import io

import pytest
import python_calamine
from django.core.exceptions import ValidationError
from django.test import Client as Browser

from clients import bulk
from clients.models import AttributeDefinition, BulkChange, Client, Ownership, SavedView, Tag
from clients.names import spelling
from people.models import Disclosure
from tests.clients.helpers import add_client, problems, sent_back, take_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def browser(world, role="supervisor"):
    made = Browser()
    made.force_login(world.actors[role])
    return made


# --- Bulk -------------------------------------------------------------------------------------------------------


def test_hand_over_and_take_back(world):
    extra = [add_client(world, f"K{n}") for n in range(3)]
    team = world.managers["team"]
    made = bulk.change(Client.objects.filter(code__startswith="K"), "owner", "am.team", world.supervisor)
    assert made.count == 3
    assert set(Client.objects.filter(code__startswith="K").values_list("owner", flat=True)) == {team.pk}
    assert Ownership.objects.filter(owner=team, client__in=extra, valid_to=None).count() == 3
    Client.objects.filter(pk=extra[0].pk).update(owner=None)  # somebody goes on working with one of them
    assert bulk.undo(made, world.supervisor) == 2
    assert list(Client.objects.filter(code__startswith="K").order_by("code").values_list("owner", flat=True)) == [
        None,
        world.am.pk,
        world.am.pk,
    ]
    with pytest.raises(ValidationError):
        bulk.undo(made, world.supervisor)


def test_only_what_one_may_edit_changes(world):
    made = bulk.change(Client.objects.all(), "stage", "dormant", world.supervisor)
    assert made.count == 2
    assert Client.objects.filter(stage="dormant").count() == 2
    world.clients["other_team"].refresh_from_db()
    assert world.clients["other_team"].stage == "active"


def test_tags_are_added_once_and_taken_back(world):
    own = world.clients["own"]
    Client.objects.filter(pk=own.pk).update(tags=["重点"])
    made = bulk.change(Client.objects.all(), "add_tag", " 重点 ", world.supervisor)
    assert made.count == 1
    assert Tag.objects.get().name == "重点"
    answer = browser(world).get("/clients/?tag=重点")
    assert len(answer.context["page"].items) == 2
    bulk.undo(made, world.supervisor)
    assert [client.tags for client in Client.objects.filter(organisation=world.organisation).order_by("pk")] == [
        ["重点"],
        [],
        [],
    ]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("owner", "am.south"),
        ("owner", ""),
        ("stage", "gone"),
        ("add_tag", ""),
        ("add_tag", "x" * 31),
        ("name", "x"),
        ("market", "moon"),
        ("credit_rating", ""),
        ("is_difficult", ""),
    ],
)
def test_what_cannot_be_set_is_refused_whole(world, field, value):
    with pytest.raises(ValidationError):
        bulk.change(Client.objects.all(), field, value, world.supervisor)
    assert not BulkChange.objects.exists()


@pytest.mark.parametrize(
    ("field", "value", "column", "before", "after"),
    [
        ("market", "rural", "market", "urban", "rural"), ("scale", "large", "scale", "small", "large"),
        ("business_format", "hotel", "business_format", "food", "hotel"),
        ("credit_rating", " BB ", "credit_rating", "A", "BB"), ("is_difficult", "yes", "is_difficult", False, True),
    ],
)  # fmt: skip
def test_other_fields_are_set_and_taken_back(world, field, value, column, before, after):
    client = add_client(world, "K1", **{column: before})
    made = bulk.change(Client.objects.filter(pk=client.pk), field, value, world.supervisor)
    client.refresh_from_db()
    assert (getattr(client, column), made.count) == (after, 1)
    assert bulk.undo(made, world.supervisor) == 1
    client.refresh_from_db()
    assert getattr(client, column) == before


def test_in_the_browser_all_that_the_filters_show(world):
    add_client(world, "K1", business_format="hotel")
    ask = browser(world)
    posted = {"all": "1", "query": "format=hotel", "field": "stage", "value-stage": "lost"}
    answer = ask.post("/clients/bulk/", posted, follow=True)
    assert Client.objects.filter(stage="lost").count() == 1
    assert "已更新 1 户" in answer.content.decode()
    ask.post(f"/clients/bulk/{BulkChange.objects.get().pk}/undo/")
    assert not Client.objects.filter(stage="lost").exists()
    ask.post("/clients/bulk/", {"ids": ["x", "9" * 30], "field": "stage", "value-stage": "lost"})
    assert BulkChange.objects.count() == 1


# --- Exports ----------------------------------------------------------------------------------------------------


def exported(browser, query, kind):
    """The file, by way of the page that asks what for."""
    sent = {"format_of_file": kind, "reason": "核对片区名单", "personal": "on"}
    return browser.get(browser.post(f"/clients/export/{query}", sent).context["url"])


def test_export_as_csv_holds_what_the_filters_show(world):
    add_client(world, "=1+1", name="@SUM(A1)", note="多\n行")
    answer = exported(browser(world), "?q=SUM", "csv")
    rows = list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))
    assert len(rows) == 2
    assert rows[1][:2] == ["'=1+1", "'@SUM(A1)"]
    logged = Disclosure.objects.get()
    assert (logged.user, logged.kind, logged.rows, logged.reason) == (world.supervisor, "export", 1, "核对片区名单")
    assert "q=SUM" in logged.subject


def test_export_as_xlsx_can_be_imported_again_and_changes_nothing(world):
    AttributeDefinition.objects.create(organisation=world.organisation, name="area", label="面积", type="number")
    Client.objects.filter(pk=world.clients["own"].pk).update(
        attributes={"area": 12.5}, opened_on="2020-01-02", business_format="hotel", phone="013800"
    )
    for client in Client.objects.all():
        Client.objects.filter(pk=client.pk).update(pinyin=spelling(client.name))
    answer = exported(browser(world), "", "xlsx")
    body = b"".join(answer.streaming_content)
    sheet = python_calamine.load_workbook(io.BytesIO(body)).get_sheet_by_index(0).to_python()
    assert len(sheet) == 3
    job, found = take_in(world.organisation, body, name="again.xlsx")
    assert problems(found) == []
    assert (job.result["unchanged"], job.result["updated"], job.result["created"]) == (2, 0, 0)


# --- Views and columns ------------------------------------------------------------------------------------------


def test_saved_views_stand_as_tabs(world):
    ask = browser(world)
    ask.post("/clients/views/save/", {"query": "tier=B&after=x&bad=1", "name": "我的B级", "shared": "1"})
    assert SavedView.objects.get().query == "tier=B"
    tabs = browser(world, "am").get("/clients/?tier=B").context["tabs"]
    assert [(tab["label"], tab["active"]) for tab in tabs] == [("全部", False), ("我的B级", True)]
    browser(world, "am").post("/clients/views/delete/", {"query": "tier=B"})
    assert SavedView.objects.exists()  # only the own ones
    assert "tabs" in browser(world, "supervisor_beta").get("/clients/").context
    assert browser(world, "supervisor_beta").get("/clients/").context["tabs"] == []
    ask.post("/clients/views/delete/", {"query": "tier=B"})
    assert not SavedView.objects.exists()


def test_columns_are_ones_own(world):
    ask = browser(world)
    ask.post("/clients/columns/", {"columns": ["credit", "unit", "nonsense"]})
    assert [column.name for column in ask.get("/clients/").context["columns"]] == ["unit", "credit"]
    assert len(browser(world, "am").get("/clients/").context["columns"]) == 5


# --- Own fields -------------------------------------------------------------------------------------------------


def define(world, name, type_, **values):
    return AttributeDefinition.objects.create(
        organisation=world.organisation, name=name, label=f"字段{name}", type=type_, **values
    )


@pytest.fixture
def fields(world):
    define(world, "note2", "text")
    define(world, "area", "number")
    define(world, "visited", "date")
    define(world, "size", "choice", choices=["大", "小"])
    define(world, "chain", "yes_no")
    define(world, "loan", "number", client_kind="company")
    return world


def test_own_fields_in_the_form(fields):
    client = fields.clients["own"]
    ask = browser(fields, "am")
    form = ask.get(f"/clients/{client.pk}/edit/").context["form"]
    assert [name for name in form.fields if name.startswith("attribute-")] == [
        "attribute-note2",
        "attribute-area",
        "attribute-visited",
        "attribute-size",
        "attribute-chain",
    ]
    posted = {
        "version": 1, "attribute-note2": "甲", "attribute-area": "12.50", "attribute-visited": "2026-01-31",
        "attribute-size": "大", "attribute-chain": "false",
    }  # fmt: skip
    assert ask.post(f"/clients/{client.pk}/edit/", posted).status_code == 302
    client.refresh_from_db()
    assert client.attributes == {"note2": "甲", "area": 12.5, "visited": "2026-01-31", "size": "大", "chain": False}
    assert client.version == 2
    answer = ask.post(f"/clients/{client.pk}/edit/", {"version": 2, "attribute-area": "x", "attribute-size": "中"})
    assert set(answer.context["form"].errors) == {"attribute-area", "attribute-size"}
    ask.post(f"/clients/{client.pk}/edit/", {"version": 2})
    client.refresh_from_db()
    assert client.attributes == {}


@pytest.mark.parametrize("chain", [True, False])
def test_own_fields_that_nobody_touches_stay(fields, chain):
    client, ask = fields.clients["own"], browser(fields, "am")
    values = {"note2": "甲", "area": 12.5, "visited": "2026-01-31", "size": "特大", "chain": chain, "other": "x"}
    Client.objects.filter(pk=client.pk).update(attributes=values)  # 特大 was once on the list of choices
    page = f"/clients/{client.pk}/edit/"
    data = sent_back(ask.get(page).context["form"]) | {"phone": "13800000000"}
    assert ask.post(page, data).status_code == 302
    client.refresh_from_db()
    assert (client.phone, client.attributes) == ("13800000000", values)


def test_own_fields_in_an_import(fields):
    text = 'code,name,字段area,字段size,字段chain,字段visited\n1,a,"1,200",小,是,2026/2/1\n2,b,x,小,,\n3,c,1,中,,\n'
    _job, found = take_in(fields.organisation, text)
    assert problems(found) == [(3, "area", "not_number"), (4, "size", "not_choice")]
    assert Client.objects.get(code="1").attributes == {
        "area": 1200, "size": "小", "chain": True, "visited": "2026-02-01",
    }  # fmt: skip


def test_own_fields_as_filters_and_columns(fields):
    add_client(fields, "K1", attributes={"size": "大", "chain": True})
    ask = browser(fields)
    for query in ("a:size=大", "a:chain=yes"):
        assert [client.code for client in ask.get(f"/clients/?{query}").context["page"].items] == ["K1"]
    assert list(ask.get("/clients/?a:chain=no").context["page"].items) == []
    ask.post("/clients/columns/", {"columns": ["a:size", "a:chain"]})
    page = ask.get("/clients/").content.decode()
    assert "字段size" in page


@pytest.mark.parametrize(
    ("query", "codes"),
    [
        ("a:note2=甲", ["K1"]), ("a:area:from=100", ["K2"]), ("a:area:to=99.5", ["K1"]),
        ("a:area:from=20&a:area:to=1200", ["K1", "K2"]), ("a:visited:from=2026-02-01", ["K2"]),
        ("a:visited:to=2026-01-31", ["K1"]), ("a:visited:to=2026-02-31", []), ("a:area:from=many", []),
        ("scale=large", ["K2"]), ("credit=bb", ["K1"]), ("address=东街", ["K1"]), ("opened:to=2020-01-01", ["K2"]),
        ("q=139-0000-1234", []), ("q=13900001234", ["K2"]),
    ],
)  # fmt: skip
def test_typed_filters(fields, query, codes):
    add_client(
        fields, "K1", attributes={"note2": "在甲方", "area": 20, "visited": "2026-01-31"}, credit_rating="BB",
        address="东街9号",
    )  # fmt: skip
    add_client(
        fields, "K2", attributes={"area": 1200, "visited": "2026-02-01"}, scale="large", phone="13900001234",
        opened_on="2015-05-01",
    )  # fmt: skip
    page = browser(fields).get(f"/clients/?{query}")
    assert [client.code for client in page.context["page"].items] == codes
    assert [chip["value"] for chip in page.context["filters"] if chip["value"]] or query.startswith("q=")


def test_a_field_is_defined_once(world):
    hr = browser(world, "hr")
    posted = {"label": "规模", "name": "size", "type": "choice", "position": 1, "is_active": "on"}
    assert "choices_text" in hr.post("/clients/attributes/new/", posted).context["form"].errors
    hr.post("/clients/attributes/new/", {**posted, "choices_text": "大\n\n小\n大"})
    made = AttributeDefinition.objects.get()
    assert (made.choices, made.organisation) == (["大", "小"], world.organisation)
    assert "name" in hr.post("/clients/attributes/new/", {**posted, "choices_text": "a"}).context["form"].errors
    hr.post(f"/clients/attributes/{made.pk}/", {"label": "店面规模", "position": 2, "choices_text": "大\n中\n小"})
    made.refresh_from_db()
    assert (made.label, made.name, made.type, made.choices, made.is_active) == (
        "店面规模", "size", "choice", ["大", "中", "小"], False,
    )  # fmt: skip
