"""The commands under ``greendigital factors``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

factors_app = typer.Typer(
    name="factors",
    help="See what factors are shipped, from where and how old; check, compare and add sets.",
    no_args_is_help=True,
    rich_markup_mode=None,
    add_completion=False,
)

FactorsOption = Annotated[
    list[Path] | None,
    typer.Option("--factors", metavar="DIR", help="Further sets: a set, a folder of sets, or an optional set's name."),
]
FormatOption = Annotated[str, typer.Option("--format", help="table, csv or json.")]


@factors_app.command(
    "list",
    epilog="\b\nExamples\n  greendigital factors list\n  greendigital factors list --factors my-factors --format csv",
)
def list_sets(factors: FactorsOption = None, format_: FormatOption = "table") -> None:
    """List the sets: edition, publisher, licence, rows, newest data year and age."""
    from greendigital.cli.factor_tables import sets_table

    typer.echo(sets_table(factors or [], format_))


@factors_app.command(
    epilog="\b\nExamples\n  greendigital factors show electricity_generation\n"
    "  greendigital factors show desnz-2025-electricity-generation\n"
    "  greendigital factors show electricity_life_cycle --region FRA\n"
    '  greendigital factors show uk-conversion-factors\n  greendigital factors show "Latitude 5450"'
)
def show(
    key: Annotated[str, typer.Argument(metavar="KEY", help="A set, factor id, activity, product, or key of a table.")],
    region: Annotated[str | None, typer.Option("--region", help="Only factors of this region.")] = None,
    factors: FactorsOption = None,
    format_: FormatOption = "table",
) -> None:
    """Show every edition of a factor with its source, or what a set is."""
    from greendigital.cli.factor_tables import shown_table

    typer.echo(shown_table(key, region, factors or [], format_))


@factors_app.command(
    epilog="\b\nExamples\n  greendigital factors check\n  greendigital factors check my-factors --format json"
)
def check(
    folders: Annotated[
        list[Path] | None, typer.Argument(metavar="[DIR]...", help="Sets or folders of sets; default: those shipped.")
    ] = None,
    format_: Annotated[str, typer.Option("--format", help="text or json.")] = "text",
) -> None:
    """Check sets: sources, units, licences, ids, validity, order and range of every figure.

    Exit code 1 if anything is refused; each problem names file, row, column and remedy.
    """
    from greendigital.cli.factor_tables import run_check

    raise typer.Exit(run_check(folders or [], format_))


@factors_app.command(
    epilog="\b\nExamples\n  greendigital factors diff uk-conversion-factors@2025 uk-conversion-factors@2026\n"
    "  greendigital factors diff old-factors/ours new-factors/ours --format csv"
)
def diff(
    old: Annotated[str, typer.Argument(metavar="OLD", help="A set's folder or name; with @YEAR that year's factors.")],
    new: Annotated[str, typer.Argument(metavar="NEW", help="The same of the newer edition.")],
    format_: FormatOption = "table",
) -> None:
    """Show what changes from one edition to another."""
    from greendigital.cli.factor_tables import diff_table

    typer.echo(diff_table(old, new, format_))


@factors_app.command(
    "import",
    epilog="\b\nExamples\n  greendigital factors import ghg-conversion-factors-2027-flat-format.xlsx\n"
    "  greendigital factors import carbon-intensity-electricity.csv -o my-factors\n"
    '  greendigital factors import ours.csv --name our-figures --source "Meters 2025" --reason "own measurement"\n'
    "  greendigital report estate.xlsx --factors my-factors",
)
def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The publisher's file, or a table of your own.")],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="DIR", help="Folder for the new set.")] = Path(
        "my-factors"
    ),
    kind: Annotated[
        str | None,
        typer.Option(
            "--as", help="uk-flat-file, country-table, boavizta, energy-star or table; default: by its content."
        ),
    ] = None,
    name: Annotated[str | None, typer.Option("--name", help="Name of the new set.")] = None,
    source: Annotated[str, typer.Option("--source", help="Source of a table of your own.")] = "",
    reason: Annotated[str, typer.Option("--reason", help="Why its figures are used.")] = "",
    licence: Annotated[str, typer.Option("--licence", help="Licence of a table of your own.")] = "",
    revisions: Annotated[
        bool, typer.Option("--revisions", help="Also take values that differ from those held for the same time.")
    ] = False,
    factors: FactorsOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would change, and write nothing.")] = False,
) -> None:
    """Make a new set of a publisher's file, and show what it changes.

    Nothing is overwritten: what is held already stays as it is, so that past reports can be made again.
    """
    from greendigital.cli.factor_tables import run_import

    run_import(file, output, kind, name, source, reason, licence, revisions, factors or [], dry_run)
