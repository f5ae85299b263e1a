"""Where clients' satisfaction comes from: an upper package that asks them says so here."""

# A query of (client_id, score 1–5), one row a client; empty while nobody asks.
_source: list[str] = []


def register(query: str) -> None:
    """Name the query; a second one is a programming error."""
    if _source:
        raise ValueError("satisfaction has a source already")
    _source.append(query)


def source() -> str:
    """The query, or ""."""
    return _source[0] if _source else ""
