"""Authentication: the user comes with the unit, since every request asks for its sight."""

from typing import Any

from django.contrib.auth.backends import ModelBackend

from people.models import User


class Backend(ModelBackend):
    """Password login by user name."""

    def get_user(self, user_id: Any) -> User | None:
        user = User.objects.select_related("unit").filter(pk=user_id).first()
        return user if user and self.user_can_authenticate(user) else None
