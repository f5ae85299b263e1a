"""HR's rules: deadlines, samples, consent and the own calendar are data, and hold at once."""

import datetime as dt
from decimal import Decimal

import pytest
from django.test import Client

from crm.lib import periods
from crm.lib.periods import Period
from journals import services, sharing
from journals.rules import rules_of
from people.models import User
from tests.journals.helpers import handed_in

pytestmark = pytest.mark.django_db
FRIDAY = Period(periods.DAY, dt.date(2026, 11, 20), dt.date(2026, 11, 20))


@pytest.fixture
def hr(world):
    found = Client()
    found.force_login(world.hr)
    return found


def typed(hr, **changes):
    """The form as it stands, with changes."""
    form = hr.get("/journals/rules/").context["form"]
    values = {name: form[name].value() for name in form.fields}
    values = {name: ("\n".join(value) if isinstance(value, list) else value) for name, value in values.items()}
    return {name: value for name, value in (values | changes).items() if value is not None and value is not False}


def test_saving_the_defaults_changes_nothing(world, hr):
    before = rules_of(world.organisation.pk)
    assert hr.post("/journals/rules/", typed(hr)).status_code == 302
    after = rules_of(world.organisation.pk)
    for name in ("move_off_rest_days", "review_hours", "sample_share", "second_share", "sample_least", "share_praised"):
        assert getattr(after, name) == getattr(before, name)
    assert after.due_at(FRIDAY) == before.due_at(FRIDAY)


def test_deadlines_and_samples_are_data(world, hr):
    values = typed(hr, day_days=0, day_clock="18:30", review_hours=24, sample_share="33.5", move_off_rest_days=False)
    answer = hr.post("/journals/rules/", values)
    assert answer.status_code == 302, answer.context["form"].errors
    rules = rules_of(world.organisation.pk)
    assert rules.due_at(FRIDAY) == periods.at(dt.date(2026, 11, 20), 18, 30)
    assert (rules.review_hours, rules.sample_share) == (24, Decimal("0.335"))
    assert rules_of(world.other_organisation.pk).review_hours == 48


def test_own_days_move_a_deadline(world, hr):
    assert rules_of(world.organisation.pk).due_at(FRIDAY) == periods.at(dt.date(2026, 11, 23), 9)
    hr.post("/journals/rules/", typed(hr, rest="2026-11-23，2026-11-24", work="2026-11-21"))
    rules = rules_of(world.organisation.pk)
    assert rules.due_at(FRIDAY) == periods.at(dt.date(2026, 11, 21), 9)
    assert dt.date(2026, 11, 23) not in rules.expected_days(dt.date(2026, 11, 20), dt.date(2026, 11, 25))


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"rest": "明天"}, "明天"),
        ({"rest": "2026-11-23", "work": "2026-11-23"}, "2026-11-23"),
        ({"sample_share": "0"}, "sample_share"),
        ({"day_clock": "25:00"}, "day_clock"),
    ],
)
def test_what_cannot_be_is_refused(world, hr, changes, word):
    page = hr.post("/journals/rules/", typed(hr, **changes))
    assert page.status_code == 200
    assert word in page.content.decode()
    assert "journals" not in type(world.organisation).objects.get(pk=world.organisation.pk).settings


def test_consent_by_rule_until_the_author_speaks(world, hr):
    journal = handed_in(world.am)
    review = services.review(journal, 1, world.supervisor, mark=5, evaluation="具体", praise=True)
    colleague = world.managers["other_team"]
    assert not sharing.best_journals(colleague).exists()
    hr.post("/journals/rules/", typed(hr, share_praised="on"))
    # The rules come with whoever asks: as another request would have them.
    colleague, author = (User.objects.get(pk=person.pk) for person in (colleague, world.am))
    assert list(sharing.best_journals(colleague)) == [review]
    assert sharing.consents(author)
    sharing.set_consent(author, False)
    assert not sharing.best_journals(colleague).exists()
