"""Keep the Chinese catalogues: extract, check, fill and compile them without gettext's programs.

Each package owns the texts of its Python files and of ``templates/<package>/``; all other templates belong to
``crm``. Catalogues carry no line numbers and no dates, so they change only when a text does.

    python -m tools.messages [PACKAGE …]          update and compile, print what is untranslated
    python -m tools.messages --check [PACKAGE …]  change nothing; exit 1 unless complete and current
    python -m tools.messages --todo PACKAGE       update, then print {msgid: ""} of what is untranslated
    python -m tools.messages --fill PACKAGE FILE  update, then take translations from {msgid: msgstr} ("-" = stdin)
    python -m tools.messages --compile [PACKAGE …]
"""

import argparse
import io
import json
import os
import re
import sys
import tempfile
import tokenize
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import polib

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("crm", "kpi", "retention", "journals", "visits", "service", "clients", "people")
LANGUAGE = "zh_Hans"
# Traditional Chinese is not kept but made from it: OpenCC's characters of Taiwan, then these terms, which people read.
TRADITIONAL = "zh_Hant"
TERMS = Path(__file__).with_name("traditional.json")
METADATA = {
    "Project-Id-Version": "Zoufang",
    "Language": LANGUAGE,
    "MIME-Version": "1.0",
    "Content-Type": "text/plain; charset=UTF-8",
    "Content-Transfer-Encoding": "8bit",
    "Plural-Forms": "nplurals=1; plural=0;",
}
KEYWORDS: dict[str, tuple[int | tuple[int, str], ...] | None] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
PERCENT = re.compile(r"%(?:\((?P<name>\w+)\))?[-#0+]*\d*(?:\.\d+)?[sdifrgx]")
BRACE = re.compile(r"\{(?P<name>\w*)(?:[.\[][^{}:!]*)?(?:![rsa])?(?::[^{}]*)?\}")
BLOCK_OPEN = re.compile(r"\{%-?\s*blocktrans(?:late)?\b")
BLOCK_CLOSE = re.compile(r"\{%-?\s*endblocktrans(?:late)?\b")
CONTEXT_MARK = "\u0004"  # gettext's own separator of context and msgid

Key = tuple[str | None, str]


@dataclass(frozen=True, slots=True)
class Message:
    msgid: str
    plural: str | None = None
    context: str | None = None
    comments: tuple[str, ...] = ()

    @property
    def key(self) -> Key:
        return self.context, self.msgid


@dataclass(slots=True)
class Extraction:
    messages: dict[Key, Message] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)  # "path: reason" of files that could not be read


# --- Extraction -------------------------------------------------------------------------------------------------


def sources(root: Path, package: str) -> Iterator[Path]:
    """The Python files and templates whose texts the package owns."""
    for path in sorted((root / package).rglob("*.py")):
        if "migrations" not in path.parts:
            yield path
    templates = root / "templates"
    others = set(PACKAGES) - {package}
    for path in sorted(templates.rglob("*")):
        if path.suffix not in {".html", ".txt"}:
            continue
        top = path.relative_to(templates).parts[0]
        if top == package or (package == "crm" and top not in others):
            yield path


def _python_source(path: Path) -> bytes:
    if path.suffix == ".py":
        source = path.read_bytes()
        compile(source, str(path), "exec")  # a half-written file must not look like one that lost its texts
        return source
    from django.utils.translation.template import templatize

    text = path.read_text(encoding="utf-8")
    if len(BLOCK_OPEN.findall(text)) != len(BLOCK_CLOSE.findall(text)):
        raise SyntaxError("blocktrans without its end")
    # Every string in templatize's output stands on one line, so dropping the indentation of HTML only keeps the
    # tokenizer from seeing Python blocks in it.
    lines = templatize(text, origin=str(path)).splitlines()
    return "\n".join(line.lstrip() for line in lines).encode()


