import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, transaction
from django.utils import translation

from crm.lib import periods
from people.models import Notification
from tests.visits.make import TODAY, at, visit
from tests.world import client_of
from visits.models import Mode, TraceFlag, Visit
from visits.services import judge_flag, verify

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("wednesday")]
Kind = TraceFlag.Kind


def kinds(made) -> set[str]:
    return set(made.flags.values_list("kind", flat=True))


def east(metres: float) -> float:
    """Longitude so many metres east of the client, at its latitude."""
    return 102.71 + metres / 100_744.0  # metres of a degree of longitude at 25.04°


@pytest.mark.parametrize(("seconds", "flagged"), [(119, True), (120, False), (0, True)])
def test_too_short_is_under_two_minutes(world, seconds, flagged):
    made = visit(world.am, world.clients["own"], at(9), minutes=seconds / 60)
    assert (Kind.TOO_SHORT in kinds(made)) is flagged


@pytest.mark.parametrize("fields", [{"mode": Mode.PHONE}, {"checked_out_at": None}])
def test_a_call_and_an_unknown_end_are_not_too_short(world, fields):
    assert kinds(visit(world.am, world.clients["own"], at(9), minutes=1, **fields)) == set()


@pytest.mark.parametrize(("metres", "flagged"), [(490, False), (500, False), (502, True)])
def test_too_far_is_over_500_m(world, metres, flagged):
    made = visit(world.am, world.clients["own"], longitude=east(metres), latitude=25.04, accuracy_m=20)
    assert abs(made.distance_m - metres) <= 1
    assert (Kind.TOO_FAR in kinds(made)) is flagged


def test_without_a_place_nothing_is_too_far(world):
    assert kinds(visit(world.am, world.clients["own"])) == set()
    lost = client_of(world.am, "x1", "无坐标")
    assert kinds(visit(world.am, lost, at(11), longitude=100.0, latitude=20.0)) == {Kind.TOO_FAST}


# 10 km as the crow flies at 90 km/h take 400 s.
@pytest.mark.parametrize(("gap", "flagged"), [(390, True), (410, False)])
def test_too_fast_between_two_clients(world, gap, flagged):
    far = client_of(world.am, "x1", "远店", longitude=east(10_000), latitude=25.04)
    visit(world.am, world.clients["own"], at(9), minutes=20)
    made = visit(world.am, far, at(9, 20) + dt.timedelta(seconds=gap))
    assert (Kind.TOO_FAST in kinds(made)) is flagged


def test_neighbours_need_no_travel(world):
    near = client_of(world.am, "x1", "隔壁", longitude=east(490), latitude=25.04)
    visit(world.am, world.clients["own"], at(9), minutes=20)
    assert kinds(visit(world.am, near, at(9, 20))) == set()


def test_a_visit_that_arrives_late_flags_the_one_after_it(world):
    far = client_of(world.am, "x1", "远店", longitude=east(10_000), latitude=25.04)
    after = visit(world.am, far, at(9, 21))
    assert kinds(after) == set()
    visit(world.am, world.clients["own"], at(9), minutes=20)
    assert kinds(after) == {Kind.TOO_FAST}
    assert after.flags.get().figures["from"] == "兴隆便利店"


def test_another_managers_visits_do_not_matter(world):
    visit(world.managers["team"], world.clients["team"], at(9), longitude=102.9, latitude=25.04)
    assert Kind.TOO_FAST not in kinds(visit(world.am, world.clients["own"], at(9, 21)))


NOTE = "店主反映畅销烟货源不足，价签已更换，新品陈列到位"


@pytest.mark.parametrize(
    ("text", "flagged"),
    [
        (NOTE, True),
        ("店主反映畅销烟货源不足,价签已更换,新品陈列到位。", True),
        (NOTE + "！", True),
        ("店主今天去进货，只见到店员，约好下周再谈陈列", False),
        ("货源不足", False),
    ],
)
def test_nearly_the_same_note(world, text, flagged):
    earlier = visit(world.am, world.clients["own"], at(9, day=TODAY - dt.timedelta(days=10)), note=NOTE)
    other = client_of(world.am, "x1", "另一家")
    made = visit(world.am, other, at(9), note=text)
    assert (Kind.SAME_TEXT in kinds(made)) is flagged
    if flagged:
        assert made.flags.get(kind=Kind.SAME_TEXT).figures["visit"] == earlier.pk


@pytest.mark.parametrize(("ago", "flagged"), [(180, True), (181, False)])
def test_notes_are_compared_half_a_year_back(world, ago, flagged):
    visit(world.am, world.clients["own"], at(9, day=TODAY - dt.timedelta(days=ago)), note=NOTE)
    assert (Kind.SAME_TEXT in kinds(visit(world.am, world.clients["own"], note=NOTE))) is flagged


def test_somebody_elses_note_is_no_copy(world):
    visit(world.managers["team"], world.clients["team"], at(8), note=NOTE)
    assert kinds(visit(world.am, world.clients["own"], note=NOTE)) == set()


