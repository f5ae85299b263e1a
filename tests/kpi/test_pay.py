"""Pay: worked through by hand, secret, sealed, and the same in the workbook."""

import datetime as dt
import io
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.utils import DatabaseError
from django.test import Client as Browser
from django.urls import reverse
from python_calamine import CalamineWorkbook

from crm.lib import jobs, periods
from kpi.careers import ladder
from kpi.models import PayLine, PayRules, PaySheet, Run, SoftScore
from kpi.pay import services
from kpi.pay.rules import parse, standard_rules
from kpi.services import new_version, publish, review
from people.models import Notification
from people.services import transfer
from tests.facts import fact
from tests.kpi.helpers import computed_run, leaf, scheme, soft

pytestmark = pytest.mark.django_db
D = Decimal
PIECE = {"metric": "sales_growth", "from": "0", "step": "1", "rate": "1", "least": "0", "most": "1"}
MONTHS = ("2026-07", "2026-08", "2026-09")


def rules(**more):
    """3,000 base, 2,000 bonus by score, a fifth kept back until January, no piece items."""
    return {**standard_rules(), "pieces": [], **more}


def publish_month(world, period, score):
    soft(world.am, score, world.supervisor, period=period)
    run = computed_run(world.organisation, period)
    return publish(review(run, world.hr), world.actors["admin"])


def work_out(world, period, final=True):
    period = periods.Period.parse(period)
    sheet = services.request(world.organisation, period, world.hr)
    job = jobs.request("pay_sheet", world.organisation.pk, period=str(period))
    jobs.run(job.pk)
    job.refresh_from_db()
    assert job.state == "done", job.error
    sheet = PaySheet.objects.get(pk=sheet.pk)
    return services.finalise(sheet, world.hr) if final else sheet


def line_of(sheet, person):
    return PayLine.objects.get(sheet=sheet, manager=person)


@pytest.fixture
def paid(world):
    """Rules, a ladder and the scheme; Li Ming is on the second rung (600 yuan) since the year began."""
    services.save_rules(world.organisation, rules(), dt.date(2026, 1, 1), world.hr)
    rungs = ladder.install(world.organisation)
    ladder.set_grade(world.am, rungs[1], dt.date(2026, 1, 5), "定级", world.hr)
    scheme(world.organisation, [leaf("soft:attitude", high="100")])
    return world


def test_a_quarter_by_hand(paid):
    """July 80, August 90.55, September 70.

    bonus: 2000·0.80 = 1600.00, 2000·0.9055 = 1811.00, 2000·0.70 = 1400.00; the quarter 4811.00; kept back a fifth,
    962.20; paid in September 3848.80. July and August: 3000 + 600; September: 3600 + 3848.80 = 7448.80.
    """
    totals = []
    for period, score in zip(MONTHS, ("80", "90.55", "70"), strict=True):
        publish_month(paid, period, D(score))
        line = line_of(work_out(paid, period), paid.am)
        totals.append((line.bonus, line.quarter_bonus, line.deferred, line.total))
    assert totals == [
        (D("1600"), 0, 0, D("3600")),
        (D("1811"), 0, 0, D("3600")),
        (D("1400"), D("4811"), D("962.2"), D("7448.8")),
    ]


def test_what_was_kept_back_is_paid_in_january(paid):
    for period in MONTHS:
        publish_month(paid, period, 80)
        work_out(paid, period)
    kept = line_of(PaySheet.objects.get(period="2026-09"), paid.am).deferred
    with periods.clock_at(periods.at(dt.date(2027, 2, 1), 9)):
        january = line_of(work_out(paid, "2027-01"), paid.am)
    assert kept == D("960")
    assert (january.released, january.total) == (kept, D("3600") + kept)


def test_pro_rata_by_days_in_post_and_by_grade(paid):
    """In the office from 11 September: 10 of 30 days; the third rung (1,000 yuan) from the 6th: 5 days each.

    base 3000·10/30 = 1000; grade pay (600·5 + 1000·5)/30 = 266.67; bonus 2000·0.9·10/30 = 600.
    """
    rungs = ladder.install(paid.organisation)
    ladder.set_grade(paid.am, rungs[2], dt.date(2026, 9, 6), "晋级", paid.hr)
    transfer(paid.am, paid.units["north"], "back_office", dt.date(2026, 9, 11))
    publish_month(paid, "2026-09", 90)
    line = line_of(work_out(paid, "2026-09"), paid.am)
    assert (line.days, line.of_days) == (10, 30)
    assert (line.base, line.grade_pay, line.bonus) == (D("1000"), D("266.67"), D("600"))


