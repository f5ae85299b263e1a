"""The second factor: codes of an authenticator app (RFC 6238), and recovery codes for who has lost the phone."""

import secrets

import pyotp
from django.conf import settings
from django.db import transaction
from django.utils.crypto import constant_time_compare, salted_hmac

from crm.lib import periods
from people.models import SecondFactor, User

STEP = 30  # seconds, as apps have it
DRIFT = 1  # steps that a phone's clock may be off
RECOVERY_CODES = 10
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that look alike


def is_required(user: User) -> bool:
    """Whether the person's role may not work without a second factor."""
    return not {user.role, "all"}.isdisjoint(settings.SECOND_FACTOR_ROLES)


def of(user: User) -> SecondFactor | None:
    """The person's second factor once it is confirmed."""
    return SecondFactor.objects.filter(user=user, confirmed_at__isnull=False).first()


def begin(user: User) -> SecondFactor:
    """A secret to put into the app; the same one until it is confirmed."""
    return SecondFactor.objects.get_or_create(user=user, defaults={"secret": pyotp.random_base32()})[0]


def address(factor: SecondFactor) -> str:
    """What the QR code says: the otpauth address that apps read."""
    return pyotp.TOTP(factor.secret).provisioning_uri(
        name=factor.user.username, issuer_name=settings.SECOND_FACTOR_ISSUER
    )


def confirm(user: User, code: str) -> list[str]:
    """Take the factor into use by its first right code: the recovery codes, shown this once. Empty when wrong."""
    with transaction.atomic():
        factor = SecondFactor.objects.select_for_update().get(user=user)
        if factor.confirmed_at or not _use(factor, code):
            return []
        factor.confirmed_at = periods.now()
        return _new_recovery(factor)


def accepts(user: User, code: str) -> bool:
    """Whether a code of the app or a recovery code is right. Each counts once, also when two come at the same time."""
    with transaction.atomic():
        factor = SecondFactor.objects.select_for_update().filter(user=user, confirmed_at__isnull=False).first()
        return factor is not None and (_use(factor, code) or _use_recovery(factor, code))


def renew_recovery(user: User) -> list[str]:
    """New recovery codes; the old ones are worth nothing any more."""
    with transaction.atomic():
        return _new_recovery(SecondFactor.objects.select_for_update().get(user=user))


def remove(user: User) -> None:
    """Forget the factor: the person has a new phone, or an administrator takes a lost one away."""
    SecondFactor.objects.filter(user=user).delete()


def _use(factor: SecondFactor, code: str) -> bool:
    digits = "".join(code.split())
    totp, now = pyotp.TOTP(factor.secret), int(periods.now().timestamp()) // STEP
    for step in range(now - DRIFT, now + DRIFT + 1):
        if step > factor.last_step and constant_time_compare(totp.at(step * STEP), digits):
            factor.last_step = step
            factor.save(update_fields=["last_step"])
            return True
    return False


def _use_recovery(factor: SecondFactor, code: str) -> bool:
    digest = _digest(code)
    if digest not in factor.recovery:
        return False
    factor.recovery = [each for each in factor.recovery if each != digest]
    factor.save(update_fields=["recovery"])
    return True


def _new_recovery(factor: SecondFactor) -> list[str]:
    codes = [
        "-".join("".join(secrets.choice(LETTERS) for _n in range(5)) for _n in range(3)) for _n in range(RECOVERY_CODES)
    ]
    factor.recovery = [_digest(code) for code in codes]
    factor.save()
    return codes


def _digest(code: str) -> str:
    plain = "".join(letter for letter in code.lower() if letter in LETTERS)
    return salted_hmac("people.factors.recovery", plain, algorithm="sha256").hexdigest()
