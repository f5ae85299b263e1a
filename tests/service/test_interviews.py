"""Asking clients ourselves, questions of one's own, and asking some once more."""

import datetime as dt
import hashlib
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import Error, transaction
from django.test import Client as Browser

from crm.lib import periods
from service import results
from service.models import Answer, Recheck
from service.services import rechecks
from service.services.surveys import answer, open_wave, token_of
from service.survey_forms import Questions
from tests.service.test_surveys import SHOP, a_survey, a_wave, filled
from tests.world import client_of

pytestmark = pytest.mark.django_db
SEVERAL = {"kind": "several", "label": "您看重什么？", "options": ["送货", "价格", "货源"], "required": False}
WORDS = {"kind": "text", "label": "希望上什么新品？", "options": [], "required": False}


def logged_in(user):
    browser = Browser()
    browser.force_login(user)
    return browser


def invitation_of(wave, client):
    return wave.invitations.get(client=client)


def test_an_interview_counts_once_and_says_who_asked(world):
    wave = a_wave(world)
    invitation = invitation_of(wave, world.clients["own"])
    am = logged_in(world.am)
    page = am.get("/service/surveys/interviews/").content.decode()
    assert world.clients["own"].name in page
    assert world.clients["team"].name not in page
    url = f"/service/surveys/interviews/{invitation.pk}/"
    assert am.get(url).status_code == 200
    assert am.post(url, filled()).status_code == 200  # how we speak is missing
    assert am.post(url, {**filled(), "channel": "link"}).status_code == 200
    assert not Answer.objects.exists()
    assert am.post(url, {**filled(), "channel": "interview", "s2": "0"}).status_code == 302
    stored = Answer.objects.get()
    assert (stored.channel, stored.interviewer, stored.satisfaction[2]) == ("interview", world.am, None)
    am.post(url, {**filled(good=1), "channel": "phone"})
    assert Answer.objects.count() == 1
    assert Browser().get(f"/service/s/{token_of(invitation)}/").content.decode().count("<form") == 0


def test_the_office_phones_for_all_and_a_manager_only_the_own(world):
    wave = a_wave(world)
    url = f"/service/surveys/interviews/{invitation_of(wave, world.clients['other_team']).pk}/"
    assert logged_in(world.am).get(url).status_code == 404
    assert logged_in(world.actors["supervisor"]).get(url).status_code == 404
    assert logged_in(world.actors["hr"]).get(url).status_code == 403
    office = logged_in(world.actors["back_office"])
    assert office.get(url).context["form"]["channel"].value() == "phone"
    assert office.post(url, {**filled(), "channel": "phone"}).status_code == 302
    assert Answer.objects.get().interviewer == world.actors["back_office"]


def test_after_the_end_nobody_is_asked(world):
    wave = a_wave(world)
    url = f"/service/surveys/interviews/{invitation_of(wave, world.clients['own']).pk}/"
    with periods.clock_at(periods.now() + dt.timedelta(days=1)):
        am = logged_in(world.am)
        assert world.clients["own"].name not in am.get("/service/surveys/interviews/").content.decode()
        assert am.post(url, {**filled(), "channel": "phone"}).status_code == 302
    assert not Answer.objects.exists()


def test_own_questions_are_asked_checked_and_counted(world):
    survey = a_survey(world, codes=["manner"], sections={"before": [SHOP], "after": [SEVERAL, WORDS]})
    wave = a_wave(world, survey)
    url = f"/service/s/{token_of(invitation_of(wave, world.clients['own']))}/"
    form = filled(count=1)
    assert Browser().post(url, form).status_code == 200  # the shop's question must be answered
    assert Browser().post(url, {**form, "x_b1": "2"}).status_code == 200  # an option that there is not
    assert Browser().post(url, {**form, "x_b1": "1", "x_a1": ["0", "7"]}).status_code == 200
    assert Browser().post(url, {**form, "x_b1": "1", "x_a2": "x" * 501}).status_code == 200
    assert not Answer.objects.exists()
    done = {**form, "x_b1": "1", "x_a1": ["0", "2"], "x_a2": "雪茄"}
    assert Browser().post(url, done).status_code == 302
    assert Answer.objects.get().extra == {"b1": 1, "a1": [0, 2], "a2": "雪茄"}
    other = invitation_of(wave, world.clients["team"])
    answer(other, satisfaction=[5], importance=[5], overall=5, extra={"b1": 1, "a1": [2]})
    shop, several = results.choices_of(wave, world.organisation, 2)
    assert [option["n"] for option in shop["options"]] == [0, 2]
    assert [(option["n"], option["share"]) for option in several["options"]] == [(1, 0.5), (0, 0), (2, 1)]
    assert results.choices_of(wave, world.units["own"], 1)[0]["options"][1]["n"] == 1


