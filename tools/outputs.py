"""Which code the outputs of a notebook were made by: are they older than the code is now?

`notebooks/made_by.json` holds for each notebook a fingerprint of its own cells, of the captions
and alternative texts of its figures, of each module of lolakit that the cells use (and that
these use in turn), and of each stored result that they read. `make notebooks` writes it. A
fingerprint is of what Python does: comments, docstrings, annotations, imports and formatting
leave it as it is.
"""

import ast
import hashlib
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import aside

ROOT = Path(__file__).resolve().parent.parent
RECORD = ROOT / "notebooks" / "made_by.json"
PACKAGE = "lolakit"
# An exercise that nobody has answered prints the same, whatever would be checked.
UNSEEN = "lolakit.course.check"
IGNORED = ("annotation", "returns", "ctx", "kind", "type_comment", "type_params")


def fingerprint(source: str) -> str:
    """Return a hash of what the source does, the same on each version of Python."""
    return hashlib.sha256(repr(_plain(ast.parse(source))).encode()).hexdigest()[:12]


def _plain(node: Any) -> Any:
    """A tree of tuples, without what does not change a result; None for what is left out."""
    if isinstance(node, list):
        return [x for x in map(_plain, node) if x is not None]
    if not isinstance(node, ast.AST):
        return repr(node)
    if isinstance(node, ast.Import | ast.ImportFrom):
        return None
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return None  # a docstring
    if isinstance(
        node, ast.JoinedStr
    ):  # Python 3.12.1 puts empty texts into some of them
        texts = (x for x in node.values if getattr(x, "value", None) != "")
        return "JoinedStr", [_plain(x) for x in texts]
    fields = ((n, v) for n, v in ast.iter_fields(node) if n not in IGNORED)
    return type(node).__name__, [
        (n, _plain(v)) for n, v in fields if v not in (None, [])
    ]


def module_file(name: str) -> Path | None:
    """Return the file of a module of the package, or None."""
    path = ROOT.joinpath(*name.split("."))
    for file in (path.with_suffix(".py"), path / "__init__.py"):
        if file.is_file():
            return file
    return None


def imported(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """Yield (name in this file, module of the package) for each import in a tree."""
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.ImportFrom)
            and (node.module or "").split(".")[0] == PACKAGE
        ):
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield (
                    alias.asname or alias.name,
                    inner if module_file(inner) else str(node.module),
                )
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.split(".")[0] == PACKAGE:
                    yield alias.asname or alias.name, alias.name


@cache
def parsed(file: Path) -> ast.Module:
    """Return the tree of a source file."""
    return ast.parse(file.read_text(encoding="utf8"))


@cache
def public() -> dict[str, str]:
    """Return the module behind each flat name `lk.name`."""
    return dict(imported(parsed(ROOT / PACKAGE / "__init__.py")))


def modules(tree: ast.AST) -> set[str]:
    """Return the modules that a tree uses, by import or as `lk.name`."""
    names = dict(imported(tree))
    flat = {name for name, module in names.items() if module == PACKAGE}
    found = {module for module in names.values() if module != PACKAGE}
    for node in ast.walk(tree):
        match node:
            # in a chapter `lk` comes from the set-up cell, which every chapter has
            case ast.Attribute(value=ast.Name(id=name), attr=attr) if (
                name in flat | {"lk"} and attr in public()
            ):
                found.add(public()[attr])
    return {module for module in found if not module.startswith(UNSEEN)}


def made_by(notebook: dict[str, Any]) -> dict[str, str]:
    """Return the fingerprints of all that the outputs of a notebook depend on, by file."""
    cells = (
        "".join(c["source"]) for c in notebook["cells"] if c["cell_type"] == "code"
    )
    source = "\n\n".join(cells)
    tree = ast.parse(source)
    todo, seen = modules(tree), set()
    while todo:
        name = todo.pop()
        seen.add(name)
        if file := module_file(name):
            todo |= modules(parsed(file)) - seen
    files = sorted(file for file in map(module_file, seen) if file)
    # Who changes what is said of a picture looks at it: captions and alternative texts too.
    said = [cell.get("metadata", {}).get("mystnb") for cell in notebook["cells"]]
    words = json.dumps(said, sort_keys=True).encode()
    found = {
        "its own cells": fingerprint(source),
        "the words of its figures": hashlib.sha256(words).hexdigest()[:12],
    }
    for file in files:
        name = file.relative_to(ROOT).as_posix()
        found[name] = fingerprint(file.read_text(encoding="utf8"))
    for result in sorted(set(re.findall(r"""stored\(\s*["'](\w+)["']""", source))):
        for file in (ROOT / PACKAGE).rglob(f"results/{result}.json"):
            name = file.relative_to(ROOT).as_posix()
            found[name] = hashlib.sha256(file.read_bytes()).hexdigest()[:12]
    return found


def record() -> dict[str, dict[str, str]]:
    """Return what is kept, by the notebook's name."""
    return aside.read(RECORD, "Run `make notebooks`") if RECORD.exists() else {}


def older_than(path: Path, notebook: dict[str, Any]) -> list[str]:
    """Return the files that have changed since the outputs of this notebook were made."""
    old, new = record().get(path.stem, {}), made_by(notebook)
    return [name for name in {**old, **new} if old.get(name) != new.get(name)]


def keep(path: Path, notebook: dict[str, Any]) -> None:
    """Note that the outputs of this notebook have just been made."""
    kept = {**record(), path.stem: made_by(notebook)}
    kept = {
        name: kept[name]
        for name in sorted(kept)
        if path.with_name(f"{name}.ipynb").exists()
    }
    aside.write(RECORD, json.dumps(kept, indent=1) + "\n")
