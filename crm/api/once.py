"""Idempotency keys: a request that comes again because its answer was lost is answered, and not done again."""

import datetime as dt
import hashlib
from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja.errors import HttpError

from crm.lib import periods, sql
from crm.models import ApiToken, KeptAnswer

HEADER = "Idempotency-Key"
KEPT = dt.timedelta(days=7)
INSERT = """
    INSERT INTO crm_keptanswer (token_id, key, request, status, created_at) VALUES (%s, %s, %s, 0, %s)
    ON CONFLICT DO NOTHING
"""


def once(request: HttpRequest, act: Callable[[], tuple[int, Any]]) -> tuple[int, Any]:
    """``act()`` gives (status, answer); done at most once for each key of a token, and the key kept with it.

    Two at the same moment: the unique index makes the second wait for the first. HttpError 422 when the key was used
    for another request.
    """
    key = request.headers.get(HEADER, "")
    if not key:
        return act()
    if len(key) > 100 or not key.isprintable():
        raise HttpError(400, _("The idempotency key may have at most 100 printable characters."))
    token: ApiToken = request.auth  # type: ignore[attr-defined]
    asked = hashlib.sha256(b"\n".join([str(request.method).encode(), request.path.encode(), request.body])).hexdigest()
    with transaction.atomic():
        KeptAnswer.objects.filter(token=token, created_at__lt=periods.now() - KEPT).delete()
        if sql.execute(INSERT, [token.pk, key, asked, periods.now()]):
            status, answer = act()
            KeptAnswer.objects.filter(token=token, key=key).update(status=status, answer=answer)
            return status, answer
    known = KeptAnswer.objects.get(token=token, key=key)
    if known.request != asked:
        raise HttpError(422, _("This idempotency key was used for another request."))
    return known.status, known.answer
