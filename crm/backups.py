"""Backups: one archive with the database, the uploaded files and the checksums by which a restored copy is proven."""

import hashlib
import json
import os
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from crm.lib import embedded, periods
from crm.lib.audit import verify
from crm.lib.roles import as_owner, grant_serving_role
from crm.lib.sql import execute, rows, rows_hash

FORMAT = 1
MANIFEST, DUMP, MEDIA = "manifest.json", "database.dump", "media"
ENCRYPTED = (".age", ".gpg")


class BackupError(Exception):
    """What went wrong, and what to do."""


@dataclass(frozen=True)
class Comparison:
    """A restored copy beside what the archive says: tables and files that differ, and whether the audit chain holds."""

    tables: int
    files: int
    differing: list[str]
    audit_whole: bool

    @property
    def is_same(self) -> bool:
        """Whether the copy is what was backed up."""
        return not self.differing and self.audit_whole


# --- Making one -------------------------------------------------------------------------------------------------


def make(folder: Path, recipient: str = "") -> Path:
    """Write an archive of this moment into a folder; encrypted for an age or GPG recipient when one is given."""
    folder.mkdir(parents=True, exist_ok=True)
    name = f"zoufang-{periods.now():%Y%m%d-%H%M%S}.tar"
    with tempfile.TemporaryDirectory(dir=folder, prefix=".making-") as place:
        work = Path(place)
        with as_owner(), transaction.atomic():
            execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            snapshot = rows("SELECT pg_export_snapshot() AS name")[0]["name"]
            _run(
                "pg_dump", "--format=custom", "--no-owner", "--no-acl", f"--snapshot={snapshot}", "--file", work / DUMP
            )
            tables = checksums()
        with tarfile.open(work / name, "w") as archive:
            files = {path: _add(archive, Path(settings.MEDIA_ROOT) / path, f"{MEDIA}/{path}") for path in media()}
            manifest = {
                "format": FORMAT,
                "made_at": periods.now().isoformat(),
                "dump": _add(archive, work / DUMP, DUMP),
                "tables": tables,
                "files": files,
            }
            (work / MANIFEST).write_text(json.dumps(manifest, ensure_ascii=False, indent=1), encoding="utf-8")
            archive.add(work / MANIFEST, MANIFEST)
        ready = _encrypt(work / name, recipient) if recipient else work / name
        done = folder / ready.name
        with ready.open("rb") as written:
            os.fsync(written.fileno())
        return Path(shutil.move(ready, done))


def checksums() -> dict[str, str]:
    """Table → hash over its rows, whatever their order; a partitioned table counts as one."""
    names = rows(
        """
        SELECT relname AS name FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition ORDER BY relname
        """
    )
    # As text: the types of some columns have no hash.
    return {found["name"]: rows_hash(f'SELECT t::text FROM "{found["name"]}" AS t') for found in names}


def media() -> list[str]:
    """Uploaded files, relative to where they lie."""
    root = Path(settings.MEDIA_ROOT)
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()) if root.is_dir() else []


def _add(archive: tarfile.TarFile, path: Path, name: str) -> str:
    archive.add(path, name)
    return _sha256(path)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _encrypt(path: Path, recipient: str) -> Path:
    program = "age" if recipient.startswith(("age1", "ssh-")) else "gpg"
    out = path.with_name(f"{path.name}.{program}")
    if program == "age":
        _call([program, "--recipient", recipient, "--output", str(out), str(path)])
    else:
        key = ["--recipient-file", recipient] if Path(recipient).is_file() else ["--recipient", recipient]
        _call([program, "--batch", "--trust-model", "always", *key, "--output", str(out), "--encrypt", str(path)])
    return out


# --- Bringing one back ------------------------------------------------------------------------------------------


