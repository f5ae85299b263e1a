"""Surveys: a sample that can be drawn again, one answer per link, results with a floor of five."""

import datetime as dt
import time
from decimal import Decimal

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import Error, transaction
from django.db.models import Sum
from django.test import Client as Browser

from clients.models import Client
from crm.lib import periods
from crm.lib.sql import analyze, execute, rows
from service import results
from service.analysis import Quadrant, margin_of_error, stratified_sample
from service.facts import SURVEY_MARKS
from service.models import Answer, Wave
from service.services.surveys import answer, open_wave, save_survey, token_of
from service.survey_forms import SurveyForm
from tests.world import client_of

pytestmark = pytest.mark.django_db
NINE = [
    "conformity",
    "frequency",
    "accuracy",
    "language",
    "manner",
    "affinity",
    "appearance",
    "knowledge",
    "convenience",
]


SHOP = {"kind": "one", "label": "您的店由谁经营？", "options": ["雇人", "夫妻店"], "required": True}


def a_survey(world, codes=NINE, **fields):
    labels = [(code, "") for code in codes]
    return save_survey(
        world.organisation, "满意度调查", labels, **{"nps": True, "text": True, "by": world.actors["hr"], **fields}
    )


def a_wave(world, survey=None, **fields):
    values = {"name": "2026 下半年", "share": Decimal("1"), "expires_on": periods.today(), "by": world.actors["hr"]}
    return open_wave(survey or a_survey(world), world.organisation, **{**values, **fields})


def filled(good=4, high=5, overall=4, count=9):
    marks = {f"s{number}": good for number in range(count)} | {f"i{number}": high for number in range(count)}
    return {**marks, "overall": overall, "nps": 9, "comment": "送货再早一点"}


def answers_of(wave, marks):
    """One answer per row of marks (satisfaction list, importance list, overall), in the order of the invitations."""
    for invitation, (good, high, overall) in zip(wave.invitations.order_by("pk"), marks, strict=False):
        answer(invitation, satisfaction=good, importance=high, overall=overall)


def test_the_same_seed_draws_the_same_clients(world):
    for number in range(60):
        client_of(world.am, f"Q{number}", f"店{number}", business_format=("food", "hotel", "mall")[number % 3])
    survey = a_survey(world)
    one = a_wave(world, survey, share=Decimal("0.1"), seed="kunming")
    two = a_wave(world, survey, share=Decimal("0.1"), seed="kunming")
    other = a_wave(world, survey, share=Decimal("0.1"))
    clients = [set(wave.invitations.values_list("client", flat=True)) for wave in (one, two, other)]
    assert clients[0] == clients[1] != clients[2]
    assert other.seed
    assert (one.population, sum(row[3] for row in one.strata)) == (63, one.invitations.count())
    assert all(row[3] >= 1 for row in one.strata)  # every stratum has a voice


def test_a_changed_survey_is_a_new_version(world):
    first = a_survey(world)
    second = a_survey(world, codes=NINE[:4])
    assert (first.version, second.version) == (1, 2)
    with pytest.raises(Error, match="sealed"), transaction.atomic():
        type(first).objects.filter(pk=first.pk).update(name="别的")


def test_a_client_answers_once_without_login(world):
    wave = a_wave(world)
    invitation = wave.invitations.get(client=world.clients["own"])
    url = f"/service/s/{token_of(invitation)}/"
    page = Browser().get(url).content.decode()
    for secret in (world.clients["own"].name, world.am.name):
        assert secret not in page
    assert Browser().post(url, {**filled(), "s3": "6"}).status_code == 200  # a mark that there is not
    assert Browser().post(url, {**filled(), "overall": ""}).status_code == 200
    assert not Answer.objects.exists()
    assert Browser().post(url, filled()).status_code == 302
    assert Browser().post(url, filled(good=1)).status_code == 200
    stored = Answer.objects.get()
    assert (stored.satisfaction, stored.importance, stored.overall, stored.nps) == ([4] * 9, [5] * 9, 4, 9)
    assert (stored.tier, stored.manager, stored.org) == ("B", world.am, world.units["own"])
    with pytest.raises(ValidationError):
        answer(invitation, satisfaction=[1] * 9, importance=[1] * 9, overall=1)
    with pytest.raises(Error, match="sealed"), transaction.atomic():
        Answer.objects.update(overall=5)


