"""The reference of environment variables in docs/, made from what the code reads.

    python -m tools.environment            write docs/environment.md and docs/environment.zh.md
    python -m tools.environment --check    change nothing; exit 1 unless both are current

A variable that the code reads and that tools/environment.json does not describe is an error, and so is one that it
reads no more.
"""

import ast
import json
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DOCS = {"en": ROOT / "docs" / "environment.md", "zh": ROOT / "docs" / "environment.zh.md"}
READ = ("crm/settings.py", "crm/management/commands/demo.py")
TEXTS = ROOT / "tools" / "environment.json"  # what each variable means, in both languages
INNER = {"DATABASE_NAME"}  # how tests point a worker at their database: nobody sets it by hand
HEADS = {
    "en": (
        "# Environment",
        "Made by `python -m tools.environment` from what the code reads.",
        "| variable | meaning | default |",
        " **Keep it secret.**",
    ),
    "zh": (
        "# 环境变量",
        "由 `python -m tools.environment` 按代码实际读取的变量生成。",
        "| 变量 | 含义 | 默认 |",
        "**须保密。**",
    ),
}


def read_by(path: Path) -> Iterator[tuple[str, str]]:
    """(variable, default) of each place where a file reads the environment."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if not isinstance(node, ast.Call) or not node.args or not isinstance(node.args[0], ast.Constant):
            continue
        name = ast.unparse(node.func)
        if name not in ("os.environ.get", "_flag", "_names"):
            continue
        default = node.args[1] if len(node.args) > 1 else None
        text = str(default.value) if isinstance(default, ast.Constant) else ""
        yield str(node.args[0].value), {"False": "", "True": "1"}.get(text, text)


def variables() -> dict[str, str]:
    """Variable → default, of everything that the code reads."""
    found: dict[str, str] = {}
    for path in READ:
        for name, default in read_by(ROOT / path):
            found[name] = found.get(name) or default
    return {name: default for name, default in found.items() if name not in INNER}


def pages() -> dict[str, str]:
    """Language → page; ValueError when texts and code part."""
    read = variables()
    groups = json.loads(TEXTS.read_text("utf-8"))
    told = {name for group in groups for name in group["variables"]}
    if problems := sorted(set(read) ^ told):
        raise ValueError(f"described and read are not the same: {', '.join(problems)}")
    found = {}
    for language, (title, note, head, secret) in HEADS.items():
        lines = [title, "", note, ""]
        for group in groups:
            lines += [f"## {group['group'][language]}", "", head, "| --- | --- | --- |"]
            for name, text in group["variables"].items():
                words = text[language] + (secret if text.get("secret") else "")
                lines.append(f"| `{name}` | {words} | {f'`{read[name]}`' if read[name] else ''} |")
            lines.append("")
        found[language] = "\n".join(lines)
    return found


def main() -> int:
    """Write or check both pages."""
    made = pages()
    if "--check" in sys.argv[1:]:
        stale = [str(DOCS[language]) for language, text in made.items() if DOCS[language].read_text("utf-8") != text]
        print("\n".join(f"{path} is stale: run python -m tools.environment" for path in stale) or "current")
        return bool(stale)
    for language, text in made.items():
        DOCS[language].write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
