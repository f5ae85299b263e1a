"""Verbs on clients and on what they hold, sign, are offered and bring."""

from clients.services.file import Changed, add_client, change_client, end_team_member, save_contact

__all__ = ["Changed", "add_client", "change_client", "end_team_member", "save_contact"]
