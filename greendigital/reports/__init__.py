"""Reports: HTML, workbook, charts and the summary on the terminal, all from the same plain data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__all__ = ["summary_text", "three_significant", "write_html", "write_xlsx"]

if TYPE_CHECKING:
    from greendigital.reports.figures import three_significant
    from greendigital.reports.to_html import write_html
    from greendigital.reports.to_text import summary_text
    from greendigital.reports.to_xlsx import write_xlsx

_WHERE = {
    "summary_text": "to_text",
    "three_significant": "figures",
    "write_html": "to_html",
    "write_xlsx": "to_xlsx",
}


def __getattr__(name: str) -> Any:
    """Resolve a writer on first use: jinja2 and xlsxwriter are needed only by theirs."""
    if name in _WHERE:
        from importlib import import_module

        return getattr(import_module(f"greendigital.reports.{_WHERE[name]}"), name)
    raise AttributeError(f"module 'greendigital.reports' has no attribute {name!r}")
