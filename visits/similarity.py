"""Notes that nearly repeat an earlier one, found by index look-ups and not by comparing all pairs.

A note's fingerprint is a MinHash sketch of its character bigrams, packed into one bigint of four 16-bit bands. Two
notes are candidates when any band is equal; `similarity` then decides. `marks` makes of the bands four numbers that
no other manager shares: kept in an array column with a GIN index, they find a manager's candidates by overlap.

Two notes of bigram similarity s share a band with probability 1 − (1 − s³)⁴: 0.99 at s = 0.9, 0.03 at s = 0.2.
MinHash: A. Z. Broder, On the resemblance and containment of documents, 1997; bands: J. Leskovec, A. Rajaraman and
J. D. Ullman, Mining of Massive Datasets, chapter 3. A SimHash of 64 bits finds only half of the notes of 50 characters
in which one number was changed.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from functools import lru_cache

import numpy as np

BANDS = 4
ROWS = 3  # minima to a band
NEARLY_EQUAL = 0.75  # one number changed in a note of 30 characters gives 0.8 and more
_LAYOUT = re.compile(r"[\W_]+")  # of the characters that are words to `re`, only the underscore is no letter or digit
LEAST_LENGTH = 8  # shorter notes ("客户满意") are alike without being copied


@lru_cache(maxsize=512)
def normalised(text: str) -> str:
    """Letters and digits alone, in one width and case: what is left when layout and punctuation do not count."""
    return _LAYOUT.sub("", unicodedata.normalize("NFKC", text).casefold())


def similarity(a: str, b: str) -> float:
    """Jaccard similarity of the character bigrams: 1 for the same words, 0 when nothing is shared or both are empty."""
    one, other = _bigrams(normalised(a)), _bigrams(normalised(b))
    either = len(one | other)
    return len(one & other) / either if either else 0.0


def fingerprint(text: str) -> int | None:
    """Signed 64-bit sketch for a bigint column; None for a note too short to be told from any other.

    Stored for good: the same text must give the same number for ever.
    """
    plain = normalised(text)
    if len(plain) < LEAST_LENGTH:
        return None
    codes = np.array([_code(bigram) for bigram in _bigrams(plain)], dtype=np.uint64)
    with np.errstate(over="ignore"):
        minima = (codes[:, None] * _FACTORS + _SHIFTS).min(axis=0)
    packed = b"".join(_hash(minima[band * ROWS : (band + 1) * ROWS].tobytes(), 2) for band in range(BANDS))
    return int.from_bytes(packed, "little", signed=True)


def bands(value: int) -> tuple[int, ...]:
    """The four bands of a fingerprint, each 0 to 65535; notes that share one at its place are worth comparing."""
    return tuple(value >> 16 * band & 0xFFFF for band in range(BANDS))


def marks(manager_id: int, text: str) -> list[int] | None:
    """The bands with their place and the manager in one number each, below 2⁶³; None where there is no fingerprint."""
    value = fingerprint(text)
    if value is None:
        return None
    return [manager_id << 18 | place << 16 | band for place, band in enumerate(bands(value))]


@lru_cache(maxsize=512)  # a new note is compared with many
def _bigrams(plain: str) -> frozenset[str]:
    return frozenset(plain[at : at + 2] for at in range(max(1, len(plain) - 1))) if plain else frozenset()


def _hash(data: bytes, size: int) -> bytes:
    return hashlib.blake2b(data, digest_size=size).digest()


@lru_cache(maxsize=1 << 16)
def _code(bigram: str) -> int:
    return int.from_bytes(_hash(bigram.encode(), 8), "little")


# One pseudo-random order of all bigrams for each minimum: multiplication by an odd number modulo 2⁶⁴, and a shift.
_FACTORS = np.array([_code(f"factor {row}") | 1 for row in range(BANDS * ROWS)], dtype="<u8")
_SHIFTS = np.array([_code(f"shift {row}") for row in range(BANDS * ROWS)], dtype="<u8")
