"""Sets given beside the shipped ones that cannot be used as they are."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import TYPE_CHECKING

from greendigital.errors import FactorError, Problem
from greendigital.factorset.check import check_set
from greendigital.factorset.model import FactorSet
from greendigital.factorset.tables import rows_of

if TYPE_CHECKING:
    from greendigital.factorset.library import FactorLibrary


def refuse_broken(metadata: FactorSet) -> None:
    """A set that its check refuses cannot be used; the first of its problems are told."""
    problems: list[Problem] = [p for p in check_set(metadata.path) if p.severity == "error"]
    if problems:
        more = f"\nand {len(problems) - 3} more: greendigital factors check lists them." if len(problems) > 3 else ""
        raise FactorError("\n".join(str(p) for p in problems[:3]) + more)


def refuse_unknown_supersedes(library: FactorLibrary, set_name: str) -> None:
    """An id under ``supersedes`` that no factor has would silently replace nothing."""
    metadata = library.sets[set_name]
    for resource in metadata.factor_resources:
        own = library.factor_table(set_name, resource)
        for number, row in rows_of(metadata.file(resource)):
            place = f"{metadata.name}/{metadata.file(resource).name}, row {number}, supersedes"
            for old in (row.get("supersedes") or "").split():
                other = own.get(old) if old in own else library.given_or_published(old)
                if other is None:
                    near = difflib.get_close_matches(old, library.ids(), n=1)
                    hint = f" Nearest: {near[0]}." if near else ""
                    raise FactorError(f'{place}: there is no factor "{old}".{hint} Correct the id.')
                if old == row["factor_id"]:
                    raise FactorError(f"{place}: the row names itself. A factor of the same id replaces without it.")
                if old in own and row["factor_id"] in other.supersedes.split():
                    raise FactorError(
                        f'{place}: "{old}" names this row too. One of two can take the place of the other.'
                    )
                dates = (("valid_from", other.valid_from), ("valid_to", other.valid_to))
                same = (("activity", other.activity), ("region", other.region), *((n, str(d or "")) for n, d in dates))
                for column, value in same:
                    if (row.get(column) or "") != value:
                        raise FactorError(
                            f'{place}: "{old}" has {column} "{value}", this row "{row.get(column) or ""}", so it would '
                            "replace nothing. Correct one of them."
                        )


def same_content(first: Path, second: Path) -> bool:
    """Whether two folders hold the same files."""
    if first.resolve() == second.resolve():
        return True
    files = [
        {p.relative_to(folder): p.read_bytes() for p in folder.rglob("*") if p.is_file()} for folder in (first, second)
    ]
    return files[0] == files[1]
