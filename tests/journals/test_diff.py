"""Differences between two texts."""

from hypothesis import given
from hypothesis import strategies as st

from journals.diff import pieces, words


def test_chinese_by_characters_latin_and_numbers_by_words():
    assert words("走访8户 Hello 12.5%") == ["走", "访", "8", "户", " ", "Hello", " ", "12.5%"]


def test_a_replacement_shows_what_went_before_what_came():
    found = [(piece.kind, piece.text) for piece in pieces("今天走访 8 户，正常。", "今天走访 12 户，两户缺货。")]
    assert ("removed", "8") in found
    assert found.index(("removed", "8")) + 1 == found.index(("added", "12"))
    assert found[0] == ("same", "今天走访 ")


texts = st.text(alphabet="走访户数ab1 2。，\n", max_size=40)


@given(texts, texts)
def test_the_pieces_give_both_texts_back(before, after):
    found = pieces(before, after)
    assert "".join(piece.text for piece in found if piece.kind != "added") == before
    assert "".join(piece.text for piece in found if piece.kind != "removed") == after
