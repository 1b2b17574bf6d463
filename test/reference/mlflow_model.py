"""Loads the encoder that a run logged: python mlflow_model.py URL EXPERIMENT RUN-FOLDER. Prints as JSON what came of it.

Compares its codes of the run's test images with those of the run's stage `codes`, and registers it.
"""
import json
import pathlib
import sys

import mlflow
import numpy as np
from safetensors import safe_open

url, experiment, folder = sys.argv[1:]
mlflow.set_tracking_uri(url)
client = mlflow.MlflowClient()
found = client.search_runs([client.get_experiment_by_name(experiment).experiment_id])[0]
uri = f"runs:/{found.info.run_id}/models/aae-encoder"


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
version = mlflow.register_model(uri, f"{experiment}-encoder")
print(
    json.dumps(
        {
            "difference": float(np.abs(codes - tensors("codes", "codes")[0]["codes"]).max()),
            "input": [[spec.name, str(spec.type), list(spec.shape)] for spec in model.metadata.signature.inputs],
            "output": [[spec.name, str(spec.type), list(spec.shape)] for spec in model.metadata.signature.outputs],
            "example": list(np.asarray(example["input"]).shape),
            "version": int(version.version),
        }
    )
)
