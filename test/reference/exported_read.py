"""Reads exported files: python exported_read.py FILE... Prints JSON, for each file a list of {name, dtype, shape, values}; of a CSV its rows as text."""
import csv
import json
import math
import sys

import numpy as np


def numbers(name, array):
    words = {math.inf: "Infinity", -math.inf: "-Infinity"}
    values = [value if math.isfinite(value) else words.get(value, "NaN") for value in array.ravel().tolist()]
    return {"name": name, "dtype": str(array.dtype), "shape": list(array.shape), "values": values}


def read(path):
    kind = path.rsplit(".", 1)[-1]
    if kind == "npy":
        return [numbers("", np.load(path))]
    if kind == "npz":
        return [numbers(name, array) for name, array in np.load(path).items()]
    if kind == "safetensors":
        from safetensors.numpy import load_file

        return [numbers(name, array) for name, array in load_file(path).items()]
    if kind == "onnx":
        import onnx

        model = onnx.load(path)
        onnx.checker.check_model(model, full_check=True)
        return [numbers(each.name, onnx.numpy_helper.to_array(each)) for each in model.graph.initializer]
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


print(json.dumps([read(path) for path in sys.argv[1:]]))
