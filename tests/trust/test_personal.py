"""Personal data: hidden where it is not needed, shown and taken out with a reason, found nowhere else."""

import csv
import io
import json
import logging
import time

import pytest
from django.core import signing
from django.db import connection
from django.test import Client as Browser

from clients.models import AttributeDefinition, Client, Contact
from clients.views import personal
from crm.api import tokens
from crm.lib import jobs, masking
from crm.lib.models import AuditEvent, Job
from people.models import Disclosure, User
from people.services import transfer
from tests.matrix.ask import ROWS, address
from tests.world import RELATIONS

PHONE, IDENTITY, ACCOUNT, CONTACT = "13987654321", "530102199003071234", "6222021234567890123", "13712345678"
SECRETS = (PHONE, IDENTITY, ACCOUNT, CONTACT)
REASON = {"reason": "电话回访核实地址"}

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(world):
    """The own client has a phone, a contact, an identity number and an account number."""
    own = world.clients["own"]
    for name, label in (("identity", "证件号码"), ("account", "结算账号")):
        AttributeDefinition.objects.create(organisation=world.organisation, name=name, label=label, type="text")
    Client.objects.filter(pk=own.pk).update(phone=PHONE, attributes={"identity": IDENTITY, "account": ACCOUNT})
    Contact.objects.create(client=own, name="张桂英", phone=CONTACT, is_main=True)
    return world


def signed_in(person):
    browser = Browser()
    browser.force_login(person)
    return browser


def body(answer):
    return (b"".join(answer.streaming_content) if answer.streaming else answer.content).decode(errors="replace")


# --- Masking -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (PHONE, "139****4321"),
        (IDENTITY, "530***********1234"),
        (f"证件 {IDENTITY[:-1]}X，卡 {ACCOUNT}", "证件 530***********123X，卡 622************0123"),
        ("6222 0212 3456 7890 123", "622****************123"),
        ("订单 20261001-0007 金额 12345678.90", "订单 20261001-0007 金额 12345678.90"),
        ("+86 139 8765 4321 来电", "+86**********4321 来电"),
        ("0871-63512345", "0871-63512345"),
    ],
)
def test_what_a_log_says(text, shown):
    assert masking.everything(text) == shown or (text.startswith("6222 ") and "0212" not in masking.everything(text))


def test_short_numbers():
    assert [masking.middle(text) for text in ("", "1", "110", "6351234", "63512345")] == [
        "", "1", "*10", "*****34", "635*2345",
    ]  # fmt: skip


def test_numbers_are_found_however_deep_they_lie():
    told = {"extra": [{"phone": PHONE}, int(PHONE), True, 12, None], "message": f"卡 {ACCOUNT}"}
    assert masking.deep(told) == {
        "extra": [{"phone": "139****4321"}, "139****4321", True, 12, None],
        "message": "卡 622************0123",
    }


def test_a_log_line_and_its_traceback_are_masked():
    formatter = masking.Formatter("{message}", style="{")
    try:
        raise ValueError(f"Key (phone)=({PHONE}) already exists")
    except ValueError as error:
        record = logging.LogRecord("x", logging.ERROR, "f", 1, "sent %s", (IDENTITY,), (ValueError, error, None))
    line = formatter.format(record)
    assert not any(secret in line for secret in SECRETS)
    assert "139****4321" in line


def test_who_calls_clients_sees_phones_and_the_rest_do_not(world):
    pk = world.clients["own"].pk
    for role, sees in {"am": True, "supervisor": True, "back_office": True, "hr": False, "admin": False}.items():
        browser = signed_in(world.actors[role])
        for url in ("/clients/", f"/clients/{pk}/"):
            text = body(browser.get(url))
            assert (PHONE in text) is sees, (role, url)
            assert IDENTITY not in text, (role, url)
            assert ACCOUNT not in text, (role, url)
        assert ("兴隆" in body(browser.get(f"/clients/?q={PHONE[:7]}"))) is sees, role
        assert "兴隆" in body(browser.get("/clients/?q=兴隆")), role


