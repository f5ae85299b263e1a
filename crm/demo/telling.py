"""Sentences from patterns: ``[a|b]`` picks one, ``{3-8}`` a whole number, ``{name}`` a fact or a word of a list.

A name keeps its word for as long as one `Picks` lives, so that demand, answer and next step of a visit speak of the
same brand; ``{brand.2}`` is a second, different word of the list `brand`.
"""

import json
import random
import re
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

WORDS = Path(__file__).parent / "words"
_TOKEN = re.compile(r"[\[\]|]|\{[^}]*\}|[^\[\]|{}]+")
_RANGE = re.compile(r"(\d+)-(\d+)$")

Part = str | tuple[str, Any]


@lru_cache
def words(name: str) -> Any:
    """The JSON file `name` of the words folder, read once."""
    return json.loads((WORDS / f"{name}.json").read_text("utf-8"))


@cache
def parse(pattern: str) -> tuple[Part, ...]:
    """The pattern as literal strings, ("slot", name), ("range", (low, high)) and ("choice", [parts, …])."""
    tokens = _TOKEN.findall(pattern)
    if "".join(tokens) != pattern:
        raise ValueError(f"unbalanced braces: {pattern}")
    parts, rest = _sequence(tokens, nested=False)
    if rest:
        raise ValueError(f"unbalanced brackets: {pattern}")
    return parts


def _sequence(tokens: list[str], *, nested: bool) -> tuple[tuple[Part, ...], list[str]]:
    parts: list[Part] = []
    while tokens:
        token = tokens[0]
        if nested and token in "]|":
            break
        tokens = tokens[1:]
        if token == "[":
            options = []
            while True:
                option, tokens = _sequence(tokens, nested=True)
                options.append(option)
                if not tokens:
                    raise ValueError("a bracket is not closed")
                mark, tokens = tokens[0], tokens[1:]
                if mark == "]":
                    break
            parts.append(("choice", options))
        elif token in "]|":
            raise ValueError("a bracket or bar outside of brackets")
        elif token.startswith("{"):
            name = token[1:-1]
            found = _RANGE.match(name)
            parts.append(("range", (int(found[1]), int(found[2]))) if found else ("slot", name))
        else:
            parts.append(token)
    return tuple(parts), tokens


class Picks:
    """One telling: the facts it speaks of, and the words that it has chosen so far."""

    def __init__(self, rng: random.Random, lists: Mapping[str, Sequence[str]], facts: Mapping[str, object]):
        self.rng = rng
        self.lists = lists
        self.chosen: dict[str, str] = {name: str(value) for name, value in facts.items()}

    def tell(self, pattern: str) -> str:
        """The pattern with every choice made. Raises KeyError for a name that is neither fact nor list."""
        return self._join(parse(pattern))

    def any_of(self, patterns: Sequence[str]) -> str:
        """One of the patterns, told."""
        return self.tell(self.rng.choice(patterns))

    def _join(self, parts: tuple[Part, ...]) -> str:
        out = []
        for part in parts:
            if isinstance(part, str):
                out.append(part)
                continue
            kind, value = part
            if kind == "choice":
                out.append(self._join(self.rng.choice(value)))
            elif kind == "range":
                out.append(str(self.rng.randint(*value)))
            else:
                out.append(self._word(value))
        return "".join(out)

    def _word(self, name: str) -> str:
        if name not in self.chosen:
            family = name.partition(".")[0]
            taken = {word for key, word in self.chosen.items() if key.partition(".")[0] == family}
            free = [word for word in self.lists[family] if word not in taken]
            self.chosen[name] = self.tell(self.rng.choice(free or list(self.lists[family])))
        return self.chosen[name]
