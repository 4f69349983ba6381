"""The main job through the library: run it in this folder with ``python library.py``."""

import greendigital as gd

assets = gd.read_inventory("register.xlsx", "intune.csv", "disposals.csv", config="greendigital.toml")
usage = gd.read_usage("aws_focus.csv", "azure_focus.csv")
result = gd.estimate(assets, usage, period="2024-25", config="greendigital.toml")
print(result.totals())
print(result.totals(by=["category"]).head())
for group in result.recommend()[:3]:
    print(group["action"], group["lines"], group["saving_kg_co2e"])
print(result.explain("register.xlsx:14"))
print("Written:", result.write("library-report", force=True))
