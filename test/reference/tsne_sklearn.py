"""Reference figures for src/numerics/tsne*.ts and pca.ts by scikit-learn and numpy: python tsne_sklearn.py > tsne_sklearn.json

Needs scikit-learn 1.9. Points are those of metrics_sklearn.py, column j times 5 - j, so that the principal components differ in length.
"""
import json

import numpy as np
from scipy.spatial.distance import squareform
from sklearn.manifold import TSNE
from sklearn.manifold._t_sne import _joint_probabilities
from sklearn.metrics import pairwise_distances


def uniform(count, seed):
    values = np.empty(count)
    for i in range(count):
        seed = (1103515245 * seed + 12345) % 2**31
        values[i] = seed / 2**31
    return values


points = (uniform(200 * 5, 1).reshape(200, 5).astype("float32") * np.arange(5, 0, -1)).astype("float32")
# 25 points and perplexity 8: the 3 x perplexity nearest are all the others, so nothing is left out
few = pairwise_distances(points[:25].astype(float), squared=True)
joint = squareform(_joint_probabilities(few.astype("float32"), 8, 0))
centred = points.astype(float) - points.astype(float).mean(0)
scores = np.linalg.svd(centred, full_matrices=False)
plane = scores[0][:, :2] * scores[1][:2]
# angle 0: the tree leaves nothing out; neighbours beyond 3 x perplexity are
map = TSNE(perplexity=20, init="pca", angle=0, learning_rate="auto", max_iter=2000, min_grad_norm=0, random_state=0)
map.fit_transform(points)
print(json.dumps({
    "jointFirstRow": joint[0].tolist(),
    "jointSquares": float((joint**2).sum()),
    "planeRatio": float(plane[:, 1].std() / plane[:, 0].std()),
    "planeFirst": np.abs(plane[:6] / plane[:, 0].std()).tolist(),
    "klDivergence": float(map.kl_divergence_),
}, indent=1))
