"""Every scheme that comes with the product, worked through by hand: each indicator's value, membership and points."""

from decimal import Decimal

import pytest

from kpi import defaults, scoring
from kpi.models import ManagerValue, Run, Scorecard
from kpi.schemes import parse
from tests.kpi.helpers import OCTOBER

pytestmark = pytest.mark.django_db
D = Decimal

# Leaf → (value, points by hand[, values of the two colleagues where the group sets the benchmarks]). The remark says
# membership × points of 100. In the service quality index the three dimensions, judged 1 : 1/2 : 1/2, have 50, 25, 25.
EXAMPLES: dict[str, dict[str, tuple]] = {
    "backoffice_month": {
        "handled_on_time": ("0.925", "26.25"),  # (0.925 − 0.7) / (1 − 0.7) = 0.75 × 35
        "slips_on_time": ("0.8", "7.5"),  # (0.8 − 0.6) / (1 − 0.6) = 0.5 × 15
        "handled_well": ("3.825", "7"),  # (3.825 − 3.5) / (4.8 − 3.5) = 0.25 × 28
        "handled_again": ("0.02", "9.6"),  # (0.1 − 0.02) / (0.1 − 0) = 0.8 × 12
        "attitude": ("74", "4"),  # (74 − 60) / (95 − 60) = 0.4 × 10
    },
    "bank_five": {
        "deposits": ("500", "8.75", ("100", "900")),  # the middle of three: 0.5 × 17.5
        "loans": ("500", "3.5", ("100", "900")),  # the middle of three: 0.5 × 7
        "growth": ("0.05", "5.25", ("0", "0.1")),  # the middle of three: 0.5 × 10.5
        "callback": ("4.44", "9.6"),  # (4.44 − 3) / (4.8 − 3) = 0.8 × 12
        "complaint_rate": ("0.018", "3.2"),  # (0.03 − 0.018) / (0.03 − 0) = 0.4 × 8
        "product_sales": ("1", "14"),  # (1 − 0.6) / (1 − 0.6) = 1 × 14
        "fees": ("500", "3", ("100", "900")),  # the middle of three: 0.5 × 6
        "overdue_rate": ("0.025", "1.5"),  # (0.03 − 0.025) / (0.03 − 0.005) = 0.2 × 7.5
        "bad_loan_rate": ("0.0065", "6.75"),  # (0.02 − 0.0065) / (0.02 − 0.005) = 0.9 × 7.5
        "compliance": ("86.25", "4.5"),  # (86.25 − 60) / (95 − 60) = 0.75 × 6
        "attitude": ("77.5", "2"),  # (77.5 − 60) / (95 − 60) = 0.5 × 4
    },
    "bank_month": {
        "sales_growth": ("0.0475", "30"),  # (0.0475 + 0.05) / (0.08 + 0.05) = 0.75 × 40
        "visits_standard": ("0.725", "9"),  # (0.725 − 0.5) / (0.95 − 0.5) = 0.5 × 18
        "alerts_acted": ("0.45", "3"),  # (0.45 − 0.3) / (0.9 − 0.3) = 0.25 × 12
        "plan_completion": ("0.88", "6.4"),  # (0.88 − 0.6) / (0.95 − 0.6) = 0.8 × 8
        "journal_on_time": ("0.82", "3.2"),  # (0.82 − 0.7) / (1 − 0.7) = 0.4 × 8
        "review_mark": ("4.5", "4"),  # (4.5 − 2.5) / (4.5 − 2.5) = 1 × 4
        "compliance": ("81", "3"),  # (81 − 60) / (95 − 60) = 0.6 × 5
        "attitude": ("67", "1"),  # (67 − 60) / (95 − 60) = 0.2 × 5
    },
    "general_month": {
        "plan_completion": ("0.8625", "11.25"),  # (0.8625 − 0.6) / (0.95 − 0.6) = 0.75 × 15
        "visits_standard": ("0.725", "17.5"),  # (0.725 − 0.5) / (0.95 − 0.5) = 0.5 × 35
        "journal_on_time": ("0.775", "5"),  # (0.775 − 0.7) / (1 − 0.7) = 0.25 × 20
        "sales_growth": ("0.07", "16"),  # (0.07 + 0.05) / (0.1 + 0.05) = 0.8 × 20
        "attitude": ("74", "4"),  # (74 − 60) / (95 − 60) = 0.4 × 10
    },
    "half_year": {
        "months": ("75", "52.5"),  # (75 − 0) / (100 − 0) = 0.75 × 70
        "exam": ("50", "15"),  # (50 − 0) / (100 − 0) = 0.5 × 30
    },
    "service_quality": {
        "information_awareness": ("0.8625", "5.625"),  # (0.8625 − 0.6) / (0.95 − 0.6) = 0.75 × 7.5
        "display_compliance": ("0.775", "3.75"),  # (0.775 − 0.6) / (0.95 − 0.6) = 0.5 × 7.5
        "guidance_coverage": ("0.6", "1.875"),  # (0.6 − 0.5) / (0.9 − 0.5) = 0.25 × 7.5
        "operating_skill": ("0.7", "4"),  # (0.7 − 0.3) / (0.8 − 0.3) = 0.8 × 5
        "sell_through": ("0.74", "3"),  # (0.74 − 0.6) / (0.95 − 0.6) = 0.4 × 7.5
        "shop_profit": ("0.4", "5", ("0.2", "0.3")),  # above the 90th percentile: 1 × 5
        "survey_satisfaction": ("4.28", "6"),  # (4.28 − 3.5) / (4.8 − 3.5) = 0.6 × 10
        "listing_rate": ("0.58", "5"),  # (0.58 − 0.5) / (0.9 − 0.5) = 0.2 × 25
        "terminal_development": ("0.97", "11.25"),  # (0.97 − 0.7) / (1 − 0.7) = 0.9 × 12.5
        "terminal_upkeep": ("0.91", "9.375"),  # (0.91 − 0.7) / (0.98 − 0.7) = 0.75 × 12.5
    },
    "service_quality_full": {
        "information_awareness": ("0.8625", "3.9375"),  # (0.8625 − 0.6) / (0.95 − 0.6) = 0.75 × 5.25
        "display_compliance": ("0.775", "2.625"),  # (0.775 − 0.6) / (0.95 − 0.6) = 0.5 × 5.25
        "guidance_coverage": ("0.6", "1.3125"),  # (0.6 − 0.5) / (0.9 − 0.5) = 0.25 × 5.25
        "operating_skill": ("0.7", "2.8"),  # (0.7 − 0.3) / (0.8 − 0.3) = 0.8 × 3.5
        "sell_through": ("0.74", "2.1"),  # (0.74 − 0.6) / (0.95 − 0.6) = 0.4 × 5.25
        "shop_profit": ("0.4", "3.5", ("0.2", "0.3")),  # above the 90th percentile: 1 × 3.5
        "survey_satisfaction": ("4.28", "4.2"),  # (4.28 − 3.5) / (4.8 − 3.5) = 0.6 × 7
        "listing_rate": ("0.58", "3.5"),  # (0.58 − 0.5) / (0.9 − 0.5) = 0.2 × 17.5
        "terminal_development": ("0.97", "7.875"),  # (0.97 − 0.7) / (1 − 0.7) = 0.9 × 8.75
        "terminal_upkeep": ("0.91", "6.5625"),  # (0.91 − 0.7) / (0.98 − 0.7) = 0.75 × 8.75
        "plan_completion": ("0.775", "1.575"),  # (0.775 − 0.6) / (0.95 − 0.6) = 0.5 × 3.15
        "minutes_on_site": ("11", "0.525"),  # (11 − 8) / (20 − 8) = 0.25 × 2.1
        "file_completeness": ("0.88", "2.52"),  # (0.88 − 0.6) / (0.95 − 0.6) = 0.8 × 3.15
        "analysis_coverage": ("0.66", "0.84"),  # (0.66 − 0.5) / (0.9 − 0.5) = 0.4 × 2.1
        "real_time_settlement": ("0.95", "2.1"),  # (0.95 − 0.6) / (0.95 − 0.6) = 1 × 2.1
        "price_tags": ("0.81", "1.26"),  # (0.81 − 0.6) / (0.95 − 0.6) = 0.6 × 2.1
        "scan_rate": ("0.67", "0.21"),  # (0.67 − 0.6) / (0.95 − 0.6) = 0.2 × 1.05
        "stock_match": ("0.915", "0.945"),  # (0.915 − 0.6) / (0.95 − 0.6) = 0.9 × 1.05
        "campaigns": ("0.8625", "1.575"),  # (0.8625 − 0.6) / (0.95 − 0.6) = 0.75 × 2.1
        "consumer_tracking": ("0.775", "0.525"),  # (0.775 − 0.6) / (0.95 − 0.6) = 0.5 × 1.05
        "consumer_analysis": ("0.6", "0.2625"),  # (0.6 − 0.5) / (0.9 − 0.5) = 0.25 × 1.05
        "terminal_survey": ("0.94", "2.52"),  # (0.94 − 0.7) / (1 − 0.7) = 0.8 × 3.15
        "terminal_survey_accuracy": ("0.82", "1.26"),  # (0.82 − 0.7) / (1 − 0.7) = 0.4 × 3.15
        "modern_terminals": ("1", "2.7"),  # (1 − 0.7) / (1 − 0.7) = 1 × 2.7
    },
    "six_areas_month": {
        "attainment": ("0.95", "4.5"),  # (0.95 − 0.8) / (1 − 0.8) = 0.75 × 6
        "sales_growth": ("0.05", "3", ("0", "0.1")),  # the middle of three: 0.5 × 6
        "structure": ("0.4", "3", ("0.2", "0.3")),  # above the 90th percentile: 1 × 3
        "forecast_accuracy": ("0.9", "8"),  # (0.9 − 0.7) / (0.95 − 0.7) = 0.8 × 10
        "visits_standard": ("0.68", "4"),  # (0.68 − 0.5) / (0.95 − 0.5) = 0.4 × 10
        "clients_covered": ("0.7", "7.5"),  # (0.7 − 0.3) / (0.7 − 0.3) = 1 × 7.5
        "file_completeness": ("0.81", "4.5"),  # (0.81 − 0.6) / (0.95 − 0.6) = 0.6 × 7.5
        "plan_completion": ("0.67", "1.5"),  # (0.67 − 0.6) / (0.95 − 0.6) = 0.2 × 7.5
        "satisfaction": ("4.62", "6.75"),  # (4.62 − 3) / (4.8 − 3) = 0.9 × 7.5
        "requests_on_time": ("0.9", "3.75"),  # (0.9 − 0.6) / (1 − 0.6) = 0.75 × 5
        "alerts_acted": ("0.6", "2.5"),  # (0.6 − 0.3) / (0.9 − 0.3) = 0.5 × 5
        "compliance": ("68.75", "1.5"),  # (68.75 − 60) / (95 − 60) = 0.25 × 6
        "journal_on_time": ("0.94", "3.2"),  # (0.94 − 0.7) / (1 − 0.7) = 0.8 × 4
        "journal_submission": ("0.88", "2.4"),  # (0.88 − 0.8) / (1 − 0.8) = 0.4 × 6
        "records": ("95", "9"),  # (95 − 60) / (95 − 60) = 1 × 9
    },
    "three_dimensions": {
        "terminal_management": ("0.8625", "3.75"),  # (0.8625 − 0.6) / (0.95 − 0.6) = 0.75 × 5
        "information": ("77.5", "2.5"),  # (77.5 − 60) / (95 − 60) = 0.5 × 5
        "files": ("0.6875", "1.25"),  # (0.6875 − 0.6) / (0.95 − 0.6) = 0.25 × 5
        "feedback": ("4.44", "4"),  # (4.44 − 3) / (4.8 − 3) = 0.8 × 5
        "data_analysis": ("74", "2"),  # (74 − 60) / (95 − 60) = 0.4 × 5
        "guidance": ("95", "5"),  # (95 − 60) / (95 − 60) = 1 × 5
        "brand": ("0.74", "3"),  # (0.74 − 0.5) / (0.9 − 0.5) = 0.6 × 5
        "training": ("67", "1"),  # (67 − 60) / (95 − 60) = 0.2 × 5
        "platform": ("91.5", "4.5"),  # (91.5 − 60) / (95 − 60) = 0.9 × 5
        "safety": ("86.25", "3.75"),  # (86.25 − 60) / (95 − 60) = 0.75 × 5
        "daily_visits": ("0.725", "2.5"),  # (0.725 − 0.5) / (0.95 − 0.5) = 0.5 × 5
        "general_guidance": ("68.75", "1.25"),  # (68.75 − 60) / (95 − 60) = 0.25 × 5
        "volume": ("0.96", "8"),  # (0.96 − 0.8) / (1 − 0.8) = 0.8 × 10
        "mix": ("0.4", "10", ("0.2", "0.3")),  # above the 90th percentile: 1 × 10
        "across": ("0.05", "5", ("0", "0.1")),  # the middle of three: 0.5 × 10
        "along": ("0.05", "7.5"),  # (0.05 + 0.1) / (0.1 + 0.1) = 0.75 × 10
    },
    "tobacco_month": {
        "plan_completion": ("0.8625", "6.75"),  # (0.8625 − 0.6) / (0.95 − 0.6) = 0.75 × 9
        "visits_standard": ("0.725", "11.25"),  # (0.725 − 0.5) / (0.95 − 0.5) = 0.5 × 22.5
        "clients_covered": ("0.4", "2.25"),  # (0.4 − 0.3) / (0.7 − 0.3) = 0.25 × 9
        "alerts_acted": ("0.78", "3.6"),  # (0.78 − 0.3) / (0.9 − 0.3) = 0.8 × 4.5
        "journal_on_time": ("0.82", "4.8"),  # (0.82 − 0.7) / (1 − 0.7) = 0.4 × 12
        "review_mark": ("4.5", "8"),  # (4.5 − 2.5) / (4.5 − 2.5) = 1 × 8
        "sales_growth": ("0.052", "15"),  # (0.052 + 0.02) / (0.1 + 0.02) = 0.6 × 25
        "attitude": ("67", "2"),  # (67 − 60) / (95 − 60) = 0.2 × 10
    },
    "year": {
        "months": ("75", "45"),  # (75 − 0) / (100 − 0) = 0.75 × 60
        "exam": ("50", "10"),  # (50 − 0) / (100 − 0) = 0.5 × 20
        "quality": ("68.75", "5"),  # (68.75 − 60) / (95 − 60) = 0.25 × 20
    },
    "telecom_month": {
        "sales_growth": ("0.0475", "12"),  # (0.0475 + 0.05) / (0.08 + 0.05) = 0.75 × 16
        "product_attainment": ("0.8", "6"),  # (0.8 − 0.6) / (1 − 0.6) = 0.5 × 12
        "retention_rate": ("0.8825", "3"),  # (0.8825 − 0.85) / (0.98 − 0.85) = 0.25 × 12
        "visits_standard": ("0.86", "12"),  # (0.86 − 0.5) / (0.95 − 0.5) = 0.8 × 15
        "alerts_acted": ("0.54", "3.6"),  # (0.54 − 0.3) / (0.9 − 0.3) = 0.4 × 9
        "requests_on_time": ("1", "6"),  # (1 − 0.7) / (1 − 0.7) = 1 × 6
        "plan_completion": ("0.81", "4.8"),  # (0.81 − 0.6) / (0.95 − 0.6) = 0.6 × 8
        "journal_on_time": ("0.76", "1.6"),  # (0.76 − 0.7) / (1 − 0.7) = 0.2 × 8
        "review_mark": ("4.3", "3.6"),  # (4.3 − 2.5) / (4.5 − 2.5) = 0.9 × 4
        "attitude": ("86.25", "7.5"),  # (86.25 − 60) / (95 − 60) = 0.75 × 10
    },
    "utility_month": {
        "requests_on_time": ("0.925", "12"),  # (0.925 − 0.7) / (1 − 0.7) = 0.75 × 16
        "satisfaction": ("3.9", "6"),  # (3.9 − 3) / (4.8 − 3) = 0.5 × 12
        "complaint_rate": ("0.015", "3"),  # (0.02 − 0.015) / (0.02 − 0) = 0.25 × 12
        "visits_standard": ("0.86", "12"),  # (0.86 − 0.5) / (0.95 − 0.5) = 0.8 × 15
        "clients_covered": ("0.26", "3.6"),  # (0.26 − 0.1) / (0.5 − 0.1) = 0.4 × 9
        "information_awareness": ("0.95", "6"),  # (0.95 − 0.6) / (0.95 − 0.6) = 1 × 6
        "file_completeness": ("0.81", "6"),  # (0.81 − 0.6) / (0.95 − 0.6) = 0.6 × 10
        "visit_records": ("0.67", "2"),  # (0.67 − 0.6) / (0.95 − 0.6) = 0.2 × 10
        "attitude": ("91.5", "9"),  # (91.5 − 60) / (95 − 60) = 0.9 × 10
    },
    "insurance_month": {
        "product_attainment": ("0.9", "15"),  # (0.9 − 0.6) / (1 − 0.6) = 0.75 × 20
        "client_attainment": ("0.75", "4"),  # (0.75 − 0.5) / (1 − 0.5) = 0.5 × 8
        "retention_rate": ("0.8375", "3"),  # (0.8375 − 0.8) / (0.95 − 0.8) = 0.25 × 12
        "visits_standard": ("0.86", "12"),  # (0.86 − 0.5) / (0.95 − 0.5) = 0.8 × 15
        "alerts_acted": ("0.54", "3.6"),  # (0.54 − 0.3) / (0.9 − 0.3) = 0.4 × 9
        "satisfaction": ("4.8", "6"),  # (4.8 − 3) / (4.8 − 3) = 1 × 6
        "plan_completion": ("0.81", "4.8"),  # (0.81 − 0.6) / (0.95 − 0.6) = 0.6 × 8
        "journal_on_time": ("0.76", "1.6"),  # (0.76 − 0.7) / (1 − 0.7) = 0.2 × 8
        "review_mark": ("4.3", "3.6"),  # (4.3 − 2.5) / (4.5 − 2.5) = 0.9 × 4
        "attitude": ("86.25", "7.5"),  # (86.25 − 60) / (95 − 60) = 0.75 × 10
    },
}
EXAMPLES["six_areas_quarter"] = EXAMPLES["six_areas_month"]

