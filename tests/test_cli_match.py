"""``greendigital match`` and ``--matches``: what a person confirms wins."""

import csv
import json

import pytest
from typer.testing import CliRunner

from greendigital.cli.app import app
from greendigital.errors import InputError

ESTATE = """category,manufacturer,model,quantity,country,acquired_date
laptop,Dell,Latitude 5420,3,GBR,2022-05-01
laptop,Acme,Flybook 9,10,GBR,2022-05-01
monitor,Dell,P2419H,2,GBR,2022-05-01
"""


def run(*arguments):
    done = CliRunner().invoke(app, [str(a) for a in arguments])
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done


@pytest.fixture
def estate(tmp_path):
    path = tmp_path / "estate.csv"
    path.write_text(ESTATE, encoding="utf-8")
    return path


def read(path):
    with path.open(encoding="utf-8-sig", newline="") as handle:
        return list(csv.DictReader(handle))


def test_every_model_stands_once_most_at_stake_first(estate, tmp_path):
    told = run("match", estate, "-o", tmp_path / "matches.csv", "--period", "2024").stdout
    rows = read(tmp_path / "matches.csv")
    assert {(r["manufacturer"], r["model"]): (r["match_level"], float(r["devices"])) for r in rows} == {
        ("Dell", "Latitude 5420"): ("A", 3.0),
        ("Acme", "Flybook 9"): ("E", 10.0),
        ("Dell", "P2419H"): ("A", 2.0),
    }
    kilograms = [float(r["kg_co2e_at_stake"]) for r in rows]
    assert kilograms == sorted(kilograms, reverse=True)
    assert all(not r["confirmed_factor_id"] for r in rows)
    assert "Put the id of the right product" in told


def test_without_a_file_the_table_goes_to_stdout(estate):
    assert run("match", estate, "--period", "2024").stdout.startswith("manufacturer,model,category,devices,match_level")


def test_a_confirmed_match_wins_in_the_report(estate, tmp_path):
    """Latitude 5420 of the collection: 319.6 kg embodied; over four years by the line below, ten devices."""
    run("match", estate, "-o", tmp_path / "matches.csv", "--period", "2024")
    rows = read(tmp_path / "matches.csv")
    published = next(r["factor_id"] for r in rows if r["model"] == "Latitude 5420")
    for row in rows:
        if row["model"] == "Flybook 9":
            row["confirmed_factor_id"] = published
    with (tmp_path / "matches.csv").open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    out = tmp_path / "out"
    done = run("report", estate, "--period", "2024", "--matches", tmp_path / "matches.csv", "-o", out, "--no-charts")
    assert done.exit_code == 0, done.output
    levels = json.loads((out / "summary.json").read_text(encoding="utf-8"))["coverage"]["assets"]["by_match_level"]
    assert levels["A"]["devices"] == 15
    assert levels["E"]["devices"] == 0
    assert json.loads((out / "run.json").read_text(encoding="utf-8"))["options"]["matches"] == "matches.csv"


def test_an_unknown_id_is_told_by_row_and_the_rest_is_used(estate, tmp_path):
    (tmp_path / "matches.csv").write_text(
        "manufacturer,model,confirmed_factor_id\nAcme,Flybook 9,boavizta-9999\n", encoding="utf-8"
    )
    done = run("report", estate, "--period", "2024", "--matches", tmp_path / "matches.csv", "-o", tmp_path / "out")
    assert done.exit_code == 1
    assert "matches.csv, row 2, confirmed_factor_id" in done.output
    assert (tmp_path / "out" / "report.html").is_file()


def confirm(path, *rows):
    path.write_text("manufacturer,model,confirmed_factor_id\n" + "".join(f"{row}\n" for row in rows), encoding="utf-8")
    return path


