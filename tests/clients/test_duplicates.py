"""Clients that are in the file twice are found, merged with all that hangs on them, and taken apart again."""

import datetime as dt
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import InternalError, transaction
from django.test import Client as Browser

from clients.duplicates import judging, merge
from clients.models import Client, Contact, DuplicatePair, Merge, MonthlyFact, Ownership, TeamMember
from crm.lib import jobs, periods, sql
from people.models import Task
from people.services import give_task
from service import links
from service.models import Invitation
from tests.clients.helpers import add_client, problems, take_in
from tests.facts import fact
from tests.service.test_surveys import a_wave
from visits.models import ClientTrace, PlannedVisit, Visit

pytestmark = pytest.mark.django_db


def browser(world, role="supervisor"):
    made = Browser()
    made.force_login(world.actors[role])
    return made


def search(world):
    job = jobs.run(jobs.request("find_duplicates", world.organisation.pk, period="2026-W47").pk)
    assert job.state == "done", job.error
    return job


def pairs():
    found = DuplicatePair.objects.order_by("first__code", "second__code")
    return {(pair.first.code, pair.second.code): pair.reasons for pair in found if pair.state == "open"}


@pytest.mark.parametrize(
    ("function", "given", "plain"),
    [
        ("zf_plain_code", " ｏ53-010 0Ⅰ ", "5301001"),
        ("zf_plain_code", "a-1", "A1"),
        ("zf_plain_phone", "+86 139-0000-1234", "13900001234"),
        ("zf_plain_phone", "008613900001234", "13900001234"),
        ("zf_plain_phone", "8688888", "8688888"),
        ("zf_plain_phone", "110", ""),
        ("zf_plain_name", "云州兴旺（东街）商贸 有限责任公司", "云州兴旺东街商贸"),
        ("zf_plain_name", "ＡＢ商店·个体户", "ab商店"),
        ("zf_plain_name", "公司", "公司"),
    ],
)
def test_spelling_is_looked_through(function, given, plain):
    assert sql.rows(f"SELECT {function}(%s) AS plain", [given]) == [{"plain": plain}]


# --- The scan -----------------------------------------------------------------------------------------------------


def test_each_reason_is_found(world):
    for code, relation, values in (
        ("A-01", "own", {"name": "大明烟酒店"}),
        ("a1", "other_team", {"name": "另一个名字"}),  # A01 is not A1
        ("A01", "other_team", {"name": "再一个名字"}),
        ("P1", "own", {"name": "甲", "phone": "139 0000 1234"}),
        ("P2", "team", {"name": "乙", "phone": "+86-13900001234"}),
        ("N1", "own", {"name": "福满楼 酒店"}),
        ("N2", "own", {"name": "福满楼（酒店）"}),
        ("N3", "team", {"name": "福满楼酒店"}),  # another unit
        ("L1", "own", {"name": "利民便利店", "address": "东街镇人民路12号"}),
        ("L2", "own", {"name": "利民便利商店", "address": "东街人民路12号"}),
        ("L4", "own", {"name": "利民便利超市", "address": "东街人民路21号"}),  # a neighbour
        ("L3", "own", {"name": "利民便利商行", "address": "西门外环城路300号"}),
    ):
        add_client(world, code, relation, **values)
    assert search(world).result == {"reasons": {"code": 1, "likeness": 1, "name": 1, "phone": 1}}
    assert pairs() == {
        ("A-01", "A01"): ["code"],
        ("P1", "P2"): ["phone"],
        ("N1", "N2"): ["name"],
        ("L1", "L2"): ["likeness"],
    }
    assert DuplicatePair.objects.get(first__code="L1").likeness == Decimal("0.74")


def test_again_is_the_same_and_what_is_mended_goes(world):
    one, two = add_client(world, "P1", phone="13900001234"), add_client(world, "P2", phone="13900001234")
    first = search(world)
    assert pairs() == {("P1", "P2"): ["phone"]}
    assert search(world).hash == first.hash
    judging.keep_apart(DuplicatePair.objects.get(), world.supervisor)
    search(world)
    assert DuplicatePair.objects.get().state == "different"  # judged is judged
    DuplicatePair.objects.update(state="open")
    Client.objects.filter(pk=two.pk).update(phone="13900009999")
    search(world)
    assert not DuplicatePair.objects.exists()
    judging.pair_by_code("P1", "P2", world.supervisor)
    search(world)
    assert pairs() == {(one.code, two.code): ["manual"]}  # put together by hand stays


