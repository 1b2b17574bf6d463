"""What scikit-image and scikit-learn take: python scikit_peer.py pyramid|svm FOLDER; one JSON line.

FOLDER has images.u8 [n, 28, 28], features.f32 [n, 1050] and labels.u8 [n].
"""
import json
import sys
import time
import warnings

import numpy as np

work, folder = sys.argv[1:]
warnings.simplefilter("ignore")


def values(name, dtype):
    return np.fromfile(f"{folder}/{name}", dtype)


if work == "pyramid":
    from skimage.transform import pyramid_gaussian

    images = values("images.u8", np.uint8).reshape(-1, 28, 28) / 255
    began = time.perf_counter()
    features = np.stack([np.concatenate([level.ravel() for level in pyramid_gaussian(image)]) for image in images])
    found = {"columns": features.shape[1]}
else:
    from sklearn.svm import LinearSVC

    labels = values("labels.u8", np.uint8)
    features = values("features.f32", np.float32).reshape(len(labels), -1).astype(float)
    began = time.perf_counter()
    model = LinearSVC(loss="hinge", C=1, random_state=0).fit(features, labels)
    found = {"rounds": int(np.max(model.n_iter_))}
seconds = time.perf_counter() - began
if work == "svm":
    scores = features @ model.coef_.T + model.intercept_
    signs = np.where(labels[:, None] == model.classes_, 1, -1)
    losses = np.maximum(0, 1 - signs * scores).sum()
    found["objective"] = float(losses + ((model.coef_**2).sum() + (model.intercept_**2).sum()) / 2)
print(json.dumps({"value": seconds, "unit": "s", **found}))
