"""A seeded Monte Carlo with the structure of the analytic ranges: two-piece lognormal sources, shared by group."""

import math

import numpy as np

from greendigital.uncertainty import COMPONENT_SOURCES, Z_95


def simulate(signatures, components, factors, draws=20_000, seed=1):
    """5th and 95th percentile of the sum of the components over the signatures."""
    random = np.random.default_rng(seed)
    normals = {}

    def normal(source):
        if source not in normals:
            normals[source] = random.standard_normal(draws)
        return normals[source]

    def logs(factor):
        value, low, high = factor["value"], factor["low_p5"], factor["high_p95"]
        if not value or not low or low == high:
            return None
        up, down = math.log(high / value), math.log(value / low)
        shared = 0.0 if not factor["error_group"] else factor["shared_share"]
        found = np.zeros(draws)
        for source, share in ((factor["error_group"], shared), (factor["factor_id"], 1 - shared)):
            if share > 0:
                z = normal(source)
                found += math.sqrt(share) * np.where(z > 0, z * up, z * down) / Z_95
        return found

    rows = {f["factor_id"]: f for f in factors}
    known = {}

    def of(factor_id):
        if factor_id not in known:
            known[factor_id] = logs(rows[factor_id]) if factor_id in rows else None
        return known[factor_id]

    sums = np.zeros(draws)
    for row in signatures:
        for component in components:
            if row[component]:
                ids = (row[name] for name in COMPONENT_SOURCES[component])
                found = [of(i) for i in ids if i and of(i) is not None]
                sums += row[component] * np.exp(sum(found)) if found else row[component]
    return np.percentile(sums, [5, 95])
