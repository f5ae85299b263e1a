"""A small server that stands for a group chat: it keeps what is posted and answers as it is told."""

import http.server
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest


@dataclass
class Chat:
    """``answers`` are used up one by one; then every message is taken. None breaks the connection without an answer."""

    posts: list[dict[str, Any]] = field(default_factory=list)
    answers: list[tuple[int, dict[str, Any]] | None] = field(default_factory=list)
    seconds: float = 0
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/send?key=k"

    @property
    def texts(self) -> list[str]:
        """What stands in the chat, of WeCom and DingTalk."""
        return [post["body"]["text"]["content"] for post in self.posts if post["taken"]]


@pytest.fixture
def chat(settings) -> Iterator[Chat]:
    """A running chat; calls into the own machine are allowed meanwhile."""
    settings.OUTBOUND_PRIVATE = True
    found, lock = Chat(), threading.Lock()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            with lock:
                answer = found.answers.pop(0) if found.answers else (200, {"errcode": 0, "code": 0})
                taken = answer is not None and answer[0] == 200 and not answer[1].get("errcode")
                found.posts.append({"path": self.path, "body": body, "headers": dict(self.headers), "taken": taken})
            time.sleep(found.seconds)
            if answer is None:
                return
            text = json.dumps(answer[1]).encode()
            self.send_response(answer[0])
            self.send_header("Content-Length", str(len(text)))
            self.send_header("Location", "/elsewhere")
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *args: Any) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found.port = server.server_port
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield found
    server.shutdown()
    server.server_close()
