"""What is said of devices that stay undecided, were confirmed as another thing, or whose stated load did not count."""

import pytest

import greendigital as gd
from greendigital.matching.review import read_matches

HEAD = "category,manufacturer,model,quantity,country,acquired_date,utilisation_share,cpu_units,cpu_model,memory_gb"


def footprint(tmp_path, *lines, matches=None, config=None):
    path = tmp_path / "estate.csv"
    path.write_text("\n".join([HEAD, *(line + "," * (HEAD.count(",") - line.count(",")) for line in lines)]) + "\n")
    return gd.estimate(gd.read_inventory(path), period="2024", matches=matches, config=config)


def told(found, code):
    return [p for p in found.problems if p.code == code]


def test_models_that_stay_undecided_are_told_once_by_reason_with_their_devices(tmp_path):
    """Dell used the names Latitude 5450 and 5550 in 2015 and in 2024; only the older products have a report."""
    found = footprint(
        tmp_path,
        "laptop,Dell,Latitude 5450,5,GBR,",
        "laptop,Dell,Latitude 5550,7,GBR,",
        "laptop,Dell,Latitude 5450,3,GBR,2024-05-01",
        "laptop,Dell,Latitude 5450,2,GBR,2015-05-01",
        "laptop,Acme,Flybook 9,4,GBR,",
    )
    undated, later = told(found, "match_undecided")
    assert undated.message.startswith(
        "12 devices of 2 models (Dell Latitude 5550, Dell Latitude 5450) stand for several"
    )
    assert "acquired_date" in undated.remedy
    assert later.message.startswith("3 devices of 1 model (Dell Latitude 5450) have the name of several products")
    assert "acquired_date" not in later.remedy


def test_an_undecided_model_says_why_in_explain_of_the_written_run_and_in_the_review_file(tmp_path):
    found = footprint(tmp_path, "laptop,Dell,Latitude 5450,5,GBR,", "laptop,Acme,Flybook 9,4,GBR,")
    run = gd.read_run(found.write(tmp_path / "run", charts=False))
    why = "Latitude 5450 is the name of two products"
    assert f"match E: category, or class of its maker; {why}" in run.explain("estate.csv:2")
    assert "match E: category, or class of its maker\n" in run.explain("estate.csv:3")
    notes = {row["model"]: row["match_note"] for row in found.match_review()}
    assert notes["Latitude 5450"].startswith(why)
    assert notes["Flybook 9"] == ""
    assert list(found.match_review()[0])[-2:] == ["confirmed_factor_id", "match_note"]


def test_a_sibling_is_named_in_explain_and_told_with_its_devices(tmp_path):
    found = footprint(tmp_path, "server_rack,Dell,PowerEdge R750,6,GBR,", config={"matching": {"allow_siblings": True}})
    (problem,) = told(found, "match_sibling")
    assert problem.message.startswith("6 devices of 1 model (Dell PowerEdge R750) take the figures of a sibling")
    assert "PowerEdge R740 stands in for PowerEdge R750" in found.explain("estate.csv:2")


def confirmed(tmp_path, model, factor_id):
    path = tmp_path / "ours.csv"
    path.write_text(f"manufacturer,model,confirmed_factor_id\nAcme,{model},{factor_id}\n")
    return read_matches(path)


def product_of(category):
    rows = [row for _, several in gd.load_library().products() for row in several]
    return next(r for r in rows if r["device_type"] == category and r["usable_embodied"])


def test_a_confirmed_match_is_not_called_exact_but_by_the_file_it_is_from(tmp_path):
    product = product_of("laptop")
    found = footprint(
        tmp_path, "laptop,Acme,Flybook 9,4,GBR,", matches=confirmed(tmp_path, "Flybook 9", product["pcf_id"])
    )
    text = found.explain("estate.csv:2")
    assert f"confirmed in ours.csv as {product['model']}" in text
    assert "exact product" not in text
    assert not told(found, "match_category_differs")
    assert found.match_review()[0]["match_note"].startswith("confirmed in ours.csv")


def test_a_match_confirmed_for_another_kind_of_device_is_warned_of_with_both_categories(tmp_path):
    product = product_of("monitor")
    found = footprint(
        tmp_path, "laptop,Acme,Flybook 9,4,GBR,", matches=confirmed(tmp_path, "Flybook 9", product["pcf_id"])
    )
    (problem,) = told(found, "match_category_differs")
    assert (problem.severity, problem.file) == ("warning", "ours.csv")
    for words in ("Acme Flybook 9", product["model"], "is a monitor", "says laptop", "4 devices"):
        assert words in problem.message
    assert "which is a monitor; the inventory says laptop" in found.explain("estate.csv:2")


@pytest.mark.parametrize(("stated", "product"), [("tablet", "laptop"), ("", "monitor"), ("other", "laptop")])
def test_a_confirmed_match_of_a_category_near_the_stated_one_is_no_contradiction(tmp_path, stated, product):
    matches = confirmed(tmp_path, "Flybook 9", product_of(product)["pcf_id"])
    assert not told(footprint(tmp_path, f"{stated},Acme,Flybook 9,4,GBR,", matches=matches), "match_category_differs")


def test_a_stated_load_that_the_makers_figure_leaves_out_is_told_and_explained(tmp_path):
    # Dell publishes 1,760.3 kWh a year of the PowerEdge R740; the ThinkSystem SR650 has a measured curve alone.
    found = footprint(
        tmp_path,
        "server_rack,Dell,PowerEdge R740,3,GBR,2023-01-01,0.6",
        "server_rack,Lenovo,ThinkSystem SR650,2,GBR,2023-01-01,0.6",
        "server_rack,Dell,PowerEdge R740,9,GBR,2023-01-01",
    )
    (problem,) = told(found, "utilisation_not_used")
    assert problem.message.startswith("3 devices of 1 model (Dell PowerEdge R740) state how busy they are")
    assert "utilisation of 60% stated, not used: the yearly energy is the maker's own" in found.explain("estate.csv:2")
    assert "not used" not in found.explain("estate.csv:3") + found.explain("estate.csv:4")


def test_a_server_with_processors_that_were_never_measured_is_told(tmp_path):
    # SPECpower_ssj2008 has the ThinkSystem SR650 with one and with two processors.
    found = footprint(
        tmp_path,
        "server_rack,Lenovo,ThinkSystem SR650,3,GBR,2023-01-01,0.2,4",
        "server_rack,Lenovo,ThinkSystem SR650,5,GBR,2023-01-01,0.2,2",
    )
    (problem,) = told(found, "server_processors_differ")
    assert problem.message.startswith(
        "3 devices of 1 model (Lenovo ThinkSystem SR650) have another number of processors"
    )
    assert "the line states 4 processors, and none was tested with as many" in found.explain("estate.csv:2")