def test_the_interface_hides_them_too(world):
    for role, sees in {"am": True, "hr": False}.items():
        _token, secret = tokens.make(world.actors[role], "测试", ["read"], 30)
        headers = {"Authorization": f"Bearer {secret}"}
        text = body(Browser().get("/api/v1/clients", headers=headers))
        assert (PHONE in text) is sees
        assert IDENTITY not in text
        assert bool(json.loads(body(Browser().get(f"/api/v1/clients?q={PHONE}", headers=headers)))["items"]) is sees


# --- With a reason -------------------------------------------------------------------------------------------------


def test_revealing_needs_a_reason_and_is_kept(world):
    own = world.clients["own"]
    browser = signed_in(world.hr)
    without = body(browser.post(f"/clients/{own.pk}/reveal/", {"reason": " x "}))
    assert not any(secret in without for secret in SECRETS)
    assert not Disclosure.objects.exists()
    shown = body(browser.post(f"/clients/{own.pk}/reveal/", REASON))
    assert all(secret in shown for secret in SECRETS)
    found = Disclosure.objects.get()
    assert (found.user, found.kind, found.reason) == (world.hr, "reveal", REASON["reason"])
    assert own.code in found.subject
    event = AuditEvent.objects.get(table="people_disclosure")
    assert event.actor_id == world.hr.pk
    assert event.organisation_id == world.organisation.pk
    assert REASON["reason"] in body(signed_in(world.actors["admin"]).get("/audit/"))


def test_revealing_is_offered_where_something_is_hidden(world):
    own, offer = world.clients["own"], "查看完整号码"
    am, hr = signed_in(world.am), signed_in(world.hr)
    url = f"/clients/{own.pk}/"
    assert offer in body(am.get(url))
    Client.objects.filter(pk=own.pk).update(attributes={"size": 12}, note="周末不在")
    assert offer not in body(am.get(url))
    assert offer in body(hr.get(url))
    Contact.objects.filter(client=own).delete()
    Client.objects.filter(pk=own.pk).update(phone="")
    assert offer not in body(hr.get(url))
    Client.objects.filter(pk=own.pk).update(note=f"卡号 {ACCOUNT}")
    assert offer in body(am.get(url))
    assert ACCOUNT in body(am.post(f"{url}reveal/", REASON))


def export(browser, query="", **values):
    return browser.post(f"/clients/export/{query}", {"format_of_file": "csv", "reason": "核对片区名单", **values})


def rows_of(answer):
    return list(csv.reader(io.StringIO(body(answer).removeprefix("\ufeff"))))


def test_an_export_leaves_personal_numbers_at_home_unless_asked(world):
    browser = signed_in(world.am)
    plain = rows_of(browser.get(export(browser).context["url"]))
    assert "电话" not in plain[0]
    assert not any(secret in str(plain) for secret in SECRETS)
    full = rows_of(browser.get(export(browser, personal="on").context["url"]))
    assert PHONE in str(full)
    assert IDENTITY in str(full)
    assert list(Disclosure.objects.values_list("kind", "rows")) == [("export", 1), ("export", 1)]


def test_an_export_without_a_reason_is_none(world):
    browser = signed_in(world.am)
    assert "url" not in (export(browser, reason="  ").context or {})
    assert not Disclosure.objects.exists()


def test_the_quota_of_a_day(world, settings):
    settings.EXPORT_ROWS_A_DAY = 3
    browser = signed_in(world.supervisor)  # sees two clients
    assert export(browser).context.get("url")
    refused = export(browser)
    assert refused.context.get("url") is None
    assert "今日仅剩 1 行" in body(refused)


