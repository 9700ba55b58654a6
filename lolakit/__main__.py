"""The command line: `lolakit reproduce`, or `python -m lolakit reproduce`."""

import math
import shlex
import shutil
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from lolakit.reproduce.catalogue import RESULTS
from lolakit.reproduce.published import ROWS
from lolakit.reproduce.run import estimate, run, settings_of
from lolakit.reproduce.storage import read, write

app = typer.Typer(
    help="Opponent shaping by building it: make the book's stored results again.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.callback()
def main() -> None:
    """Opponent shaping by building it: make the book's stored results again."""


def _size(name: str) -> Any:
    return typer.Option(
        f"--{name}", min=1, help="Another size, where the result has it."
    )


@app.command()
def reproduce(
    names: Annotated[
        list[str] | None, typer.Argument(help="Results, or `all`. None: list them.")
    ] = None,
    quick: Annotated[bool, typer.Option("--quick", help="Reduced sizes.")] = False,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder for the files: results, or results/quick."),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Overwrite other results.")
    ] = False,
    seeds: Annotated[int | None, _size("seeds")] = None,
    batch: Annotated[int | None, _size("batch")] = None,
    horizon: Annotated[int | None, _size("horizon")] = None,
    steps: Annotated[int | None, _size("steps")] = None,
    updates: Annotated[int | None, _size("updates")] = None,
    episodes: Annotated[int | None, _size("episodes")] = None,
) -> None:
    """Make published results again, and write each to OUT/NAME.json.

    An interrupted command goes on where it stopped when given again. A result that is
    there with the same settings is not run a second time.
    """
    given = {
        "seeds": seeds, "batch": batch, "horizon": horizon,
        "steps": steps, "updates": updates, "episodes": episodes,
    }  # fmt: skip
    changed = {k: v for k, v in given.items() if v is not None}
    if not names:
        return _list(quick)
    chosen = [*RESULTS] if names == ["all"] else names
    sizes: dict[str, Any] = {n: (RESULTS[n].quick if quick else {}) | changed for n in chosen
             if n in RESULTS}  # fmt: skip
    try:
        wanted = {n: settings_of(n, **sizes.get(n, {})) for n in chosen}
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    folder = out or Path("results/quick" if quick else "results")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:  # now, not after hours
        raise typer.BadParameter(f"--out: expected a folder ({error})") from error
    there = [n for n in chosen if _same(folder / f"{n}.json", wanted[n], force)]
    total = sum(estimate(n, **sizes[n]) for n in chosen if n not in there)
    typer.echo(f"{_time(total)} on a machine like that of the stored results")
    command = f"lolakit {shlex.join(sys.argv[1:])}"
    for name in chosen:
        path = folder / f"{name}.json"
        keep = folder / f"{name}.unfinished"
        if name in there:
            shutil.rmtree(keep, ignore_errors=True)
            typer.echo(f"{path}: is there, with these settings")
            continue
        try:
            result = run(name, command=command, keep=keep, **sizes[name])
            write(result, path)
            shutil.rmtree(keep, ignore_errors=True)
        except KeyboardInterrupt:
            typer.echo(f"\nStopped. The same command goes on from {keep}.", err=True)
            raise typer.Exit(130) from None
        except OSError as error:
            typer.echo(f"\n{error}. The same command goes on from {keep}.", err=True)
            raise typer.Exit(1) from error
        except ValueError as error:
            raise typer.BadParameter(str(error)) from error
        typer.echo(f"{path}: {result['seconds']} s")
        for row in result["rows"]:
            ours = f"{row['ours']:.3f} [{row['low']:.3f}, {row['high']:.3f}]"
            typer.echo(f"  {row['what']}: {row['published']} | {ours} {row['agrees']}")


def _same(path: Path, settings: dict[str, Any], force: bool) -> bool:
    """Return whether the result is there; refuse to overwrite another one."""
    if path.is_dir():  # now, not after hours
        raise typer.BadParameter(
            f"{path}: expected a file, got a folder: give another --out"
        )
    if not path.exists() or force:
        return False
    try:
        found = read(path)["settings"]
    except (OSError, ValueError) as error:
        raise typer.BadParameter(f"{error}, or --force to overwrite it") from error
    if found != settings:
        raise typer.BadParameter(
            f"{path} holds a run of other settings, {found}: "
            "give another --out, or --force to overwrite it"
        )
    return True


def _list(quick: bool) -> None:
    for name, result in RESULTS.items():
        sizes = result.sizes | (result.quick if quick else {})
        words = ", ".join(f"{k} {v}" for k, v in sizes.items())
        typer.echo(f"{name}: {result.about}")
        published = f"{len(ROWS[name])} published numbers"
        typer.echo(f"    {words}; {_time(estimate(name, **sizes))}; {published}")


def _time(seconds: float) -> str:
    if math.isnan(seconds):
        return "never run so far"
    return (
        f"about {seconds:.0f} s" if seconds < 100 else f"about {seconds / 60:.0f} min"
    )


if __name__ == "__main__":
    app(prog_name="python -m lolakit")
