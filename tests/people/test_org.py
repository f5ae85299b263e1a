"""The org tree and posts: sight by path, moves without cycles, posts that never overlap."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import Client as Browser

from clients.models import Client
from people import services
from people.models import OrgUnit, Posting, User
from people.services import add_person, create_unit, move_unit, supervisors_of, transfer
from tests.world import twice

pytestmark = pytest.mark.django_db


def test_paths_are_fixed_width_prefixes(world):
    own, north = world.units["own"], world.units["north"]
    assert own.path.startswith(north.path)
    assert len(own.path) == 18
    assert set(OrgUnit.objects.under(north)) == {north, own, world.units["team"]}


def test_a_moved_unit_takes_everything_along(world):
    north, south = world.units["north"], world.units["south"]
    move_unit(north, south)
    own = OrgUnit.objects.get(pk=world.units["own"].pk)
    assert own.path.startswith(south.path)
    boss = User.objects.select_related("unit").get(pk=world.actors["supervisor_south"].pk)
    assert world.clients["own"] in Client.objects.visible_to(boss)


@pytest.mark.parametrize("target", ["north", "own"])
def test_no_cycles(world, target):
    before = world.units["north"].path
    with pytest.raises(ValidationError, match=r"."):
        move_unit(world.units["north"], world.units[target])
    assert OrgUnit.objects.get(pk=world.units["north"].pk).path == before


def test_a_unit_stays_in_its_organisation(world):
    with pytest.raises(ValidationError):
        move_unit(world.units["own"], world.units["branch"])


def test_codes_are_unique(world):
    with pytest.raises(ValidationError):
        create_unit(None, "ALPHA", "又一家")


def test_a_transfer_bites_on_the_next_request(world):
    browser = Browser()
    browser.force_login(world.supervisor)
    assert browser.get(f"/staff/{world.am.pk}/").status_code == 200
    transfer(world.supervisor, world.units["south"], "supervisor", dt.date(2026, 10, 1))
    assert browser.get(f"/staff/{world.am.pk}/").status_code == 404
    assert browser.get(f"/staff/{world.managers['other_team'].pk}/").status_code == 200


def test_a_demotion_bites_on_the_next_request(world):
    browser = Browser()
    browser.force_login(world.supervisor)
    transfer(world.supervisor, world.units["own"], "am", dt.date(2026, 10, 1))
    assert browser.get("/staff/").status_code == 302
    browser.force_login(User.objects.get(pk=world.supervisor.pk))
    assert browser.get("/staff/").status_code == 403


def test_posts_never_overlap(world):
    with pytest.raises(IntegrityError), transaction.atomic():
        Posting.objects.create(
            user=world.am,
            unit=world.units["team"],
            role="am",
            valid_from=dt.date(2026, 3, 1),
            valid_to=dt.date(2026, 3, 1),
        )


def test_a_transfer_ends_the_former_post_the_day_before(world):
    transfer(world.am, world.units["team"], "am", dt.date(2026, 5, 1))
    spans = list(world.am.postings.values_list("unit__code", "valid_from", "valid_to"))
    assert spans == [
        ("ALPHA-N1", dt.date(2026, 1, 5), dt.date(2026, 4, 30)),
        ("ALPHA-N2", dt.date(2026, 5, 1), None),
    ]
    with pytest.raises(ValidationError):
        transfer(world.am, world.units["own"], "am", dt.date(2026, 5, 1))


def test_nearest_supervisors(world):
    assert supervisors_of(world.am) == [world.supervisor]
    second = add_person(world.organisation, "chief", "总管", "supervisor", joined_on=dt.date(2026, 1, 5))
    assert supervisors_of(world.am) == [world.supervisor]
    assert supervisors_of(world.supervisor) == [second]


def test_an_administrator_adds_a_person_with_a_one_time_password(world):
    browser = Browser()
    browser.force_login(world.actors["admin"])
    page = browser.post(
        "/staff/new/",
        {
            "name": "新人",
            "username": "newcomer",
            "role": "am",
            "unit": world.units["own"].pk,
            "joined_on": "2026-11-02",
        },
    )
    password = page.context["password"]
    assert password in page.content.decode()
    person = User.objects.get(username="newcomer")
    assert person.check_password(password)
    assert person.must_change_password
    assert person.postings.get().valid_from == dt.date(2026, 11, 2)


def test_all_staff_can_be_paged_through_and_a_search_keeps_the_role(world):
    unit = world.units["own"]
    User.objects.bulk_create(
        [User(username=f"am.{number:03}", name=f"客户经理{number}", role="am", unit=unit) for number in range(60)]
    )
    browser = Browser()
    browser.force_login(world.hr)
    page, seen = browser.get("/staff/?role=am&q=客户经理"), []
    assert "?role=supervisor&amp;q=%E5" in page.content.decode()
    assert '<input type="hidden" name="role" value="am">' in page.content.decode()
    while page:
        rows = page.context["page"]
        seen += [person.username for person in rows.items]
        page = browser.get(f"/staff/{rows.next_url}") if rows.next_url else None
    assert seen == [f"am.{number:03}" for number in range(60)]


def test_an_administrator_cannot_reach_another_organisation(world):
    browser = Browser()
    browser.force_login(world.actors["admin"])
    page = browser.post(
        "/staff/new/",
        {
            "name": "新人",
            "username": "spy",
            "role": "am",
            "unit": world.units["other_org"].pk,
            "joined_on": "2026-11-02",
        },
    )
    assert page.context["form"].errors["unit"]
    assert not User.objects.filter(username="spy").exists()


def test_the_tree_is_in_its_own_order_and_says_what_is_switched_off(world):
    late = create_unit(world.units["north"], "ALPHA-N3", "北街网格", is_active=False)
    browser = Browser()
    browser.force_login(world.actors["admin"])
    page = browser.get("/units/")
    names = [unit.name for unit in page.context["units"]]
    assert names == ["云岭县烟草公司", "城北市场部", "东街网格", "西街网格", "北街网格", "城南市场部", "南门网格"]
    off = [row for row in page.content.decode().split("<tr") if "已停用" in row]
    assert len(off) == 1
    assert late.name in off[0]


def test_the_form_moves_a_unit(world):
    browser = Browser()
    browser.force_login(world.actors["admin"])
    own, south = world.units["own"], world.units["south"]
    values = {"parent": south.pk, "code": own.code, "name": "东街新网格", "level": "grid", "is_active": "on"}
    assert browser.post(f"/units/{own.pk}/", values).status_code == 302
    own.refresh_from_db()
    assert own.path.startswith(south.path)
    assert own.name == "东街新网格"
    cycle = {"parent": own.pk, "code": south.code, "name": south.name, "level": "department", "is_active": "on"}
    page = browser.post(f"/units/{south.pk}/", cycle)
    assert "不能挂在自己下面" in page.content.decode()


def test_a_unit_with_something_in_it_is_not_switched_off(world):
    browser = Browser()
    browser.force_login(world.actors["admin"])
    north, own = world.units["north"], world.units["own"]
    off = {"parent": world.organisation.pk, "code": north.code, "name": north.name, "level": "department"}
    assert browser.post(f"/units/{north.pk}/", off).context["form"].errors["is_active"] == [
        "这里还有4人在岗，请先在“人员”中全部调动或停用。",
        "下面还有2个在用的机构，请先移走或停用。",
        "这里还有2户客户，请先在客户档案中或用客户导入改到其他机构。",
    ]
    User.objects.filter(unit__path__startswith=north.path).update(is_active=False)
    Client.objects.filter(org__path__startswith=north.path).update(is_active=False)
    OrgUnit.objects.filter(parent=north).update(is_active=False)
    assert browser.post(f"/units/{north.pk}/", off).status_code == 302
    on = {"parent": north.pk, "code": own.code, "name": own.name, "level": "grid", "is_active": "on"}
    assert "已停用" in browser.post(f"/units/{own.pk}/", on).context["form"].errors["parent"][0]
    north.refresh_from_db()
    assert not north.is_active


def test_nobody_is_put_into_a_unit_that_is_switched_off(world):
    own = world.units["own"]
    OrgUnit.objects.filter(pk=own.pk).update(is_active=False)
    own.refresh_from_db()
    browser = Browser()
    browser.force_login(world.actors["admin"])
    values = {"name": "新人", "username": "new", "role": "am", "unit": own.pk, "joined_on": "2026-11-02"}
    assert "unit" in browser.post("/staff/new/", values).context["form"].errors
    with pytest.raises(ValidationError, match="已停用"):
        add_person(own, "new", "新人", "am")
    with pytest.raises(ValidationError, match="已停用"):
        create_unit(own, "ALPHA-N1-1", "新组")
    with pytest.raises(ValidationError, match="已停用"):
        transfer(world.managers["team"], own, "am", dt.date(2026, 5, 1))
    User.objects.filter(pk=world.am.pk).update(is_active=False)
    page = browser.post(f"/staff/{world.am.pk}/switch/", {"on": "1"}, follow=True)
    assert "东街网格已停用，请先调动此人。" in page.content.decode()
    assert not User.objects.get(pk=world.am.pk).is_active
    move = {"role": "am", "unit": world.units["team"].pk, "day": "2026-11-02"}
    assert browser.post(f"/staff/{world.am.pk}/transfer/", move).status_code == 302
    assert browser.post(f"/staff/{world.am.pk}/switch/", {"on": "1"}).status_code == 302
    assert User.objects.get(pk=world.am.pk).is_active


def test_a_name_or_code_that_is_taken_is_told_in_plain_words(world):
    browser = Browser()
    browser.force_login(world.actors["admin"])
    values = {"name": "新人", "username": "am", "role": "am", "unit": world.units["own"].pk, "joined_on": "2026-11-02"}
    assert browser.post("/staff/new/", values).context["form"].errors["username"] == ["该用户名已有人使用，请换一个。"]
    unit = {"parent": world.organisation.pk, "code": "ALPHA-N", "name": "又一个", "level": "grid", "is_active": "on"}
    assert browser.post("/units/new/", unit).context["form"].errors["code"] == ["该编码已被其他机构使用，请换一个。"]


def test_an_employee_number_is_given_once_in_an_organisation(world):
    browser = Browser()
    browser.force_login(world.actors["admin"])
    values = {"name": "新人", "username": "new", "employee_number": "a001", "role": "am", "joined_on": "2026-11-02"}
    User.objects.filter(pk=world.managers["team"].pk).update(employee_number="A001", is_active=False)
    page = browser.post("/staff/new/", {**values, "unit": world.units["own"].pk})
    assert page.context["form"].errors["employee_number"] == [
        "该工号已由王芳（西街网格）使用。请更正其中一个，或留空。"
    ]
    page = browser.post(f"/staff/{world.am.pk}/edit/", {"name": "李明", "username": "am", "employee_number": "A001"})
    assert "已由王芳" in page.content.decode()
    with pytest.raises(ValidationError, match="王芳"):
        add_person(world.organisation, "new", "新人", "am", employee_number="A001")
    with pytest.raises(IntegrityError, match="employee number A001 is taken"), transaction.atomic():
        User.objects.filter(pk=world.am.pk).update(employee_number="A001")
    assert add_person(world.other_organisation, "new.beta", "新人", "am", employee_number="A001").pk
    assert add_person(world.organisation, "new", "新人", "am", employee_number="").employee_number == ""


def test_numbers_that_were_given_twice_before_stay_until_one_is_corrected(world):
    twice(world, "A001")
    world.am.refresh_from_db()
    world.am.phone = "13800000000"
    world.am.save()
    transfer(world.am, world.units["team"], "am", dt.date(2026, 5, 1))
    assert User.objects.by_number()["a001"] is None
    User.objects.filter(pk=world.am.pk).update(employee_number="A002")
    assert User.objects.by_number()["a001"] == world.managers["team"].pk
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.filter(pk=world.am.pk).update(employee_number="A001")


def test_what_somebody_else_took_at_the_same_moment_is_told_at_its_field(world, monkeypatch):
    """The check had passed when a colleague saved the same number."""
    browser = Browser()
    browser.force_login(world.actors["admin"])
    save = services.save_person

    def late(user):
        User.objects.filter(pk=world.managers["team"].pk).update(employee_number="A001")
        save(user)

    monkeypatch.setattr(services, "save_person", late)
    values = {"name": "李明", "username": "am", "employee_number": "A001"}
    page = browser.post(f"/staff/{world.am.pk}/edit/", values)
    assert "已由王芳" in page.context["form"].errors["employee_number"][0]
    User.objects.filter(pk=world.managers["team"].pk).update(employee_number="")
    new = {"username": "new", "role": "am", "unit": world.units["own"].pk, "joined_on": "2026-11-02"}
    page = browser.post("/staff/new/", values | new)
    assert "已由王芳" in page.context["form"].errors["employee_number"][0]
    assert not User.objects.filter(username="new").exists()


def test_two_administrators_who_switch_off_the_same_account_do_not_switch_it_on(world):
    browser = Browser()
    browser.force_login(world.actors["admin"])
    for _each in range(2):
        browser.post(f"/staff/{world.am.pk}/switch/")
    assert not User.objects.get(pk=world.am.pk).is_active
    page = browser.get(f"/staff/{world.am.pk}/").content.decode()
    assert 'name="on"' in page
