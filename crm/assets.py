"""Static files: collected when what they are made from has changed."""

import fcntl
import hashlib
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import CommandError, call_command


def collect_when_stale() -> bool:
    """Run collectstatic unless nothing has changed since; whether it ran. CommandError without front-end packages."""
    if not settings.VENDOR_DIR.is_dir():
        raise CommandError("The front-end packages are missing: run `make install` first.")
    stamp = settings.VAR_DIR / "static.stamp"
    with (settings.VAR_DIR / "static.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        state = _state()
        if stamp.exists() and stamp.read_text() == state and (settings.STATIC_ROOT / "staticfiles.json").exists():
            return False
        call_command("collectstatic", interactive=False, verbosity=0)
        stamp.write_text(state)
        return True


def _state() -> str:
    """A hash over names, sizes and times of all source files."""
    digest = hashlib.sha256()
    for finder in get_finders():
        for name, storage in finder.list([]):
            found = Path(storage.path(name)).stat()
            digest.update(f"{name}\0{found.st_size}\0{found.st_mtime_ns}\n".encode())
    return digest.hexdigest()
