"""Authentication: the user comes with unit and organisation: every request asks for its sight and its settings."""

from typing import Any

from django.contrib.auth.backends import ModelBackend

from people.models import User


class Backend(ModelBackend):
    """Password login by user name."""

    def get_user(self, user_id: Any) -> User | None:
        user = User.objects.select_related("unit__organisation").filter(pk=user_id).first()
        return user if user and self.user_can_authenticate(user) else None