def test_a_switchboard_is_no_evidence(world):
    for number in range(6):
        add_client(world, f"S{number}", phone="08716512345")
    search(world)
    assert pairs() == {}


def test_the_scan_is_due_on_sundays_at_three(world):
    from clients.duplicates.scan import due

    sunday = dt.date(2026, 11, 22)
    asked = (world.organisation.pk, "", "2026-W47")
    assert asked not in list(due(periods.at(sunday, 2, 59)))
    assert asked in list(due(periods.at(sunday, 3)))


# --- While typing -------------------------------------------------------------------------------------------------


def test_hint_while_typing(world):
    own = world.clients["own"]
    Client.objects.filter(pk=own.pk).update(phone="13900001234", address="东街12号")
    ask = browser(world, "am")
    for query in (
        {"code": "5301-0000-0001"},
        {"phone": "139 0000 1234"},
        {"name": "兴隆 便利店"},
        {"name": "兴隆便利商店", "address": "东街 12号"},
    ):
        page = ask.get("/clients/similar/", query).content.decode()
        assert own.code in page, query
        assert "可能已在档案中" in page
    for query in ({"name": "全新商行"}, {"phone": "139"}, {"code": own.code, "but": own.pk}, {"org": "x" * 50}):
        assert ask.get("/clients/similar/", query).content.decode().strip() == "", query


def test_hint_does_not_name_what_is_out_of_sight(world):
    other = world.clients["other_team"]
    page = browser(world, "am").get("/clients/similar/", {"code": other.code}).content.decode()
    assert other.name not in page
    assert "您看不到的 1 户" in page


# --- Merging ------------------------------------------------------------------------------------------------------


@pytest.fixture
def two(world):
    """A client with a past, and its double with another."""
    kept = add_client(world, "K1", name="兴旺商店", phone="1", tags=["重点"], attributes={"size": "大", "area": 80})
    gone = add_client(
        world, "K2", "team", name="兴旺商行", address="东街9号", tags=["新"],
        longitude=102.7, latitude=25.0, attributes={"size": "小", "送货日": "周三"},
    )  # fmt: skip
    for client in (kept, gone):
        Ownership.objects.create(client=client, owner=client.owner, valid_from=dt.date(2026, 1, 5))
    fact(kept, "2026-09", 100, measures={"class_1": 3})
    fact(gone, "2026-09", 50, quantity=2, measures={"class_1": 1.5, "fees": 9})
    fact(gone, "2026-08", 70)
    return world, kept, gone


def a_visit(client, day, **values):
    start = periods.at(day, 9)
    return Visit.objects.create(
        organisation_id=client.organisation_id,
        client=client,
        manager=client.owner,
        day=day,
        checked_in_at=start,
        **values,
    )


def state(*clients):
    """All that a merge may touch, to compare."""
    return [
        sql.rows(query, [[client.pk for client in clients]])
        for query in (
            """SELECT id, code, name, phone, address, tags, attributes, org_id, owner_id, longitude, is_active,
                      merged_into_id FROM clients_client WHERE id = ANY(%s) ORDER BY id""",
            "SELECT * FROM clients_monthlyfact WHERE client_id = ANY(%s) ORDER BY client_id, month",
            "SELECT id, client_id FROM clients_contact WHERE client_id = ANY(%s) ORDER BY id",
            "SELECT id, client_id FROM visits_visit WHERE client_id = ANY(%s) ORDER BY id",
            "SELECT id, client_id, user_id FROM clients_teammember WHERE client_id = ANY(%s) ORDER BY id",
        )
    ]


