"""A footprint: lines, the factors they used, totals, ranges and advice of one run, made on first asking."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

from greendigital.columns import STAGE_COLUMNS
from greendigital.config import Config
from greendigital.errors import Problem, UsageError
from greendigital.explain import explain_line, explain_total
from greendigital.factorset import Factor, FactorLibrary
from greendigital.footprint import LineStore, Totals
from greendigital.footprint.assumptions import cloud_assumptions
from greendigital.footprint.market import MarketBased, market_based
from greendigital.footprint.notes import not_covered
from greendigital.footprint.summary import check_invariants, coverage_document, totals_document
from greendigital.footprint.unmatched import unmatched_meters
from greendigital.footprint.water import water_document
from greendigital.inputs import InputRecord
from greendigital.inventory import Assets
from greendigital.inventory.disposals import DisposalRecord
from greendigital.matching.review import ConfirmedMatches, distinct_models, review_rows
from greendigital.period import Period
from greendigital.recommendations import Advice, RunAdvice
from greendigital.usage import Usage
from greendigital.waste import waste_document


def _short(kilograms: float) -> str:
    """Three significant digits, and no power of ten."""
    return f"{kilograms:,.0f}" if abs(kilograms) >= 1000 else f"{kilograms:.3g}"


class Footprint:
    """Lines, the factors they used, totals, ranges and advice of one run.

    Attributes
    ----------
    period, config, library, as_of
        What the run was made with; advice is given as at ``as_of``.
    inputs, problems
        The files read and what was found in them.
    disposals
        Records of the disposals tables read.
    bills
        Name of the view of each bill's own columns, with ``source_row``, by ``source_id``.
    """

    def __init__(
        self,
        store: LineStore,
        *,
        period: Period,
        config: Config,
        library: FactorLibrary,
        as_of: date,
        read: Sequence[Assets | Usage] = (),
        used: dict[str, Factor] | None = None,
        notes: Sequence[Problem] = (),
        confirmed: ConfirmedMatches | None = None,
    ) -> None:
        self.store = store
        self.period = period
        self.config = config
        self.library = library
        self.as_of = as_of
        self.used = used or {}
        self.inputs: list[InputRecord] = [record for part in read for record in part.inputs]
        # The views of the bills live on in the store's connection.
        self.bills: dict[str, str] = {
            source: view for part in read if isinstance(part, Usage) for source, view in part.bills.items()
        }
        self.disposals: list[DisposalRecord] = [d for part in read if isinstance(part, Assets) for d in part.disposals]
        self.problems: list[Problem] = [*(problem for part in read for problem in part.problems), *notes]
        self._confirmed = confirmed or ConfirmedMatches({}, ())

    def __repr__(self) -> str:
        total = self.calculator.figure(STAGE_COLUMNS)
        return (
            f"<Footprint {self.period.label}: {_short(total.central)} kg CO2e ({_short(total.low)} to "
            f"{_short(total.high)}), "
            f"{len(self.problems)} problems>"
        )

    @property
    def lines(self) -> Any:
        """The lines as a pandas DataFrame, columns of ``lines.parquet``."""
        import pandas as pd

        return pd.DataFrame(self.store.rows(), columns=self.store.columns)

    @cached_property
    def factors_used(self) -> list[dict[str, Any]]:
        """Rows of ``factors_used.parquet``."""
        return self.store.factors()

    @cached_property
    def calculator(self) -> Totals:
        """Totals and groups with their ranges."""
        return Totals(self.store)

    @cached_property
    def market_based(self) -> MarketBased | None:
        """Scope 2 under the instruments of the configuration; None where it names none.

        Raises
        ------
        ConfigError
            If the instruments hold more energy than was used, or lie outside the period.
        """
        return market_based(self.calculator, self.config, self.period)

    def totals(self, by: str | Sequence[str] = ()) -> Any:
        """Management total in kg CO2e, by any columns of the lines, and by the tags that were chosen.

        Parameters
        ----------
        by
            Columns of the lines, ``month``, or names of chosen tags (``[tags] columns``), whose columns are
            ``tags_<name>``.

        Returns
        -------
        pandas.DataFrame
            The key columns, then ``low_kg_co2e, central_kg_co2e, high_kg_co2e``; lows and highs are not additive.
        """
        import pandas as pd

        by = [self._column_of(name) for name in ([by] if isinstance(by, str) else by)]
        unknown = [name for name in by if name not in (*self.store.columns, "month")]
        if unknown:
            tags = "" if self.store.tag_columns else " Name a tag under [tags] columns to group by it."
            raise UsageError(
                f'"{unknown[0]}" is not a column of the lines. Columns: {", ".join(self.store.columns)}, month.{tags}'
            )
        groups = self.calculator.grouped(list(by)) if by else {(): self.calculator.figure(STAGE_COLUMNS)}
        rows = [(*key, f.low, f.central, f.high) for key, f in groups.items()]
        frame = pd.DataFrame(rows, columns=[*by, "low_kg_co2e", "central_kg_co2e", "high_kg_co2e"])
        return frame.sort_values("central_kg_co2e", ascending=False, ignore_index=True)

    def _column_of(self, name: str) -> str:
        """The column of a name: a column's own, else that of the chosen tag."""
        return f"tags_{name}" if name not in self.store.columns and name in self.store.tag_columns else name

    def explain(self, line_id: str | None = None) -> str:
        """A line's figure, or the total's: formula with its numbers, factors, sources, match and range.

        Raises
        ------
        UsageError
            If there is no such line; the nearest ids are named.
        """
        return explain_line(self.store, line_id) if line_id else explain_total(self.calculator)

    def match_review(self) -> list[dict[str, Any]]:
        """Rows of ``matches.csv``: every distinct model with its match, suggestions, and the kg CO2e at stake.

        Raises
        ------
        UsageError
            If the footprint was read back from a run directory, which does not hold the models as written.
        """
        if not self.store.has_assets:
            raise UsageError("A written run does not hold what matching needs. Use greendigital match FILE...")
        kilograms = {
            (row["manufacturer"] or "", row["model"] or ""): row["kg"]
            for row in self.store.query(
                "SELECT manufacturer, model, sum(total_kg_co2e) AS kg FROM lines WHERE kind = 'hardware' GROUP BY ALL"
            )
        }
        return review_rows(
            self.library,
            distinct_models(self.store.assets()),
            lambda asked, _: kilograms.get((asked.manufacturer, asked.model)),
            allow_siblings=self.config.matching.allow_siblings,
            confirmed=self._confirmed.by_model,
            confirmed_in=self._confirmed.name,
        )

    @cached_property
    def water(self) -> dict[str, Any] | None:
        """Water of cloud data centres in litres, as in ``summary.json``; None where no line has energy in one."""
        return water_document(self.store, self.library, self.period)

    @cached_property
    def unmatched_meters(self) -> list[dict[str, Any]]:
        """Meters without a physical estimate, the dearest first; ``summary.json`` has the top of them."""
        return unmatched_meters(self.store, library=self.library)

    @cached_property
    def waste(self) -> dict[str, Any] | None:
        """Reuse and recycling, as in ``summary.json``; None without disposals and retired assets.

        Raises
        ------
        UsageError
            If the footprint was read back from a run directory, which has it in its ``summary.json``.
        """
        if not self.store.has_assets:
            raise UsageError("A written run holds its disposals under the key waste of summary.json.")
        return waste_document(self.calculator, self.disposals, self.library, self.config, self.period)

    @cached_property
    def advice(self) -> list[Advice]:
        """Rows of ``recommendations.csv``: one per asset that counts, one per cloud line and rule.

        Raises
        ------
        UsageError
            If the footprint was read back from a run directory, which does not hold what the rules need.
        """
        return self.run_advice.rows

    @cached_property
    def run_advice(self) -> RunAdvice:
        """The advice of the run, by case; it is given out to the assets when asked for.

        Raises
        ------
        UsageError
            If the footprint was read back from a run directory, which does not hold what the rules need.
        """
        if not self.store.has_assets:
            raise UsageError("A written run holds its advice in recommendations.csv. Use greendigital recommend DIR.")
        known = self.calculator.known
        return RunAdvice(self.store, self.library, self.period, self.as_of, self.config, self.factors_used, known)

    def recommend(self, by: Sequence[str] = ("rule", "action")) -> list[dict[str, Any]]:
        """Advice grouped, as in ``summary.json``."""
        return self.run_advice.groups(by)

    @cached_property
    def summary(self) -> dict[str, Any]:
        """summary.json as plain data; checked against the invariants of the method."""
        from greendigital.rundir import summary_document

        document = summary_document(self)
        check_invariants(document, self.inputs, self.store)
        return document

    @cached_property
    def assumptions(self) -> list[dict[str, Any]]:
        """What the cloud lines assume, each with what the total would be under another value; none without bills."""
        return cloud_assumptions(self.calculator, self.config, self.library, self.period)

    def summary_parts(self) -> dict[str, Any]:
        """Totals, coverage and what is not covered."""
        return {
            "totals": totals_document(self.calculator, self.config, self.market_based),
            "coverage": coverage_document(self.store, self.period, self.inputs),
            "not_covered": not_covered(self.store),
        }

    def write(
        self,
        folder: str | Path,
        *,
        force: bool = False,
        charts: bool = True,
        workbook_lines: int | None = None,
        enrich: bool = False,
    ) -> Path:
        """Write the run directory; it appears whole or not at all.

        The workbook holds the first ``workbook_lines`` lines and rows of advice [10,000]; with 0 none of either.
        With ``enrich`` the bills are read again and written with our columns beside their own (``enriched.parquet``).

        Raises
        ------
        UsageError
            If ``enrich`` is set and no bill was read.
        RunDirectoryError
            If the folder exists and ``force`` is not set.
        """
        from greendigital.rundir import WORKBOOK_LINES, write_run

        most = WORKBOOK_LINES if workbook_lines is None else workbook_lines
        return write_run(self, Path(folder), force=force, charts=charts, workbook_lines=most, enrich=enrich)