def read_messages(path: Path) -> Iterator[Message]:
    """Messages of one Python file or template. Raises SyntaxError, ValueError or TokenError if it cannot be read."""
    from babel.messages.extract import extract

    stream = io.BytesIO(_python_source(path))
    found = extract("python", stream, KEYWORDS, ["Translators:"], {"encoding": "utf-8"})  # type: ignore[arg-type]
    for _lineno, texts, comments, context in found:
        msgid, plural = (texts[0], texts[1]) if isinstance(texts, tuple) else (texts, None)
        if msgid:
            yield Message(msgid, plural, context, tuple(comments))


def extract_package(root: Path, package: str) -> Extraction:
    result = Extraction()
    for path in sources(root, package):
        name = path.relative_to(root).as_posix()
        try:
            for message in read_messages(path):
                known = result.messages.get(message.key)
                if known is None or (message.plural and not known.plural):
                    result.messages[message.key] = message
        except (SyntaxError, ValueError, tokenize.TokenError, AttributeError) as error:
            result.broken.append(f"{name}: {error}")
    return result


# --- Catalogues -------------------------------------------------------------------------------------------------


def catalogue_path(root: Path, package: str) -> Path:
    return root / package / "locale" / LANGUAGE / "LC_MESSAGES" / "django.po"


def load(path: Path) -> polib.POFile:
    return polib.pofile(str(path), encoding="utf-8") if path.exists() else polib.POFile()


def _key(entry: polib.POEntry) -> Key:
    return entry.msgctxt, entry.msgid


def _text(entry: polib.POEntry) -> str:
    """The one Chinese text of an entry: Chinese has a single plural form."""
    return (entry.msgstr_plural.get(0, "") if entry.msgid_plural else entry.msgstr) or ""


def _set_text(entry: polib.POEntry, text: str) -> None:
    if entry.msgid_plural:
        entry.msgstr, entry.msgstr_plural = "", {0: text}
    else:
        entry.msgstr, entry.msgstr_plural = text, {}


def _entry(message: Message, known: polib.POEntry | None) -> polib.POEntry:
    entry = polib.POEntry(msgid=message.msgid, msgctxt=message.context, msgid_plural=message.plural or "")
    entry.comment = "\n".join(message.comments)
    _set_text(entry, _text(known) if known else "")
    if PERCENT.search(message.plural or message.msgid):
        entry.flags.append("python-format")
    if known:
        entry.tcomment = known.tcomment
        if known.fuzzy:
            entry.flags.append("fuzzy")
    return entry


def merged(old: polib.POFile, extraction: Extraction, elsewhere: dict[Key, str]) -> polib.POFile:
    """
    The catalogue that the sources ask for, with every translation there is.

    An untranslated text takes the translation that another package already gave it. While a file cannot be read,
    nothing is dropped: its texts may only be missing for the moment.
    """
    known = {_key(entry): entry for entry in old}
    entries = [_entry(message, known.get(key)) for key, message in extraction.messages.items()]
    if extraction.broken:
        entries += [entry for key, entry in known.items() if key not in extraction.messages]
    for entry in entries:
        if not _text(entry):
            _set_text(entry, elsewhere.get(_key(entry), ""))
    new = polib.POFile(wrapwidth=0)
    new.metadata = METADATA
    new.extend(sorted(entries, key=lambda entry: (entry.msgid, entry.msgctxt or "")))
    return new


def translations(root: Path, packages: Iterable[str]) -> dict[Key, dict[str, str]]:
    """Chinese texts by key and package, fuzzy ones left out."""
    found: dict[Key, dict[str, str]] = {}
    for package in packages:
        for entry in load(catalogue_path(root, package)):
            if _text(entry) and not entry.fuzzy:
                found.setdefault(_key(entry), {})[package] = _text(entry)
    return found


def _write(path: Path, content: bytes) -> bool:
    """Replace the file in one step, if its content differs: several people run this at once."""
    if path.exists() and path.read_bytes() == content:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".django.")
    with os.fdopen(handle, "wb") as file:
        file.write(content)
    Path(temporary).chmod(0o644)
    Path(temporary).replace(path)
    return True


def _content(catalogue: polib.POFile) -> bytes:
    return (str(catalogue).rstrip() + "\n").encode()