def test_reasons_in_words(world):
    made = visit(world.am, world.clients["own"], at(9), minutes=1, longitude=east(1000), latitude=25.04, accuracy_m=30)
    reasons = {flag.kind: flag for flag in made.flags.all()}
    with translation.override("en"):
        assert reasons[Kind.TOO_SHORT].reason == "On site 60 seconds, at least 120 expected"
        assert reasons[Kind.TOO_FAR].reason == (
            "Checked in 1.0 km from the client, at most 500 m expected (position accurate to 30 m)"
        )
    with translation.override("zh-hans"):
        assert reasons[Kind.TOO_SHORT].reason == "现场停留 60 秒，不足 120 秒"


def test_limits_are_the_organisations(world):
    world.organisation.settings = {"visits": {"min_seconds_on_site": 60, "max_distance_m": "far", "other": 1}}
    world.organisation.save()
    made = visit(world.am, world.clients["own"], at(9), minutes=1, longitude=east(1000), latitude=25.04)
    assert kinds(made) == {Kind.TOO_FAR}


# --- Judging and sealing -----------------------------------------------------------------------------------------


@pytest.fixture
def doubt(world):
    return visit(world.am, world.clients["own"], at(9), minutes=1).flags.get()


def test_a_judgement_is_kept_and_told(world, doubt):
    judge_flag(doubt, world.supervisor, "explained", "店主外出，已核实")
    doubt.refresh_from_db()
    assert (doubt.state, doubt.judged_by, doubt.judge_note) == ("explained", world.supervisor, "店主外出，已核实")
    note = Notification.objects.get(user=world.am)
    assert "店主外出，已核实" in note.text
    assert note.url == f"/visits/{doubt.visit_id}/"


def test_each_change_of_a_judgement_is_told_and_the_same_again_is_not(world, doubt, monkeypatch):
    for minute, state in enumerate(["justified", "explained", "justified", "justified"]):
        monkeypatch.setattr(periods, "now", lambda minute=minute: at(16, minute))
        judge_flag(doubt, world.supervisor, state, "已核实")
    told = list(Notification.objects.filter(user=world.am).order_by("created_at").values_list("text", flat=True))
    assert ["属实" in text for text in told] == [True, False, True]


@pytest.mark.parametrize(("state", "note"), [("explained", " "), ("open", "x"), ("nonsense", "x")])
def test_a_judgement_needs_a_side_and_a_note(world, doubt, state, note):
    with pytest.raises(ValidationError):
        judge_flag(doubt, world.supervisor, state, note)
    doubt.refresh_from_db()
    assert doubt.state == "open"


def test_nobody_judges_oneself(world):
    made = visit(world.supervisor, world.clients["own"], at(9), minutes=1)
    with pytest.raises(ValidationError):
        judge_flag(made.flags.get(), world.supervisor, "explained", "我自己")


def test_verifying_seals_and_leaves_doubts_and_own_visits_alone(world, doubt):
    clear = visit(world.am, world.clients["own"], at(11))
    own = visit(world.supervisor, world.clients["own"], at(13))
    foreign = visit(world.managers["other_team"], world.clients["other_team"], at(9))
    result = verify([clear.pk, doubt.visit_id, own.pk, foreign.pk], world.supervisor, " 属实 ")
    assert (result.done, result.doubtful) == (1, 1)
    clear.refresh_from_db()
    assert (clear.verified_by, clear.verification_opinion) == (world.supervisor, "属实")
    assert set(Visit.objects.exclude(verified_at=None)) == {clear}
    again = verify([clear.pk], world.supervisor, "再来")
    assert (again.done, again.doubtful) == (0, 0)


@pytest.mark.parametrize(
    "attack",
    [
        lambda made: Visit.objects.filter(pk=made.pk).update(note="改"),
        lambda made: Visit.objects.filter(pk=made.pk).update(verified_at=None),
        lambda made: Visit.objects.filter(pk=made.pk).delete(),
    ],
)
def test_a_verified_visit_never_changes(world, attack):
    made = visit(world.am, world.clients["own"])
    verify([made.pk], world.supervisor, "属实")
    with pytest.raises(DatabaseError, match="sealed"), transaction.atomic():
        attack(made)
    made.refresh_from_db()
    assert made.verified_at


def test_a_doubt_judged_first_lets_the_visit_be_verified_and_is_closed_then(world, doubt):
    judge_flag(doubt, world.supervisor, "justified", "未到店")
    assert verify([doubt.visit_id], world.supervisor, "").done == 1
    with pytest.raises(ValidationError):
        judge_flag(doubt, world.supervisor, "explained", "改判")


def test_the_supervisor_of_another_team_verifies_nothing_here(world):
    made = visit(world.am, world.clients["own"])
    assert verify([made.pk], world.actors["supervisor_south"], "").done == 0
