"""The word files: every pattern can be told, and what is told keeps to its facts."""

import json
import random

import pytest

from crm.demo import LOGINS, PASSWORD
from crm.demo.notes import common_lists
from crm.demo.telling import WORDS, Picks, parse, words

# What the generators know of a client, a day, a journal, a shop's owner.
FACTS = (
    "client name shop boss town place road q w deposits fest nextmonth stopped ta minutes given surname luck chain "
    "visits calls planned towns routes gap towns_next planned_next shop_next lastday tomorrow model junior"
)


def texts(value):
    """Every pattern inside a JSON value; the questions of a survey are lines of a form."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, item in value.items():
            if name != "questions":
                yield from texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from texts(item)


@pytest.mark.parametrize("profile", ["tobacco", "bank"])
def test_every_pattern_can_be_told(profile):
    rng = random.Random(1)
    lists = {**common_lists(profile), **words(f"{profile}_visits")["lists"]}
    facts = dict.fromkeys(FACTS.split(), "某")
    for path in sorted(WORDS.glob(f"{profile}_*.json")):
        for pattern in texts(json.loads(path.read_text("utf-8"))):
            told = Picks(rng, lists, facts).tell(pattern)
            assert not set("{}[]|") & set(told), f"{path.name}: {pattern} → {told}"


def test_a_name_keeps_its_word_and_a_second_one_differs():
    picks = Picks(random.Random(2), {"brand": ["甲", "乙"]}, {"shop": "好又来"})
    first, again, second = picks.tell("{shop}{brand}，{brand}，{brand.2}").split("，")
    assert first == f"好又来{again}"
    assert {again, second} == {"甲", "乙"}


def test_choices_ranges_and_nesting():
    rng = random.Random(3)
    told = {Picks(rng, {}, {}).tell("[a[b|c]|{2-3}]") for _try in range(200)}
    assert told == {"ab", "ac", "2", "3"}


@pytest.mark.parametrize("pattern", ["[a|b", "a]", "a|b", "{open"])
def test_unbalanced_patterns_are_refused(pattern):
    with pytest.raises(ValueError):
        parse(pattern)


def test_an_unknown_name_is_an_error():
    with pytest.raises(KeyError):
        Picks(random.Random(4), {}, {}).tell("{nobody}")


def test_one_login_for_each_role():
    roles = {"客户经理", "主管", "考核员", "后台支撑岗", "系统管理员"}
    tobacco = {role.partition(" · ")[2] for role, _name, _word in LOGINS if "烟草" in role}
    bank = {role.partition(" · ")[2] for role, _name, _word in LOGINS if "银行" in role}
    assert tobacco == roles
    assert bank == {"客户经理", "主管"}
    assert {word for _role, _name, word in LOGINS} == {PASSWORD}
