"""What the robots of the three chats understand, and what they answer.

WeCom: developer.work.weixin.qq.com, 群机器人. DingTalk: open.dingtalk.com, 自定义机器人, signed as base64 of
HMAC-SHA256 with the key over "milliseconds\\nkey". Feishu: open.feishu.cn, 自定义机器人, signed with "seconds\\nkey" as
the key over nothing. All three answer 200 with a code, 0 when the message stands in the chat.
"""

import base64
import datetime as dt
import hashlib
import hmac
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from crm.lib import outbound
from crm.lib.outbound import NotSent, Refused, Unclear
from people.notices.models import Robot

DELIVERY_HEADER = "X-Zoufang-Delivery"
TOO_MANY = {45009, 130101, 11232, 9499}  # more than 20 a minute in WeCom and DingTalk, 100 in Feishu
GATEWAY_ERRORS = (502, 504)  # somebody between has lost the answer


class Crowded(NotSent):
    """The chat wants fewer messages."""


@dataclass(frozen=True)
class Line:
    """One message: whom it is for, what it says, where it leads."""

    name: str
    phone: str
    text: str
    link: str
    button: str  # what the link is called


def signature(key: str, message: str) -> str:
    """Base64 of HMAC-SHA256."""
    return base64.b64encode(hmac.new(key.encode(), message.encode(), hashlib.sha256).digest()).decode()


def signed_url(robot: Robot, now: dt.datetime) -> str:
    """Where to post to: DingTalk takes time and signature in the address."""
    if robot.maker != Robot.Maker.DINGTALK or not robot.secret:
        return robot.url
    stamp = str(int(now.timestamp() * 1000))
    extra = urlencode({"timestamp": stamp, "sign": signature(robot.secret, f"{stamp}\n{robot.secret}")})
    return f"{robot.url}{'&' if '?' in robot.url else '?'}{extra}"


def payload(robot: Robot, line: Line, now: dt.datetime) -> dict[str, Any]:
    """The message in the chat's own form. Plain text, so that nothing in it is taken for a link or a call to all."""
    words = f"{line.name}：{line.text}" if line.name else line.text
    if robot.maker == Robot.Maker.FEISHU:
        content = [[{"tag": "text", "text": words}], [{"tag": "a", "text": line.button, "href": line.link}]]
        body: dict[str, Any] = {"msg_type": "post", "content": {"post": {"zh_cn": {"content": content}}}}
        if robot.secret:
            stamp = str(int(now.timestamp()))
            body |= {"timestamp": stamp, "sign": signature(f"{stamp}\n{robot.secret}", "")}
        return body
    text = f"{words}\n{line.link}"
    phones = [line.phone] if line.phone else []
    if robot.maker == Robot.Maker.DINGTALK:
        return {"msgtype": "text", "text": {"content": text}, "at": {"atMobiles": phones, "isAtAll": False}}
    # WeCom reads <@somebody> in a text as a call.
    return {"msgtype": "text", "text": {"content": text.replace("<@", "＜@"), "mentioned_mobile_list": phones}}


def say(robot: Robot, line: Line, delivery: str, now: dt.datetime) -> None:
    """Post a message. Refused, NotSent (Crowded) or Unclear, with what the chat says, when it is not in the chat."""
    answer = outbound.post_json(signed_url(robot, now), payload(robot, line, now), {DELIVERY_HEADER: delivery})
    found = answer.json()
    code = found.get("errcode", found.get("code"))
    told = str(found.get("errmsg") or found.get("msg") or "")[:200]
    if answer.status == 200 and code == 0:
        return
    if answer.status == 429 or code in TOO_MANY:
        raise Crowded(told or f"HTTP {answer.status}")
    if answer.status in GATEWAY_ERRORS:
        raise Unclear(f"HTTP {answer.status}")
    if answer.status >= 500:
        raise NotSent(f"HTTP {answer.status}")
    raise Refused(f"{code}: {told}" if code is not None else f"HTTP {answer.status}")