def question(number, **fields):
    values = {"section": "after", "kind": "one", "label": "?", "options": "甲\n乙", "ORDER": number + 1, **fields}
    return {f"q-{number}-{name}": value for name, value in values.items()}


def test_the_designer_keeps_questions_in_their_order(world):
    hr = logged_in(world.actors["hr"])
    form = {"name": "年度调查", "use_manner": "on", "label_manner": "态度", "before_title": "您的店"}
    rows = {
        "q-TOTAL_FORMS": "4",
        "q-INITIAL_FORMS": "0",
        **question(0, label="第二题", ORDER="9"),
        **question(1, label="第一题", ORDER="1", kind="text", options="多余"),
        **question(2, label="删掉", DELETE="on"),
        **question(3, label="开头", section="before", kind="several"),
    }
    made = hr.post("/service/surveys/new/", {**form, **rows})
    assert made.status_code == 302
    survey = a_survey(world, codes=["manner"]).__class__.objects.get(name="年度调查")
    assert [(row["code"], row["label"], row["options"]) for row in survey.asked("after")] == [
        ("a1", "第一题", []),
        ("a2", "第二题", ["甲", "乙"]),
    ]
    assert [row["kind"] for row in survey.asked("before")] == ["several"]
    page = hr.get(f"/service/surveys/new/?from={survey.pk}")
    assert [row["label"].value() for row in page.context["questions"]] == ["开头", "第一题", "第二题"]
    assert "第一题" in hr.get(f"/service/surveys/designs/{survey.pk}/preview/").content.decode()
    assert hr.post("/service/surveys/new/", {**form, **rows, **question(0, options="只有一个")}).status_code == 200


@pytest.mark.parametrize("options", ["", "甲", "甲\n甲", "\n".join(map(str, range(13)))])
def test_bad_options_are_named(options):
    rows = {"q-TOTAL_FORMS": "1", "q-INITIAL_FORMS": "0", **question(0, options=options)}
    assert set(Questions(rows, prefix="q").errors[0]) == {"options"}


@pytest.fixture
def answered(world):
    """A wave with twenty answers, the last by an interview of the supervisor."""
    for number in range(17):
        client_of(world.am, f"Q{number}", f"店{number}")
    wave = a_wave(world)
    rows = list(wave.invitations.order_by("pk"))
    assert len(rows) == 20
    for number, invitation in enumerate(rows):
        by = {"interviewer": world.actors["supervisor"]} if number == 19 else {}
        answer(invitation, satisfaction=[1, 2, 3, 4, 5, 4, 3, 2, None], importance=[5] * 9, overall=4, **by)
    return wave


def test_the_second_asking_is_drawn_once_and_can_be_drawn_again(world, answered):
    hr = logged_in(world.actors["hr"])
    assert hr.post(f"/service/surveys/{answered.pk}/recheck/").status_code == 302
    drawn = {row.answer_id: row.mode for row in Recheck.objects.all()}
    assert sorted(drawn.values()) == ["on_site"] * 2 + ["phone"] * 4
    hr.post(f"/service/surveys/{answered.pk}/recheck/")
    assert Recheck.objects.count() == 6
    seed = answered.recheck_draw.seed
    order = sorted(answered.answers.values_list("pk", flat=True), key=lambda pk: _digest(seed, pk))
    assert set(order[:2]) == {pk for pk, mode in drawn.items() if mode == "on_site"}
    assert set(order[2:6]) == {pk for pk, mode in drawn.items() if mode == "phone"}
    assert str(seed) in hr.get(f"/service/surveys/{answered.pk}/").content.decode()


