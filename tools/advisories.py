"""pip-audit in a closed network: the advisories come from a folder instead of the service.

``python -m tools.advisories FOLDER [arguments of pip-audit]``: FOLDER is a copy of github.com/pypa/advisory-database
(YAML) or the unpacked OSV export of PyPI (JSON), carried in by hand. A small server on this machine answers what
pip-audit would ask osv.dev.
"""

import json
import subprocess
import sys
import threading
from collections import defaultdict
from collections.abc import Iterable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import yaml
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

Advisory = dict[str, Any]
PIP_AUDIT = Path(sys.executable).with_name("pip-audit")


def read(folder: Path) -> dict[str, list[Advisory]]:
    """Package (canonical name) → its advisories."""
    found = defaultdict(list)
    loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)  # all as text: 2.10 is no number
    for file in sorted(folder.rglob("*")):
        if file.suffix not in (".yaml", ".json"):
            continue
        text = file.read_text()
        advisory = json.loads(text) if file.suffix == ".json" else yaml.load(text, loader)
        for name in {_name(affected) for affected in advisory.get("affected", ())}:
            found[name].append(advisory)
    return found


def _name(affected: dict[str, Any]) -> str:
    return canonicalize_name(affected["package"]["name"])


def concerns(advisory: Advisory, name: str, version: str) -> bool:
    """Whether a version of a package has the hole: it is listed, or lies in a range from introduced to fixed."""
    affected = [each for each in advisory["affected"] if _name(each) == name]
    ranges = [each["events"] for row in affected for each in row.get("ranges", ()) if each["type"] == "ECOSYSTEM"]
    return any(version in row.get("versions", ()) for row in affected) or any(_inside(each, version) for each in ranges)


def _inside(events: Iterable[dict[str, str]], version: str) -> bool:
    inside = False
    for kind, at in sorted(((kind, _version(at)) for each in events for kind, at in each.items()), key=lambda e: e[1]):
        if (kind == "last_affected" and Version(version) > at) or (kind == "fixed" and Version(version) >= at):
            inside = False
        elif kind == "introduced" and Version(version) >= at:
            inside = True
    return inside


def _version(text: str) -> Version:
    try:
        return Version(text)
    except InvalidVersion:
        return Version("0")


def answer(advisories: dict[str, list[Advisory]], asked: dict[str, Any]) -> dict[str, Any]:
    """What osv.dev would answer to one query."""
    name = canonicalize_name(asked["package"]["name"])
    found = [each for each in advisories.get(name, ()) if concerns(each, name, asked["version"])]
    return {"vulns": found} if found else {}


def serve(advisories: dict[str, list[Advisory]]) -> ThreadingHTTPServer:
    """A server for these advisories on a free port of this machine, already running."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            body = json.dumps(answer(advisories, asked)).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def main(folder: str, *arguments: str) -> int:
    """Run pip-audit; its exit status."""
    advisories = read(Path(folder))
    if not advisories:
        raise SystemExit(f"no advisories in {folder}")
    print(f"advisories for {len(advisories)} packages from {folder}", flush=True)
    url = f"http://127.0.0.1:{serve(advisories).server_port}/"
    return subprocess.run([PIP_AUDIT, "-s", "osv", "--osv-url", url, *arguments], check=False).returncode


if __name__ == "__main__":
    raise SystemExit(main(*sys.argv[1:]))
