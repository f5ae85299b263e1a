import time

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from crm.lib.pinyin import bigrams, initials, keys, spelled


@pytest.mark.parametrize(
    ("name", "spelling", "letters"),
    [
        ("兴隆超市", "xinglongchaoshi", "xlcs"),
        ("重庆银行长安支行", "chongqingyinhangchanganzhihang", "cqyhcazh"),
        ("东莞音乐快餐店", "dongguanyinyuekuaicandian", "dgyykcd"),
        ("朝阳步行街书店", "chaoyangbuxingjieshudian", "cybxjsd"),
        ("永发烟酒行", "yongfayanjiuhang", "yfyjh"),
        ("女人街服饰", "nvrenjiefushi", "nrjfs"),
        ("ABC超市 24h（二店）", "abcchaoshi24herdian", "abccs24hed"),
        ("ＡＢＣ超市２４", "abcchaoshi24", "abccs24"),
        ("Café·吕", "cafelv", "cafel"),
        ("𠮷野家 №5", "yejiano5", "yjno5"),
        ("", "", ""),
        ("…！", "", ""),
    ],
)
def test_names(name, spelling, letters):
    assert (spelled(name), initials(name)) == (spelling, letters)


@pytest.mark.parametrize(
    ("name", "shop", "person"),
    [
        ("单雄", "danxiong", "shanxiong"),
        ("曾国强", "cengguoqiang", "zengguoqiang"),
        ("欧阳修", "ouyangxiu", "ouyangxiu"),
        ("李单", "lidan", "lidan"),
        ("翟", "di", "zhai"),
    ],
)
def test_family_names_are_read_as_such_in_persons(name, shop, person):
    assert spelled(name) == shop
    assert spelled(name, person=True) == person
    assert initials(name, person=True)[0] == person[0]


@given(st.text())
def test_keys_are_plain_letters_and_digits(name):
    for key in (spelled(name), initials(name), spelled(name, person=True)):
        assert key.isascii()
        assert key == "" or (key.isalnum() and key == key.lower())
    assert len(initials(name)) <= len(spelled(name))


@given(st.text("超市便利店烟酒茶ABCxyz019"), st.text("超市便利店烟酒茶ABCxyz019"))
def test_initials_are_one_for_each_character(a, b):
    assert len(initials(a + b)) == len(a) + len(b)


def test_bigrams_by_hand():
    assert bigrams("兴隆ＡB ") == ["兴隆", "隆a", "ab", "b "]
    assert bigrams("哈哈哈") == ["哈哈"]
    assert bigrams("店") == bigrams("") == []


@pytest.mark.django_db
@pytest.mark.parametrize("text", ["兴隆超市（二店）", "ＡBC 超市２４h", "O'Neil ﹠ Söhne №5", "𠮷野家 ㎡", "店", ""])
def test_bigrams_are_those_of_the_database(text):
    with connection.cursor() as cursor:
        cursor.execute("SELECT tsvector_to_array(zf_search(%s))", [text])
        (lexemes,) = cursor.fetchone()
    assert sorted(lexemes) == sorted(bigrams(text))


def test_ten_thousand_names_take_less_than_a_second():
    names = [
        f"{city}{word}便利店{number}号"
        for city in ("重庆", "江北", "长安")
        for word in "兴隆曾乐"
        for number in range(834)
    ]
    began = time.process_time()
    for name in names:
        keys(name)
    assert len(names) > 10_000
    assert time.process_time() - began < 1
