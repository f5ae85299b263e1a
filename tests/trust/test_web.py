"""The web's own dangers: headers, hosts, cross-site posts, inline code, workbooks that explode, formulas, pixels."""

import base64
import io
import os
import subprocess
import sys
import uuid
import zipfile

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.templatetags.static import static
from django.test import Client as Browser
from django.urls import reverse
from PIL import Image

from crm.api import tokens
from crm.lib import exports, files
from tests.world import PASSWORD

pytestmark = pytest.mark.django_db


def signed_in(person, **options):
    browser = Browser(**options)
    browser.force_login(person)
    return browser


# --- Headers and origins -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("url", ["/login/", "/", "/clients/", "/nowhere/"])
def test_every_answer_carries_the_headers(world, url):
    answer = signed_in(world.am).get(url)
    policy = answer.headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"


def test_a_static_file_carries_the_policy_too(world):
    """A picture in SVG that is opened by itself is a document as well."""
    answer = Browser().get(static("img/favicon.svg"))
    assert answer.status_code == 200
    assert "script-src 'self'" in answer.headers["Content-Security-Policy"]


def test_cookies_are_out_of_reach_for_scripts_and_other_sites(world):
    browser = Browser()
    browser.post("/login/", {"username": "am", "password": PASSWORD})
    cookie = browser.cookies["sessionid"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"


def test_a_post_from_elsewhere_is_refused(world):
    browser = signed_in(world.am, enforce_csrf_checks=True)
    assert browser.post("/tasks/new/", {"title": "x"}).status_code == 403


@pytest.mark.parametrize("host", ["evil.example", "testserver.evil.example", "testserver@evil.example"])
def test_another_host_is_refused(world, host):
    assert Browser().get("/login/", headers={"Host": host}).status_code == 400


def test_behind_tls_every_cookie_is_bound_to_this_host():
    code = (
        "import django; django.setup()\n"
        "from django.conf import settings as s; from people.throttle import DEVICE_COOKIE\n"
        "print(s.SESSION_COOKIE_NAME, s.CSRF_COOKIE_NAME, s.LANGUAGE_COOKIE_NAME, DEVICE_COOKIE)\n"
        "print(s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE, s.LANGUAGE_COOKIE_SECURE, not s.SESSION_COOKIE_DOMAIN)"
    )
    env = {**os.environ, "HTTPS": "1", "NO_SERVICES": "1", "DJANGO_SETTINGS_MODULE": "crm.settings"}
    done = subprocess.run(
        [sys.executable, "-c", code], env=env, cwd=settings.BASE_DIR, capture_output=True, text=True, check=True
    )
    names, flags = done.stdout.splitlines()
    assert all(name.startswith("__Host-") for name in names.split())
    assert flags == "True True True True"


def test_logins_are_noted_without_what_was_typed(world, caplog):
    caplog.set_level("INFO", "crm.security")
    Browser().post("/login/", {"username": "Geheim-Passwort-2026", "password": "typed too early"})
    Browser().post("/login/", {"username": "am", "password": PASSWORD})
    assert "login refused for Geh*************2026 from 127.0.0.1" in caplog.text
    assert f"login of person {world.am.pk} from 127.0.0.1" in caplog.text
    assert "typed" not in caplog.text


@pytest.mark.parametrize("goal", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"])
def test_login_leads_nowhere_else(world, goal):
    answer = Browser().post(f"/login/?next={goal}", {"username": "am", "password": PASSWORD, "next": goal})
    assert answer.headers["Location"] == "/"


def test_an_error_says_nothing_of_the_inside(world, monkeypatch):
    def broken(*args, **kwargs):
        raise RuntimeError("secret of the house")

    monkeypatch.setattr("clients.views.lists.filtered", broken)
    browser = signed_in(world.am, raise_request_exception=False)
    answer = browser.get("/clients/")
    assert answer.status_code == 500
    assert "secret of the house" not in answer.content.decode()


@pytest.mark.parametrize(
    ("role", "url"),
    [
        ("am", "/clients/?tier=%00"),
        ("am", "/visits/?q=%00"),
        ("am", "/alerts/?kind=%00"),
        ("am", "/journals/mine/?month=0001-01"),
        ("am", "/visits/plan/?day=9999-12-31"),
        ("am", "/visits/plan/?day=0001-01-01"),
    ],
)
def test_what_no_row_can_hold_is_a_bad_request(world, role, url):
    assert signed_in(world.actors[role]).get(url).status_code == 400


def test_brackets_without_end_are_a_bad_request(world):
    """A reader of JSON goes down with each bracket, until there is no more room."""
    deep = "[" * 100_000
    am, hr = signed_in(world.am), signed_in(world.hr)
    assert am.generic("POST", "/visits/sync/", deep, "application/json").status_code == 400
    cursor = base64.urlsafe_b64encode(b"[" * 2900).decode()
    assert am.get("/clients/", {"after": cursor}).status_code in (200, 400)
    file = SimpleUploadedFile("scheme.json", deep.encode())
    assert hr.post("/kpi/schemes/take/", {"file": file}).status_code in (302, 400)
    _token, secret = tokens.make(world.am, "x", ["visits"], 30)
    program = Browser(headers={"Authorization": f"Bearer {secret}"})
    assert program.generic("POST", "/api/v1/visits", deep, "application/json").status_code == 400


def test_programs_are_told_so_too(world):
    _token, secret = tokens.make(world.am, "x", ["read", "visits"], 30)
    browser = Browser(headers={"Authorization": f"Bearer {secret}"})
    assert browser.get("/api/v1/clients?owner=%00").status_code == 400
    visit = {"client": world.clients["own"].code, "client_uuid": str(uuid.uuid4())}
    for moment in ("9999-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00"):
        answer = browser.post("/api/v1/visits", {**visit, "checked_in_at": moment}, "application/json")
        assert (answer.status_code, answer.json()["status"]) == (400, 400)


def test_a_page_of_a_person_is_not_kept_by_others(world):
    """Neither the browser nor anything before it may keep a page."""
    for url in ("/", "/clients/", reverse("people:second-factor")):
        answer = signed_in(world.am).get(url)
        assert "no-store" in answer.headers["Cache-Control"]


# --- Inline code ---------------------------------------------------------------------------------------------------

TOUR = {
    "am": ("/", "/clients/", "/clients/{client}/", "/visits/new/?client={client}", "/journals/", "/journals/write/",
           "/alerts/", "/kpi/mine/", "/me/", "/me/second-factor/", "/me/confirm/", "/me/tokens/"),
    "hr": ("/", "/kpi/runs/", "/kpi/schemes/", "/clients/tiers/", "/clients/export/", "/clients/portfolio/",
           "/staff/", "/audit/", "/service/surveys/"),
    "supervisor": ("/", "/journals/desk/", "/visits/verify/", "/kpi/soft/", "/clients/representatives/"),
}  # fmt: skip


def test_a_tour_of_the_site_breaks_no_policy(page_of, world):
    """In Chromium: every refusal that the policy causes is counted, and every error of a script."""
    told = []
    for role, urls in TOUR.items():
        page = page_of(world.actors[role])
        page.on("console", lambda said: told.append(said.text) if "Content Security Policy" in said.text else None)
        page.on("pageerror", lambda error: told.append(str(error)))
        for url in urls:
            answer = page.goto(url.format(client=world.clients["own"].pk))
            assert answer.status == 200, (role, url, answer.status)
            assert "/login/" not in page.url, (role, url)
            page.wait_for_load_state("load")
    assert told == []


# --- Files ---------------------------------------------------------------------------------------------------------

CHECK = """
import resource, sys, time
resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
from pathlib import Path
sys.path.insert(0, {base!r})
import os
os.environ.update(DJANGO_SETTINGS_MODULE="crm.settings", NO_SERVICES="1")
import django
django.setup()
from clients.imports.reading import FileError, open_table
before = resource.getrusage(resource.RUSAGE_SELF)
try:
    list(open_table(Path({path!r})).rows)
    said = "read"
except FileError:
    said = "refused"
after = resource.getrusage(resource.RUSAGE_SELF)
seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
print(said, round(seconds, 2), (after.ru_maxrss - before.ru_maxrss) // 1024)
"""


def bomb(kind):
    """A workbook of some hundred kB that unpacks to gigabytes, spans a billion cells, or holds another bomb."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        if kind == "unpacked":
            with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
                for _block in range(600):
                    sheet.write(b"<row>" * 200_000)
        elif kind == "strings":
            archive.writestr("xl/worksheets/sheet1.xml", "<worksheet/>")
            with archive.open("xl/sharedStrings.xml", "w", force_zip64=True) as strings:
                for _block in range(600):
                    strings.write(b"a" * 1_000_000)
        elif kind == "area":
            archive.writestr("xl/worksheets/sheet1.xml", '<row r="1048576"><c r="XFD1048576"/></row>')
        elif kind == "entries":
            archive.writestr("xl/worksheets/sheet1.xml", "<worksheet/>")
            for number in range(20_000):
                archive.writestr(f"xl/x{number}", "")
        else:
            inner = io.BytesIO()
            with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as nested:
                nested.writestr("x", b"0" * 10_000_000)
            archive.writestr("xl/worksheets/sheet1.zip", inner.getvalue())
    return buffer.getvalue()


@pytest.mark.parametrize("kind", ["unpacked", "strings", "area", "entries", "nested"])
def test_a_workbook_that_explodes_is_refused_in_a_second(tmp_path, kind):
    path = tmp_path / "bomb.xlsx"
    path.write_bytes(bomb(kind))
    code = CHECK.format(base=str(settings.BASE_DIR), path=str(path))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    said, seconds, megabytes = done.stdout.split()
    assert said == "refused"
    assert float(seconds) < 1
    assert int(megabytes) < 200


@pytest.mark.parametrize(
    "cell", ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1+1", "＠SUM(A1)"]
)
def test_no_cell_becomes_a_formula(cell):
    (line,) = exports.csv_lines([[cell]])
    assert line.lstrip('"').startswith("'")
    book = b"".join(exports.xlsx_response("x", ["h"], [[cell]]).streaming_content)
    sheet = zipfile.ZipFile(io.BytesIO(book)).read("xl/worksheets/sheet1.xml")
    assert b"<f>" not in sheet


def test_a_picture_of_too_many_pixels_is_refused_before_it_is_drawn():
    from django.core.exceptions import ValidationError

    buffer = io.BytesIO()
    Image.new("1", (30_000, 30_000)).save(buffer, "PNG")
    assert len(buffer.getvalue()) < 200_000
    buffer.seek(0)
    with pytest.raises(ValidationError):
        files.reencode(buffer)
