"""Tags of bills: which keys there are and how many lines have them, and chosen ones that no bill has."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from typing import Any

from greendigital.errors import Problem
from greendigital.footprint.store import LineStore

_MOST_NAMED = 5


def tag_keys(store: LineStore) -> list[dict[str, Any]]:
    """Keys of the tags of each bill, those that most lines have first.

    Returns
    -------
    list of dict
        ``source_id``, ``key``, ``lines`` that have a value for it, and ``share`` of all lines of the bill. A run read
        back from its files has none: they hold the chosen tags alone.
    """
    columns = {row["column_name"] for row in store.query("DESCRIBE lines")}
    if "tags" not in columns:
        return []
    # Sets of tags are few, lines many: each set is taken apart once.
    text = "coalesce(json_extract_string(t.tags, '$.\"' || replace(t.key, '\"', '\\\"') || '\"'), '')"
    return store.query(
        "WITH sets AS (SELECT source_id, CASE WHEN json_valid(tags) THEN tags END AS tags, "
        "count(DISTINCT line_id) AS n FROM lines WHERE kind = 'cloud' GROUP BY ALL), "
        "bills AS (SELECT source_id, sum(n)::BIGINT AS n FROM sets GROUP BY ALL), "
        "taken AS (SELECT source_id, n, tags, unnest(json_keys(tags)) AS key FROM sets "
        "WHERE json_type(tags) = 'OBJECT') "
        "SELECT t.source_id, t.key, sum(t.n)::BIGINT AS lines, sum(t.n) / any_value(b.n) AS share "
        f"FROM taken t JOIN bills b USING (source_id) WHERE {text} <> '' "
        "GROUP BY t.source_id, t.key ORDER BY t.source_id, lines DESC, t.key"
    )


def tags_not_found(store: LineStore, chosen: Sequence[str]) -> list[Problem]:
    """A warning for each chosen tag that no line of a bill has, with the nearest key: keys keep their case."""
    if not chosen or not store.query("SELECT 1 FROM lines WHERE kind = 'cloud' LIMIT 1"):
        return []
    found = list(dict.fromkeys(row["key"] for row in sorted(tag_keys(store), key=lambda row: -row["lines"])))
    return [
        Problem(
            "warning",
            "tag_not_found",
            f'No line of a bill has the tag "{tag}" of [tags] columns; all of them count as untagged.',
            _nearest(tag, found),
        )
        for tag in chosen
        if tag not in found
    ]


def _nearest(tag: str, found: Sequence[str]) -> str:
    if not found:
        return "The bills have no tags: switch them on for the export, or take the tag out."
    by_small: Mapping[str, str] = {key.casefold(): key for key in reversed(found)}
    near = difflib.get_close_matches(tag.casefold(), by_small, n=1)
    if near:
        case = ", in capitals and small letters as the bill has it" if tag.casefold() == near[0] else ""
        return f'Did you mean "{by_small[near[0]]}"{case}?'
    more = f" and {len(found) - _MOST_NAMED} more" if len(found) > _MOST_NAMED else ""
    return f"The bills have: {', '.join(found[:_MOST_NAMED])}{more}."
