"""python retrieval_peer.py GALLERY LABELS QUERIES LABELS COUNT: ranks a gallery (float32 rows) for the first COUNT queries by scikit-learn;
prints one JSON line with the seconds that it took and the mean average precision."""
import json
import sys
import time

import numpy as np
from sklearn.metrics import average_precision_score, pairwise_distances

labels, query_labels = (np.fromfile(path, dtype=np.uint8) for path in (sys.argv[2], sys.argv[4]))
gallery = np.fromfile(sys.argv[1], dtype=np.float32).reshape(len(labels), -1)
queries = np.fromfile(sys.argv[3], dtype=np.float32).reshape(len(query_labels), -1)[: int(sys.argv[5])]
start = time.perf_counter()
precisions = []
for first in range(0, len(queries), 200):
    distances = pairwise_distances(queries[first : first + 200], gallery)
    same = query_labels[first : first + 200, None] == labels[None]
    precisions += [average_precision_score(s, -d) for s, d in zip(same[: len(distances)], distances)]
seconds = time.perf_counter() - start
print(json.dumps({"value": seconds, "meanAveragePrecision": float(np.mean(precisions))}))