def restore(archive: Path, identity: str = "") -> Comparison:
    """Fill the empty database and upload folder of this instance from an archive, and compare with its checksums."""
    if not archive.is_file():
        raise BackupError(f"There is no file {archive}.")
    with as_owner():
        if rows("SELECT 1 AS one FROM pg_tables WHERE schemaname = 'public' LIMIT 1"):
            raise BackupError("This database is not empty. Restore into a new one: DATABASE_URL, or another VAR_DIR.")
    if media():
        raise BackupError(f"There are files in {settings.MEDIA_ROOT}. Restore with another VAR_DIR, or move them away.")
    Path(settings.MEDIA_ROOT).parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=Path(settings.MEDIA_ROOT).parent, prefix=".restoring-") as place:
        work = Path(place)
        plain = _decrypt(archive, work / "plain.tar", identity) if archive.suffix in ENCRYPTED else archive
        manifest = _unpack(plain, work)
        with as_owner():
            connection.close()  # pg_restore makes what this connection would hold on to
        _run("pg_restore", "--no-owner", "--no-acl", "--exit-on-error", "--single-transaction", work / DUMP)
        if (work / MEDIA).is_dir():
            shutil.copytree(work / MEDIA, settings.MEDIA_ROOT, dirs_exist_ok=True)
        with as_owner():
            with connection.cursor() as cursor:
                grant_serving_role(cursor)
            execute("ANALYZE")
            return compare(manifest)


def compare(manifest: dict[str, Any]) -> Comparison:
    """This instance beside a manifest."""
    tables = checksums()
    files = {path: _sha256(Path(settings.MEDIA_ROOT) / path) for path in media()}
    differing = [name for name in {**tables, **manifest["tables"]} if tables.get(name) != manifest["tables"].get(name)]
    differing += [name for name in {**files, **manifest["files"]} if files.get(name) != manifest["files"].get(name)]
    return Comparison(len(tables), len(files), sorted(differing), verify().broken_at is None)


def _unpack(archive: Path, work: Path) -> dict[str, Any]:
    try:
        with tarfile.open(archive) as opened:
            opened.extractall(work, filter="data")
        manifest: dict[str, Any] = json.loads((work / MANIFEST).read_text(encoding="utf-8"))
    except (tarfile.TarError, OSError, ValueError) as error:
        raise BackupError(f"{archive} is no whole backup: {error}") from error
    if manifest.get("format") != FORMAT:
        raise BackupError(f"The archive has format {manifest.get('format')}; this version reads {FORMAT}.")
    damaged = [path for path, known in manifest["files"].items() if _sha256(work / MEDIA / path) != known]
    if _sha256(work / DUMP) != manifest["dump"]:
        damaged.insert(0, DUMP)
    if damaged:
        raise BackupError(f"Damaged in the archive: {', '.join(damaged[:5])}. Take another backup.")
    return manifest


def _decrypt(archive: Path, out: Path, identity: str) -> Path:
    if archive.suffix == ".age":
        if not identity:
            raise BackupError("An age archive needs its key: --identity FILE.")
        _call(["age", "--decrypt", "--identity", identity, "--output", str(out), str(archive)])
    else:
        _call(["gpg", "--batch", "--output", str(out), "--decrypt", str(archive)])
    return out


# --- Programs ---------------------------------------------------------------------------------------------------


def _run(program: str, *arguments: Any) -> None:
    """pg_dump or pg_restore on the default database in the owner's name."""
    known = connection.settings_dict
    owner = settings.DATABASE_OWNER
    found = shutil.which(program) if os.environ.get("DATABASE_URL") else None
    command = [found or str(embedded.program(program)), "--username", str(owner["USER"])]
    command += ["--host", known["HOST"]] if known["HOST"] else []
    command += ["--port", str(known["PORT"])] if known["PORT"] else []
    command += ["--dbname", known["NAME"], *map(str, arguments)]
    _call(command, {"PGPASSWORD": str(owner["PASSWORD"])} if owner["PASSWORD"] else {})


def _call(command: Sequence[str], environment: dict[str, str] | None = None) -> None:
    try:
        subprocess.run(command, check=True, capture_output=True, text=True, env=os.environ | (environment or {}))
    except FileNotFoundError as error:
        raise BackupError(f"The program {command[0]} is not installed.") from error
    except subprocess.CalledProcessError as error:
        raise BackupError(f"{Path(command[0]).name} failed: {error.stderr.strip()[-500:]}") from error