# The points above added up and rounded half up to two places.
SCORES = {
    "insurance_month": "61.10",
    "utility_month": "59.60",
    "telecom_month": "60.10",
    "backoffice_month": "54.35",
    "bank_five": "62.05",
    "bank_month": "59.60",
    "general_month": "53.75",
    "half_year": "67.50",
    "service_quality": "54.88",
    "service_quality_full": "57.23",
    "six_areas_month": "65.10",
    "six_areas_quarter": "65.10",
    "three_dimensions": "65.00",
    "tobacco_month": "53.65",
    "year": "60.00",
}


@pytest.mark.parametrize("name", SCORES)
def test_worked_example(world, name):
    scheme = defaults.load(world.organisation, defaults.shipped()[name])
    rules = parse(scheme.rules)
    period = {"month": "2026-10", "quarter": "2026-Q3", "half": "2026-H1", "year": "2026"}[scheme.period_kind]
    run = Run.objects.create(
        organisation=world.organisation, scheme=scheme, period=period, starts_on=OCTOBER.start, ends_on=OCTOBER.end
    )
    people = [world.am, world.managers["team"], world.managers["other_team"]]
    if scheme.role == "back_office":
        people = [world.actors["back_office"]]
    values = {}
    for leaf in rules.leaves:
        own, _points, *others = EXAMPLES[name][leaf.code]
        for person, value in zip(people, (own, *(others[0] if others else ())), strict=False):
            assert values.setdefault((leaf.metric, person), D(value)) == D(value)  # two leaves may share an indicator
    ManagerValue.objects.bulk_create(
        ManagerValue(organisation=world.organisation, period=period, metric=metric, manager=person, value=value)
        for (metric, person), value in values.items()
    )
    scoring.write_cards(run, rules, run.span.end)
    card = Scorecard.objects.get(run=run, manager=people[0])
    by_hand = {leaf: D(row[1]) for leaf, row in EXAMPLES[name].items()}
    assert {line.leaf: line.points.normalize() for line in card.lines.all()} == {
        leaf: points.normalize() for leaf, points in by_hand.items()
    }
    assert card.score == D(SCORES[name])


