"""Behind a pool of transactions the session remembers nothing: the actor is named in each transaction that writes."""

import pytest
from django.db import connection, transaction

from crm.lib.models import AuditEvent
from people.middleware import acting_as
from people.models import User


@pytest.mark.django_db(transaction=True)
def test_the_actor_is_named_in_each_transaction_and_forgotten_after_it(world, settings):
    settings.DATABASE_POOLED = True
    admin = world.actors["admin"]
    people = User.objects.filter(pk=world.am.pk)

    def actor_of_last():
        return AuditEvent.objects.first().actor_id

    def remembered():
        with connection.cursor() as cursor:
            cursor.execute("SELECT coalesce(current_setting('zoufang.actor', true), '')")
            return cursor.fetchone()[0]

    with acting_as(admin.pk):
        assert people.update(name="甲") == 1
        assert remembered() == ""
        assert actor_of_last() == admin.pk
        with transaction.atomic():
            User.objects.select_for_update().get(pk=world.am.pk)
            people.update(name="乙")
        assert (actor_of_last(), remembered()) == (admin.pk, "")
    people.update(name="丙")
    assert actor_of_last() is None
