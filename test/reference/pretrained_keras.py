"""What Keras's own MobileNetV2 and EfficientNetB0 compute, and the files that Keras writes of them.

    python3 -m venv env && env/bin/pip install tensorflow-cpu==2.21.0
    env/bin/python pretrained_keras.py                writes pretrained_keras.json and the small files of pretrained/, beside this file
    env/bin/python pretrained_keras.py FOLDER         random weights of whole networks in every format, with pictures and outputs

In the JSON, weights and pictures come from a generator that the test has too: x <- (1103515245 x + 12345) mod 2^31, x / 2^31, whose seed
is made of the layer's name. Kernels are within ±√(3 / inputs), variances and gammas in 0.5..1.5, the rest in ±0.25.
"""
import json
import os
import pathlib
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import keras
import numpy as np
from keras.src.applications.efficientnet import EfficientNet

here = pathlib.Path(__file__).parent
POSITIVE = ("gamma", "moving_variance", "variance")


def uniform(shape, seed):
    values = np.empty(int(np.prod(shape)))
    for i in range(len(values)):
        seed = (1103515245 * seed + 12345) % 2**31
        values[i] = seed / 2**31
    return values.reshape(shape)


def seed_of(name):
    seed = 7
    for letter in name.encode():
        seed = (31 * seed + letter) % 2**31
    return seed


def network(name, size, alpha=1.0):
    options = {"input_shape": (size, size, 3), "include_top": False, "weights": None, "pooling": "avg"}
    if name == "mobilenetV2":
        return keras.applications.MobileNetV2(alpha=alpha, **options)
    # no examples dropped, so that training has one result
    return EfficientNet(1.0, 1.0, size, 0.2, drop_connect_rate=0, name="efficientnetb0", weights_name="b0", **options)


def fill(model, draw):
    """Sets every weight from draw(shape, name) in 0..1; counts stay."""
    for layer in model.layers:
        values = []
        for index, weight in enumerate(layer.weights):
            kind = weight.path.split("/")[-1]
            if kind == "count":
                values.append(weight.numpy())
                continue
            u = draw(weight.shape, f"{layer.name}/{index}")
            if kind == "kernel":
                depthwise = isinstance(layer, keras.layers.DepthwiseConv2D)
                inputs = np.prod(weight.shape[:2] if depthwise else weight.shape[:-1])
                values.append((2 * u - 1) * np.sqrt(3 / inputs))
            else:
                values.append(u + 0.5 if kind in POSITIVE else (u - 0.5) / 2)
        if values:
            layer.set_weights([np.asarray(value, "float32") for value in values])
        if isinstance(layer, keras.layers.Normalization):
            layer.finalize_state()


def outputs(name, model, pictures):
    x = pictures / np.float32(127.5) - 1 if name == "mobilenetV2" else pictures
    return {"evaluation": model(x, training=False).numpy(), "training": model(x, training=True).numpy()}


if len(sys.argv) > 1:
    folder = pathlib.Path(sys.argv[1])
    cases = []
    random = np.random.default_rng(11)
    for name, alpha, size in [
        ("mobilenetV2", 1.0, 96), ("mobilenetV2", 1.0, 224), ("mobilenetV2", 0.35, 96), ("mobilenetV2", 0.35, 224),
        ("efficientnetB0", 1.0, 96), ("efficientnetB0", 1.0, 224),
    ]:  # fmt: skip
        model = network(name, size, alpha)
        fill(model, lambda shape, _: random.uniform(size=shape))
        stem = f"{name}-{alpha}-{size}"
        for suffix in ("h5", "keras"):
            model.save(folder / f"{stem}.{suffix}")
        model.save_weights(folder / f"{stem}.weights.h5")
        pictures = random.uniform(0, 255, (4, size, size, 3)).astype("float32")
        pictures.tofile(folder / f"{stem}.pictures")
        # the moving averages are saved already
        for mode, values in outputs(name, model, pictures).items():
            values.tofile(folder / f"{stem}.{mode}")
        cases.append({"network": name, "alpha": alpha, "size": size, "stem": stem, "parameters": model.count_params()})
    (folder / "cases.json").write_text(json.dumps(cases))
else:
    found = {}
    for name, alpha, size in [("mobilenetV2", 0.35, 64), ("efficientnetB0", 1.0, 64)]:
        model = network(name, size, alpha)
        fill(model, lambda shape, of: uniform(shape, seed_of(of)))
        pictures = (255 * uniform((3, size, size, 3), 5)).astype("float32")
        # a feature in ten
        found[name] = {
            mode: [[round(float(value), 6) for value in example[::10]] for example in values]
            for mode, values in outputs(name, model, pictures).items()
        }
    (here / "pretrained_keras.json").write_text(json.dumps(found) + "\n")
    inner = keras.Sequential(
        [
            keras.Input((4, 4, 2)),
            keras.layers.Conv2D(3, 2, name="first"),
            keras.layers.BatchNormalization(name="norm"),
            keras.layers.DepthwiseConv2D(2, use_bias=False, name="apart"),
        ],
        name="inner",
    )
    model = keras.Sequential([keras.Input((4, 4, 2)), inner, keras.layers.Flatten(), keras.layers.Dense(2, name="last")])
    for each in (model, inner):
        fill(each, lambda shape, of: uniform(shape, seed_of(of)))
    (here / "pretrained").mkdir(exist_ok=True)
    for suffix in ("h5", "keras"):
        model.save(here / "pretrained" / f"small.{suffix}")
    model.save_weights(here / "pretrained" / "small.weights.h5")