def test_the_bonus_by_grade(paid):
    """70 is fair: 0.66 of 2,000."""
    factors = {"excellent": "1.2", "good": "1", "fair": "0.66", "fail": "0.5"}
    by_grade = {"standard": "2000", "by": "grade", "factors": factors}
    services.save_rules(paid.organisation, rules(bonus=by_grade), dt.date(2026, 7, 1), paid.hr)
    publish_month(paid, "2026-07", 70)
    assert line_of(work_out(paid, "2026-07"), paid.am).bonus == D("1320")


@pytest.mark.parametrize(("mode", "base"), [("half_up", "2903.23"), ("down", "2903.22")])
def test_the_rounding_rule_is_that_of_the_version(paid, mode, base):
    """30 of 31 days: 3000·30/31 = 2903.2258."""
    services.save_rules(paid.organisation, rules(rounding={"mode": mode, "places": "2"}), dt.date(2026, 7, 1), paid.hr)
    transfer(paid.am, paid.units["north"], "back_office", dt.date(2026, 7, 31))
    assert line_of(work_out(paid, "2026-07"), paid.am).base == D(base)


@pytest.mark.parametrize(
    ("this_year", "amount"),
    [(10500, "150"), (13000, "500"), (10200, "0"), (9000, "0")],
)
def test_piece_items_within_their_ends(paid, this_year, amount):
    """50 yuan for each percentage point above 2 %, at most 500: 5 % brings 150, 30 % the most, under 2 % nothing."""
    piece = {"metric": "sales_growth", "from": "0.02", "step": "0.01", "rate": "50", "least": "0", "most": "500"}
    services.save_rules(paid.organisation, rules(pieces=[piece]), dt.date(2026, 1, 1), paid.hr)
    fact(paid.clients["own"], "2025-07", 10000)
    fact(paid.clients["own"], "2026-07", this_year)
    line = line_of(work_out(paid, "2026-07"), paid.am)
    assert line.pieces == D(amount)
    assert line.total == D("3600") + D(amount)
    assert line.items.get().metric == "sales_growth"
    # A colleague without facts has no item, and not one of 0.
    assert not line_of(line.sheet, paid.managers["team"]).items.exists()


def test_a_correction_takes_the_place_of_the_sheet_in_the_quarter(paid):
    for period in MONTHS[:2]:
        publish_month(paid, period, 80)
        work_out(paid, period)
    july = PaySheet.objects.get(period="2026-07")
    services.save_rules(paid.organisation, rules(base="4000"), dt.date(2026, 7, 1), paid.hr)
    with pytest.raises(ValidationError):
        services.correct(july, paid.hr, " ")
    services.correct(july, paid.hr, "基本薪酬更正")
    corrected = work_out(paid, "2026-07")
    assert (corrected.version, line_of(corrected, paid.am).base, line_of(july, paid.am).base) == (2, 4000, 3000)
    publish_month(paid, "2026-09", 80)
    assert line_of(work_out(paid, "2026-09"), paid.am).quarter_bonus == D("4800")
    browser = Browser()
    browser.force_login(paid.am)
    assert {one.sheet_id for one in browser.get(reverse("kpi:my-pay")).context["lines"]} == set(
        PaySheet.objects.exclude(pk=july.pk).values_list("pk", flat=True)
    )


def test_working_it_out_again_gives_the_same_hash_until_something_changes(paid):
    publish_month(paid, "2026-07", 80)
    first = work_out(paid, "2026-07", final=False)
    assert work_out(paid, "2026-07", final=False).hash == first.hash
    services.save_rules(paid.organisation, rules(base="3001"), dt.date(2026, 7, 1), paid.hr)
    assert work_out(paid, "2026-07", final=False).hash != first.hash


def test_what_is_missing_is_said(paid):
    sheet = work_out(paid, "2026-09", final=False)
    text = " ".join(services.problems(sheet))
    for word in ("2026-09", "2026-07", "2026-08"):
        assert word in text


# --- Who may look ------------------------------------------------------------------------------------------------


def page(user, url):
    browser = Browser()
    browser.force_login(user)
    return browser.get(url)


