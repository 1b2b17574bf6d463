"""Reference figures for src/numerics/metrics by scikit-learn and scipy: python metrics_sklearn.py > metrics_sklearn.json

Needs scikit-learn and scipy. The arrays come from a generator that the tests have too: x ← (1103515245 x + 12345) mod 2^31, x / 2^31.
"""
import json

import numpy as np
from scipy.linalg import sqrtm
from scipy.stats import spearmanr, wasserstein_distance
from sklearn.manifold import trustworthiness
from sklearn.metrics import (adjusted_rand_score, average_precision_score, normalized_mutual_info_score, pairwise_distances,
                             silhouette_score)
from sklearn.neighbors import KNeighborsClassifier, NearestNeighbors


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
other = (uniform(150 * 5, 5).reshape(150, 5) ** 2).astype("float32")


def frechet(x, y):
    """Heusel et al. 2017, equation 6."""
    root = sqrtm(np.cov(x.T) @ np.cov(y.T)).real
    return float(((x.mean(0) - y.mean(0)) ** 2).sum() + np.trace(np.cov(x.T) + np.cov(y.T) - 2 * root))


def inside(queries, points, k=3):
    """Kynkäänniemi et al. 2019, equations 1 and 2."""
    radii = NearestNeighbors(n_neighbors=k + 1).fit(points).kneighbors(points)[0][:, k]
    distances = np.linalg.norm(queries[:, None] - points[None], axis=2)
    return float((distances <= radii).any(1).mean())


high64, other64 = high.astype("float64"), other.astype("float64")
a, b = uniform(50, 3), uniform(50, 4) * 2
clusters = (high[:, 1] * 2 + high[:, 0] * 3).astype(int)


def retrieval(metric, k):
    """The first 120 points ranked for each of the other 80."""
    distances = pairwise_distances(high64[120:], high64[:120], metric=metric)
    same = labels[120:, None] == labels[None, :120]
    nearest = np.argsort(distances, axis=1)[:, :k]
    return {
        "precision": float(np.take_along_axis(same, nearest, axis=1).mean()),
        "meanAveragePrecision": float(np.mean([average_precision_score(s, -d) for s, d in zip(same, distances)])),
    }


def tied():
    """Coordinates of three values: most points are equally far from others."""
    coarse = np.floor(high64[:, :2] * 3)
    distances = pairwise_distances(coarse[120:], coarse[:120])
    same = labels[120:, None] == labels[None, :120]
    return float(np.mean([average_precision_score(s, -d) for s, d in zip(same, distances)]))


print(json.dumps({
    "trustworthiness": {str(k): trustworthiness(high, low, n_neighbors=k) for k in (5, 12, 40)},
    "nearestNeighbourAccuracy": classifier.score(high[120:], labels[120:]),
    "rankCorrelation": spearmanr(np.round(a, 1), np.round(b, 1)).statistic,
    "covarianceDistance": float(np.linalg.norm(np.cov(high.T) - 4 * np.eye(5)) / 4),
    "meanDistance": float(np.linalg.norm(high.mean(0)) / 2),
    "wasserstein2": float(np.sqrt(np.mean((np.sort(a.astype("float32")) - np.sort(b.astype("float32"))) ** 2))),
    "frechet": frechet(high64, other64),
    "precision": inside(other64, high64),
    "recall": inside(high64, other64),
    "normalisedMutualInformation": normalized_mutual_info_score(labels, clusters),
    "adjustedRandIndex": adjusted_rand_score(labels, clusters),
    "silhouette": float(silhouette_score(high64, clusters)),
    "retrieval": {metric: retrieval(metric, 10) for metric in ("euclidean", "cosine")},
    "tiedAveragePrecision": tied(),
    "wasserstein1": wasserstein_distance(a, b),
}, indent=1))
