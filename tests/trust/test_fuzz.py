"""What nobody thought of: random orders of work, random calls of the interface, files that mean ill. Never a 5xx.

A few examples, the same in every run; ``FUZZ=200 pytest tests/trust/test_fuzz.py`` draws so many, others each time.
"""

import datetime as dt
import io
import json
import os
import zipfile
from urllib.parse import urlencode

import hypothesis.strategies as st
import pytest
import schemathesis
from django.core.exceptions import ValidationError
from django.db import IntegrityError, InternalError, transaction
from django.test import Client as Browser
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from clients.imports import engine
from clients.imports.reading import FileError
from clients.models import Client
from crm.api import tokens
from crm.lib import jobs, sql
from crm.lib.audit import verify
from journals import services as journals
from journals.models import Journal, JournalVersion, Review
from kpi.models import Scorecard
from tests.kpi import helpers
from tests.world import ROLES, client_of
from visits.models import Visit

pytestmark = pytest.mark.django_db
FUZZ = int(os.environ.get("FUZZ", "0"))
FEW = settings(
    max_examples=FUZZ or 4,
    stateful_step_count=30 if FUZZ else 14,
    deadline=None,
    derandomize=not FUZZ,
    print_blob=True,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


# --- Visit → journal → review → score, in any order ----------------------------------------------------------------

DAYS = st.integers(8, 28).map(lambda day: dt.date(2026, 10, day))


class Month(RuleBasedStateMachine):
    """October of one account manager; sealed rows are remembered when they come into being."""

    world = None

    def __init__(self) -> None:
        super().__init__()
        self.point = transaction.savepoint()
        self.sealed: dict[tuple[str, int], str] = {}
        self.scores: list[tuple[int, str]] = []

    def teardown(self) -> None:
        transaction.savepoint_rollback(self.point)

    @rule(day=DAYS, minutes=st.integers(0, 300))
    def visit(self, day, minutes) -> None:
        helpers.visit(self.world.clients["own"], day, minutes=minutes)

    @rule(day=DAYS, text=st.text(max_size=40))
    def hand_in(self, day, text) -> None:
        journal = journals.open_journal(self.world.am, "day", day)
        count = journal.versions.count()
        try:
            with transaction.atomic():
                journals.submit(journal, {"summary": text, "market": "平稳", "plan": text[:5]})
        except ValidationError:
            assert journal.versions.count() == count

    @precondition(lambda self: Journal.objects.exclude(submitted_at=None).exists())
    @rule(data=st.data(), mark=st.none() | st.integers(1, 5), send_back=st.booleans(), number=st.integers(0, 3))
    def review(self, data, mark, send_back, number) -> None:
        journal = data.draw(st.sampled_from(list(Journal.objects.exclude(submitted_at=None).order_by("pk"))))
        decision = "returned" if send_back else "accepted"
        try:
            with transaction.atomic():
                journals.review(
                    journal, number, self.world.supervisor, decision=decision, mark=mark, requirement="补" * send_back
                )
        except (ValidationError, journals.Conflict):
            return
        assert Review.objects.filter(version__journal=journal, version__number=number).count() == 1

    @precondition(lambda self: JournalVersion.objects.exists())
    @rule()
    def tamper(self) -> None:
        for statement in ("UPDATE journals_journalversion SET sections = '{}'", "DELETE FROM journals_review"):
            if "review" in statement and not Review.objects.exists():
                continue
            with pytest.raises((InternalError, IntegrityError)), transaction.atomic():
                sql.execute(statement)

    @rule()
    def score(self) -> None:
        first = helpers.compute(self.world.organisation)
        again = helpers.compute(self.world.organisation)
        assert first.hash == again.hash
        made = Visit.objects.filter(manager=self.world.am, mode="on_site", day__month=10).count()
        line = Scorecard.objects.filter(manager=self.world.am).latest("pk").lines.get(metric="visits_made")
        assert (line.value or 0) == made

    @invariant()
    def what_is_sealed_stays(self) -> None:
        for table in ("journals_journalversion", "journals_review"):
            for row in sql.rows(f"SELECT id, md5(t::text) AS digest FROM {table} t"):
                assert self.sealed.setdefault((table, row["id"]), row["digest"]) == row["digest"]

    @invariant()
    def nothing_sealed_is_gone(self) -> None:
        there = {("journals_journalversion", pk) for pk in JournalVersion.objects.values_list("pk", flat=True)}
        there |= {("journals_review", pk) for pk in Review.objects.values_list("pk", flat=True)}
        assert set(self.sealed) <= there


def test_any_order_of_a_months_work(world):
    helpers.scheme(world.organisation, [helpers.leaf("visits_made", low="0", high="20")])
    Month.world = world
    run_state_machine_as_test(Month, settings=FEW)
    assert verify().broken_at is None


# --- The interface, by its own description -------------------------------------------------------------------------


def operations():
    """Every operation of the interface, as its description gives it."""
    from crm.api.urls import api

    schema = schemathesis.openapi.from_dict(json.loads(json.dumps(api.get_openapi_schema(), default=str)))
    return [found.ok() for found in schema.get_all_operations()]


@pytest.mark.parametrize("role", ROLES)
def test_no_call_of_the_interface_breaks_it(world, role):
    scopes = list(tokens.scopes_for(world.actors[role]))
    _token, secret = tokens.make(world.actors[role], "测试", scopes, 30)
    browser = Browser(headers={"Authorization": f"Bearer {secret}"}, raise_request_exception=False)
    others = (world.clients["other_org"].name, world.clients["other_org"].code)
    for operation in operations():

        @FEW
        @given(case=operation.as_strategy())
        def call(case):
            with transaction.atomic():
                url = f"{case.formatted_path}?{urlencode(case.query or {}, doseq=True)}"
                url = url if url.startswith("/api/v1") else f"/api/v1{url}"
                try:
                    body = json.dumps(case.body).encode()
                except TypeError:
                    body = b""
                answer = browser.generic(case.method.upper(), url, body, "application/json")
                assert answer.status_code < 500, (case.method, url, body[:200], answer.content[:300])
                assert not any(word in answer.content.decode(errors="replace") for word in others)
                transaction.set_rollback(True)

        call()


# --- Files that mean ill -------------------------------------------------------------------------------------------

HEAD = "客户编码,客户名称,备注\n"
GOOD = "H1,兴隆分店,好\n"


def zipped(**parts):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name.replace("__", "/"), content)
    return buffer.getvalue()