def test_only_hr_and_the_person(paid):
    publish_month(paid, "2026-07", 80)
    sheet = work_out(paid, "2026-07", final=False)
    own = reverse("kpi:pay-line", args=[line_of(sheet, paid.am).pk])
    assert page(paid.am, own).status_code == 404  # not yet final
    services.finalise(sheet, paid.hr)
    assert Notification.objects.filter(user=paid.am, key=f"pay:{sheet.pk}").count() == 1
    assert page(paid.am, own).status_code == 200
    assert "¥3,600.00" in page(paid.am, reverse("kpi:my-pay")).content.decode()
    for actor, status in {"hr": 200, "supervisor": 404, "back_office": 404, "admin": 403, "hr_beta": 404}.items():
        assert page(paid.actors[actor], own).status_code == status, actor
    assert page(paid.managers["team"], own).status_code == 404
    for actor in ("am", "supervisor", "admin", "back_office"):
        for name, args in (("pay", []), ("pay-sheet", [sheet.pk]), ("pay-export", [sheet.pk]), ("pay-rules", [])):
            assert page(paid.actors[actor], reverse(f"kpi:{name}", args=args)).status_code == 403, (actor, name)
    assert page(paid.actors["hr_beta"], reverse("kpi:pay-sheet", args=[sheet.pk])).status_code == 404


def test_a_final_sheet_is_sealed(paid):
    sheet = work_out(paid, "2026-07")
    other = PaySheet.objects.create(organisation=paid.organisation, period="2026-08", rules=sheet.rules)
    statements = [
        "UPDATE kpi_payline SET base = base + 1, total = total + 1",
        "DELETE FROM kpi_payline",
        "TRUNCATE kpi_payline CASCADE",
        "UPDATE kpi_paysheet SET state = 'draft', final_by_id = NULL, final_at = NULL WHERE state = 'final'",
        "DELETE FROM kpi_paysheet WHERE state = 'final'",
        f"UPDATE kpi_payline SET sheet_id = {other.pk}",
        "INSERT INTO kpi_payitem (line_id, position, metric, value, amount) SELECT id, 9, 'x', 1, 5 FROM kpi_payline",
        "UPDATE kpi_payrules SET rules = '{}'",
        "ALTER TABLE kpi_payline DISABLE TRIGGER ALL",
    ]
    for statement in statements:
        with (
            pytest.raises(DatabaseError, match=r"sealed|permission denied|must be owner"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)
    with pytest.raises(ValidationError):
        services.finalise(sheet, paid.hr)


def test_the_workbook_holds_every_line_and_the_sum(paid):
    publish_month(paid, "2026-07", 80)
    sheet = work_out(paid, "2026-07")
    answer = page(paid.hr, reverse("kpi:pay-export", args=[sheet.pk]))
    rows = CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).get_sheet_by_index(0).to_python()
    by_name = {row[1]: row for row in rows[1:-1]}
    assert set(by_name) == {"李明", "王芳", "赵强"}
    assert by_name["李明"][3:6] == ["二星", 31, 80]
    assert by_name["李明"][-1] == 3600
    assert rows[-1][-1] == sum(row[-1] for row in by_name.values()) == 9600


# --- Rules --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"base": "-1"}, "基本薪酬"),
        ({"deferral": {"share": "1.5", "release_month": "1"}}, "延期"),
        ({"pieces": [{"metric": "nothing"}]}, "nothing"),
        ({"pieces": [{**PIECE, "step": "0"}]}, "每"),
        ({"pieces": [{**PIECE, "least": "5"}]}, "下限"),
        ({"rounding": {"mode": "up", "places": "2"}}, "half_up"),
    ],
)  # fmt: skip
def test_bad_rules_are_named(change, word):
    with pytest.raises(ValidationError) as found:
        parse(rules(**change))
    assert word in " ".join(found.value.messages)


def test_the_form_makes_a_new_version_with_percents(paid):
    browser = Browser()
    browser.force_login(paid.hr)
    shown = browser.get(reverse("kpi:pay-rules")).context["form"]
    data = {name: shown.initial[name] for name in shown.fields} | {"base": "3500", "deferral": "25"}
    data |= {"piece-0-metric": "sales_growth", "piece-0-from": "3%", "piece-0-step": "1%", "piece-0-rate": "60",
             "piece-0-least": "0", "piece-0-most": "600"}  # fmt: skip
    assert browser.post(reverse("kpi:pay-rules"), data).status_code == 302
    made = parse(PayRules.objects.latest("version").rules)
    assert (made.base, made.deferral, made.pieces[0].start, made.pieces[0].step) == (
        3500,
        D("0.25"),
        D("0.03"),
        D("0.01"),
    )
    answer = browser.post(reverse("kpi:pay-rules"), data | {"piece-0-rate": "x"})
    assert answer.status_code == 200
    assert PayRules.objects.count() == 2