def test_expired_and_forged_links_take_nothing(world):
    wave = a_wave(world)
    token = token_of(wave.invitations.first())
    assert Browser().get(f"/service/s/{token[:-2]}xx/").status_code == 404
    assert Browser().get("/service/s/1~x/").status_code == 404
    with periods.clock_at(periods.now() + dt.timedelta(days=1)):
        assert Browser().get(f"/service/s/{token}/").status_code == 410
        assert Browser().post(f"/service/s/{token}/", filled()).status_code == 410
        with pytest.raises(ValidationError):
            answer(wave.invitations.first(), satisfaction=[1] * 9, importance=[1] * 9, overall=1)
    assert not Answer.objects.exists()


def test_results_by_hand(world):
    """Two indicators, four answers of seven clients: means, the quadrants, the margin, the change."""
    for number in range(4):
        client_of(world.am, f"Q{number}", f"店{number}")
    survey = a_survey(world, codes=["manner", "frequency"])
    with periods.clock_at(periods.now() - dt.timedelta(days=180)):
        answers_of(a_wave(world, survey), [([3, 3], [3, 3], 3)])
    wave = a_wave(world, survey)
    answers_of(wave, [([5, 2], [3, 5], 5), ([4, 3], [3, 5], 4), ([4, 2], [2, 4], 4), ([3, 1], [3, 5], 2)])
    found = results.results_of(wave)
    manner, frequency = found.indicators
    assert (found.n, found.overall, manner.satisfaction, frequency.satisfaction) == (4, 3.75, 4.0, 2.0)
    assert (manner.quadrant, frequency.quadrant) == (Quadrant.OVERKILL, Quadrant.CONCENTRATE)
    assert manner.margin == margin_of_error([5, 4, 4, 3], 7)
    assert (manner.change, frequency.change) == (1.0, -1.0)
    assert found.nps is None


def test_a_manager_is_shown_from_five_answers_up(world):
    for number in range(5):
        client_of(world.am, f"Q{number}", f"店{number}")
    wave = a_wave(world, a_survey(world, codes=["manner"]))
    own = wave.invitations.filter(client__owner=world.am)
    for invitation in own[:4]:
        answer(invitation, satisfaction=[4], importance=[4], overall=4)
    browser = Browser()
    browser.force_login(world.actors["hr"])
    assert world.am.name not in browser.get(f"/service/surveys/{wave.pk}/").content.decode()
    answer(own.filter(answered_at=None)[0], satisfaction=[4], importance=[4], overall=4)
    assert world.am.name in browser.get(f"/service/surveys/{wave.pk}/").content.decode()


def test_hr_designs_and_sends(world):
    browser = Browser()
    browser.force_login(world.actors["hr"])
    page = browser.get("/service/surveys/new/")
    assert [bool(row["use"].value()) for row in page.context["form"].indicators()] == [True] * 9 + [False] * 3
    form = {"name": "年度调查", "nps": "on", "use_manner": "on", "label_manner": "态度", "use_own1": "on"}
    form |= {"q-TOTAL_FORMS": "0", "q-INITIAL_FORMS": "0"}
    assert browser.post("/service/surveys/new/", {"name": "空"}).status_code == 200
    made = browser.post("/service/surveys/new/", {**form, "label_own1": "退换货"})
    survey = made.headers["Location"].rpartition("=")[2]
    sent = {"name": "第一批", "survey": survey, "unit": world.organisation.pk, "percent": "50", "seed": "a b"}
    sent["expires_on"] = periods.today().isoformat()
    assert browser.post("/service/surveys/send/", sent).status_code == 200  # a seed with a space
    assert browser.post("/service/surveys/send/", {**sent, "seed": "s1"}).status_code == 302
    wave = Wave.objects.get()
    assert wave.survey.questions["indicators"] == [
        {"code": "manner", "label": "态度"},
        {"code": "own1", "label": "退换货"},
    ]
    assert wave.invitations.count() == 2
    page = browser.get(f"/service/surveys/{wave.pk}/links/").content.decode()
    assert token_of(wave.invitations.first()) in page


def test_an_indicator_of_ones_own_keeps_its_code_in_the_next_version(world):
    """Waves are compared by code: the second of one's own is not the first because that one is gone."""
    labels = [("manner", ""), ("own2", "退换货")]
    survey = save_survey(world.organisation, "年度调查", labels, nps=False, text=False, by=world.actors["hr"])
    form = SurveyForm(survey=survey)
    chosen = [code for code in form.rows if form.fields[f"use_{code}"].initial]
    assert [(code, form.fields[f"label_{code}"].initial) for code in chosen if code != "manner"] == [("own2", "退换货")]


