"""Linear SVMs by scikit-learn (liblinear), converged: python svm_sklearn.py > svm_sklearn.json. Needs scikit-learn.

240 examples of 6 features in 3 classes: feature n of all together is ((7919 n) mod 1009) / 1009, and 0.4 more where it has the number of
its example's class; the class of example i is (i² + i / 7 rounded down) mod 3.
"""
import json

import numpy as np
from sklearn.svm import LinearSVC

count, width, classes = 240, 6, 3
example = np.arange(count)
labels = (example**2 + example // 7) % classes
features = (7919 * np.arange(count * width) % 1009 / 1009).reshape(count, width)
features[example, labels] += 0.4
features = features.astype(np.float32).astype(float)

cases = []
for loss, C, weights, scaling in [
    ("hinge", 1, {}, 1),
    ("hinge", 0.05, {"2": 3}, 1),
    ("hinge", 20, {}, 0),
    ("squared_hinge", 1, {}, 1),
    ("squared_hinge", 5, {"0": 0.5, "1": 4}, 10),
]:
    model = LinearSVC(
        loss=loss, C=C, class_weight={int(name): weight for name, weight in weights.items()} or None, dual=True, tol=1e-9,
        max_iter=20_000_000, random_state=0, fit_intercept=scaling > 0, intercept_scaling=scaling or 1,
    ).fit(features, labels)
    intercepts = np.broadcast_to(model.intercept_, classes)
    objectives = []
    for k in range(classes):
        sign = np.where(labels == k, 1, -1)
        missing = np.maximum(0, 1 - sign * (features @ model.coef_[k] + intercepts[k]))
        cost = C * np.where(labels == k, weights.get(str(k), 1), 1)
        bias = intercepts[k] / scaling if scaling else 0
        objectives.append((model.coef_[k] @ model.coef_[k] + bias**2) / 2 + (cost * missing ** (2 if loss != "hinge" else 1)).sum())
    cases.append({
        "loss": "hinge" if loss == "hinge" else "squaredHinge", "C": C, "classWeights": weights, "interceptScaling": scaling,
        "coefficients": model.coef_.round(7).tolist(), "intercepts": np.round(intercepts, 7).tolist(), "objectives": objectives,
    })
print(json.dumps(cases, indent=1))
