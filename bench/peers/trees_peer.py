"""Trees of scikit-learn on Fashion-MNIST's pixels, from the idx files in FASHION_DIR: trees_peer.py forest|boosting; one JSON line."""

import json
import os
import sys
import time

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier

kind, examples, length = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])


def read(name, skip):
    return np.fromfile(os.path.join(os.environ["FASHION_DIR"], name), np.uint8)[skip:]


images = read("train-images", 16).reshape(-1, 784)[:examples]
labels = read("train-labels", 8)[:examples]
# as many threads as cores, as ours
model = (
    RandomForestClassifier(length, random_state=1, n_jobs=-1)
    if kind == "forest"
    else HistGradientBoostingClassifier(max_iter=length, early_stopping=False, random_state=1)
)
start = time.perf_counter()
model.fit(images, labels)
seconds = time.perf_counter() - start
accuracy = model.score(read("test-images", 16).reshape(-1, 784), read("test-labels", 8))
print(json.dumps({"value": seconds, "accuracy": accuracy}))
