"""What the commands under ``greendigital factors`` print."""

from __future__ import annotations

import csv
import io
import json
import shutil
import sys
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

import typer

from greendigital.documents import to_json
from greendigital.errors import FactorError, UsageError
from greendigital.factorset import Factor, FactorLibrary, FactorSet, check_set, factor_folders, load_library, sets_in
from greendigital.factorset.describe import set_facts, show, sources_of
from greendigital.factorset.diff import Change, changes_by
from greendigital.factorset.diff import diff as difference

_FORMATS = ("table", "csv", "json")
_MOST_CHANGES = 20
_MOST_PROBLEMS = 50
_MOST_NOTES = 8
_WIDTH = 100
_NARROWEST = 12
_FAR = 10.0
_THING = ("group", "detail", "route", "category", "variant", "location_type", "provider", "replication_key", "medium")


def _library(folders: Sequence[Path]) -> FactorLibrary:
    """Every set there is, the optional ones too, with those of the folders."""
    optional = [name for name, found in sets_in(factor_folders()).items() if found.optional]
    given = {str(folder) for folder in folders}
    return load_library([*(n for n in optional if n not in given), *folders])


def _print(rows: Sequence[Mapping[str, Any]], format_: str, columns: Sequence[str]) -> str:
    if format_ not in _FORMATS:
        raise UsageError(f'--format: "{format_}" is unknown. Use {", ".join(_FORMATS)}.')
    if format_ == "json":
        return to_json(list(rows)).rstrip("\n")
    if format_ == "csv":
        text = io.StringIO()
        writer = csv.DictWriter(text, columns, lineterminator="\n", extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
        return text.getvalue().rstrip("\n")
    return _aligned(rows, columns)


def _aligned(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> str:
    """A table whose columns are as wide as they need, on a terminal no wider than that; empty columns are left out."""
    kept = [c for c in columns if any(row.get(c) not in (None, "") for row in rows)]
    cells = [[c.replace("_", " ") for c in kept], *([_cell(row.get(c)) for c in kept] for row in rows)]
    widths = [max(len(line[i]) for line in cells) for i in range(len(kept))]
    numeric = [all(isinstance(row.get(c), int | float | None) for row in rows) for c in kept]
    if sys.stdout.isatty():
        room = shutil.get_terminal_size().columns
        while sum(widths) + 2 * (len(widths) - 1) > room and max(widths) > _NARROWEST:
            widths[widths.index(max(widths))] -= 1
        cells = [[_short(cell, width) for cell, width in zip(line, widths, strict=True)] for line in cells]
    return "\n".join(
        "  ".join(v.rjust(w) if n else v.ljust(w) for v, w, n in zip(line, widths, numeric, strict=True)).rstrip()
        for line in cells
    )


def _cell(value: Any) -> str:
    if value is None or value == "":
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _short(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 3].rstrip() + "..."


def sets_table(folders: Sequence[Path], format_: str) -> str:
    """One row per set: edition, publisher, licence, rows, newest data year and age in years."""
    library = _library(folders)
    found = [asdict(set_facts(library.sets[name], date.today().year)) for name in sorted(library.sets)]
    columns = list(found[0])
    if format_ != "table":
        return _print(found, format_, columns)
    for row in found:
        row["set"] += " (optional)" if row["optional"] else ""
        row["licence"] = _short(row["licence"], 24) + (", share-alike" if row["share_alike"] else "")
        row["publisher"] = _short(row["publisher"], 30)
        row["newest_data"], row["published"], row["age"] = (
            row.pop(name) for name in ("newest_data_year", "newest_source_year", "age_years")
        )
    shown = ["set", "edition", "rows", "newest_data", "age", "published", "licence", "publisher"]
    note = (
        "newest data: year the newest figures are of, age in years since; published: newest source\n"
        "What a set holds, and its traps: greendigital factors show SET"
    )
    if any(row["optional"] for row in found):
        note += "\nAn optional set is read when it is named: greendigital report ... --factors SET"
    return f"{_aligned(found, shown)}\n\n{note}"


def shown_table(key: str, region: str | None, folders: Sequence[Path], format_: str) -> str:
    """Everything known under a key."""
    library = _library(folders)
    found = show(library, key, region)
    if found.set is not None:
        return (
            _set_words(library, found.set)
            if format_ == "table"
            else _print([_set_record(found.set)], format_, list(_set_record(found.set)))
        )
    if found.kind == "rows":
        rows = [{"table": table, **row} for table, row in found.rows]
        if format_ != "table":
            return _print(rows, format_, list(dict.fromkeys(c for row in rows for c in row)))
        more = f"\n\nand {found.more} more rows" if found.more else ""
        return "\n\n".join(_row_words(row) for row in rows) + more
    if found.kind == "factor" and format_ == "table":
        return _one_factor(library, key, found.factors)
    return _factor_words(library, found.factors, format_, found.kind)


def _row_words(row: Mapping[str, Any]) -> str:
    return "\n".join([row["table"], *(f"  {k}: {_cell(v)}" for k, v in row.items() if k != "table" and v is not None)])


def _record(factor: Factor, library: FactorLibrary) -> dict[str, Any]:
    known = {name: getattr(factor, name) for name in Factor.__dataclass_fields__ if name != "extra"}
    dates = {name: str(known[name] or "") for name in ("valid_from", "valid_to")}
    return {**known, **dates, **factor.extra, "source": library.cite(factor), "licence": library.licence(factor)}


def _factor_words(library: FactorLibrary, factors: Sequence[Factor], format_: str, kind: str) -> str:
    if not factors:
        return "No factor of that activity and region."
    records = [_record(f, library) for f in factors]
    if format_ != "table":
        return _print(records, format_, list(dict.fromkeys(c for record in records for c in record)))
    for record in records:
        record["what"] = ", ".join(dict.fromkeys(record[c] for c in _THING if record.get(c)))
        record["valid"] = _validity(record["valid_from"], record["valid_to"])
        record["set"] = record["set_name"] + (f", for {record['supersedes']}" if record["supersedes"] else "")
    columns = ["factor_id", "valid", "value", "low", "high", "interval", "unit", "basis", "region", "data_year", "set"]
    if kind == "activity":
        columns.insert(1, "what")
    first = factors[0]
    what = records[0]["what"] if kind != "activity" else "newest of each"
    lines = [f"{first.activity}: {what}".rstrip(": "), ""]
    lines += [_aligned([{**r, "interval": r["interval"].replace("none", "")} for r in records], columns), "", "Sources"]
    lines += [line for source in _cited(library, factors) for line in source]
    return "\n".join([*lines, *_note_words(library, factors)])


def _note_words(library: FactorLibrary, factors: Sequence[Factor]) -> list[str]:
    """Notes of sources and factors, each with the year it is about where it is about one."""
    years: dict[str, list[str]] = {s.note: [] for s in sources_of(library, factors).values() if s.note}
    for factor in (f for f in factors if f.note):
        years.setdefault(factor.note, []).append(_validity(str(factor.valid_from or ""), str(factor.valid_to or "")))
    said = [f"{of[0]}: {note}" if len(of) == 1 and len(factors) > 1 else note for note, of in years.items()]
    lines = ["", "Notes"] if said else []
    lines += [line for note in said[:_MOST_NOTES] for line in _wrapped(note, "  ")]
    return lines + (
        [f"  and {len(said) - _MOST_NOTES} more; --format json lists them all"] if len(said) > _MOST_NOTES else []
    )


def _one_factor(library: FactorLibrary, key: str, factors: Sequence[Factor]) -> str:
    """The factor asked for with its source and notes, then its other editions in short."""
    (asked,) = [f for f in factors if f.factor_id == key]
    lines = [_factor_words(library, [asked], "table", "editions")]
    others = [f for f in factors if f.factor_id != key]
    rows = [
        {
            "edition": _validity(str(f.valid_from or ""), str(f.valid_to or "")),
            "value": f.value,
            "factor_id": f.factor_id,
        }
        for f in others
    ]
    return "\n".join([*lines, "", "Other editions", _aligned(rows, list(rows[0]))] if rows else lines)


def _cited(library: FactorLibrary, factors: Sequence[Factor]) -> Iterator[list[str]]:
    """Each source once, with the places in it that the factors stand at."""
    for (set_name, source_id), source in sources_of(library, factors).items():
        of = [f for f in factors if (f.set_name, f.source_id) == (set_name, source_id)]
        places = list(dict.fromkeys(f.source_locator for f in of if f.source_locator))
        years = sorted({_validity(str(f.valid_from or ""), str(f.valid_to or "")) for f in of})
        which = f"{years[0]}: " if len(years) == 1 else ""
        place = f"; {places[0]}" if len(places) == 1 else ""
        publisher = f"{source.publisher}: " if source.publisher not in ("", source.title) else ""
        yield _wrapped(f"{which}{publisher}{source.title} ({source.licence}){place}", "  ") + (
            [f"    {source.url}"] if source.url else []
        )


def _validity(first: str, last: str) -> str:
    """The year, where the two dates are one calendar year."""
    if first[4:] == "-01-01" and last == f"{first[:4]}-12-31":
        return first[:4]
    return f"{first} to {last}" if first or last else "always"


def _wrapped(text: str, indent: str) -> list[str]:
    return textwrap.wrap(text, _WIDTH, initial_indent=indent, subsequent_indent=indent + "  ", break_on_hyphens=False)


def _set_record(metadata: FactorSet) -> dict[str, Any]:
    names = ("name", "title", "edition", "publisher", "licence", "url", "description", "caveats", "created")
    found = {name: getattr(metadata, name) for name in (*names, "share_alike", "optional")}
    return {**found, "caveats": list(metadata.caveats), "import": dict(metadata.imported)}


def _set_words(library: FactorLibrary, metadata: FactorSet) -> str:
    facts = set_facts(metadata, date.today().year)
    lines = [f"{metadata.name} {metadata.edition}: {metadata.title}", ""]
    lines += _wrapped(metadata.description, "") if metadata.description else []
    lines += ["", f"Publisher  {metadata.publisher}", f"Address    {metadata.url}"]
    lines.append(f"Licence    {metadata.licence}" + (", share-alike" if metadata.share_alike else ""))
    lines.append(f"Collected  {metadata.created}")
    newest = f", newest data of {facts.newest_data_year}" if facts.newest_data_year else ""
    lines.append(f"Holds      {_counted(facts.rows, 'row')}{newest}")
    for described in metadata.resources.values():
        held = ", ".join(described.get("activities", ())) or "table"
        lines += _wrapped(f"{described['path']}: {held}", "           ")
    if metadata.imported:
        origin = metadata.imported
        lines.append(f"Imported   {origin['date']} from {origin['file']}, sha256 {origin['sha256']}")
    if metadata.caveats:
        lines += ["", "Mind"]
        for caveat in metadata.caveats:
            lines += _wrapped(f"- {caveat}", "  ")
    return "\n".join(lines)


def run_check(folders: Sequence[Path], format_: str) -> int:
    """Check sets and print what is wrong; 1 if anything is."""
    if format_ not in ("text", "json"):
        raise UsageError(f'--format: "{format_}" is unknown. Use text or json.')
    shipped = not folders
    found = {m.path: m.name for folder in folders or [factor_folders()] for m in _readable(folder)}
    problems = {path: check_set(path) for path in found}
    if not shipped and not any(problems.values()):
        load_library(list(folders))  # what only shows beside the shipped sets: names, and ids that are replaced
    if format_ == "json":
        records = [{"set": found[path], "problems": [p.as_dict() for p in listed]} for path, listed in problems.items()]
        typer.echo(json.dumps(records, indent=2, ensure_ascii=False))
    else:
        for path, listed in problems.items():
            typer.echo(f"{found[path]}: {_counted(len(listed), 'problem') if listed else 'good'}")
            for problem in listed[:_MOST_PROBLEMS]:
                typer.echo(f"  {problem}")
            if len(listed) > _MOST_PROBLEMS:
                typer.echo(f"  and {len(listed) - _MOST_PROBLEMS} more; --format json lists them all")
    return int(any(problems.values()))


def _readable(folder: Path) -> list[FactorSet]:
    """The sets of a folder; one whose metadata cannot be read stands in by its name, for the check to say why."""
    try:
        return list(sets_in(folder).values())
    except FactorError:
        packages = [folder] if (folder / "datapackage.json").is_file() else sorted(folder.glob("*/datapackage.json"))
        if not packages:
            raise
        folders = [p if p.is_dir() else p.parent for p in packages]
        return [FactorSet(p.name, "", "", "", "", "", p, {}) for p in folders]


def diff_table(old: str, new: str, format_: str) -> str:
    """Changes from one edition to another."""
    found = difference(old, new)
    records = [_change_record(change) for change in found.changes]
    if format_ != "table":
        return _print(records, format_, list(_change_record(_NO_CHANGE)))
    counts = [f"{sum(c.change == kind for c in found.changes):,} {kind}" for kind in ("changed", "added", "removed")]
    lines = [f"{', '.join(counts)}, {found.unchanged:,} as before"]
    lines += [f"{table}: {plus:,} rows added, {minus:,} removed" for table, (plus, minus) in found.rows.items()]
    if found.changes and not found.unchanged and not any(c.change == "changed" for c in found.changes):
        lines.append("The two hold no factor of the same time: add @YEAR to compare editions, such as set@2026.")
    return "\n".join([*lines, *_changes_words(found.changes)])


_NO_CHANGE = Change("added", "", "", "", None, None, "", "", "")


def _change_record(change: Change) -> dict[str, Any]:
    return {**asdict(change), "relative_change": change.relative}


def _changes_words(changes: Sequence[Change], how: str = "--format csv lists them all") -> list[str]:
    """The first changes as a table, and how to see the rest."""
    rows: list[dict[str, Any]] = [
        {
            "change": c.change,
            "factor": c.new_id or c.old_id,
            "old": c.old,
            "new": c.new,
            "unit": c.unit,
            "by": f"{c.relative:+.1%}" if c.relative is not None else "",
        }
        for c in changes[:_MOST_CHANGES]
    ]
    if not rows:
        return []
    more = [f"and {len(changes) - _MOST_CHANGES:,} more; {how}"]
    return ["", _aligned(rows, list(rows[0])), *(more if len(changes) > _MOST_CHANGES else [])]


def run_import(
    file: Path,
    output: Path,
    kind: str | None,
    name: str | None,
    source: str,
    reason: str,
    licence: str,
    revisions: bool,
    folders: Sequence[Path],
    dry_run: bool,
) -> None:
    """Write a set of a publisher's file and say what it changes."""
    import tempfile

    from greendigital.factorset.imports import read_publication, write_set

    held = [*folders, *([output] if any(output.glob("*/datapackage.json")) and output not in folders else [])]
    draft = read_publication(
        file,
        kind,
        name=name,
        source=source,
        reason=reason,
        licence=licence,
        library=load_library(held),
        revisions=revisions,
    )
    for problem in draft.problems:
        typer.echo(f"{problem.severity}: {problem}", err=True)
    with tempfile.TemporaryDirectory() as scratch:
        written = write_set(draft, Path(scratch) if dry_run else output)
        library = load_library([*held, written])
        typer.echo("\n".join(_import_words(draft, library, None if dry_run else written, revisions)))


def _import_words(draft: Any, library: FactorLibrary, written: Path | None, revised: bool) -> list[str]:
    what = f"{draft.name}: {_counted(len(draft.rows), draft.kind.removesuffix('s'))}"
    lines = [f"{what} from {draft.file} ({draft.title})"]
    for sentence in draft.left_out:
        lines += _wrapped(sentence, "  ")
    if draft.kind == "products" and draft.revisions:
        lines += ["", "Taken in place of what was held:" if revised else "Left out, since another figure is held:"]
        lines += [line for sentence in draft.revisions[:_MOST_CHANGES] for line in _wrapped(sentence, "  ")]
        if len(draft.revisions) > _MOST_CHANGES:
            lines.append(f"  and {len(draft.revisions) - _MOST_CHANGES:,} more")
    if draft.kind == "factors":
        changes = changes_by(library, draft.name)
        kinds = [f"{sum(c.change == k for c in changes):,} {words}" for k, words in _KINDS.items()]
        same = len(draft.rows) - len(changes)
        lines += ["", f"Beside the newest edition before of each: {', '.join(kinds)}, {same:,} as before"]
        far = [c for c in changes if c.relative is not None and not 1 / _FAR <= 1 + c.relative <= _FAR]
        lines += (
            [f"{_counted(len(far), 'figure')} differ more than tenfold: check the unit of the file."] if far else []
        )
        ranked = sorted(changes, key=lambda c: (c.change != "changed", -abs(c.relative or 0)))
        lines += _changes_words(ranked, "greendigital factors diff OLD@YEAR NEW@YEAR --format csv lists them all")
    lines += [""]
    if written is None:
        return [*lines, "Nothing was written (--dry-run)."]
    return [*lines, f"Written: {written}", f"Use it:  greendigital report ... --factors {written.parent}"]


_KINDS = {"changed": "with another value", "added": "of something new"}