def test_the_bonus_follows_the_corrected_run(paid):
    """A corrected run of the month counts as soon as it is out; the sheet worked out before keeps its own."""
    run = publish_month(paid, "2026-07", 80)
    draft = work_out(paid, "2026-07", final=False)
    before = line_of(draft, paid.am)
    assert before.card.run_id == run.pk
    new = new_version(run, paid.hr, "更正")
    SoftScore.objects.update(score=100)
    corrected = review(computed_run(paid.organisation, "2026-07"), paid.hr)
    assert services.outdated(draft) == ""  # not out yet
    publish(corrected, paid.actors["admin"])
    with pytest.raises(ValidationError, match=r"得分已更正或发布：李明.*请重新核算"):
        services.finalise(draft, paid.hr)
    shown = page(paid.hr, reverse("kpi:pay-sheet", args=[draft.pk])).content.decode()
    assert "请重新核算" in shown
    assert reverse("kpi:pay-final", args=[draft.pk]) not in shown
    after = line_of(work_out(paid, "2026-07", final=False), paid.am)
    assert (after.bonus, after.card.run_id) == (2000, new.pk)
    assert services.finalise(after.sheet, paid.hr).is_final
    assert Run.objects.get(pk=run.pk).hash == run.hash


def test_a_final_sheet_says_that_its_scores_were_corrected_later(paid):
    run = publish_month(paid, "2026-07", 80)
    sheet = work_out(paid, "2026-07")
    url = reverse("kpi:pay-sheet", args=[sheet.pk])
    assert page(paid.hr, url).context["outdated"] == ""
    new_version(run, paid.hr, "更正")
    SoftScore.objects.update(score=100)
    publish(review(computed_run(paid.organisation, "2026-07"), paid.hr), paid.actors["admin"])
    shown = page(paid.hr, url)
    assert "定稿后，以下人员的得分已更正或发布：李明" in shown.content.decode()
    services.correct(sheet, paid.hr, "得分更正")
    work_out(paid, "2026-07")
    assert page(paid.hr, url).context["outdated"] == ""  # the later version tells the rest


def test_a_sheet_of_the_quarter_corrected_since_is_said_and_stops_the_end(paid):
    for period in MONTHS[:2]:
        publish_month(paid, period, 80)
        work_out(paid, period)
    publish_month(paid, "2026-09", 80)
    draft = work_out(paid, "2026-09", final=False)
    assert services.outdated(draft) == ""
    services.correct(PaySheet.objects.get(period="2026-07"), paid.hr, "更正")
    work_out(paid, "2026-07")
    with pytest.raises(ValidationError, match="2026-07"):
        services.finalise(draft, paid.hr)
    final = work_out(paid, "2026-09")
    assert services.outdated(final) == ""
    services.correct(PaySheet.objects.get(period="2026-08"), paid.hr, "更正")
    work_out(paid, "2026-08")
    assert "2026-08" in services.outdated(final)


def test_what_was_kept_back_on_a_sheet_that_is_not_final_is_named_when_it_is_due(paid):
    for period in MONTHS:
        publish_month(paid, period, 80)
        work_out(paid, period)
    with periods.clock_at(periods.at(dt.date(2027, 2, 1), 9)):
        work_out(paid, "2026-12", final=False)
        said = " ".join(services.problems(work_out(paid, "2027-01", final=False)))
    assert "2026-12" in said
    assert "2026-09" not in said
    assert "2026-06" not in said  # from before the first sheet


def test_a_sheet_worked_out_before_the_scores_came_out_is_not_made_final(paid):
    draft = work_out(paid, "2026-07", final=False)
    publish_month(paid, "2026-07", 80)
    with pytest.raises(ValidationError, match="请重新核算"):
        services.finalise(draft, paid.hr)
    assert line_of(work_out(paid, "2026-07"), paid.am).bonus == 1600
