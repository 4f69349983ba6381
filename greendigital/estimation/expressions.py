"""Narwhals expressions that more than one body needs."""

from __future__ import annotations

import narwhals as nw

SEPARATOR = "\x1f"


def text_column(name: str) -> nw.Expr:
    """A column as text; missing values become the empty text, so that keys join on every engine."""
    column = nw.col(name)
    return nw.when(column.is_null()).then(nw.lit("")).otherwise(column.cast(nw.String)).alias(name)


def coalesce_text(name: str) -> nw.Expr:
    """A number as text, empty when missing."""
    return nw.when(nw.col(name).is_null()).then(nw.lit("")).otherwise(nw.col(name).cast(nw.String))


def key_of(parts: tuple[str, ...]) -> nw.Expr:
    """One text key of several text columns."""
    return nw.concat_str(*(nw.col(p) for p in parts), separator=SEPARATOR)


def bounded(name: str, central: nw.Expr, down2: nw.Expr, up2: nw.Expr) -> dict[str, nw.Expr]:
    """``<name>_low`` and ``<name>_high`` of a product from its summed squared log widths.

    The sides are ordered, so that a negative figure (a correction) keeps low <= central <= high.
    """
    first = central * (down2.sqrt() * -1.0).exp()
    second = central * up2.sqrt().exp()
    return {
        f"{name}_low": nw.when(central >= 0).then(first).otherwise(central * up2.sqrt().exp()),
        f"{name}_high": nw.when(central >= 0).then(second).otherwise(central * (down2.sqrt() * -1.0).exp()),
    }