def test_every_shipped_scheme_has_an_example():
    assert set(EXAMPLES) == set(SCORES) == set(defaults.shipped())


def test_sixteen_leaves_with_their_points():
    """Article 004: basic 20 (four fives), tailored 40 (three, three and two fives), sales 40 (four tens)."""
    rules = parse(defaults.shipped()["three_dimensions"]["rules"])
    names = [[node["name"]["zh-hans"] for node in (*leaf.path, leaf.node)] for leaf in rules.leaves]
    found = [
        (" › ".join(above), own, leaf.weight * 100) for (*above, own), leaf in zip(names, rules.leaves, strict=True)
    ]
    basic, tailored, sales = "基本规范化服务", "定制化服务", "综合销售绩效"
    assert found == [
        (basic, "终端经营规范管理", 5),
        (basic, "终端基本信息掌握", 5),
        (basic, "终端档案信息管理", 5),
        (basic, "终端满意情况反馈", 5),
        (f"{tailored} › 利于零售户卷烟销售", "数据分析", 5),
        (f"{tailored} › 利于零售户卷烟销售", "个性化销售指导", 5),
        (f"{tailored} › 利于零售户卷烟销售", "品牌培育", 5),
        (f"{tailored} › 利于零售户发展", "培训", 5),
        (f"{tailored} › 利于零售户发展", "网络平台搭建", 5),
        (f"{tailored} › 利于零售户发展", "特殊安全经营指导", 5),
        (f"{tailored} › 通用性指导", "日常拜访安排", 5),
        (f"{tailored} › 通用性指导", "通用性指导工作", 5),
        (sales, "销量及销售额", 10),
        (sales, "销售结构", 10),
        (sales, "业绩横向对比", 10),
        (sales, "业绩纵向对比", 10),
    ]