def compile_package(root: Path, package: str) -> bool:
    """Write django.mo beside django.po, and that of Traditional Chinese; True when one of them changed."""
    path = catalogue_path(root, package)
    if not path.exists():
        return False
    catalogue = load(path)
    changed = _write(path.with_suffix(".mo"), catalogue.to_binary())
    other = root / package / "locale" / TRADITIONAL / "LC_MESSAGES" / "django.mo"
    return _write(other, traditional(catalogue).to_binary()) or changed


def traditional(catalogue: polib.POFile) -> polib.POFile:
    """A catalogue in Traditional Chinese; what stands in placeholders stays."""
    for entry in catalogue:
        entry.msgstr = to_traditional(entry.msgstr)
        entry.msgstr_plural = {place: to_traditional(text) for place, text in entry.msgstr_plural.items()}
    catalogue.metadata["Language"] = TRADITIONAL
    return catalogue


def to_traditional(text: str) -> str:
    """A text in the characters and terms of Taiwan."""
    converter, terms = _converter()
    found = str(converter.convert(text))
    for term, better in terms.items():
        found = found.replace(term, better)
    return found


@cache
def _converter() -> tuple[Any, dict[str, str]]:
    from opencc import OpenCC  # slow to load, and only compiling needs it

    return OpenCC("s2tw"), json.loads(TERMS.read_text("utf-8"))


def update_package(root: Path, package: str) -> tuple[polib.POFile, Extraction]:
    """Extract into the package's catalogue and compile it."""
    extraction = extract_package(root, package)
    others = [name for name in PACKAGES if name != package]
    elsewhere = {key: next(iter(texts.values())) for key, texts in translations(root, others).items()}
    path = catalogue_path(root, package)
    catalogue = merged(load(path), extraction, elsewhere)
    if len(catalogue) or path.exists():
        _write(path, _content(catalogue))
        compile_package(root, package)
    return catalogue, extraction


# --- Checks -----------------------------------------------------------------------------------------------------


def placeholders(text: str) -> Counter[str]:
    """Placeholders with their number of uses: named ones count once, since a translation may repeat them."""
    text = text.replace("%%", "")
    found: Counter[str] = Counter()
    for pattern, style in ((PERCENT, "%({})s"), (BRACE, "{{{}}}")):
        for match in pattern.finditer(text):
            name = match["name"]
            if name and not name.isdigit():
                found[style.format(name)] = 1
            else:
                found[match[0]] += 1
    return found


def placeholder_error(entry: polib.POEntry, text: str) -> str | None:
    """What is wrong with the placeholders of a translation, or None."""
    wanted, given = placeholders(entry.msgid_plural or entry.msgid), placeholders(text)
    if wanted == given:
        return None
    missing, extra = wanted - given, given - wanted
    parts = [f"lacks {' '.join(missing.elements())}"] * bool(missing)
    parts += [f"has unknown {' '.join(extra.elements())}"] * bool(extra)
    return " and ".join(parts)


def entry_error(entry: polib.POEntry) -> str | None:
    if not _text(entry):
        return "untranslated"
    if entry.fuzzy:
        return "fuzzy"
    return placeholder_error(entry, _text(entry))


def check_package(root: Path, package: str) -> list[str]:
    """Everything that keeps the package's catalogue from being complete and current, one line each."""
    extraction = extract_package(root, package)
    errors = [f"cannot read {line}" for line in extraction.broken]
    path = catalogue_path(root, package)
    old = load(path)
    new = merged(old, extraction, {})
    if (len(new) or path.exists()) and (not path.exists() or path.read_bytes() != _content(new)):
        before, after = {_key(entry) for entry in old}, {_key(entry) for entry in new}
        errors.append(
            f"catalogue is not current ({len(after - before)} new, {len(before - after)} gone): "
            f"run python -m tools.messages {package}"
        )
    errors += [f"{reason}: {entry.msgid!r}" for entry in new if (reason := entry_error(entry))]
    return errors


