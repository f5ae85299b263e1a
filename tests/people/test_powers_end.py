"""A transfer, a demotion and a switched-off account bite with the next request, in whatever was opened before."""

import csv
import datetime as dt
import io
import time

import pyotp
import pytest
from django.db import connection
from django.test import Client as Browser

from clients.models import Client
from crm.api import tokens
from crm.lib import jobs, periods
from crm.models import ApiToken
from people import factors, logins
from people.models import Delivery, Notification, Role, SecondFactor, User
from people.notices import sending
from people.services import give_task, move_unit, notify, transfer
from tests.world import PASSWORD

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 11, 2)


@jobs.kind("team's work", "Team's work", "day")
def teams_work(work):
    """Something long that somebody of the north asked for."""
    return jobs.Outcome({})


class Opened:
    """What a supervisor of the north has opened: a browser, a token, the link of an export, a calendar."""

    def __init__(self, world) -> None:
        self.world, self.person = world, world.supervisor
        self.browser = Browser()
        self.browser.force_login(self.person)
        _token, self.secret = tokens.make(self.person, "报表", ["read", "visits", "calendar"], 90)
        asked = self.browser.post("/clients/export/", {"format_of_file": "csv", "reason": "核对片区名单"})
        self.link = asked.context["url"]

    def page(self, browser=None) -> set[str] | int:
        """The list's clients by relation, or the status that stands in for it."""
        return self.named((browser or self.browser).get("/clients/"))

    def program(self) -> set[str] | int:
        return self.named(Browser().get("/api/v1/clients", headers={"Authorization": f"Bearer {self.secret}"}))

    def export(self, browser=None) -> set[str] | int:
        return self.named((browser or self.browser).get(self.link))

    def calendar(self) -> int:
        return Browser().get(f"/calendar/{self.secret}.ics").status_code

    def named(self, answer) -> set[str] | int:
        if answer.status_code != 200:
            return answer.status_code
        text = (b"".join(answer.streaming_content) if answer.streaming else answer.content).decode()
        return {relation for relation, client in self.world.clients.items() if client.code in text}


@pytest.fixture
def opened(world):
    found = Opened(world)
    assert found.page() == found.program() == found.export() == {"own", "team"}
    assert found.calendar() == 200
    return found


def test_a_transfer(world, opened):
    transfer(opened.person, world.units["south"], Role.SUPERVISOR, TODAY)
    assert opened.page() == opened.program() == opened.export() == {"other_team"}
    assert opened.browser.get(f"/clients/{world.clients['own'].pk}/").status_code == 404


def test_a_unit_that_moves_away(world, opened):
    move_unit(world.units["own"], world.units["south"])
    assert opened.page() == opened.program() == opened.export() == {"team"}


def test_a_demotion(world, opened):
    """It is another job: nothing of the former one goes on, and the new login has the new sight."""
    transfer(opened.person, world.units["own"], Role.AM, TODAY)
    assert (opened.page(), opened.program(), opened.export(), opened.calendar()) == (302, 401, 302, 404)
    browser = Browser()
    browser.post("/login/", {"username": opened.person.username, "password": PASSWORD})
    assert opened.page(browser) == set()
    assert opened.export(browser) == 404


def test_a_promotion_and_back_revives_nothing(world, opened):
    transfer(opened.person, world.units["own"], Role.AM, TODAY)
    transfer(opened.person, world.units["north"], Role.SUPERVISOR, TODAY + dt.timedelta(days=1))
    assert (opened.page(), opened.program(), opened.export(), opened.calendar()) == (302, 401, 302, 404)


@pytest.mark.parametrize("on_again", [False, True])
def test_a_switched_off_account(world, opened, on_again):
    """Also for good: what was open before stays closed when the account is switched on again."""
    admin = Browser()
    admin.force_login(world.actors["admin"])
    admin.post(f"/staff/{opened.person.pk}/switch/")
    if on_again:
        admin.post(f"/staff/{opened.person.pk}/switch/", {"on": "1"})
    assert User.objects.get(pk=opened.person.pk).is_active is on_again
    assert (opened.page(), opened.program(), opened.export(), opened.calendar()) == (302, 401, 302, 404)
    if on_again:
        browser = Browser()
        browser.post("/login/", {"username": opened.person.username, "password": PASSWORD})
        assert opened.page(browser) == {"own", "team"}
        assert opened.export(browser) == 404


def test_whoever_switches_off_without_the_page(world, opened):
    """The database itself counts: by SQL as well, and no form that was read before takes it back."""
    read_before = User.objects.get(pk=opened.person.pk)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE people_user SET is_active = false WHERE id = %s", [opened.person.pk])
        cursor.execute("UPDATE people_user SET is_active = true, generation = 0 WHERE id = %s", [opened.person.pk])
    read_before.save()
    assert (opened.page(), opened.program(), opened.export()) == (302, 401, 302)