FILES = {
    "empty": b"",
    "only a mark": b"\xef\xbb\xbf",
    "utf-16 cut": "客户编码,客户名称\nH1,店".encode("utf-16")[:-1],
    "gbk cut": (HEAD + GOOD).encode("gbk")[:-3],
    "gbk that is valid utf-8": "客户编码,客户名称\nH1,".encode() + "联通".encode("gbk") + b"\n",
    "two encodings": HEAD.encode() + GOOD.encode("gbk"),
    "nul bytes": b"\0" * 4096,
    "nul in a cell": (HEAD + "H\x001,a\x00b,c\n").encode(),
    "a thousand columns": (",".join(f"c{n}" for n in range(1000)) + "\n" + ",".join("1" * 1000) + "\n").encode(),
    "open quote": (HEAD + 'H1,"兴隆\n' + GOOD * 50).encode(),
    "long cell": (HEAD + "H1," + "长" * 200_000 + ",x\n").encode(),
    "formulas": (HEAD + "=1+1,@SUM(A1),+cmd|' /C calc'!A0\n").encode(),
    "markup": (HEAD + "H1,<script>alert(1)</script>,'; DROP TABLE clients_client; --\n").encode(),
    "right to left": (HEAD + "H1,\u202eexe.店\u200b,\ufeff\n").encode(),
    "lone surrogate": (HEAD + "H1,a").encode() + b"\xed\xa0\x80\n",
    "no workbook": zipped(hello="hi"),
    "nested zip": zipped(xl__worksheets__sheet1="x", inner=zipped(a="b")),
    "paths upwards": zipped(**{"..__..__etc__passwd": "x", "xl__worksheets__sheet1.xml": "<a>"}),
    "deep nesting": zipped(**{"xl__worksheets__sheet1.xml": "<a>" * 100_000}),
    "utf-16 without mark": (HEAD + GOOD).encode("utf-16-le"),
    "utf-7": (HEAD + GOOD).encode("utf-7"),
    "big5": "客戶編碼,客戶名稱\nH1,興隆\n".encode("big5"),
    "utf-8 cut": (HEAD + GOOD).encode()[:-5],
    "header alone": HEAD.encode(),
    "header twice": (HEAD + HEAD + GOOD).encode(),
    "same column twice": "客户编码,客户名称,客户名称\nH1,一,二\n".encode(),
    "a zip inside": zipped(**{"inner.zip": zipped(**{"inner.zip": zipped(a="b" * 1000)}), "xl__workbook.xml": "<a/>"}),
    "numbers without end": (HEAD + "H1," + "9" * 5000 + ",1e999\n").encode(),
    "broken sheet": zipped(**{"xl__worksheets__sheet1.xml": "<worksheet><row"}),
    "entities": zipped(
        **{"xl__worksheets__sheet1.xml": '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><worksheet>&b;</worksheet>'}
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", ["clients", "facts"])
@pytest.mark.parametrize("name", FILES)
def test_a_file_that_means_ill_does_no_harm(world, settings, tmp_path, name, kind):
    settings.MEDIA_ROOT = tmp_path
    browser = Browser(raise_request_exception=False)
    browser.force_login(world.hr)
    before = list(Client.objects.order_by("pk").values_list("pk", "name", "code"))
    known = [row[0] for row in before]
    for ending in ("csv", "xlsx"):
        sent = io.BytesIO(FILES[name])
        sent.name = f"{name}.{ending}"
        answer = browser.post("/clients/imports/", {"kind": kind, "target": kind, "file": sent})
        assert answer.status_code < 500
    try:
        upload = engine.receive(world.organisation, kind, io.BytesIO(FILES[name]), f"{name}.csv")
        engine.preview(upload)
    except (FileError, ValidationError):
        pass  # refused in words
    else:
        done = jobs.run(engine.start(upload, by=world.hr).pk)
        assert done.state == "done", done.error
        assert all(client.organisation == world.organisation for client in Client.objects.exclude(pk__in=known))
    assert list(Client.objects.filter(pk__in=known).order_by("pk").values_list("pk", "name", "code")) == before


def test_a_name_with_markup_is_text_everywhere(world):
    client = client_of(world.am, "X1", "<script>alert(1)</script>", note="<img src=x onerror=alert(1)>")
    browser = Browser()
    browser.force_login(world.am)
    for url in ("/clients/", f"/clients/{client.pk}/", f"/visits/new/?client={client.pk}", "/clients/?q=script"):
        text = browser.get(url).content.decode()
        assert "<script>alert(1)" not in text, url
        assert "<img src=x" not in text, url
