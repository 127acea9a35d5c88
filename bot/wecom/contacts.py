"""Customer contact (客户联系): group-send tasks that a staff member confirms in her client, and which groups there are (developer.work.weixin.qq.com/document/path/92135)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from bot.wechat.api import Api
from bot.wechat.xml import clean

ADD, RESULT = "/cgi-bin/externalcontact/add_msg_template", "/cgi-bin/externalcontact/get_groupmsg_send_result"
GROUPS, GROUP = "/cgi-bin/externalcontact/groupchat/list", "/cgi-bin/externalcontact/groupchat/get"
MOST_GROUPS = 2000
TEXT_BYTES = 4000
PAGE = 500
PAGES = 50
#: What the platform says of a group, as the table calls it: 2 and 3 are groups it did not reach.
STATUSES = {"0": "task", "1": "sent", "2": "failed", "3": "failed"}


def task(sender: str, groups: list[str], text: str, link: Mapping[str, str] | None) -> dict[str, Any]:
    """A group-send task: nothing is sent until the member confirms it."""
    body: dict[str, Any] = {"chat_type": "group", "sender": sender, "chat_id_list": groups, "text": {"content": clean(text)}}
    return body | ({"attachments": [{"msgtype": "link", "link": dict(link)}]} if link else {})


async def results(api: Api, msgid: str, sender: str) -> dict[str, str]:
    """What became of a task, by group; groups that the platform does not name are missing.

    Raises:
        ApiError, Unreachable, UnknownOutcome: it could not be asked.
    """
    found: dict[str, str] = {}
    async for page in _pages(api, RESULT, {"msgid": msgid, "userid": sender, "limit": PAGE}):
        found |= {str(x["chat_id"]): STATUSES.get(str(x.get("status")), "task") for x in _dicts(page.get("send_list")) if x.get("chat_id")}
    return found


async def groups(api: Api) -> list[tuple[str, str, str]]:
    """The customer groups: id, name, owner.

    Raises:
        ApiError, Unreachable, UnknownOutcome: they could not be asked for.
    """
    found = []
    async for page in _pages(api, GROUPS, {"status_filter": 0, "limit": PAGE}):
        for one in _dicts(page.get("group_chat_list")):
            about = (await api.call(GROUP, {"chat_id": one["chat_id"]})).get("group_chat") or {}
            found.append((str(one["chat_id"]), str(about.get("name") or ""), str(about.get("owner") or "")))
    return found


async def _pages(api: Api, path: str, body: dict[str, Any]) -> Any:
    cursor = ""
    for _ in range(PAGES):
        page = await api.call(path, {**body, **({"cursor": cursor} if cursor else {})})
        yield page
        cursor = str(page.get("next_cursor") or "")
        if not cursor:
            return


def _dicts(value: Any) -> Iterator[Mapping[str, Any]]:
    return (x for x in value if isinstance(x, Mapping)) if isinstance(value, list) else iter(())