def test_a_name_in_another_alphabet_is_confirmed_for_itself_alone(tmp_path):
    estate = tmp_path / "estate.csv"
    estate.write_text(
        "category,manufacturer,model\nlaptop,Dell,ノートパソコン\ndesktop,Dell,サーバー\n", encoding="utf-8"
    )
    matches = confirm(tmp_path / "matches.csv", "Dell,ノートパソコン,boavizta-0215")
    out = tmp_path / "out"
    run("report", estate, "--period", "2024", "--matches", matches, "-o", out, "--no-charts")
    levels = json.loads((out / "summary.json").read_text(encoding="utf-8"))["coverage"]["assets"]["by_match_level"]
    assert (levels["A"]["devices"], levels["E"]["devices"]) == (1, 1)


def test_a_confirmed_model_that_the_estate_does_not_have_is_told(estate, tmp_path):
    matches = confirm(tmp_path / "matches.csv", "Acme,12-May,boavizta-0215")
    done = run("report", estate, "--period", "2024", "--matches", matches, "-o", tmp_path / "out", "--no-charts")
    assert "A spreadsheet may have changed the name" in done.output


def test_an_open_quotation_mark_stops_with_its_row(estate, tmp_path):
    matches = confirm(tmp_path / "matches.csv", 'Foo,"24"" monitor,', "Acme,Flybook 9,boavizta-0215")
    with pytest.raises(InputError, match="quotation mark"):
        run("report", estate, "--period", "2024", "--matches", matches, "-o", tmp_path / "out")


def test_rows_are_numbered_as_a_spreadsheet_does_over_blank_lines_and_a_separator_line(estate, tmp_path):
    matches = tmp_path / "matches.csv"
    matches.write_text(
        "sep=,\nmanufacturer,model,confirmed_factor_id\n,,\nAcme,Flybook 9,boavizta-9999\n", encoding="utf-8"
    )
    done = run("report", estate, "--period", "2024", "--matches", matches, "-o", tmp_path / "out", "--no-charts")
    assert "matches.csv, row 4, confirmed_factor_id" in done.output


def test_problems_beyond_the_tenth_are_said_to_stand_where_they_do(tmp_path):
    """Twelve dates that are none: ten are shown. Only a report writes run.json; match and check write none."""
    estate = tmp_path / "estate.csv"
    rows = "".join(f"laptop,Dell,Latitude 5420,1,GBR,not a date {n}\n" for n in range(12))
    estate.write_text(ESTATE.splitlines()[0] + "\n" + rows, encoding="utf-8")
    matched = run("match", estate, "-o", tmp_path / "matches.csv", "--period", "2024").stderr
    assert 'error: 2 more; "greendigital report" writes all of them to run.json.' in matched
    strict = run("report", estate, "-o", tmp_path / "out", "--period", "2024", "--strict").stderr
    assert "error: 2 more; without --strict all of them stand in run.json." in strict
    assert not (tmp_path / "out").exists()
    reported = run("report", estate, "-o", tmp_path / "out", "--period", "2024", "--no-charts").stderr
    assert "error: 2 more; all of them stand in run.json." in reported
    problems = json.loads((tmp_path / "out" / "run.json").read_text(encoding="utf-8"))["problems"]
    assert sum(p["severity"] == "error" for p in problems) == 12


def test_check_says_where_its_further_problems_of_no_file_stand(estate, tmp_path):
    """Twelve sites of the configuration that no line names, beside the one that the lines do."""
    config = tmp_path / "greendigital.toml"
    config.write_text("".join(f'[[sites]]\nname = "Depot {n}"\ncountry = "GBR"\n' for n in range(12)), encoding="utf-8")
    estate.write_text("category,site,country\nlaptop,Town Hall,GBR\n", encoding="utf-8")
    told = run("check", estate, "--config", config).stderr
    assert 'note: 2 more; "greendigital report" writes all of them to run.json.' in told
    run("report", estate, "-o", tmp_path / "out", "--period", "2024", "--no-charts", "--config", config)
    problems = json.loads((tmp_path / "out" / "run.json").read_text(encoding="utf-8"))["problems"]
    assert sum(p["code"] == "site_unused" for p in problems) == 12