def test_the_draw_in_the_database_is_the_published_one(world):
    """Whoever has the seed and the list of clients can redo it outside."""
    for number in range(40):
        client_of(world.am, f"Q{number}", f"店{number}", business_format=("food", "hotel")[number % 2])
    wave = a_wave(world, share=Decimal("0.2"), seed="redo")
    strata = {}
    for pk, tier, kind in Client.objects.under(world.organisation).values_list(
        "pk", "standing__tier", "business_format"
    ):
        strata.setdefault((tier or "", kind), []).append(pk)
    drawn = stratified_sample(strata, Decimal("0.2"), "redo")
    assert set(wave.invitations.values_list("client", flat=True)) == {pk for rows in drawn.values() for pk in rows}
    assert sum(wave.populations.values_list("clients", flat=True)) == wave.population == 43


def test_groups_have_margins_for_their_own_population(world):
    for number in range(5):
        client_of(world.am, f"Q{number}", f"店{number}")
    wave = a_wave(world, a_survey(world, codes=["manner"]))
    own = wave.invitations.filter(client__owner=world.am)
    for invitation, mark in zip(own[:5], (5, 4, 4, 3, 5), strict=True):
        answer(invitation, satisfaction=[mark], importance=[4], overall=4)
    groups = {group["title"]: group["rows"] for group in results.groups_of(wave, world.organisation)}
    (manager,) = groups["客户经理"] if "客户经理" in groups else groups["按客户经理"]
    assert (manager["n"], manager["clients"]) == (5, 6)
    assert manager["margin"] == pytest.approx(margin_of_error([5, 4, 4, 3, 5], 6))


def test_a_change_within_the_margins_is_no_change(world):
    for number in range(20):
        client_of(world.am, f"Q{number}", f"店{number}")
    survey = a_survey(world, codes=["manner", "frequency"])
    with periods.clock_at(periods.now() - dt.timedelta(days=180)):
        answers_of(a_wave(world, survey), [([mark, 1], [3, 3], 3) for mark in (1, 3, 5) * 4])
    wave = a_wave(world, survey)
    answers_of(wave, [([mark, 5], [3, 3], 3) for mark in (2, 3, 5) * 4])
    manner, frequency = results.results_of(wave).indicators
    assert manner.change == pytest.approx(1 / 3)
    assert not manner.is_clear
    assert frequency.change == 4
    assert frequency.is_clear


def test_derived_importance_has_its_own_quadrants(world):
    for number in range(9):
        client_of(world.am, f"Q{number}", f"店{number}")
    wave = a_wave(world, a_survey(world, codes=["manner", "frequency"]))
    # Frequency moves with the overall mark and is said to matter less; manner does neither.
    answers_of(wave, [([manner, mark], [5, 2], mark) for manner in (4, 5) for mark in (1, 2, 3)])
    found = results.results_of(wave)
    manner, frequency = found.indicators
    assert (manner.quadrant, frequency.quadrant) == (Quadrant.KEEP_UP, Quadrant.LOW_PRIORITY)
    assert (frequency.derived, manner.derived) == (pytest.approx(1), pytest.approx(0))
    assert (manner.derived_quadrant, frequency.derived_quadrant) == (Quadrant.OVERKILL, Quadrant.CONCENTRATE)
    browser = Browser()
    browser.force_login(world.actors["hr"])
    page = browser.get(f"/service/surveys/{wave.pk}/?by=derived")
    drawn = {one["name"]: one["data"] for one in page.context["chart"]["series"]}
    assert [point["value"] for point in drawn["优先改进"]] == [[2.0, 1.0]]
    assert [len(points) for points in drawn.values()] == [1, 0, 0, 1]


def test_low_marks_are_found_for_alerts(world):
    wave = a_wave(world, a_survey(world, codes=["manner"]))
    before = periods.now()
    answers_of(wave, [([1], [5], 2), ([5], [5], 3), ([5], [5], 5)])
    assert [row.overall for row in Answer.objects.low_marks(before)] == [2]
    assert Answer.objects.low_marks(before, below=4).count() == 2
    assert not Answer.objects.low_marks(periods.now() + dt.timedelta(days=1)).exists()


