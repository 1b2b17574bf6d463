"""Reference trees by scikit-learn: python trees_sklearn.py > trees_sklearn.json

Needs scikit-learn. The examples come from a generator that the tests have too: x ← (1103515245 x + 12345) mod 2^31, x / 2^31; 8 features
of 50 different values each. Three classes by two of the features, an eighth
of the labels at random.
"""
import json

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.metrics import log_loss
from sklearn.tree import DecisionTreeClassifier

examples, features = 600, 8


def uniform(count, seed):
    values = np.empty(count)
    for i in range(count):
        seed = (1103515245 * seed + 12345) % 2**31
        values[i] = seed / 2**31
    return values


def data(seed):
    x = uniform(examples * features, seed).reshape(examples, features)
    x = (np.floor(x * 50) / 50).astype("float32")
    noise = uniform(examples, seed + 1)
    y = ((x[:, 0] + x[:, 5] > 1).astype(int) + (x[:, 2] > 0.6)).astype(int)
    return x, np.where(noise < 0.125, (noise * 24).astype(int), y)


def nodes(tree):
    """Feature and threshold of every split, children after their parent, left first."""
    found = []

    def visit(node):
        if tree.children_left[node] < 0:
            return
        found.append([int(tree.feature[node]), float(tree.threshold[node])])
        visit(tree.children_left[node])
        visit(tree.children_right[node])

    visit(0)
    return found


x, y = data(3)
seen, answers = data(5)
tree = DecisionTreeClassifier(max_depth=3, min_samples_leaf=20, random_state=0).fit(x, y)
boosted = HistGradientBoostingClassifier(max_iter=20, max_leaf_nodes=8, min_samples_leaf=10, l2_regularization=0.5, early_stopping=False)
boosted.fit(x, y)
forests = [RandomForestClassifier(100, random_state=seed).fit(x, y) for seed in range(5)]
print(json.dumps({
    "tree": nodes(tree.tree_),
    "boosting": boosted.decision_function(seen[:100]).round(6).tolist(),
    "boostingLoss": log_loss(answers, boosted.predict_proba(seen)),
    "forestAccuracy": [forest.score(seen, answers) for forest in forests],
    "forestLoss": [log_loss(answers, np.clip(forest.predict_proba(seen), 2**-23, 1)) for forest in forests],
}, indent=1))
