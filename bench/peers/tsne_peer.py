"""python tsne_peer.py TOOL CODES DIMENSIONS MAP: t-SNE of float32 codes in a file by scikit-learn or openTSNE on all cores, perplexity 30,
start by principal components; writes the map as float32 and prints one JSON line with the seconds that it took."""
import json
import os
import sys
import time

import numpy as np

tool, codes, dimensions, result = sys.argv[1:]
points = np.fromfile(codes, dtype=np.float32).reshape(-1, int(dimensions))
cores = os.cpu_count()
if tool == "scikit-learn":
    from sklearn.manifold import TSNE

    model = TSNE(perplexity=30, init="pca", random_state=42, n_jobs=cores)
    fit = model.fit_transform
else:
    from openTSNE import TSNE

    model = TSNE(perplexity=30, initialization="pca", random_state=42, n_jobs=cores, negative_gradient_method="fft")
    fit = model.fit
start = time.perf_counter()
found = fit(points)
seconds = time.perf_counter() - start
np.asarray(found, dtype=np.float32).tofile(result)
print(json.dumps({"value": seconds}))