def test_a_one_time_password_ends_programs_too(world, opened):
    """An administrator gives one when an account may be in other hands; the own new password leaves programs alone."""
    fresh = "Dianchi-2026-autumn"
    here = Browser()
    here.force_login(opened.person)
    here.post("/me/password/", {"old_password": PASSWORD, "new_password1": fresh, "new_password2": fresh})
    assert (opened.page(), opened.program()) == (302, {"own", "team"})
    admin = Browser()
    admin.force_login(world.actors["admin"])
    admin.post(f"/staff/{opened.person.pk}/password/")
    User.objects.filter(pk=opened.person.pk).update(must_change_password=False)
    assert (opened.program(), opened.calendar()) == (401, 404)


def test_the_page_of_tokens_says_that_they_ended(world, opened):
    logins.close(User.objects.filter(pk=opened.person.pk))
    browser = Browser()
    browser.force_login(User.objects.get(pk=opened.person.pk))
    text = browser.get("/me/tokens/").content.decode()
    assert "已吊销" in text
    assert f"/me/tokens/{ApiToken.objects.get().pk}/revoke/" not in text


def test_a_second_step_that_waits_is_over(world):
    """Who has given the right password and then loses the account does not get in by the code."""
    factors.begin(world.am)
    code = pyotp.TOTP(SecondFactor.objects.get().secret)
    factors.confirm(world.am, code.at(time.time() - factors.STEP))
    browser = Browser()
    browser.post("/login/", {"username": "am", "password": PASSWORD})
    User.objects.filter(pk=world.am.pk).update(is_active=False)
    User.objects.filter(pk=world.am.pk).update(is_active=True)
    assert browser.post("/login/code/", {"code": code.at(time.time())}).headers["Location"] == "/login/"
    assert browser.get("/tasks/").status_code == 302


# --- What waits to be sent, and what was requested ------------------------------------------------------------------


def a_notice(world, settings, **preferences):
    """A notice that names a client of the north, waiting to go to the supervisor as an e-mail."""
    settings.EMAIL_ENABLED = True
    User.objects.filter(pk=world.supervisor.pk).update(email="boss@example.com", **preferences)
    person = User.objects.select_related("unit").get(pk=world.supervisor.pk)
    notify([person], f"{world.clients['own'].name} 三个月没有进货", url="/retention/", key="alerts:1")
    give_task(person, "交接资料", TODAY, by=world.hr, source="x:1")
    Delivery.objects.update(due_at=periods.now())
    return person


LEAVING = {
    "transfer": lambda world, person: transfer(person, world.units["south"], Role.SUPERVISOR, TODAY),
    "demotion": lambda world, person: transfer(person, person.unit, Role.BACK_OFFICE, TODAY),
    "switched off": lambda world, person: User.objects.filter(pk=person.pk).update(is_active=False),
}


@pytest.mark.parametrize("how", LEAVING)
def test_no_mail_goes_out_about_rows_that_were_left(world, settings, mailoutbox, how):
    person = a_notice(world, settings)
    LEAVING[how](world, person)
    sending.send_due()
    sent = " ".join(mail.subject + mail.body for mail in mailoutbox)
    assert world.clients["own"].name not in sent
    assert ("交接资料" in sent) is (how != "switched off")  # a task stays with its person


@pytest.mark.parametrize("how", ["transfer", "demotion"])
def test_nor_does_the_list_of_notices_name_them(world, settings, how):
    person = a_notice(world, settings)
    LEAVING[how](world, person)
    browser = Browser()
    browser.force_login(User.objects.get(pk=person.pk))
    text = browser.get("/notifications/").content.decode()
    assert world.clients["own"].name not in text
    assert "交接资料" in text
    assert Notification.objects.filter(user=person).count() == 1


def test_a_correction_of_the_same_post_takes_no_notice_away(world, settings):
    person = a_notice(world, settings)
    transfer(person, person.unit, Role.SUPERVISOR, TODAY)
    assert Notification.objects.filter(user=person).count() == 2


def test_the_page_of_a_job(world):
    """What somebody asked for goes on for the organisation; its page is for who may see it by now."""
    job = jobs.request("team's work", world.organisation.pk, period="2026-11-01", user=world.actors["admin"])
    hr = Browser()
    hr.force_login(world.hr)
    assert hr.get(f"/jobs/{job.pk}/").status_code == 200
    transfer(world.hr, world.units["north"], Role.SUPERVISOR, TODAY)
    assert hr.get(f"/jobs/{job.pk}/").status_code == 302
    hr.force_login(User.objects.get(pk=world.hr.pk))
    assert hr.get(f"/jobs/{job.pk}/").status_code == hr.post(f"/jobs/{job.pk}/cancel/").status_code == 404
    assert jobs.run(job.pk).state == "done"


def test_rows_of_an_export_are_those_of_the_moment(world, opened):
    """Not those of the moment at which it was asked for: a client handed over meanwhile is not in it."""
    Client.objects.filter(pk=world.clients["own"].pk).update(org=world.units["other_team"])
    body = b"".join(opened.browser.get(opened.link).streaming_content).decode("utf-8-sig")
    assert [row[0] for row in csv.reader(io.StringIO(body))][1:] == [world.clients["team"].code]