def test_fields_children_and_facts_come_together_and_apart_again(two):
    world, kept, gone = two
    Contact.objects.create(client=gone, name="王桂英")
    open_visit = a_visit(gone, dt.date(2026, 9, 2))
    sealed = a_visit(gone, dt.date(2026, 8, 2), verified_at=periods.now(), verified_by=world.supervisor)
    for client in (kept, gone):  # a double stays where it is
        TeamMember.objects.create(client=client, user=world.hr, valid_from=dt.date(2026, 3, 1))
    task = give_task(world.am, "回访", periods.today(), about=f"client:{gone.pk}", url=f"/clients/{gone.pk}/")
    before = state(kept, gone)

    made = merge.merge(
        kept, gone, world.supervisor, {"name": "gone", "place": "gone", "address": "gone", "attribute:size": "gone"}
    )
    kept.refresh_from_db()
    gone.refresh_from_db()
    assert (kept.name, kept.phone, kept.address, kept.longitude, kept.owner) == (
        "兴旺商行",
        "1",
        "东街9号",
        102.7,
        world.am,
    )
    assert (kept.tags, kept.attributes) == (["重点", "新"], {"size": "小", "area": 80, "送货日": "周三"})
    assert (gone.is_active, gone.merged_into, gone.code) == (False, kept, "K2")
    facts = MonthlyFact.objects.filter(client=kept).order_by("month").values_list("amount", "quantity", "measures")
    assert list(facts) == [(70, 0, None), (150, 2, {"class_1": 4.5, "fees": 9})]
    assert not MonthlyFact.objects.filter(client=gone).exists()
    assert kept.contacts.get().name == "王桂英"
    open_visit.refresh_from_db()
    sealed.refresh_from_db()
    assert (open_visit.client, sealed.client) == (kept, gone)
    task.refresh_from_db()
    assert (task.about, task.url) == (f"client:{kept.pk}", f"/clients/{kept.pk}/")
    assert not gone.ownerships.filter(valid_to=None).exists()
    assert ClientTrace.objects.get(client=kept).visits_total == 2  # the sealed one counts, too

    merge.undo(made, world.supervisor)
    assert state(kept, gone) == before
    assert Task.objects.get(pk=task.pk).about == f"client:{gone.pk}"
    assert gone.ownerships.get(valid_to=None).owner == world.managers["team"]
    assert ClientTrace.objects.get(client=gone).visits_total == 2
    assert DuplicatePair.objects.filter(state="open").count() == 0
    with pytest.raises(ValidationError):
        merge.undo(made, world.supervisor)


def test_what_the_other_owner_had_to_do_goes_to_the_one_who_has_the_client_now(two):
    world, kept, gone = two
    task = give_task(gone.owner, "回访", periods.today(), about=f"client:{gone.pk}", url=f"/clients/{gone.pk}/")
    plan = PlannedVisit.objects.create(manager=gone.owner, client=gone, day=periods.today())
    made = merge.merge(kept, gone, world.supervisor)
    task.refresh_from_db()
    plan.refresh_from_db()
    assert (task.owner, plan.manager, plan.client) == (kept.owner, kept.owner, kept)
    merge.undo(made, world.supervisor)
    task.refresh_from_db()
    plan.refresh_from_db()
    assert (task.owner, plan.manager, plan.client) == (gone.owner, gone.owner, gone)


def test_the_code_can_be_taken_over_and_given_back(two):
    world, kept, gone = two
    made = merge.merge(kept, gone, world.supervisor, {"code": "gone", "owner": "gone", "org": "gone"})
    assert list(Client.objects.filter(pk__in=[kept.pk, gone.pk]).order_by("pk").values_list("code", flat=True)) == [
        "K2",
        "K1",
    ]
    assert kept.ownerships.get(valid_to=None).owner == world.managers["team"]
    merge.undo(made, world.supervisor)
    assert list(Client.objects.filter(pk__in=[kept.pk, gone.pk]).order_by("pk").values_list("code", flat=True)) == [
        "K1",
        "K2",
    ]


def test_what_was_changed_since_stays_when_undone(two):
    world, kept, gone = two
    made = merge.merge(kept, gone, world.supervisor, {"name": "gone"})
    Client.objects.filter(pk=kept.pk).update(name="兴旺总店")
    fact(kept, "2026-09", 999)
    merge.undo(made, world.supervisor)
    kept.refresh_from_db()
    assert kept.name == "兴旺总店"
    amounts = MonthlyFact.objects.filter(client__in=[kept, gone]).order_by("client", "month")
    assert list(amounts.values_list("client__code", "amount")) == [("K1", 999), ("K2", 70), ("K2", 50)]


def test_what_the_client_has_said_goes_along_and_its_code_on_the_counter_still_works(two):
    world, kept, gone = two
    wave = a_wave(world)
    for client in (kept, gone):
        wave.invitations.get_or_create(client=client)
    asked = wave.invitations.get(client=gone)
    alone = a_wave(world).invitations.get_or_create(client=gone)[0]
    Invitation.objects.filter(client=kept).exclude(wave=wave).delete()
    codes = {client.pk: links.token_of(client) for client in (kept, gone)}
    made = merge.merge(kept, gone, world.supervisor)
    alone.refresh_from_db()
    asked.refresh_from_db()
    assert (alone.client, asked.client) == (kept, gone), (
        "asked twice in one wave: the second stays with the closed file"
    )
    assert links.client_of(codes[gone.pk]) == links.client_of(codes[kept.pk]) == kept
    merge.undo(made, world.supervisor)
    alone.refresh_from_db()
    assert (alone.client, links.client_of(codes[gone.pk])) == (gone, gone)
    Client.objects.filter(pk=gone.pk).update(is_active=False)
    assert links.client_of(codes[gone.pk]) is None


