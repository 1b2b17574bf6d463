"""Ten updates of two weights by Keras's optimisers: writes optimizers_keras.json beside this file.

    python3 -m venv env && env/bin/pip install tensorflow-cpu==2.21.0 && env/bin/python optimizers_keras.py

The gradient at step t (0, 1, ...) is a function of weight and step, so that it shrinks, grows and changes sign:
    gradient = weight * scale + cos(t + index)
"""
import json
import os
import pathlib

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import keras
import numpy as np
import tensorflow as tf

START = [[1.5, -0.25, 0.0], [1e-3, 3.0, -2.0]]
SCALE = 0.5
STEPS = 10

# our setting → Keras's argument
NAMES = {"rate": "learning_rate", "beta1": "beta_1", "beta2": "beta_2", "epsilon": "epsilon", "weightDecay": "weight_decay",
         "momentum": "momentum", "nesterov": "nesterov", "rho": "rho"}
CLASSES = {"adam": keras.optimizers.Adam, "adamw": keras.optimizers.AdamW, "sgd": keras.optimizers.SGD, "rmsprop": keras.optimizers.RMSprop}
CASES = [
    {"adam": {}},
    {"adam": {"rate": 0.05, "beta1": 0.5, "beta2": 0.9, "epsilon": 1e-3}},
    {"adamw": {}},
    {"adamw": {"rate": 0.02, "weightDecay": 0.1}},
    {"sgd": {}},
    {"sgd": {"rate": 0.1}},
    {"sgd": {"rate": 0.05, "momentum": 0.9}},
    {"sgd": {"rate": 0.05, "momentum": 0.9, "nesterov": True}},
    {"rmsprop": {}},
    {"rmsprop": {"rate": 0.02, "rho": 0.7, "epsilon": 1e-2}},
]


def run(config):
    (name, settings), = config.items()
    optimizer = CLASSES[name](**{NAMES[key]: value for key, value in settings.items()})
    weight = keras.Variable(np.array(START, "float32"))
    optimizer.build([weight])
    index = np.arange(6, dtype="float32").reshape(2, 3)
    values = []
    for step in range(STEPS):
        gradient = weight.value * SCALE + tf.constant(np.cos(step + index).astype("float32"))
        optimizer.apply([gradient], [weight])
        values.append([float(v) for v in np.array(weight.value).reshape(-1)])
    return {"config": config, "weights": values}


target = pathlib.Path(__file__).with_suffix(".json")
result = {"keras": keras.__version__, "tensorflow": tf.__version__, "start": START, "scale": SCALE, "cases": [run(case) for case in CASES]}
target.write_text(json.dumps(result, indent=1) + "\n")
