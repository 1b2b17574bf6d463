"""Reference figures for src/numerics/metrics/parzen.ts by scipy: python parzen_numpy.py > parzen_numpy.json

Needs numpy and scipy. The arrays come from a generator that the tests have too, see metrics_sklearn.py.
"""
import json

import numpy as np
from scipy.special import logsumexp
from scipy.stats import norm


def uniform(count, seed):
    values = np.empty(count)
    for i in range(count):
        seed = (1103515245 * seed + 12345) % 2**31
        values[i] = seed / 2**31
    return values


samples = uniform(150 * 6, 1).reshape(150, 6).astype("float32").astype("float64")
points = uniform(230 * 6, 2).reshape(230, 6).astype("float32").astype("float64")
found = {}
for deviation in (0.05, 0.2, 1.0):
    kernels = norm.logpdf(points[:, None], samples[None], deviation).sum(2)
    densities = logsumexp(kernels, axis=1) - np.log(len(samples))
    found[str(deviation)] = {
        "first": densities[:3].tolist(),
        "mean": float(densities.mean()),
        "standardError": float(densities.std(ddof=1) / np.sqrt(len(densities))),
    }
print(json.dumps(found, indent=1))
