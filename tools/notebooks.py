"""Run the notebooks in place, and keep their bytes the same when nothing has changed.

    python tools/notebooks.py --execute [NOTEBOOK ...]     run, then normalise
    python tools/notebooks.py --normalise [NOTEBOOK ...]   normalise only
    python tools/notebooks.py --check [NOTEBOOK ...]       report, write nothing
    python tools/notebooks.py --execute --stale            run those that --check names

Jupyter writes into a notebook when each cell ran, on which Python, with which widgets.
None of that is the chapter. What is left after normalising is: sources, outputs, tags,
cell ids; so a difference in version control is a difference for the reader. `--check` also
names the notebooks whose outputs are older than the code that they depend on (tools/outputs.py).
"""

import argparse
import copy
import json
import sys
import time
from pathlib import Path
from typing import Any

import aside
import outputs

Notebook = dict[str, Any]

ROOT = Path(__file__).resolve().parent.parent
KERNELSPEC = {"display_name": "Python 3", "language": "python", "name": "python3"}
METADATA = {"kernelspec": KERNELSPEC, "language_info": {"name": "python"}}
# Metadata that editors and runners leave in cells; everything else there is the author's.
VOLATILE = ("ExecuteTime", "collapsed", "execution", "executionInfo", "colab", "id", "outputId",
            "scrolled", "trusted", "vscode")  # fmt: skip


def normalise(notebook: Notebook) -> Notebook:
    """A copy without all that changes from run to run; its outputs are kept."""
    result = copy.deepcopy(notebook)
    result["metadata"] = copy.deepcopy(METADATA)
    result["nbformat"], result["nbformat_minor"] = 4, 5
    count = 0
    for cell in result["cells"]:
        for key in VOLATILE:
            cell["metadata"].pop(key, None)
        cell["source"] = _text(cell["source"])
        if cell["cell_type"] != "code":
            continue
        ran = cell["execution_count"] is not None or cell["outputs"]
        count += bool(ran)
        cell["execution_count"] = count if ran else None
        cell["outputs"] = _outputs(cell["outputs"], cell["execution_count"])
    return result


def _outputs(outputs: list[dict[str, Any]], count: int | None) -> list[dict[str, Any]]:
    merged: list[dict[str, Any]] = []
    for output in outputs:
        if "execution_count" in output:
            output["execution_count"] = count
        if output["output_type"] == "stream":
            output["text"] = _text(output["text"])
            # one print may reach us in one message or in two, as the timing falls
            if merged and merged[-1].get("name") == output["name"]:
                merged[-1]["text"] += output["text"]
                continue
        if "data" in output:
            data, about = output["data"], output["metadata"]
            # the size of a figure that has two pixels for each one of a plain screen
            sized = about.get("image/png", {}).keys() >= {"width", "height"}
            output["metadata"] = {"image/png": about["image/png"]} if sized else {}
            # a widget is alive only with a kernel, and its id is new each time
            data.pop("application/vnd.jupyter.widget-view+json", None)
            for kind, value in data.items():
                if not kind.endswith("json"):
                    data[kind] = _text(value)
                if kind.startswith("image/") and kind != "image/svg+xml":
                    data[kind] = data[kind].strip() + "\n"
        merged.append(output)
    return merged


def _text(value: str | list[str]) -> str:
    return value if isinstance(value, str) else "".join(value)


def dumps(notebook: Notebook) -> str:
    """The text of a notebook as Jupyter writes it: lines of text apart, sorted keys."""
    split = copy.deepcopy(notebook)
    for cell in split["cells"]:
        cell["source"] = cell["source"].splitlines(keepends=True)
        for output in cell.get("outputs", []):
            if "text" in output:
                output["text"] = output["text"].splitlines(keepends=True)
            for kind, value in output.get("data", {}).items():
                if isinstance(value, str) and (
                    kind.startswith("text/") or "svg" in kind
                ):
                    output["data"][kind] = value.splitlines(keepends=True)
    return json.dumps(split, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def execute(notebook: Notebook, folder: Path) -> Notebook:
    """Run all cells in a fresh kernel; an error stops with the traceback of its cell."""
    import nbformat
    from nbclient import NotebookClient

    node = nbformat.reads(json.dumps(notebook), as_version=4)
    NotebookClient(node, timeout=600, kernel_name="python3",
                   resources={"metadata": {"path": str(folder)}}).execute()  # fmt: skip
    return json.loads(nbformat.writes(node))


def main() -> int:
    """Do what the command line says; 1 if `--check` found a difference."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    mode = parser.add_mutually_exclusive_group(required=True)
    mode.add_argument(
        "--execute", action="store_true", help="run in place, then normalise"
    )
    mode.add_argument(
        "--normalise", action="store_true", help="normalise without running"
    )
    mode.add_argument(
        "--check", action="store_true", help="report differences, write nothing"
    )
    parser.add_argument(
        "--stale", action="store_true", help="only notebooks older than their code"
    )
    parser.add_argument("paths", nargs="*", type=Path, metavar="NOTEBOOK")
    options = parser.parse_args()

    wrong = 0
    for path in options.paths or sorted((ROOT / "notebooks").glob("*.ipynb")):
        before = path.read_text(encoding="utf8")
        notebook = aside.notebook(path)
        chapter = path.resolve().parent == outputs.RECORD.parent
        older = outputs.older_than(path, notebook) if chapter else []
        if options.stale and not older:
            continue
        start = time.perf_counter()
        if options.execute:
            notebook = execute(notebook, path.parent)
        after = dumps(normalise(notebook))
        took = f" in {time.perf_counter() - start:.1f} s" if options.execute else ""
        if options.check:
            wrong += bool(older) + (after != before)
            if after != before:
                print(f"{path.name}: not normalised; run `make notebooks`")
            if older:
                print(f"{path.name}: its outputs are older than {', '.join(older)}")
                print(
                    f"    make notebooks ARGS='-- notebooks/{path.name}' runs it again"
                )
            continue
        if after != before:
            aside.write(path, after)
        if options.execute and chapter:
            outputs.keep(path, notebook)
        print(
            f"{path.name}: {'unchanged' if after == before else 'written'}{took}",
            flush=True,
        )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
