"""`trees_scores_peer.py FOLDER`: scikit-learn's trees beside pipelines/fashion-forest.yaml; FOLDER holds Fashion-MNIST's four .gz files.

A JSON line each: seconds, and figures on the 10,000 test images after learning the first 55,000 of the others.
"""

import gzip
import json
import os
import sys
import time

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.metrics import f1_score, log_loss


def read(name, skip):
    with gzip.open(os.path.join(sys.argv[1], f"{name}-ubyte.gz")) as file:
        return np.frombuffer(file.read(), np.uint8)[skip:]


images = read("train-images-idx3", 16).reshape(-1, 784)[:55_000]
labels = read("train-labels-idx1", 8)[:55_000]
test_images = read("t10k-images-idx3", 16).reshape(-1, 784)
test_labels = read("t10k-labels-idx1", 8)
models = {
    "forest": RandomForestClassifier(100, random_state=42, n_jobs=-1),
    "boosted": HistGradientBoostingClassifier(max_iter=100, early_stopping=False, random_state=42, max_features=0.1),
}
for name, model in models.items():
    start = time.perf_counter()
    model.fit(images, labels)
    seconds = time.perf_counter() - start
    shares = model.predict_proba(test_images)
    found = shares.argmax(1)
    figures = {
        "accuracy": float((found == test_labels).mean()),
        "macroF1": float(f1_score(test_labels, found, average="macro")),
        "logLoss": float(log_loss(test_labels, np.clip(shares, 1e-7, 1))),
    }
    print(json.dumps({"model": name, "seconds": seconds, **figures}), flush=True)
