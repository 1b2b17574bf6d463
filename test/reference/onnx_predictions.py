"""Checks an exported classifier: python onnx_predictions.py MODEL.onnx RUN-FOLDER [STAGE] [DATA-STAGE]

Runs MODEL by onnxruntime on the test features or images of the run's stage DATA-STAGE (`scaled`) and compares with the probabilities of its stage
STAGE (`grades`, an evaluate/classifier): the same predictions on every image. Needs onnx, onnxruntime, safetensors.
"""
import json
import pathlib
import sys

import numpy as np
import onnx
import onnxruntime
from safetensors import safe_open

model, run, *names = sys.argv[1:]
stage, data = [*names, *["grades", "scaled"][len(names):]]


def tensors(path):
    with safe_open(path, "numpy") as file:
        metadata = file.metadata() or {}
        return {name: file.get_tensor(name) for name in file.keys()}, metadata


artifacts = pathlib.Path(run) / "artifacts"
split, metadata = tensors(artifacts / data / "data" / "test.safetensors")
name = "features" if "features" in split else "images"
images = split[name].astype("float32")
affine = json.loads(metadata.get("affine", "{}")).get(name)
if affine:
    images = images * np.float32(affine["scale"]) + np.float32(affine["offset"])
expected = tensors(artifacts / stage / "predictions" / "test.safetensors")[0]["probabilities"]
onnx.checker.check_model(onnx.load(model), full_check=True)
session = onnxruntime.InferenceSession(model)
scores = np.concatenate([session.run(["output"], {"input": images[at:at + 1000]})[0] for at in range(0, len(images), 1000)])
exponentials = np.exp(scores - scores.max(1, keepdims=True))
found = exponentials / exponentials.sum(1, keepdims=True)
same = int((found.argmax(1) == expected.argmax(1)).sum())
print(f"{same} of {len(images)} predictions are the same; largest difference of a probability {np.abs(found - expected).max():.1e}")
sys.exit(0 if same == len(images) else 1)
