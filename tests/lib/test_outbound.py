"""Calls to typed-in addresses: nothing private is reached, and it is known whether a call went out."""

import socket

import pytest

from crm.lib import outbound
from tests.chat import chat  # noqa: F401

PRIVATE = [
    "127.0.0.1",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "224.0.0.1",
    "::1",
    "::",
    "fc00::1",
    "fe80::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "64:ff9b::7f00:1",
    "2002:7f00:1::",
    "ff02::1",
    "::7f00:1",
    "::ffff:0:7f00:1",
    "64:ff9b:1::7f00:1",
    "fec0::1",
    "5f00::1",
]


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses_are_refused(address):
    assert not outbound.is_public(address)
    host = f"[{address}]" if ":" in address else address
    with pytest.raises(outbound.Refused):
        outbound.post_json(f"https://{host}/x", {})


@pytest.mark.parametrize("address", ["1.1.1.1", "119.29.29.29", "2400:3200::1", "::ffff:1.1.1.1"])
def test_public_addresses_are_not(address):
    assert outbound.is_public(address)


def test_a_name_that_leads_inside_is_refused(chat):  # noqa: F811
    """The name of this machine is a name like any other: what counts is where it leads."""
    from django.conf import settings

    settings.OUTBOUND_PRIVATE = False
    with pytest.raises(outbound.Refused):
        outbound.post_json(f"https://localhost:{chat.port}/send", {})
    assert chat.posts == []


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/",
        "ftp://example.com/",
        "file:///etc/passwd",
        "example.com",
        "",
        "https://",
        "https://x:0/",
        "https://x:99999/",
        "https://[::1",
    ],
)
def test_only_https(url):
    with pytest.raises(outbound.Refused):
        outbound.check_address(url)


def test_no_name_and_password_in_the_address():
    with pytest.raises(outbound.Refused):
        outbound.check_address("https://user:secret@example.com/")


def test_an_answer(chat):  # noqa: F811
    answer = outbound.post_json(chat.url, {"text": "你好"}, {"X-Own": "1"})
    assert (answer.status, answer.json()["errcode"]) == (200, 0)
    assert chat.posts[0]["body"] == {"text": "你好"}
    assert chat.posts[0]["headers"]["X-Own"] == "1"


def test_an_address_in_chinese_is_called(chat):  # noqa: F811
    assert outbound.post_json(f"{chat.url}&群=一", {}).status == 200


def test_redirects_are_not_followed(chat):  # noqa: F811
    chat.answers = [(302, {})]
    assert outbound.post_json(chat.url, {}).status == 302
    assert len(chat.posts) == 1


def test_not_sent_when_nobody_listens(chat, settings):  # noqa: F811
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(outbound.NotSent):
        outbound.post_json(f"http://127.0.0.1:{port}/", {})


def test_unclear_when_the_answer_is_lost(chat):  # noqa: F811
    chat.answers = [None]
    with pytest.raises(outbound.Unclear):
        outbound.post_json(chat.url, {})
    assert len(chat.posts) == 1
