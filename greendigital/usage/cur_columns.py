"""Columns of AWS Cost and Usage Reports by either name, and what stands in their maps.

A map reaches the reader as JSON text: of an object, or of a list of structures with ``key`` and ``value``, as some
writers of Parquet leave it.
"""

from __future__ import annotations

import re

from greendigital.usage.own_columns import OwnColumns, literal, quoted

_TAG_COLUMN = re.compile(r"^(?:resourceTags/|resource_tags[_.])(?:user[:_])?(.+)$", re.IGNORECASE)
# A quotation mark within a value is escaped, so that one right behind a brace or comma begins a key.
_KEY = r'([{,]\s*")'


def snake(name: str) -> str:
    """A legacy column as Athena and 2.0 write it.

    Examples
    --------
    >>> snake("savingsPlan/SavingsPlanARN")
    'savings_plan_savings_plan_a_r_n'
    """
    return re.sub(r"_+", "_", re.sub(r"([A-Z])", r"_\1", name.replace("/", "_"))).lower()


def both_names(*legacy: str) -> tuple[str, ...]:
    """Each column as the legacy report names it, and in snake_case.

    Examples
    --------
    >>> both_names("lineItem/UsageType")
    ('lineItem/UsageType', 'line_item_usage_type')
    """
    return tuple(name for text in legacy for name in (text, snake(text)))


def text_sql(own: OwnColumns, *legacy: str) -> str:
    """The first filled of the columns, by either name."""
    return own.text(*both_names(*legacy))


def number_sql(own: OwnColumns, *legacy: str) -> str:
    """The first of the columns that holds a number, by either name."""
    return own.number(*both_names(*legacy))


def region_prefix_sql(usage_type: str, service: str) -> str:
    """What a usage type of AWS begins with (``EUW2``); CloudFront's are continents of its own (``EU``, ``US``)."""
    prefix = f"nullif(regexp_extract({usage_type}, '^([A-Z]{{2,4}}\\d?)-', 1), '')"
    return f"CASE WHEN coalesce({service}, '') NOT LIKE '%CloudFront' THEN {prefix} END"


def product_sql(own: OwnColumns, *attributes: str) -> str:
    """The first filled attribute of the product, from a column of its own or from the map.

    Parameters
    ----------
    attributes
        Names behind ``product/`` in the legacy report, such as ``instanceType``.
    """
    names = [n for a in attributes for n in (*both_names(f"product/{a}"), f"product.{snake(a).lstrip('_')}")]
    found = [own.text(*names)]
    if own.has("product"):
        attributes_of = _object_sql(quoted(own.all_of(["product"])[0]))
        paths = [literal("$." + snake(a).lstrip("_")) for a in attributes]
        found += [f"nullif(json_extract_string({attributes_of}, {path}), '')" for path in paths]
    return f"coalesce({', '.join(found)})" if len(found) > 1 else found[0]


def tags_sql(own: OwnColumns) -> str:
    """Tags as a JSON object: ``{"app": "web", "aws:createdBy": "x"}``.

    ``user:`` (``user_`` in snake_case) is dropped, so that a tag has the name its owner gave it, in every format; tags
    that AWS made keep ``aws:`` (``aws_``).
    """
    columns: dict[str, str] = {}
    for name in own.names:
        if found := _TAG_COLUMN.match(name):
            columns.setdefault(found.group(1), name)
    given = []
    if columns:
        pairs = ", ".join(f"{literal(key)}, {quoted(name)}" for key, name in columns.items())
        # A merge drops what is empty.
        given.append(f"nullif(json_merge_patch('{{}}', json_object({pairs}))::VARCHAR, '{{}}')")
    for column, prefix in (("resource_tags", "user[:_]"), ("tags", "resourceTags/")):
        if own.has(column):
            given.append(_without_prefix(quoted(own.all_of([column])[0]), prefix))
    return f"coalesce({', '.join(given)})" if given else "NULL::VARCHAR"


def _without_prefix(column: str, prefix: str) -> str:
    """The map with a prefix of its keys dropped; text that is no JSON stays as it is."""
    text = f"coalesce({_object_sql(column)}, {column})"
    return f"nullif(regexp_replace({text}, '{_KEY}{prefix}', '\\1', 'g'), '{{}}')"


def _object_sql(column: str) -> str:
    """JSON text of an object, whether the map came as one or as a list; NULL for what is no JSON."""
    pairs = f'from_json({column}, \'[{{"key":"VARCHAR","value":"VARCHAR"}}]\')'
    listed = f"[to_json(e.key)::VARCHAR || ':' || to_json(e.value)::VARCHAR FOR e IN {pairs} IF e.value IS NOT NULL]"
    return (
        f"CASE WHEN json_valid({column}) THEN CASE json_type({column}) WHEN 'OBJECT' THEN {column} "
        f"WHEN 'ARRAY' THEN '{{' || array_to_string({listed}, ',') || '}}' END END"
    )


def transfer_operation_sql(operation: str, usage_type: str) -> str:
    """What was done, where it tells the two sides of a transfer apart: other operations would only make more meters."""
    return f"CASE WHEN {usage_type} LIKE '%DataTransfer%' THEN {operation} END"
