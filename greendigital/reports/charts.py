"""Charts as SVG text: horizontal bars from zero, sorted, labelled directly, ranges as error bars."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from greendigital.reports.figures import three_significant

BLUE, GREY, ORANGE, INK = "#12436d", "#8b9298", "#b5541c", "#0b0c0c"
"""Colours of the Analysis Function palette, each at least 3:1 on white."""

_ROW_HEIGHT = 0.36
_WIDTH = 7.6


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar: its label, central figure and range in kg CO2e."""

    label: str
    low: float
    central: float
    high: float


def bar_chart(bars: Sequence[Bar], chart_id: str, finding: str, ranges: bool = True) -> str:
    """Horizontal bars as inline SVG whose title states the finding.

    Raises
    ------
    ValueError
        If there is nothing to draw.
    """
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    if not bars:
        raise ValueError("no bars")
    height = _ROW_HEIGHT * len(bars) + 0.25
    figure = Figure(figsize=(_WIDTH, height))
    axes = figure.add_axes((0.34, 0.02, 0.64, 0.96))
    positions = list(range(len(bars)))
    values = [bar.central for bar in bars]
    axes.barh(positions, values, height=0.62, color=BLUE)
    ranged = [(position, bar) for position, bar in enumerate(bars) if bar.low < bar.high] if ranges else []
    if ranged:
        errors = [[max(b.central - b.low, 0) for _, b in ranged], [max(b.high - b.central, 0) for _, b in ranged]]
        at = [position for position, _ in ranged]
        central = [bar.central for _, bar in ranged]
        axes.errorbar(central, at, xerr=errors, fmt="none", ecolor=ORANGE, elinewidth=1.6, capsize=3.5)
    ends = [max(bar.high if ranges else bar.central, 0.0) for bar in bars]
    reach = max(ends) or 1.0
    for position, (bar, end) in enumerate(zip(bars, ends, strict=True)):
        axes.text(end + reach / 60, position, three_significant(bar.central), va="center", fontsize=9, color=INK)
    axes.set_yticks(positions, [_short(bar.label) for bar in bars], fontsize=9.5, color=INK)
    axes.set_xlim(min(0.0, *(bar.low for bar in bars)) if ranges else 0.0, reach * 1.17)
    axes.set_ylim(len(bars) - 0.4, -0.6)
    axes.set_xticks([])
    axes.tick_params(length=0)
    for side in ("top", "right", "bottom"):
        axes.spines[side].set_visible(False)
    axes.spines["left"].set_color(GREY)
    return _svg(FigureCanvasSVG(figure), chart_id, finding)


def column_chart(bars: Sequence[Bar], chart_id: str, finding: str) -> str:
    """Columns over time as inline SVG."""
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    if not bars:
        raise ValueError("no bars")
    figure = Figure(figsize=(_WIDTH, 2.5))
    axes = figure.add_axes((0.02, 0.14, 0.96, 0.80))
    positions = list(range(len(bars)))
    axes.bar(positions, [b.central for b in bars], width=0.68, color=BLUE)
    reach = max(b.central for b in bars) or 1.0
    for position, bar in enumerate(bars):
        axes.text(
            position, bar.central + reach * 0.02, three_significant(bar.central), ha="center", fontsize=8, color=INK
        )
    axes.set_xticks(positions, [b.label for b in bars], fontsize=8.5, color=INK)
    axes.set_ylim(0, reach * 1.12)
    axes.set_yticks([])
    axes.tick_params(length=0)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(GREY)
    return _svg(FigureCanvasSVG(figure), chart_id, finding)


def _short(label: str, most: int = 34) -> str:
    return label if len(label) <= most else label[: most - 1].rstrip() + "…"


def _svg(canvas: object, chart_id: str, finding: str) -> str:
    """The drawing without its XML head, with ids of its own and a title for readers who cannot see it."""
    import matplotlib

    settings: Any = {"svg.fonttype": "none", "svg.hashsalt": chart_id}
    with matplotlib.rc_context(settings):
        text = io.StringIO()
        canvas.print_svg(text, metadata={"Date": None, "Creator": None})  # type: ignore[attr-defined]
    svg = text.getvalue()
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r'\bid="([^"]+)"', rf'id="{chart_id}-\1"', svg)
    svg = re.sub(r'(href="|url\()#([^")]+)', rf"\1#{chart_id}-\2", svg)
    svg = re.sub(r"font-family: [^;\"]*", "font-family: Arial, Helvetica, sans-serif", svg)
    title = finding.replace("&", "&amp;").replace("<", "&lt;")
    head = f'<svg role="img" aria-labelledby="{chart_id}-title" '
    return svg.replace("<svg ", head, 1).replace(">", f'><title id="{chart_id}-title">{title}</title>', 1)
