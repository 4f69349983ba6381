"""``greendigital report`` on 10,000 and 1,000,000 assets, and its estimation beside a body written by hand in pandas.

Run it with ``python -m tests.benchmarks.report [ROWS MODELS]...``; seconds are those of the machine, ratios travel.
"""

import json
import sys
import tempfile
import time
from pathlib import Path

import duckdb

import greendigital as gd
from greendigital.config import load_config
from greendigital.estimation.any_frame import relation_of_rows
from greendigital.estimation.hardware import hardware_lines
from greendigital.estimation.tables import RunTables
from greendigital.footprint import LineStore
from greendigital.period import parse_period
from tests.benchmarks.estate import write_estate
from tests.benchmarks.pandas_body import pandas_lines

PERIOD = "2025-26"
LEAN = ("--no-charts", "--workbook-lines", "0")
SIZES = ((10_000, 500, False, ()), (1_000_000, 5_000, False, LEAN), (1_000_000, 5_000, True, LEAN))
_REPORT = """
import pathlib, resource, sys
from greendigital.cli import main
sys.argv[0] = "greendigital"
try:
    main()
finally:
    # What a process inherits counts in ru_maxrss: Linux tells the peak of this one alone in another place.
    status = pathlib.Path("/proc/self/status")
    told = status.read_text() if status.exists() else ""
    own = [line.split()[1] for line in told.splitlines() if line.startswith("VmHWM")]
    peak = int(own[0]) if own else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(peak / 1024, file=sys.stderr)
"""


def time_report(register: Path, folder: Path, options: tuple[str, ...]) -> tuple[float, float]:
    """Seconds of the whole command in a process of its own, and its peak memory in MB."""
    import subprocess

    command = [sys.executable, "-c", _REPORT, "report", str(register), "-o", str(folder), "--period", PERIOD, "--quiet"]
    begin = time.perf_counter()
    done = subprocess.run([*command, *options], capture_output=True, text=True)
    seconds = time.perf_counter() - begin
    if done.returncode:
        raise SystemExit(done.stderr)
    return seconds, float(done.stderr.split()[-1])


def time_bodies(register: Path) -> tuple[float, float]:
    """Seconds of the estimation of rows already read, and of the same by hand in pandas; both match models anew."""
    assets = gd.read_inventory(register)
    frame = assets.frame
    tables = [RunTables(gd.load_library(), parse_period(PERIOD), load_config(None)) for _ in range(2)]
    gd.estimate(gd.read_inventory(register.with_name("warm.csv")), period=PERIOD)
    begin = time.perf_counter()
    by_hand = pandas_lines(frame, tables[0])
    middle = time.perf_counter()
    store = LineStore(duckdb.connect())
    relation = relation_of_rows(assets.rows, store.connection)
    lines = hardware_lines(relation, tables[1], store.connection).to_native()
    store.load([lines], {register.name}, len(assets.rows))
    end = time.perf_counter()
    ours = store.query("SELECT sum(total_kg_co2e) AS kg FROM lines")[0]["kg"]
    if abs(ours / by_hand["total_kg_co2e"].sum() - 1) > 1e-9:
        raise SystemExit("The two bodies do not give the same total.")
    return end - middle, middle - begin


def main(sizes: tuple[tuple[int, int, bool, tuple[str, ...]], ...] = SIZES) -> None:
    """Print one block for each size: rows, models, whether a management tool adds its columns, options."""
    for n_rows, n_models, managed, options in sizes:
        with tempfile.TemporaryDirectory() as name:
            register = Path(name) / "register.csv"
            write_estate(register, n_rows, n_models, managed)
            write_estate(register.with_name("warm.csv"), 100, 100)
            seconds, peak = time_report(register, Path(name) / "out", options)
            summary = json.loads((Path(name) / "out" / "summary.json").read_text(encoding="utf-8"))
            if summary["coverage"]["assets"]["lines"] != n_rows:
                raise SystemExit("Lines were lost.")
            ours, by_hand = time_bodies(register)
            what = "with what a management tool knows" if managed else "in a register"
            print(f"{n_rows:,} assets of {n_models:,} models, {what}")
            print(f"  greendigital report {' '.join(options)}".rstrip() + f": {seconds:.1f} s, {peak:,.0f} MB at most")
            print(f"  estimation: {ours:.2f} s; by hand in pandas: {by_hand:.2f} s; ratio {ours / by_hand:.2f}")


if __name__ == "__main__":
    given = [int(text) for text in sys.argv[1:]]
    main(tuple((r, m, False, LEAN) for r, m in zip(given[::2], given[1::2], strict=True)) or SIZES)
