import itertools
import random
import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from visits.similarity import LEAST_LENGTH, NEARLY_EQUAL, bands, fingerprint, normalised, similarity

NOTE = "店主反映玉溪24条动销较快，建议下周增加投放；库存云烟尚有6条，陈列在第二层，价签齐全。约定下周再访。"


def share_a_band(a, b):
    return any(one == other for one, other in zip(bands(fingerprint(a)), bands(fingerprint(b)), strict=True))


def found(a, b):
    return share_a_band(a, b) and similarity(a, b) >= NEARLY_EQUAL


def test_the_same_words_in_another_dress_are_identical():
    again = "  店主反映玉溪２４条动销较快,建议下周增加投放;\n库存云烟尚有６条、陈列在第二层!价签齐全…约定下周再访 "
    assert similarity(NOTE, again) == 1
    assert fingerprint(NOTE) == fingerprint(again)
    assert normalised(" ＡＢＣ－１２，Éa！\n") == "abc12éa"


def test_one_number_changed_is_nearly_equal():
    changed = NOTE.replace("24", "31")
    assert NEARLY_EQUAL < similarity(NOTE, changed) < 1
    assert found(NOTE, changed)


def test_another_note_is_different():
    other = "负责人提出断货三天，希望提前配送；已宣传新品，反馈口感偏淡，询问货源政策，已解释按档位投放。"
    assert similarity(NOTE, other) < 0.1
    assert not share_a_band(NOTE, other)


def test_a_known_pair_by_hand():
    # 客户 户满 满意 | 客户 户很 很满 满意: two shared of five.
    assert similarity("客户满意", "客户很满意。") == pytest.approx(2 / 5)
    assert similarity("好", "好。") == 1
    assert similarity("", "，。") == 0
    assert similarity("好", "") == 0


def test_short_notes_have_no_fingerprint():
    assert fingerprint("") is None
    assert fingerprint("客户满意，无其他。") is None
    assert fingerprint("客" * LEAST_LENGTH) is not None


def test_fingerprints_are_stored_for_good():
    assert fingerprint(NOTE) == -316400857709634838
    assert bands(fingerprint(NOTE)) == (39658, 42390, 60184, 64411)


@given(st.integers(-(2**63), 2**63 - 1))
def test_bands_hold_the_whole_fingerprint(value):
    parts = bands(value)
    assert len(parts) == 4
    assert all(0 <= part < 2**16 for part in parts)
    assert sum(part << 16 * at for at, part in enumerate(parts)) == value % 2**64


@given(st.text(), st.text())
def test_similarity_is_symmetric_and_a_share(a, b):
    assert similarity(a, b) == similarity(b, a)
    assert 0 <= similarity(a, b) <= 1
    assert similarity(a, a) == (1 if normalised(a) else 0)
    value = fingerprint(a)
    assert value is None or -(2**63) <= value < 2**63


SPEAKERS = ("店主", "老板娘", "客户王女士", "值班店员", "负责人")
BRANDS = ("玉溪", "云烟", "中华", "黄鹤楼", "利群", "芙蓉王", "南京", "红塔山")
SENTENCES = (
    "反映{brand}{number}条动销较快，建议下周增加投放",
    "库存{brand}尚有{number}条，陈列在第二层，价签齐全",
    "提出{brand}断货{number}天，希望提前配送",
    "已宣传新品{brand}，试销{number}包，反馈口感偏淡",
    "核对订单{number}条，{brand}占比最高，与上月基本持平",
    "周边施工影响客流，日均下降{number}人，{brand}销量减少",
    "明码标价执行到位，{brand}零售价{number}元无误",
    "询问{brand}货源政策，已解释按档位投放，每周{number}条",
)


def written(rng):
    sentences = rng.sample(SENTENCES, rng.randint(2, 4))
    body = "；".join(one.format(brand=rng.choice(BRANDS), number=rng.randint(2, 98)) for one in sentences)
    return rng.choice(SPEAKERS) + body + "。"


def with_another_number(note, rng):
    at = rng.choice(list(re.finditer(r"\d+", note)))
    return note[: at.start()] + str(rng.randint(2, 98)) + note[at.end() :]


def with_another_word(note, rng):
    at = rng.randrange(len(note) - 2)
    return note[:at] + rng.choice(("基本", "已经", "比较")) + note[at + 2 :]


def with_something_left_out(note, rng):
    at = rng.randrange(len(note) - 3)
    return note[:at] + note[at + 3 :]


@pytest.mark.parametrize("edited", [with_another_number, with_another_word, with_something_left_out])
def test_edited_notes_are_found(edited):
    rng = random.Random(edited.__name__)
    caught = sum(found(note, edited(note, rng)) for note in (written(rng) for _note in range(400)))
    assert caught >= 0.95 * 400


def test_hardly_any_different_notes_are_compared_or_taken_for_copies():
    rng = random.Random(5)
    notes = {note: bands(fingerprint(note)) for note in (written(rng) for _note in range(200))}
    pairs = list(itertools.combinations(notes, 2))
    compared = [(a, b) for a, b in pairs if any(map(int.__eq__, notes[a], notes[b]))]
    # All are made of the same eight sentences, and still:
    assert len(compared) < 0.08 * len(pairs)
    assert not [pair for pair in compared if similarity(*pair) >= NEARLY_EQUAL]


def test_two_thousand_fingerprints_take_less_than_a_second():
    rng = random.Random(6)
    notes = [written(rng) for _note in range(2_000)]
    began = time.process_time()
    for note in notes:
        fingerprint(note)
    assert time.process_time() - began < 1
