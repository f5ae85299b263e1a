"""Each industry comes whole: words, tiers with standards, checklist, products, categories, scheme, ladder, pay."""

import pytest
from django.utils import translation

from clients.models import ProductClass, ServiceStandard, TierScheme
from clients.tiering import schemes
from kpi import metrics
from kpi.careers import ladder
from kpi.models import Scheme
from kpi.pay.services import install
from kpi.schemes import parse
from people.models import Profile
from people.schemes import SchemeError
from people.services import create_organisation
from service.rules import rules_of
from visits import checklists
from visits.words import phrases_of, purposes_of

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("profile", Profile.values)
def test_a_new_organisation_of_the_industry_can_begin(profile):
    organisation = create_organisation("NEW", "新公司", profile)
    tiers = [band["tier"] for band in TierScheme.objects.get(organisation=organisation).rules["bands"]]
    standards = ServiceStandard.objects.filter(organisation=organisation).order_by("position")
    assert list(standards.values_list("tier", flat=True)) == tiers
    days = list(standards.values_list("visit_days", flat=True))
    assert days == sorted(days)
    assert all(number > 0 for number in days)
    assert ProductClass.objects.filter(organisation=organisation).exists()
    rules = parse(Scheme.objects.get(organisation=organisation).rules)
    assert sum(leaf.weight for leaf in rules.leaves) == 1
    assert all(metrics.known(leaf.metric) for leaf in rules.leaves)
    assert ladder.install(organisation)
    assert install(organisation).rules
    assert purposes_of(profile)
    assert phrases_of(profile)


@pytest.mark.parametrize("profile", Profile.values)
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_its_words_are_in_both_languages(profile, language):
    organisation = create_organisation("NEW", "新公司", profile)
    with translation.override(language):
        words = [checklists.label_of(item) for item in checklists.current(organisation, "").items]
        words += [label for _code, label in rules_of(organisation).choices()]
        words.append(str(Profile(profile).label))
    assert len(words) > 8
    for word in words:
        is_chinese = any("\u4e00" <= sign <= "\u9fff" for sign in word)
        assert is_chinese == (language == "zh-hans"), word


def test_each_industry_visits_and_hears_in_its_own_words():
    """Loans are checked where there are any; demands that others voice are offered to nobody."""
    heard = {profile: set(phrases_of(profile)) for profile in Profile.values}
    for profile in ("telecom", "utility", "insurance"):
        assert "post_loan" not in dict(purposes_of(profile))
        assert "display" not in dict(purposes_of(profile))
    common = set.intersection(*heard.values())
    assert len(common) == 1
    for one in Profile.values:
        for other in Profile.values:
            assert one == other or heard[one] & heard[other] == common


def test_telecom_sees_its_largest_clients_once_a_quarter_and_calls_each_month():
    """Article 002: a large client is visited once a quarter and called once a month."""
    organisation = create_organisation("NEW", "新公司", "telecom")
    found = {one.tier: (one.visit_days, one.call_days) for one in ServiceStandard.objects.filter(
        organisation=organisation)}  # fmt: skip
    assert found["大1"] == found["大6"] == (90, 30)
    assert found["普通"] == (365, 180)


@pytest.mark.parametrize("standards", [[], {"A": 30}, {"A": [30]}, {"A": [0, 5]}, {"A": ["30", "15"]}])
def test_bad_standards_of_a_file_are_refused(standards):
    organisation = create_organisation("NEW", "新公司", "other")
    data = {**schemes.shipped("utility"), "name": "新的分级", "standards": standards or "x"}
    with pytest.raises(SchemeError):
        schemes.load(organisation, data)


def test_each_industry_has_tiers_products_and_checks_of_its_own():
    """Nobody is given another industry's defaults; only the industry that is none has the common ones."""
    found = {}
    for number, profile in enumerate(Profile.values):
        organisation = create_organisation(f"N{number}", profile, profile)
        found[profile] = (
            tuple(item["code"] for item in checklists.current(organisation, "").items),
            tuple(code for code, _label in rules_of(organisation).choices()),
            tuple(ProductClass.objects.filter(organisation=organisation).values_list("code", flat=True)),
            str(TierScheme.objects.get(organisation=organisation).rules),
            tuple(leaf.metric for leaf in parse(Scheme.objects.get(organisation=organisation).rules).leaves),
        )
    for part in range(5):
        assert len({texts[part] for texts in found.values()}) == len(Profile), part