def test_a_merge_cannot_be_rewritten(two):
    world, kept, gone = two
    made = merge.merge(kept, gone, world.supervisor)
    with pytest.raises(InternalError, match="sealed"), transaction.atomic():
        Merge.objects.filter(pk=made.pk).update(after={})
    with pytest.raises(InternalError, match="sealed"), transaction.atomic():
        made.delete()


def test_only_open_clients_of_one_organisation_merge(two):
    world, kept, gone = two
    merge.merge(kept, gone, world.supervisor)
    third = add_client(world, "K3")
    for first, second in ((third, gone), (third, third), (third, world.clients["other_org"])):
        with pytest.raises(ValidationError):
            merge.merge(first, second, world.supervisor)


def test_undone_in_the_order_of_making(two):
    world, kept, gone = two
    third = add_client(world, "K3")
    first = merge.merge(kept, gone, world.supervisor)
    second = merge.merge(third, kept, world.supervisor)
    gone.refresh_from_db()
    assert gone.merged_into == third
    with pytest.raises(ValidationError):
        merge.undo(first, world.supervisor)
    merge.undo(second, world.supervisor)
    gone.refresh_from_db()
    assert gone.merged_into == kept
    merge.undo(first, world.supervisor)
    assert Client.objects.filter(code__startswith="K", is_active=True).count() == 3


def test_imports_know_the_former_code(two, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    world, kept, gone = two
    merge.merge(kept, gone, world.supervisor)
    job, _upload = take_in(
        world.organisation, "code,month,amount\nK1,2026-10,30\nK2,2026-10,12\nK2,2026-11,5\n", target="facts"
    )
    assert job.state == "done", job.error
    amounts = MonthlyFact.objects.filter(client=kept, month__gte="2026-10-01").order_by("month")
    assert list(amounts.values_list("amount", flat=True)) == [42, 5]
    _job, upload = take_in(world.organisation, "code,name\nK2,别的名字\n")
    assert problems(upload) == [(2, "code", "merged_client")]


# --- Pages --------------------------------------------------------------------------------------------------------


def test_judged_and_undone_in_pages(two):
    world, kept, gone = two
    ask = browser(world)
    assert ask.post("/clients/duplicates/pair/", {"first": "K1", "second": "nobody"}).status_code == 302
    assert not DuplicatePair.objects.exists()
    page = ask.post("/clients/duplicates/pair/", {"first": "K1", "second": " K2 "}, follow=True)
    pair = DuplicatePair.objects.get()
    assert "兴旺商行" in page.content.decode()
    swapped = ask.get(f"/clients/duplicates/{pair.pk}/?keep=second").context
    assert (swapped["kept"].code, swapped["gone"].code) == ("K2", "K1")
    page = ask.post(f"/clients/duplicates/{pair.pk}/", {"keep": "second", "phone": "gone"}, follow=True)
    assert page.request["PATH_INFO"] == f"/clients/{gone.pk}/"
    gone.refresh_from_db()
    assert (gone.phone, gone.merged_from.get().code) == ("1", "K1")
    assert "此档案已关闭" in ask.get(f"/clients/{kept.pk}/").content.decode()
    made = Merge.objects.get()
    assert "K1" in ask.get(f"/clients/{gone.pk}/").content.decode()
    ask.post(f"/clients/merges/{made.pk}/undo/")
    assert Client.objects.filter(code__in=["K1", "K2"], is_active=True).count() == 2


def test_a_pair_is_seen_by_who_sees_both(two):
    world = two[0]
    pair = judging.pair_by_code("K1", "K2", world.supervisor)
    for role, status in (("supervisor", 200), ("admin", 200), ("supervisor_south", 404), ("hr", 403), ("am", 403)):
        assert browser(world, role).get(f"/clients/duplicates/{pair.pk}/").status_code == status
    other = add_client(world, "K9", "other_team")
    with pytest.raises(ValidationError):
        judging.pair_by_code("K1", other.code, world.supervisor)