def test_marks_for_indicators_begin_at_five_answers(world):
    for number in range(5):
        client_of(world.am, f"Q{number}", f"店{number}")
    wave = a_wave(world, a_survey(world, codes=["manner"]))
    answers_of(wave, [([4], [5], 4) for _each in range(4)])

    def marks():
        day = periods.today()
        query = f"WITH people AS (SELECT id AS manager_id FROM people_user WHERE role = 'am') {SURVEY_MARKS}"
        names = {"organisation": world.organisation.pk, "start": day, "as_of": day, "zone": settings.TIME_ZONE}
        return [(row["manager_id"], row["num"], row["client_id"]) for row in rows(query, names)]

    assert marks() == []
    for invitation in wave.invitations.filter(answered_at=None):
        answer(invitation, satisfaction=[5], importance=[5], overall=5)
    assert {manager for manager, _mark, _client in marks()} == {world.am.pk}
    assert (
        sum(mark for _manager, mark, _client in marks())
        == Answer.objects.filter(manager=world.am).aggregate(n=Sum("overall"))["n"]
    )
    assert {client for _manager, _mark, client in marks()} == {None}


def test_results_and_answers_leave_as_tables(world):
    survey = a_survey(world, codes=["manner"], sections={"before": [SHOP]})
    wave = a_wave(world, survey)
    first, second = wave.invitations.order_by("pk")[:2]
    answer(first, satisfaction=[4], importance=[5], overall=4, comment="=1+1", extra={"b1": 1})
    answer(second, satisfaction=[None], importance=[5], overall=2)
    browser = Browser()
    browser.force_login(world.actors["hr"])
    table = b"".join(browser.get(f"/service/surveys/{wave.pk}/answers.csv").streaming_content).decode()
    assert "'=1+1" in table  # no spreadsheet takes it for a formula
    assert "夫妻店" in table
    for secret in (first.client.name, first.client.code, first.client.owner.name):
        assert secret not in table
    table = b"".join(browser.get(f"/service/surveys/{wave.pk}/results.csv").streaming_content).decode()
    assert "夫妻店,1" in table
    assert browser.get(f"/service/surveys/{wave.pk}/results.xlsx").headers["Content-Type"].endswith("sheet")
    assert browser.get(f"/service/surveys/{wave.pk}/results.exe").status_code == 404


def test_6200_answers_within_a_second(world):
    """As many as in a city's survey: the rows come from one statement, so that only the analysis takes time."""
    wave = a_wave(world)
    client = world.clients["own"]
    execute(SIX_THOUSAND, {"wave": wave.pk, "client": client.pk, "org": client.org_id, "owner": world.am.pk})
    analyze("service_answer", "clients_client", "service_invitation")
    started = time.process_time()
    found = results.results_of(wave)
    groups = results.groups_of(wave, world.organisation)
    assert time.process_time() - started < 1  # of this process: what else runs here says nothing
    assert found.n == 6200
    assert len(found.indicators) == 9
    assert sum(row["n"] for row in groups[0]["rows"]) == 6200


# Copies of a client with an invitation and an answer each; marks from the hash of a number, the same in each run.
COPIED = ", ".join(
    field.column for field in Client._meta.local_concrete_fields if field.column not in ("id", "code", "search")
)
SIX_THOUSAND = f"""
    WITH shop AS (
        INSERT INTO clients_client (code, {COPIED})
        SELECT 'T' || n, {COPIED} FROM clients_client, generate_series(1, 6200) AS n WHERE id = %(client)s
        RETURNING id
    ), asked AS (
        INSERT INTO service_invitation (wave_id, client_id, answered_at) SELECT %(wave)s, id, now() FROM shop
        RETURNING id
    )
    INSERT INTO service_answer (invitation_id, wave_id, at, channel, satisfaction, importance, overall, comment, extra,
                                org_id, manager_id, tier, business_format)
    SELECT id, %(wave)s, now(), 'link',
           ARRAY(SELECT 1 + abs(hashint8(id * 9 + mark) %% 5) FROM generate_series(1, 9) AS mark),
           ARRAY(SELECT 3 + abs(hashint8(id * 9 + mark) %% 3) FROM generate_series(1, 9) AS mark),
           1 + abs(hashint8(id) %% 5), '', '{{}}', %(org)s, %(owner)s, chr(65 + (id %% 4)::int), 'food'
    FROM asked
"""
