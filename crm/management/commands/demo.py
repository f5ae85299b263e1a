"""`manage.py demo`, behind `make demo`: the whole product on one machine until Ctrl-C."""

import fcntl
import http.client
import io
import json
import os
import signal
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from crm.assets import collect_when_stale
from crm.demo import LOGINS
from crm.demo.load import is_loaded
from crm.guide import founding
from crm.lib import embedded
from crm.supervisor import Child, keep_alive, stop
from people.models import OrgUnit

READY_SECONDS = 120.0
GRACE_SECONDS = 10.0
ATTEMPTS = 3  # of a part that ends again and again while all are being started
SERVICES_EVERY_SECONDS = 5.0
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
POOL_OPTIONS = ["--concurrency", "2", "--without-gossip", "--without-mingle", "--without-heartbeat"]


class Command(BaseCommand):
    help = "Prepare the database, load demo data when it is empty, and run web server, worker and beat until Ctrl-C."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=int(os.environ.get("PORT") or 8000))
        parser.add_argument("--empty", action="store_true", help="no demo data: begin with the setup")
        parser.add_argument("--bind", default=os.environ.get("BIND") or "127.0.0.1", help="address to listen on")

    def handle(self, *args: Any, **options: Any) -> None:
        self.port, self.bind, self.empty = options["port"], options["bind"], options["empty"]
        self.signals = 0
        self.may_interrupt = True
        for number in STOP_SIGNALS:
            signal.signal(number, self._on_signal)
        with self._only_one_here():
            try:
                self._check_port()
                self._prepare()
                self._run()
            except KeyboardInterrupt:
                self._say(_("Stopped."))

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self.signals += 1
        if self.may_interrupt:
            raise KeyboardInterrupt

    def _say(self, text: Any, **values: Any) -> None:
        """A line in Chinese and the same in English."""
        for language in ("zh-hans", "en"):
            with translation.override(language):
                self.stdout.write(str(text) % values if values else str(text))
        self.stdout.flush()

    # --- Before ---------------------------------------------------------------------------------------------------

    @contextmanager
    def _only_one_here(self) -> Iterator[None]:
        """Two beats on one database would do everything twice."""
        with (settings.VAR_DIR / "demo.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise CommandError(
                    f"`make demo` runs in {settings.VAR_DIR} already. A second one needs VAR_DIR= and PORT= of its own."
                ) from None
            yield

    def _check_port(self) -> None:
        family = socket.AF_INET6 if ":" in self.bind else socket.AF_INET
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((self.bind, self.port))
            except OSError as error:
                raise CommandError(
                    f"Cannot listen on {self.bind}:{self.port} ({error.strerror}). "
                    f"Choose another port: make demo PORT={self.port + 1}"
                ) from error

    def _prepare(self) -> None:
        collect_when_stale()
        self._say(_("Preparing the database …"))
        call_command("migrate", verbosity=0, interactive=False)
        if not self.empty and not OrgUnit.objects.exists():
            self._say(_("Loading demo data, about a minute …"))
            call_command("load_demo", stdout=io.StringIO())  # its list of logins comes at the end, from here

    # --- While it runs --------------------------------------------------------------------------------------------

    def _run(self) -> None:
        self.may_interrupt = False  # from here on loops look at `signals`, so that no child is lost half-started
        children = self._children()
        try:
            self._say(_("Starting web server, worker and beat …"))
            for child in children:
                child.start()
            if self._wait_until_ready(children):
                self._welcome()
                self._supervise(children)
        finally:
            self._say(_("Stopping …"))
            before = self.signals
            stop(children, grace_seconds=GRACE_SECONDS, hurry=lambda: self.signals > before)
        self._say(_("Stopped."))

    def _children(self) -> list[Child]:
        address = f"[{self.bind}]:{self.port}" if ":" in self.bind else f"{self.bind}:{self.port}"
        web = ["gunicorn", "crm.wsgi:application", "--bind", address, "--workers", "2", "--threads", "4"]
        web += ["--preload", "--timeout", "120", "--graceful-timeout", "5", "--no-control-socket"]
        celery = ["celery", "-A", "crm.celery"]
        worker = [*celery, "worker", "--loglevel", "INFO", *POOL_OPTIONS]
        beat = [*celery, "beat", "--loglevel", "INFO"]
        commands = {"web": web, "worker": worker, "beat": beat}
        return [
            Child(
                name,
                [sys.executable, "-m", *command],
                settings.VAR_DIR / "log" / f"{name}.log",
                {"DJANGO_SETTINGS_MODULE": "crm.settings", "PYTHONUNBUFFERED": "1", "PORT": str(self.port)},
                settings.BASE_DIR,
                # Without its supervisor a worker should not wait for a long task: the next claim goes on with it.
                signal.SIGQUIT if name == "worker" else signal.SIGTERM,
            )
            for name, command in commands.items()
        ]

    def _wait_until_ready(self, children: list[Child]) -> bool:
        """Whether all is well; False when a signal came first, CommandError when a part cannot be started."""
        deadline = time.monotonic() + READY_SECONDS
        while not self.signals:
            keep_alive(children, self._tell_end)
            if broken := [child for child in children if child.failures >= ATTEMPTS]:
                raise CommandError(f"{broken[0].name} does not start:\n{broken[0].log_tail()}\n({broken[0].log})")
            status, parts = self._health()
            if status == 200:
                return True
            if time.monotonic() > deadline:
                raise CommandError(f"Not ready after {READY_SECONDS:.0f} s: {parts}. See {children[0].log.parent}")
            time.sleep(0.3)
        return False

    def _health(self) -> tuple[int, Any]:
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.bind, self.bind)
        connection = http.client.HTTPConnection(host, self.port, timeout=5)
        try:
            connection.request("GET", "/healthz", headers={"Host": "localhost"})
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        except (OSError, http.client.HTTPException, ValueError) as error:
            return 0, str(error)
        finally:
            connection.close()

    def _supervise(self, children: list[Child]) -> None:
        services_at = time.monotonic()
        while not self.signals:
            keep_alive(children, self._tell_end)
            if time.monotonic() >= services_at:
                self._keep_services()
                services_at = time.monotonic() + SERVICES_EVERY_SECONDS
            time.sleep(0.2)

    def _keep_services(self) -> None:
        """Start an embedded server again that was killed."""
        with suppress(RuntimeError):  # the next round tries again; /healthz tells meanwhile
            if not os.environ.get("DATABASE_URL"):
                embedded.start_postgres(settings.VAR_DIR)
            if not os.environ.get("REDIS_URL"):
                embedded.start_redis(settings.VAR_DIR)

    def _tell_end(self, child: Child, code: int) -> None:
        self._say(
            _("%(name)s ended (%(code)s) and is started again. Log: %(log)s"),
            name=child.name,
            code=code,
            log=child.log,
        )

    def _welcome(self) -> None:
        self._say(_("Zoufang runs: %(address)s"), address=f"http://localhost:{self.port}/")
        if founding.is_empty():
            link = f"http://localhost:{self.port}{reverse('setup')}?key={founding.setup_key()}"
            self._say(_("Set up your organisation here: %(link)s"), link=link)
        if is_loaded():
            self._say(_("Sign in with one of these (user name / password):"))
            for role, username, password in LOGINS:
                self.stdout.write(f"  {username} / {password}   {role}")
        self._say(_("Logs: %(folder)s. Ctrl-C stops everything."), folder=settings.VAR_DIR / "log")
