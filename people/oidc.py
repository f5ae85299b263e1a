"""Single sign-on by OpenID Connect: authorization code with PKCE, state and nonce.

The ID token comes straight from the issuer over TLS, and is signed by one of the issuer's keys. Its claims are checked
one by one (OpenID Connect Core 1.0, 3.1.3.7).
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

import jwt
from django.conf import settings
from django.core.cache import cache

TIMEOUT_SECONDS = 10
LONGEST_ANSWER = 256 * 1024
CLOCK_SECONDS = 60  # that the issuer's clock may differ from ours
KEPT_SECONDS = 3600  # for which the issuer's addresses and keys are remembered
ADDRESSES = ("issuer", "authorization_endpoint", "token_endpoint", "jwks_uri")
ALGORITHMS = [
    "RS256",
    "RS384",
    "RS512",
    "PS256",
    "PS384",
    "PS512",
    "ES256",
    "ES384",
    "ES512",
    "EdDSA",
]  # no shared keys


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
        if lacking := [name for name in ADDRESSES if not isinstance(found.get(name), str)]:
            raise Refused(f"the issuer does not name its {', '.join(lacking)}")
        if found["issuer"].rstrip("/") != issuer:
            raise Refused("the issuer calls itself otherwise")
        cache.set(f"oidc:{issuer}", found, KEPT_SECONDS)
    return found


def key_of(token: str) -> jwt.PyJWK:
    """The issuer's key that the token names. A key that is not known is asked for once more: issuers renew theirs."""
    name = jwt.get_unverified_header(token).get("kid")
    address = discovery()["jwks_uri"]
    for known in (cache.get(f"oidc-keys:{address}"), None):
        keys = known or _json(address)
        found = [key for key in jwt.PyJWKSet.from_dict(keys).keys if name in (None, key.key_id)]
        if len(found) == 1:
            cache.set(f"oidc-keys:{address}", keys, KEPT_SECONDS)
            return found[0]
    raise Refused("the token is signed by none of the issuer's keys")


def begin(redirect_uri: str, *, anew: bool) -> tuple[str, dict[str, Any]]:
    """Where to send the browser, and what the session keeps until it is back. ``anew``: the person must be there."""
    kept: dict[str, Any] = {
        "state": secrets.token_urlsafe(24),
        "nonce": secrets.token_urlsafe(24),
        "verifier": secrets.token_urlsafe(48),
        "proved_after": int(time.time()) if anew else 0,
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


def finish(query: Any, kept: dict[str, Any], redirect_uri: str) -> dict[str, Any]:
    """The claims of whoever has come back; Refused when anything does not fit."""
    if not kept or not secrets.compare_digest(str(query.get("state", "")).encode(), kept["state"].encode()):
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
    return _checked(str(answer.get("id_token", "")), kept)


def _checked(token: str, kept: dict[str, Any]) -> dict[str, Any]:
    try:
        options: Any = {"verify_aud": False, "verify_iss": False, "verify_iat": False, "require": ["exp", "sub"]}
        claims = jwt.decode(token, key_of(token), algorithms=ALGORITHMS, leeway=CLOCK_SECONDS, options=options)
        audience = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
        fits = {
            "issuer": str(claims["iss"]).rstrip("/") == settings.OIDC["issuer"],
            "audience": settings.OIDC["client"] in audience,
            "party": len(audience) == 1 or claims.get("azp") == settings.OIDC["client"],
            "nonce": secrets.compare_digest(str(claims.get("nonce", "")).encode(), kept["nonce"].encode()),
            # The browser that carried our wish for a password may have left it out: only this tells.
            "time of login": proved_at(claims) >= kept["proved_after"] - CLOCK_SECONDS or not kept["proved_after"],
            # Anybody may write any address into a profile.
            "e-mail": settings.OIDC["claim"] != "email" or claims.get("email_verified") is True,
        }
    except jwt.PyJWTError as error:
        raise Refused(f"the token is not good: {type(error).__name__}") from error
    except (KeyError, TypeError, ValueError) as error:
        raise Refused("the token cannot be read") from error
    if wrong := [name for name, right in fits.items() if not right]:
        raise Refused(f"the token's {', '.join(wrong)} does not fit")
    return claims


def proved_at(claims: dict[str, Any]) -> int:
    """When the person entered the password at the issuer, as a time stamp; 0 when it does not say so."""
    found = claims.get("auth_time")
    return int(found) if isinstance(found, int | float) else 0
