"""PostgreSQL servers of a test's own: a copy of the one that the tests run on, and one that follows the copy."""

import fcntl
import os
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg2

from crm.lib import embedded


class Copy:
    """A server in a folder of its own, copied from another one; it follows that one, or goes its own way."""

    def __init__(self, folder: Path, source: Path, *, follows: bool) -> None:
        self.folder, self.log = folder, folder / "pg.log"
        self.sockets = embedded._socket_dir(folder, "pg")
        folder.mkdir()
        user = embedded._postgres_user()
        owner = embedded._admit(user, folder) if user else os.getuid()
        embedded._private_dir(folder / "pg", owner)
        command = [str(embedded.program("pg_basebackup")), "-h", str(source), "-p", "5432", "-U", embedded.OWNER_ROLE]
        command += ["-D", str(folder / "pg"), "--checkpoint=fast", "--no-sync"]
        command += ["--write-recovery-conf"] if follows else []
        assert embedded._run(command, self.log, user=user) == 0, embedded._tail(self.log)

    def start(self) -> None:
        """Returns when it answers reads."""
        with embedded._lock(self.folder / "pg.lock", fcntl.LOCK_EX) as lock:
            embedded._launch_postgres(self.folder, self.sockets, self.log, lock)

    def stop(self) -> None:
        embedded._stop_postgres(self.folder)

    def say(self, query: str) -> Any:
        """The first value of a statement run by the superuser there."""
        address = embedded._postgres_url(self.sockets, embedded.OWNER_ROLE, "postgres")
        with closing(psycopg2.connect(address)) as session, session.cursor() as cursor:
            cursor.execute(query)
            return cursor.fetchone()[0]
