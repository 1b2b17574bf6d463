"""Loads the encoder that a run registered: python mlflow_model.py URL NAME RUN-FOLDER. Prints as JSON what came of it.

Compares the codes that its first version gives of the run's test images with those of the run's stage `codes`.
"""
import json
import pathlib
import sys

import mlflow
import numpy as np
from safetensors import safe_open

url, name, folder = sys.argv[1:]
mlflow.set_tracking_uri(url)
uri = f"models:/{name}/1"


def tensors(stage, port):
    path = pathlib.Path(folder) / "artifacts" / stage / port / "test.safetensors"
    with safe_open(path, "numpy") as file:
        return {name: file.get_tensor(name) for name in file.keys()}, file.metadata() or {}


split, metadata = tensors("scaled", "data")
images = split["images"].astype("float32")
affine = json.loads(metadata.get("affine", "{}")).get("images")
if affine:
    images = images * np.float32(affine["scale"]) + np.float32(affine["offset"])
model = mlflow.pyfunc.load_model(uri)
codes = model.predict({"input": images})["output"]
example = mlflow.models.Model.load(uri).load_input_example()
versions = mlflow.MlflowClient().search_model_versions(f"name='{name}'")
print(
    json.dumps(
        {
            "difference": float(np.abs(codes - tensors("codes", "codes")[0]["codes"]).max()),
            "input": [[spec.name, str(spec.type), list(spec.shape)] for spec in model.metadata.signature.inputs],
            "output": [[spec.name, str(spec.type), list(spec.shape)] for spec in model.metadata.signature.outputs],
            "example": list(np.asarray(example["input"]).shape),
            "versions": [int(version.version) for version in versions],
        }
    )
)
