"""mypy plugin: ``request.user`` is a user. LoginRequiredMiddleware turns everybody else away before a view runs."""

from collections.abc import Callable

from mypy.plugin import AttributeContext, Plugin
from mypy.types import Instance, Type, UnionType, get_proper_type

ATTRIBUTE = "django.http.request.HttpRequest.user"
ANONYMOUS = "django.contrib.auth.models.AnonymousUser"


class SignedIn(Plugin):
    """Takes AnonymousUser out of the type of ``request.user``."""

    def get_attribute_hook(self, fullname: str) -> Callable[[AttributeContext], Type] | None:
        """The hook for that one attribute."""
        return _without_anonymous if fullname == ATTRIBUTE else None


def _without_anonymous(context: AttributeContext) -> Type:
    found = get_proper_type(context.default_attr_type)
    if not isinstance(found, UnionType):
        return context.default_attr_type
    kept = [item for item in map(get_proper_type, found.items) if not _is_anonymous(item)]
    return UnionType.make_union(kept)


def _is_anonymous(item: Type) -> bool:
    return isinstance(item, Instance) and item.type.fullname == ANONYMOUS


def plugin(version: str) -> type[Plugin]:
    """What mypy asks for."""
    return SignedIn