def _digest(seed, pk):
    return hashlib.sha256(f"{seed}:{pk}".encode()).digest()


def test_nothing_is_drawn_from_nothing(world):
    with pytest.raises(ValidationError):
        rechecks.draw(a_wave(world), world.actors["hr"])


def test_the_agreement_counts_marks_that_are_the_same(world, answered):
    rechecks.draw(answered, world.actors["hr"], seed="again")
    first, second, third = Recheck.objects.filter(mode="phone").select_related("answer")[:3]
    codes = answered.survey.codes
    for row, shift in ((first, 0), (second, 1)):
        items = [item["code"] for item in rechecks.asked_again(row)]
        assert len(items) == 3
        assert codes[8] not in items  # it was left unmarked the first time
        marks = {code: max(1, row.answer.satisfaction[codes.index(code)] - shift) for code in items}
        rechecks.record(row, world.actors["back_office"], outcome="asked", overall=2 + 2 * (1 - shift), marks=marks)
    rechecks.record(third, world.actors["back_office"], outcome="denied", marks={})
    phone = next(row for row in rechecks.agreement(answered) if row["mode"] == "phone")
    assert (phone["drawn"], phone["done"], phone["asked"], phone["denied"]) == (4, 3, 2, 1)
    second.refresh_from_db()
    floor = sum(second.answer.satisfaction[codes.index(code)] == 1 for code in second.marks)  # cannot go lower
    assert (phone["marks"], phone["same"], phone["near"]) == (8, 4 + floor, 7)
    assert phone["same_rate"] == (4 + floor) / 8
    with pytest.raises(ValidationError):
        rechecks.record(first, world.actors["hr"], outcome="unreached", marks={})
    with pytest.raises(Error, match="sealed"), transaction.atomic():
        Recheck.objects.filter(pk=first.pk).update(overall=5)


def test_who_asked_first_or_is_judged_does_not_ask_again(world, answered):
    rechecks.draw(answered, world.actors["hr"])
    taken = Answer.objects.get(interviewer__isnull=False)
    row, _new = Recheck.objects.get_or_create(answer=taken, defaults={"wave": answered, "mode": "phone"})
    with pytest.raises(PermissionDenied):
        rechecks.record(row, world.actors["supervisor"], outcome="unreached", marks={})
    assert logged_in(world.am).get("/service/surveys/rechecks/").status_code == 403


def test_the_second_asking_shows_nothing_of_the_first(world, answered):
    rechecks.draw(answered, world.actors["hr"])
    row = Recheck.objects.filter(mode="phone", answer__interviewer=None).first()
    office = logged_in(world.actors["back_office"])
    url = f"/service/surveys/rechecks/{row.pk}/"
    page = office.get(url)
    assert all(field.value() is None for field in page.context["form"].marked())
    assert office.post(url, {"outcome": "asked", "overall": "4"}).status_code == 200  # three marks are missing
    marks = {f"m_{item['code']}": "4" for item in rechecks.asked_again(row)}
    assert office.post(url, {"outcome": "asked", "overall": "4", **marks}).status_code == 302
    row.refresh_from_db()
    assert (row.outcome, row.checked_by) == ("asked", world.actors["back_office"])
    assert office.get(url).status_code == 302  # it is asked once


def test_the_office_goes_on_after_asking_a_client_of_another_unit(world):
    """It phones for the whole organisation, and comes back to the list of that survey."""
    hr, share, today = world.actors["hr"], Decimal(1), periods.today()
    wave = open_wave(a_survey(world), world.units["south"], name="城南", share=share, expires_on=today, by=hr)
    answer(wave.invitations.get(), satisfaction=[3] * 9, importance=[3] * 9, overall=3)
    rechecks.draw(wave, hr)
    office = logged_in(world.actors["back_office"])
    saved = office.post(f"/service/surveys/rechecks/{Recheck.objects.get().pk}/", {"outcome": "unreached"}, follow=True)
    assert (saved.status_code, saved.context["wave"]) == (200, wave)


def test_only_some_leave_with_a_share(world):
    wave = a_wave(world, share=Decimal("0.001"))
    assert wave.invitations.count() == 1  # every stratum has a voice
