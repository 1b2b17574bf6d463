"""Reference figures for evaluate/classifier by scikit-learn: python classifier_sklearn.py > classifier_sklearn.json

Needs scikit-learn and scipy. The arrays come from a generator that the tests have too: x ← (1103515245 x + 12345) mod 2^31, x / 2^31.
scikit-learn has no expected calibration error: its calibration_curve gives each interval's accuracy and mean probability, numpy the
number of examples in it.
"""
import json

import numpy as np
from scipy.special import softmax
from sklearn.calibration import calibration_curve
from sklearn.metrics import accuracy_score, confusion_matrix, log_loss, precision_recall_fscore_support

examples, classes, bins = 400, 5, 15


def uniform(count, seed):
    values = np.empty(count)
    for i in range(count):
        seed = (1103515245 * seed + 12345) % 2**31
        values[i] = seed / 2**31
    return values


labels = (uniform(examples, 7) * 4).astype(int)  # the last class has no examples
scores = (8 * uniform(examples * classes, 8)).reshape(examples, classes).astype("float32")
scores[np.arange(examples), labels] += 4
scores[:, 3] -= 20  # and the one before it is never predicted
predicted = scores.argmax(1)
probabilities = softmax(scores.astype("float64"), axis=1)
names = list(range(classes))
each = precision_recall_fscore_support(labels, predicted, labels=names, zero_division=0)
macro = precision_recall_fscore_support(labels, predicted, labels=names, zero_division=0, average="macro")
confidence = probabilities.max(1)
accuracy, mean_confidence = calibration_curve(predicted == labels, confidence, n_bins=bins)
filled = np.histogram(confidence, bins=np.linspace(0, 1, bins + 1))[0]
filled = filled[filled > 0]
print(json.dumps({
    "accuracy": accuracy_score(labels, predicted),
    "confusion": confusion_matrix(labels, predicted, labels=names).tolist(),
    "precision": each[0].tolist(),
    "recall": each[1].tolist(),
    "f1": each[2].tolist(),
    "support": each[3].tolist(),
    "macroPrecision": macro[0],
    "macroRecall": macro[1],
    "macroF1": macro[2],
    "logLoss": log_loss(labels, probabilities, labels=names),
    "calibrationError": float(np.sum(filled * np.abs(accuracy - mean_confidence)) / examples),
}, indent=1))
