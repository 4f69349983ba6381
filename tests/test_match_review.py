import subprocess
import sys

import pytest

from greendigital.errors import InputError
from greendigital.factorset import load_library
from greendigital.matching import match_device, model_key
from greendigital.matching.review import MATCH_COLUMNS, DistinctModel, read_matches, review_rows, write_matches
from greendigital.matching.suggest import suggest

LIBRARY = load_library()
MODELS = [
    DistinctModel("Dell", "Latitude 5420", "laptop", 40),
    DistinctModel("HP", "EliteBook 840 G3", "laptop", 10),
    DistinctModel("Dell", "PowerEdge R750", "server_rack", 2),
    DistinctModel("Acme", "Thing 5", "", 3),
]
KILOGRAMS = {"Latitude 5420": 2000.0, "EliteBook 840 G3": 500.0, "PowerEdge R750": 900.0}


def rows(models=MODELS, **options):
    return review_rows(LIBRARY, models, lambda asked, match: KILOGRAMS.get(asked.model), **options)


def test_suggestions_are_of_the_same_maker_first_and_three_at_most():
    found = suggest(LIBRARY, "HP", "EliteBook 840 G3")
    assert len(found) == 3
    assert all(s.name.startswith("HP EliteBook 840") for s in found)
    assert [s.score for s in found] == sorted((s.score for s in found), reverse=True)
    assert all(0 <= s.score <= 100 for s in found)


def test_a_code_is_suggested_for_by_its_name():
    """20BV is a ThinkPad T450, which no report is of."""
    assert "ThinkPad T450s" in suggest(LIBRARY, "LENOVO", "20BV0001US")[0].name


def test_a_maker_without_products_gets_those_of_others():
    assert suggest(LIBRARY, "Nonsuch", "Latitude 5421")[0].name == "Dell Latitude 5421"


def test_nothing_is_suggested_for_what_is_like_nothing():
    assert suggest(LIBRARY, "Acme", "qqqqqqqq") == []
    assert suggest(LIBRARY, "Acme", "") == []


def test_likeness_is_asked_for_only_by_the_review():
    code = (
        "import sys\n"
        "from greendigital.factorset import load_library\n"
        "from greendigital.matching import match_device\n"
        "match_device(load_library(), 'HP', 'EliteBook 840 G3', None, None, None)\n"
        "print('rapidfuzz' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "False"


def test_review_rows_have_the_documented_columns_and_are_ranked_by_what_is_at_stake():
    found = rows()
    assert all(tuple(row) == MATCH_COLUMNS for row in found)
    assert [row["model"] for row in found] == ["Latitude 5420", "PowerEdge R750", "EliteBook 840 G3", "Thing 5"]
    assert [row["kg_co2e_at_stake"] for row in found] == [2000.0, 900.0, 500.0, ""]
    assert [row["match_level"] for row in found] == ["A", "E", "E", "F"]


def test_a_matched_model_names_its_factor_and_has_no_suggestion():
    first = rows()[0]
    assert (first["factor_id"], first["matched_name"]) == ("boavizta-0208", "Latitude 5420")
    assert (first["suggestion_1"], first["confirmed_factor_id"]) == ("", "")


def test_an_unmatched_model_has_suggestions_with_their_scores():
    row = next(r for r in rows() if r["model"] == "EliteBook 840 G3")
    assert row["suggestion_1"].split()[0].startswith(("boavizta-", "gd-"))
    assert row["suggestion_3_score"] > 50


def test_a_confirmed_match_wins_and_round_trips(tmp_path):
    found = rows()
    row = next(r for r in found if r["model"] == "PowerEdge R750")
    row["confirmed_factor_id"] = "boavizta-0444"
    write_matches(tmp_path / "matches.csv", found)
    confirmed = read_matches(tmp_path / "matches.csv", LIBRARY)
    assert confirmed.problems == []
    assert confirmed.by_model == {model_key("Dell", "PowerEdge R750"): ("boavizta-0444",)}
    match = match_device(LIBRARY, "DELL INC.", "poweredge-r750", None, None, None, confirmed=confirmed.by_model)
    assert (match.match_level, match.matched_name) == ("A", "PowerEdge R740")
    again = next(r for r in rows(confirmed=confirmed.by_model) if r["model"] == "PowerEdge R750")
    assert (again["match_level"], again["confirmed_factor_id"]) == ("A", "boavizta-0444")


def test_a_confirmed_match_wins_over_the_rules():
    confirmed = {model_key("Dell", "Latitude 5420"): ("boavizta-0205",)}
    assert match_device(LIBRARY, "Dell", "Latitude 5420", None, None, None, confirmed=confirmed).matched_name != (
        "Latitude 5420"
    )


def confirmed_of(tmp_path, text, encoding="utf-8"):
    path = tmp_path / "matches.csv"
    path.write_bytes(text.encode(encoding))
    return read_matches(path, LIBRARY)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_the_file_is_read_as_spreadsheets_save_it(tmp_path, encoding, separator):
    text = "manufacturer,model,confirmed_factor_id\r\nDéll,Latitude 5421,boavizta-0209\r\n".replace(",", separator)
    assert list(confirmed_of(tmp_path, text, encoding).by_model.values()) == [("boavizta-0209",)]


def test_a_suggestion_may_be_copied_whole_and_several_ids_joined(tmp_path):
    text = (
        "manufacturer,model,confirmed_factor_id\n"
        "Dell,A 1,boavizta-0209 Dell Latitude 5421\n"
        "Dell,B 2,boavizta-0209 | boavizta-0205\n"
    )
    found = confirmed_of(tmp_path, text)
    assert list(found.by_model.values()) == [("boavizta-0209",), ("boavizta-0209", "boavizta-0205")]


def test_an_unknown_factor_id_is_told_by_row_with_the_nearest(tmp_path):
    text = "manufacturer,model,confirmed_factor_id\nDell,A 1,\nDell,B 2,boavizta-209\n"
    found = confirmed_of(tmp_path, text)
    assert found.by_model == {}
    (problem,) = found.problems
    assert (problem.row, problem.column, problem.severity) == (3, "confirmed_factor_id", "error")
    assert '"boavizta-209"' in problem.message and "boavizta-0209" in problem.remedy


def test_a_model_confirmed_twice_keeps_the_first_and_says_so(tmp_path):
    text = "manufacturer,model,confirmed_factor_id\nDell,B 2,boavizta-0209\nDELL,b-2,boavizta-0205\n"
    found = confirmed_of(tmp_path, text)
    assert list(found.by_model.values()) == [("boavizta-0209",)]
    assert found.problems[0].row == 3 and "twice" in found.problems[0].message


def test_a_confirmed_row_without_a_model_is_told(tmp_path):
    found = confirmed_of(tmp_path, "manufacturer,model,confirmed_factor_id\nDell,,boavizta-0209\n")
    assert (found.by_model, found.problems[0].column) == ({}, "model")


def test_a_file_without_the_column_is_refused(tmp_path):
    with pytest.raises(InputError, match="confirmed_factor_id is missing"):
        confirmed_of(tmp_path, "manufacturer,model\nDell,Latitude 5421\n")


def test_a_workbook_is_refused(tmp_path):
    path = tmp_path / "matches.xlsx"
    path.write_bytes(b"PK\x03\x04" + b"\0" * 100)
    with pytest.raises(InputError):
        read_matches(path, LIBRARY)


def test_a_missing_file_is_told(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        read_matches(tmp_path / "nowhere.csv", LIBRARY)