def conflicts(root: Path, packages: Iterable[str] = PACKAGES) -> list[str]:
    """
    Texts of these packages that some package translates differently.

    Django reads all catalogues into one, so only one of the translations would ever be seen.
    """
    lines = []
    for (_context, msgid), texts in sorted(translations(root, PACKAGES).items(), key=lambda item: item[0][1]):
        if len(set(texts.values())) > 1 and not texts.keys().isdisjoint(packages):
            said = ", ".join(f"{package} {text!r}" for package, text in sorted(texts.items()))
            lines.append(f"{msgid!r} is translated differently: {said} (agree, or tell them apart by pgettext)")
    return lines


# --- Command line -----------------------------------------------------------------------------------------------


def _name(entry: polib.POEntry) -> str:
    return f"{entry.msgctxt}{CONTEXT_MARK}{entry.msgid}" if entry.msgctxt else entry.msgid


def fill(root: Path, package: str, texts: dict[str, str]) -> list[str]:
    """Put translations into the catalogue; returns what was refused, one line each."""
    catalogue, _extraction = update_package(root, package)
    entries = {_name(entry): entry for entry in catalogue}
    refused = []
    for name, text in texts.items():
        if not text:
            continue
        entry = entries.get(name)
        if entry is None:
            refused.append(f"not a text of {package}: {name!r}")
        elif error := placeholder_error(entry, text):
            refused.append(f"{error}: {name!r}")
        else:
            _set_text(entry, text)
            entry.fuzzy = False
    _write(catalogue_path(root, package), _content(catalogue))
    compile_package(root, package)
    return refused


def _report(package: str, catalogue: polib.POFile, extraction: Extraction) -> None:
    for line in extraction.broken:
        print(f"{package}: cannot read {line} (nothing was dropped)", file=sys.stderr)
    unfinished = [(entry, reason) for entry in catalogue if (reason := entry_error(entry))]
    print(f"{package}: {len(catalogue)} texts, {len(unfinished)} unfinished")
    for entry, reason in unfinished:
        print(f"  {reason}: {_name(entry)!r}")


def main(arguments: list[str] | None = None, root: Path = ROOT) -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.messages", description="Keep the Chinese catalogues.")
    parser.add_argument("packages", nargs="*", metavar="PACKAGE", help="default: all")
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--check", action="store_true", help="exit 1 unless complete and current")
    mode.add_argument("--compile", action="store_true", help="only write the .mo files")
    mode.add_argument("--todo", metavar="PACKAGE", choices=PACKAGES, help="print what is untranslated as JSON")
    mode.add_argument("--fill", nargs=2, metavar=("PACKAGE", "FILE"), help="take translations from a JSON file")
    options = parser.parse_args(arguments)
    if unknown := set(options.packages) - set(PACKAGES):
        parser.error(f"no such package: {', '.join(sorted(unknown))}")
    packages = options.packages or PACKAGES

    if options.check:
        errors = [f"{package}: {line}" for package in packages for line in check_package(root, package)]
        errors += conflicts(root, packages)
        print("\n".join(errors) or "Catalogues are complete and current.")
        return 1 if errors else 0
    if options.compile:
        for package in packages:
            compile_package(root, package)
        return 0
    if options.todo:
        catalogue, extraction = update_package(root, options.todo)
        for line in extraction.broken:
            print(f"cannot read {line}", file=sys.stderr)
        print(json.dumps({_name(e): "" for e in catalogue if not _text(e)}, ensure_ascii=False, indent=1))
        return 0
    if options.fill:
        package, name = options.fill
        if package not in PACKAGES:
            parser.error(f"no such package: {package}")
        texts = json.loads(sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8"))
        refused = fill(root, package, texts)
        print("\n".join(refused), end="\n" if refused else "")
        _report(package, load(catalogue_path(root, package)), Extraction())
        return 1 if refused else 0
    for package in packages:
        _report(package, *update_package(root, package))
    for line in conflicts(root, packages):
        print(line)
    return 0


if __name__ == "__main__":
    sys.exit(main())