def test_the_quota_is_not_evaded(world, settings):
    """Neither by filters that a link has no room for, nor by filling up a narrow list before it is fetched."""
    settings.EXPORT_ROWS_A_DAY = 1
    browser = signed_in(world.supervisor)  # sees two clients
    assert export(browser, f"?a:x={'A' * 1000}&q=兴隆").status_code == 400
    narrow = export(browser, "?tag=zz").context["url"]
    assert len(rows_of(browser.get(narrow))) == 1
    Client.objects.update(tags=["zz"])
    answer = browser.get(narrow)
    assert answer.status_code == 302
    assert answer.headers["Location"] == "/clients/export/?tag=zz"


def test_a_link_ends_and_is_nobody_elses(world, monkeypatch):
    browser = signed_in(world.am)
    url = export(browser).context["url"]
    assert signed_in(world.supervisor).get(url).status_code == 404
    assert browser.get(url[:-2] + "x/").status_code == 404
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + personal.HOURS * 3600 + 5)
    with pytest.raises(signing.SignatureExpired):
        signing.loads(url.split("/")[3], salt=personal.SALT, max_age=personal.HOURS * 3600)
    monkeypatch.undo()
    monkeypatch.setattr(personal, "HOURS", -1)
    assert browser.get(url).status_code == 404


def test_a_transfer_and_a_demotion_bite_in_links_made_before(world):
    browser = signed_in(world.supervisor)
    url = export(browser).context["url"]
    assert len(rows_of(browser.get(url))) == 3
    transfer(world.supervisor, world.units["south"], "supervisor", world.supervisor.joined_on.replace(month=2))
    moved = str(rows_of(browser.get(url)))
    assert world.clients["own"].name not in moved
    assert world.clients["other_team"].name in moved
    User.objects.filter(pk=world.supervisor.pk).update(role="back_office")
    assert browser.get(url).status_code == 302
    browser.force_login(User.objects.get(pk=world.supervisor.pk))
    assert browser.get(url).status_code == 403


# --- Nowhere else --------------------------------------------------------------------------------------------------


@jobs.kind("leaky", "Leaky", "day")
def leaky(work):
    """Fails with a client's number in the message."""
    raise ValueError(f"no client with {PHONE} or {IDENTITY}")


def test_no_table_of_traces_holds_them(world, caplog):
    """Audit, jobs, notifications, exports and reveals: after changes, a reveal, an export and a failed job."""
    am, hr = signed_in(world.am), signed_in(world.hr)
    own = world.clients["own"]
    am.post(f"/clients/{own.pk}/edit/", {"phone": PHONE, "version": own.version})
    hr.post(f"/clients/{own.pk}/reveal/", REASON)
    export(am, personal="on")
    world.am.phone = PHONE
    world.am.save()
    job = jobs.request("leaky", world.organisation.pk, period="2026-10-01")
    jobs.run(job.pk)
    assert Job.objects.get(pk=job.pk).error
    tables = ("lib_job", "lib_auditevent", "people_notification", "people_disclosure", "people_task")
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"SELECT coalesce(string_agg(t::text, ' '), '') FROM {table} t")
            text = cursor.fetchone()[0]
            assert not [secret for secret in SECRETS if secret in text], table
    formatter = masking.Formatter()
    assert not [secret for record in caplog.records for secret in SECRETS if secret in formatter.format(record)]


def test_no_page_of_hr_and_administrators_says_them(world):
    """Every page that can be read, for the relation of the client that has the numbers."""
    for role in ("hr", "admin"):
        browser = signed_in(world.actors[role])
        told = []
        for row in ROWS:
            if row.method != "GET" or row.expect.get(role) is None or row.url in EDITORS:
                continue
            answer = browser.get(address(row, world, RELATIONS[0]))
            if answer.status_code == 200:
                text = body(answer)
                told += [(row.url, secret) for secret in SECRETS if secret in text]
        assert told == [], role


# Forms in which the numbers themselves are corrected.
EDITORS = {"clients:edit", "clients:contact"}
