"""The audit chain: each event's hash covers the one before it, so a change anywhere breaks the chain from there on."""

from dataclasses import dataclass

from crm.lib import sql


@dataclass(frozen=True)
class Verdict:
    """How many events there are, and the first whose hash does not follow from what it says (None: all do)."""

    events: int
    broken_at: int | None
    last_hash: str


def verify() -> Verdict:
    """Recompute the whole chain in the database."""
    found = sql.rows(
        """
        WITH chain AS (
            SELECT id, hash, zf_audit_hash(
                lag(hash) OVER (ORDER BY id), id, at, actor_id, action, "table", "row", organisation_id, before, after
            ) AS expected
            FROM lib_auditevent
        )
        SELECT count(*) AS events, min(id) FILTER (WHERE hash <> expected) AS broken_at,
               coalesce((SELECT hash FROM lib_auditevent ORDER BY id DESC LIMIT 1), '') AS last_hash
        FROM chain
        """
    )[0]
    return Verdict(**found)
