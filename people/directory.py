"""Login by the company's directory (LDAP): whoever can bind there with the own name and password is let in here."""

import logging
import ssl
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from people.backends import Backend
from people.models import User
from people.services import drop_first_password

logger = logging.getLogger(__name__)
TIMEOUT_SECONDS = 5


class Directory(Backend):
    """People of the directory who are known here; nobody is made by logging in."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **kwargs: Any
    ) -> User | None:
        if not username or not password:  # an empty password would be an anonymous bind, which always succeeds
            return None
        person = User.objects.select_related("unit").filter(username=username).first()
        if person is None or not self.user_can_authenticate(person) or not binds(username, password):
            return None
        drop_first_password(person)
        return person


def connection(user: str, password: str) -> Any:
    """A connection to the directory that has not bound yet. Plain ldap:// is upgraded by StartTLS.

    The directory shows a certificate for its name, or the password would go to whoever answers there.
    """
    import ldap3  # an optional part: requirements-ldap.txt

    tls = ldap3.Tls(validate=ssl.CERT_REQUIRED, ca_certs_file=settings.LDAP["ca"] or None)
    server = ldap3.Server(settings.LDAP["url"], tls=tls, connect_timeout=TIMEOUT_SECONDS)
    start = ldap3.AUTO_BIND_NONE
    return ldap3.Connection(server, user, password, auto_bind=start, receive_timeout=TIMEOUT_SECONDS, read_only=True)


def binds(username: str, password: str) -> bool:
    """Whether the directory knows the person by this password; False also when it cannot be reached."""
    from ldap3.core.exceptions import LDAPException
    from ldap3.utils.dn import escape_rdn

    link = connection(settings.LDAP["person"].format(username=escape_rdn(username)), password)
    try:
        if not link.server.ssl and not link.start_tls():
            return False
        return bool(link.bind())
    except LDAPException as error:
        logger.warning("directory does not answer: %s", type(error).__name__)
        return False
    finally:
        link.unbind()
