"""Commands and options. Heavy packages are imported inside the commands, so that help starts fast."""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from greendigital.cli.factors import factors_app
from greendigital.errors import GreenDigitalError

_SELDOM = (100_000, 20, 50)
"""When the collector looks for garbage: a hundred times less often than Python's own setting."""
app = typer.Typer(
    name="greendigital",
    help="Carbon footprint of an IT estate and its cloud bills, with advice. Offline: files in, files out.",
    rich_markup_mode=None,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="\b\nExit codes: 0 done (warnings and notes included); 1 done or stopped with errors in the input\n"
    "(--strict counts warnings); 2 wrong usage; 3 a budget gate failed.",
)

app.add_typer(factors_app)

Files = Annotated[
    list[Path],
    typer.Argument(
        metavar="FILE...", help="Asset files and cloud bills, in any order; folders and patterns of them too."
    ),
]
RunDir = Annotated[Path, typer.Argument(metavar="DIR", help="A folder that 'greendigital report' wrote.")]
PeriodOption = Annotated[
    str | None,
    typer.Option(
        "--period",
        help="2025-26, 2024 or 2024-10-01..2024-12-31 [bills alone: their own dates; else the last financial year].",
    ),
]
ConfigOption = Annotated[
    Path | None, typer.Option("--config", help="greendigital.toml: organisation, sites, policies.")
]
MatchesOption = Annotated[
    Path | None, typer.Option("--matches", metavar="FILE", help="The review file of 'match' with what was confirmed.")
]
ColumnsOption = Annotated[
    Path | None,
    typer.Option("--columns", metavar="FILE", help="TOML file that says which heading is which of our columns."),
]
FactorsOption = Annotated[
    list[Path] | None, typer.Option("--factors", metavar="DIR", help="Further factor sets; may be repeated.")
]
Quiet = Annotated[bool, typer.Option("--quiet", help="No progress, notes or problems on stderr.")]
NoColour = Annotated[bool, typer.Option("--no-color", help="No colour; NO_COLOR is heeded too.")]


@app.callback(invoke_without_command=True)
def root(
    version: Annotated[bool, typer.Option("--version", help="Version of the program and its factor sets.")] = False,
) -> None:
    """Print the version, or go on to the command."""
    if not version:
        return
    from greendigital import __version__
    from greendigital.factorset import load_library

    typer.echo(f"greendigital {__version__}")
    for name, metadata in sorted(load_library().sets.items()):
        typer.echo(f"  {name} {metadata.edition}")
    raise typer.Exit


@app.command(
    epilog="\b\nExamples\n"
    "  greendigital report estate.xlsx intune.csv\n"
    "  greendigital report estate.csv bill.parquet --period 2024-25 -o out --config greendigital.toml\n"
    "  greendigital report focus.csv.gz --no-charts --budget-kg 50000"
)
def report(
    files: Files,
    output: Annotated[Path, typer.Option("-o", "--output", metavar="DIR", help="Folder for the report.")] = Path(
        "greendigital-report"
    ),
    period: PeriodOption = None,
    config: ConfigOption = None,
    columns: ColumnsOption = None,
    as_of: Annotated[str | None, typer.Option("--as-of", help="Day of the advice, YYYY-MM-DD [period's end].")] = None,
    factors: FactorsOption = None,
    budget_kg: Annotated[
        float | None, typer.Option("--budget-kg", help="Exit with 3 when the total is above N kg CO2e.")
    ] = None,
    no_charts: Annotated[bool, typer.Option("--no-charts", help="Leave the charts out; faster.")] = False,
    workbook_lines: Annotated[
        int,
        typer.Option(
            "--workbook-lines", min=0, max=1_000_000, help="Most lines and advice rows in the workbook; 0 for none."
        ),
    ] = 10_000,
    enrich: Annotated[
        bool, typer.Option("--enrich", help="Write the bills too, with our columns beside theirs: enriched.parquet.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace an existing report folder.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Stop on errors; warnings count as errors.")] = False,
    matches: MatchesOption = None,
    quiet: Quiet = False,
    no_color: NoColour = False,
) -> None:
    """Make the report: footprint, ranges and advice.

    Reads asset files and cloud bills, prints the one-page summary and writes the report folder.
    """
    from greendigital.cli.run import ReportOptions, run_report

    options = ReportOptions(
        files,
        output,
        period,
        config,
        as_of,
        factors or [],
        budget_kg,
        not no_charts,
        force,
        strict,
        quiet,
        colour_wanted(no_color),
        matches,
        columns,
        workbook_lines,
        enrich,
    )
    raise typer.Exit(run_report(options))


@app.command(
    epilog="\b\nExamples\n  greendigital match estate.xlsx -o matches.csv\n"
    "  greendigital report estate.xlsx --matches matches.csv"
)
def match(
    files: Files,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE", help="File to write [stdout].")
    ] = None,
    period: PeriodOption = None,
    config: ConfigOption = None,
    factors: FactorsOption = None,
    matches: MatchesOption = None,
    columns: ColumnsOption = None,
) -> None:
    """Write the review file of model matches.

    Every distinct model with what it was matched to, up to three suggestions where no product was found, and the
    kg CO2e at stake, most first. What is confirmed in it wins when it is given back with --matches.
    """
    from greendigital.cli.run import run_match

    raise typer.Exit(run_match(files, output, config, factors or [], matches, period, columns))


