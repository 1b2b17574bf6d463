"""Reference figures for src/models/metrics by scikit-learn and scipy: python metrics_sklearn.py > metrics_sklearn.json

Needs scikit-learn and scipy. The arrays come from a generator that the tests have too: x ← (1103515245 x + 12345) mod 2^31, x / 2^31.
"""
import json

import numpy as np
from scipy.stats import spearmanr, wasserstein_distance
from sklearn.manifold import trustworthiness
from sklearn.neighbors import KNeighborsClassifier


def uniform(count, seed):
    values = np.empty(count)
    for i in range(count):
        seed = (1103515245 * seed + 12345) % 2**31
        values[i] = seed / 2**31
    return values


high = uniform(200 * 5, 1).reshape(200, 5).astype("float32")
low = (high[:, :2] + 0.3 * uniform(200 * 2, 2).reshape(200, 2)).astype("float32")
labels = (high[:, 0] * 4).astype(int)
classifier = KNeighborsClassifier(10, algorithm="brute").fit(high[:120], labels[:120])
a, b = uniform(50, 3), uniform(50, 4) * 2
print(json.dumps({
    "trustworthiness": {str(k): trustworthiness(high, low, n_neighbors=k) for k in (5, 12, 40)},
    "nearestNeighbourAccuracy": classifier.score(high[120:], labels[120:]),
    "rankCorrelation": spearmanr(np.round(a, 1), np.round(b, 1)).statistic,
    "covarianceDistance": float(np.linalg.norm(np.cov(high.T) - 4 * np.eye(5)) / 4),
    "meanDistance": float(np.linalg.norm(high.mean(0)) / 2),
    "wasserstein2": float(np.sqrt(np.mean((np.sort(a.astype("float32")) - np.sort(b.astype("float32"))) ** 2))),
    "wasserstein1": wasserstein_distance(a, b),
}, indent=1))
