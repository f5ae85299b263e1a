"""The same dates and numbers; only the characters differ."""

from crm.formats.zh_Hans.formats import *  # noqa: F403 - a formats module is its names
