"""Each kind's reason in words: the figures, and the day of reading."""

import datetime as dt

import pytest
from django.utils import translation

from retention.rules import rules

DAY = dt.date(2026, 3, 31)
SALES = {"now": "2100.00", "before": "3000.00", "from": "2026-01-01", "to": "2026-03-01"}
CONTRACT = {"number": "H1", "title": "陈列协议", "amount": 1}
DEPOSIT = {"name": "大额存单", "amount": 200000, "count": 1}

CASES = [
    ("sales_drop_yoy", SALES, "2026-01至2026-03销售额同比下降30%：3,000→2,100元"),
    ("sales_drop_qoq", SALES, "2026-01至2026-03销售额环比下降30%：3,000→2,100元"),
    ("no_trade", {"last": "2025-11-01", "to": "2026-03-01"}, "已4个月无交易，最近一次在2025-11"),
    ("contract_ending", CONTRACT | {"ends": "2026-04-30"}, "合同H1“陈列协议”将于2026-04-30到期（还有30天），尚未续签"),
    ("contract_ending", CONTRACT | {"ends": "2026-03-31"}, "合同H1“陈列协议”今天（2026-03-31）到期，尚未续签"),
    ("contract_ending", CONTRACT | {"ends": "2026-03-30"}, "合同H1“陈列协议”已于2026-03-30到期，尚未续签"),
    ("deposit_ending", DEPOSIT | {"ends": "2026-04-10"}, "大额存单200,000元将于2026-04-10到期，还有10天"),
    ("deposit_ending", DEPOSIT | {"ends": "2026-03-31"}, "大额存单200,000元今天（2026-03-31）到期"),
    ("loan_overdue", {"amount": 5000, "balance": 80000, "since": "2026-03-21"}, "贷款逾期10天"),
    ("low_mark", {"source": "survey:", "mark": 2, "on": "2026-03-01"}, "2026-03-01满意度调查只打了2分"),
    ("complaint", {"late": 0, "count": 2, "days": 90, "due": None}, "90天内投诉2次"),
    ("complaint", {"late": 1, "count": 1, "days": 90, "due": "2026-03-20"}, "2026-03-20"),
    ("low_activity", {"p": "0.314", "month": "2026-02-01", "last": "2025-10-01"}, "31%"),
    ("overdue_visit", {"since": "2026-03-01", "visited": True, "tier": "A", "days": 15}, "走访逾期15天"),
    ("product_dropped", {"names": ["云烟", "红塔", "玉溪", "大重九"], "since": "2026-02-28"}, "4"),
    ("birthday", {"name": "老王", "on": "2026-04-01", "lunar": True}, "老王"),
    ("festival", {"festival": "mid_autumn", "on": "2026-03-31"}, "中秋"),
]


@pytest.mark.parametrize(("kind", "figures", "words"), CASES, ids=[f"{kind} {n}" for n, (kind, *_) in enumerate(CASES)])
def test_the_reason_says_what_and_how_much(kind, figures, words):
    with translation.override("zh-hans"):
        text = rules[kind].reason({**figures, "day": DAY})
    assert words in text.replace(" ", ""), text
    assert "%(" not in text


def test_every_kind_has_a_case():
    assert {kind for kind, *_ in CASES} == set(rules)