@app.command(
    epilog="\b\nExamples\n  greendigital explain out\n  greendigital explain out register.xlsx:14\n"
    "  greendigital explain out aws_focus.csv:27"
)
def explain(
    directory: RunDir,
    line: Annotated[
        str | None,
        typer.Argument(
            metavar="[LINE]", help="file:row as in your spreadsheet, such as register.xlsx:14, or an asset id."
        ),
    ] = None,
) -> None:
    """Show where a figure comes from.

    The formula of a line, or without LINE of the total, with its numbers, factors, sources and range.
    """
    from greendigital.api import read_run
    from greendigital.rundir import line_of_asset

    run = read_run(directory)
    typer.echo(run.explain(line_of_asset(directory, line) or line if line else None))


@app.command(
    epilog="\b\nExamples\n  greendigital recommend out\n  greendigital recommend out --by site,action --top 10\n"
    "  greendigital recommend out --by department,model,action --format csv"
)
def recommend(
    directory: RunDir,
    by: Annotated[str, typer.Option("--by", help="Columns of recommendations.csv to group by, comma separated.")] = (
        "rule,action"
    ),
    format_: Annotated[str, typer.Option("--format", help="table, csv or json.")] = "table",
    top: Annotated[int | None, typer.Option("--top", min=1, help="Only the N groups that save most.")] = None,
) -> None:
    """Print the advice, grouped."""
    from greendigital.cli.tables import advice_table

    typer.echo(advice_table(directory, [name.strip() for name in by.split(",") if name.strip()], format_, top))


@app.command(
    epilog="\b\nExamples\n  greendigital check estate.xlsx\n  greendigital check *.csv --format json\n"
    "  greendigital check liste.xlsx --columns mapping.toml"
)
def check(
    files: Files,
    format_: Annotated[str, typer.Option("--format", help="text or json.")] = "text",
    config: ConfigOption = None,
    columns: ColumnsOption = None,
    period: PeriodOption = None,
    factors: FactorsOption = None,
) -> None:
    """Say what each file is, what can be computed from it and what is wrong with it.

    How its columns were understood, each problem with its remedy, blank cells, how surely the models are known, and the
    ten corrections that would narrow the range most.
    """
    from greendigital.cli.run import run_check

    raise typer.Exit(run_check(files, format_, config, columns, period, factors or []))


@app.command(
    epilog="\b\nExamples\n  greendigital reconcile out aws_carbon.csv\n"
    "  greendigital reconcile out carbon_footprint.jsonl --by service,month --format csv\n"
    "  greendigital reconcile out azure_page_1.json azure_page_2.json --month 2026-05"
)
def reconcile(
    directory: RunDir,
    exports: Annotated[
        list[Path],
        typer.Argument(metavar="EXPORT...", help="Carbon exports of AWS, Azure or Google Cloud: CSV, JSON or Parquet."),
    ],
    by: Annotated[
        str, typer.Option("--by", help="account, service, region, month, comma separated [all that both sides have].")
    ] = "",
    month: Annotated[
        str | None, typer.Option("--month", metavar="YYYY-MM", help="Month of exports that do not say theirs (Azure).")
    ] = None,
    format_: Annotated[str, typer.Option("--format", help="table, csv or json.")] = "table",
    quiet: Quiet = False,
) -> None:
    """Put the provider's own carbon figures beside ours.

    Theirs (location- and market-based), ours with its range, the ratio and the likely reasons, matched by account,
    service, region and month. Providers' figures are for reporting; nothing of theirs goes into ours.
    """
    from greendigital.cli.reconcile import run_reconcile

    raise typer.Exit(run_reconcile(directory, exports, by, month, format_, quiet))


@app.command(epilog="\b\nExamples\n  greendigital schema summary\n  greendigital schema check")
def schema(name: Annotated[str, typer.Argument(metavar="NAME", help="summary, run, check or reconcile.")]) -> None:
    """Print the JSON Schema of a document."""
    import json

    from greendigital.documents import SCHEMAS
    from greendigital.errors import UsageError

    if name not in SCHEMAS:
        raise UsageError(f'"{name}" is not a document. Documents: {", ".join(SCHEMAS)}.')
    typer.echo(json.dumps(SCHEMAS[name].model_json_schema(), indent=2))


def colour_wanted(no_color: bool) -> bool:
    """Colour only on a terminal, and only when nobody asked for none."""
    return not no_color and "NO_COLOR" not in os.environ and sys.stdout.isatty()


def main() -> None:
    """Run the program; a user's mistake ends in one sentence on stderr, never in a traceback."""
    # Rows, factors and cells are many, and none of them is garbage: looking for it took a tenth of the time.
    gc.set_threshold(*_SELDOM)
    try:
        app()
    except GreenDigitalError as error:
        typer.echo(str(error), err=True)
        sys.exit(error.exit_code)
    except BrokenPipeError:
        # `| head` has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except KeyboardInterrupt:
        typer.echo("Stopped.", err=True)
        sys.exit(130)
