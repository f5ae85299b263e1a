"""Rules for passwords, after ASVS 5.0, V6.2."""

import hashlib

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from people import factors
from people.models import SecondFactor
from people.passwords import Stolen

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "password", ["kunming", "12345678", "password1", "zoufang2026", "云岭县烟草公司2026", "ALPHA-N12026"]
)
def test_refused(world, password):
    with pytest.raises(ValidationError):
        validate_password(password, world.am)


@pytest.mark.parametrize("password", ["bergwind", "四川路上有雨声", "x" * 200, "correct horse battery", "    leer    "])
def test_no_rule_of_composition_and_no_upper_limit(world, password):
    if password.startswith("四"):
        password += "常在"
    validate_password(password, world.am)


def test_who_decides_much_needs_more_without_a_second_factor(world):
    with pytest.raises(ValidationError, match="15"):
        validate_password("bergwind", world.hr)
    validate_password("bergwind-und-tal", world.hr)
    SecondFactor.objects.create(user=world.hr, secret="A", confirmed_at="2026-10-01T00:00Z")
    assert factors.of(world.hr)
    validate_password("bergwind", world.hr)


@pytest.mark.parametrize("size", [1, 2, 3, 50, 997])
def test_stolen_ones_are_found_wherever_they_stand(tmp_path, size):
    words = [f"wort-{number}" for number in range(size)]
    lines = sorted(hashlib.sha1(word.encode()).hexdigest().upper() for word in words)
    path = tmp_path / "stolen.txt"
    path.write_text("".join(f"{line}:{number}\r\n" for number, line in enumerate(lines)))
    rule = Stolen(str(path))
    for word in words:
        with pytest.raises(ValidationError):
            rule.validate(word)
    for number in range(50):
        rule.validate(f"frei-{number}")
