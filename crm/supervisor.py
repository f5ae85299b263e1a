"""Child processes kept alive, each in a process group of its own, and all stopped together."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from crm.lib.processes import end_with_parent

LONGEST_PAUSE_SECONDS = 30.0
SETTLED_SECONDS = 10.0  # a child that lived this long starts again at once
LOG_BYTES = 5_000_000  # a longer log is put aside at the start


@dataclass
class Child:
    """One command, its log and its present process."""

    name: str
    command: Sequence[str]
    log: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    directory: Path = Path()
    end_quickly: signal.Signals = signal.SIGTERM  # what it gets when this process is killed
    failures: int = 0  # ends in a row, each soon after the start
    begun: float = 0.0
    again_at: float = 0.0
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the command; its output goes to the log."""
        parent = os.getpid()

        def in_child() -> None:
            end_with_parent(self.end_quickly)
            if os.getppid() != parent:  # it was killed before the line above took hold
                os._exit(1)

        self.log.parent.mkdir(parents=True, exist_ok=True)
        if self.log.exists() and self.log.stat().st_size > LOG_BYTES:
            self.log.replace(self.log.with_suffix(".old.log"))
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                self.command,
                cwd=self.directory,
                env={**os.environ, **self.environment},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=in_child,
            )
        self.begun = time.monotonic()

    def ended(self) -> int | None:
        """The exit code when the process has ended by itself; what was left of its group is killed."""
        if self.process is None or (code := self.process.poll()) is None:
            return None
        self.signal_group(signal.SIGKILL)
        self.process = None
        self.failures = 0 if time.monotonic() - self.begun > SETTLED_SECONDS else self.failures + 1
        pause = min(2.0 ** (self.failures - 1), LONGEST_PAUSE_SECONDS) if self.failures else 0.0
        self.again_at = time.monotonic() + pause
        return code

    def signal_group(self, number: signal.Signals) -> None:
        """Send a signal to the process and its descendants."""
        if self.process is not None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, number)

    def log_tail(self, lines: int = 15) -> str:
        """The last lines of the log."""
        with suppress(OSError):
            return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])
        return ""


def keep_alive(children: Sequence[Child], report: Callable[[Child, int], None]) -> None:
    """One round: start again whatever has ended, after a pause when it ends soon each time."""
    for child in children:
        if (code := child.ended()) is not None:
            report(child, code)
        if child.process is None and time.monotonic() >= child.again_at:
            child.start()


def stop(children: Sequence[Child], *, grace_seconds: float, hurry: Callable[[], bool]) -> None:
    """Ask all to end, wait, then kill what is left; ``hurry`` cuts the wait short."""
    for child in children:
        if child.process is not None:
            with suppress(ProcessLookupError):
                child.process.terminate()  # the leader tells its own children
    deadline = time.monotonic() + grace_seconds
    while any(child.process and child.process.poll() is None for child in children):
        if time.monotonic() > deadline or hurry():
            break
        time.sleep(0.05)
    for child in children:
        child.signal_group(signal.SIGKILL)
        if child.process is not None:
            child.process.wait()
            child.process = None
