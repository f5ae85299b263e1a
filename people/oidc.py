"""Single sign-on by OpenID Connect: authorization code with PKCE, state and nonce.

The ID token comes straight from the issuer over TLS, in answer to our own request: the issuer's certificate vouches for
it in place of the token's signature (OpenID Connect Core 1.0, 3.1.3.7, item 6). Its claims are checked one by one.
"""

import base64
import hashlib
import json
import secrets
import time
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

from django.conf import settings
from django.core.cache import cache

TIMEOUT_SECONDS = 10
LONGEST_ANSWER = 256 * 1024
CLOCK_SECONDS = 60  # that the issuer's clock may differ from ours


class Refused(Exception):
    """The login did not come to an end; the message is for the log, never with a token in it."""


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None


_opener = urllib.request.build_opener(_NoRedirect)


def _json(url: str, form: dict[str, str] | None = None) -> dict[str, Any]:
    if not url.startswith("https://") and not settings.OUTBOUND_PRIVATE:
        raise Refused("the issuer is not on https")
    data = urllib.parse.urlencode(form).encode() if form is not None else None
    request = urllib.request.Request(url, data, {"Accept": "application/json"})
    try:
        with _opener.open(request, timeout=TIMEOUT_SECONDS) as answer:
            found = json.loads(answer.read(LONGEST_ANSWER))
    except (OSError, ValueError) as error:
        raise Refused(f"the issuer does not answer: {type(error).__name__}") from error
    if not isinstance(found, dict):
        raise Refused("the issuer's answer is no object")
    return found


def discovery() -> dict[str, Any]:
    """What the issuer says of itself, kept for an hour."""
    issuer = settings.OIDC["issuer"]
    found = cache.get(f"oidc:{issuer}")
    if found is None:
        found = _json(f"{issuer}/.well-known/openid-configuration")
        if str(found.get("issuer", "")).rstrip("/") != issuer:
            raise Refused("the issuer calls itself otherwise")
        cache.set(f"oidc:{issuer}", found, 3600)
    return found


def begin(redirect_uri: str, *, anew: bool) -> tuple[str, dict[str, str]]:
    """Where to send the browser, and what the session keeps until it is back. ``anew``: the person must be there."""
    kept = {
        "state": secrets.token_urlsafe(24),
        "nonce": secrets.token_urlsafe(24),
        "verifier": secrets.token_urlsafe(48),
    }
    challenge = base64.urlsafe_b64encode(hashlib.sha256(kept["verifier"].encode()).digest()).rstrip(b"=").decode()
    query = {
        "response_type": "code",
        "client_id": settings.OIDC["client"],
        "redirect_uri": redirect_uri,
        "scope": "openid profile",
        "state": kept["state"],
        "nonce": kept["nonce"],
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    if anew:
        query |= {"prompt": "login", "max_age": "0"}
    return f"{discovery()['authorization_endpoint']}?{urllib.parse.urlencode(query)}", kept


def finish(query: Any, kept: dict[str, str], redirect_uri: str) -> dict[str, Any]:
    """The claims of whoever has come back; Refused when anything does not fit."""
    if not kept or not secrets.compare_digest(str(query.get("state", "")), kept["state"]):
        raise Refused("the state does not fit")
    if not query.get("code"):
        raise Refused(f"the issuer says {str(query.get('error', 'nothing'))[:40]!r}")
    answer = _json(
        discovery()["token_endpoint"],
        {
            "grant_type": "authorization_code",
            "code": query["code"],
            "redirect_uri": redirect_uri,
            "client_id": settings.OIDC["client"],
            "client_secret": settings.OIDC["secret"],
            "code_verifier": kept["verifier"],
        },
    )
    return _checked(str(answer.get("id_token", "")), kept["nonce"])


def _checked(token: str, nonce: str) -> dict[str, Any]:
    try:
        body = token.split(".")[1]
        claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
        audience = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
        fits = {
            "issuer": str(claims["iss"]).rstrip("/") == settings.OIDC["issuer"],
            "audience": settings.OIDC["client"] in audience,
            "party": len(audience) == 1 or claims.get("azp") == settings.OIDC["client"],
            "time": claims["exp"] > time.time() - CLOCK_SECONDS,
            "nonce": secrets.compare_digest(str(claims.get("nonce", "")), nonce),
        }
    except (IndexError, KeyError, TypeError, ValueError) as error:
        raise Refused("the token cannot be read") from error
    if wrong := [name for name, right in fits.items() if not right]:
        raise Refused(f"the token's {', '.join(wrong)} does not fit")
    return claims
