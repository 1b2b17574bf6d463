"""Reads runs back with MLflow's own client: python mlflow_read.py URL EXPERIMENT... Prints a line of JSON for each one's newest run."""
import hashlib
import json
import math
import sys
import tempfile

import mlflow

mlflow.set_tracking_uri(sys.argv[1])
client = mlflow.MlflowClient()


def artifacts(run_id, path=None):
    for info in client.list_artifacts(run_id, path):
        if info.is_dir:
            yield from artifacts(run_id, info.path)
        else:
            yield info.path, info.file_size


def digest(run_id, path):
    with tempfile.TemporaryDirectory() as folder:
        with open(client.download_artifacts(run_id, path, folder), "rb") as file:
            return hashlib.sha256(file.read()).hexdigest()


def number(value):
    """JSON has no NaN and no infinity: words, as JavaScript writes them."""
    return value if math.isfinite(value) else "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def dataset(entry):
    from mlflow.types import TensorSpec

    features = json.loads(json.loads(entry.dataset.schema)["mlflow_tensorspec"]["features"])
    specs = [TensorSpec.from_json_dict(**feature) for feature in features]
    return {
        "name": entry.dataset.name,
        "digest": entry.dataset.digest,
        "context": {tag.key: tag.value for tag in entry.tags}["mlflow.data.context"],
        "schema": ", ".join(f"{spec.name} {spec.type} {spec.shape}" for spec in specs),
        "rows": json.loads(entry.dataset.profile)["num_rows"],
    }


def read(name):
    experiment = client.get_experiment_by_name(name)
    runs = client.search_runs([experiment.experiment_id], order_by=["attributes.start_time DESC"])
    run = runs[0]
    id = run.info.run_id
    files = dict(artifacts(id))
    return {
        "runs": len(runs),
        "status": run.info.status,
        "name": run.info.run_name,
        "start": run.info.start_time,
        "end": run.info.end_time,
        "params": run.data.params,
        "tags": run.data.tags,
        "metrics": {
            key: [[m.step, number(m.value), m.timestamp] for m in client.get_metric_history(id, key)] for key in run.data.metrics
        },
        "datasets": sorted((dataset(entry) for entry in (run.inputs.dataset_inputs if hasattr(run, "inputs") else [])), key=lambda entry: entry["name"]),
        "artifacts": files,
        "digests": {path: digest(id, path) for path in files},
    }


for name in sys.argv[2:]:
    print(json.dumps(read(name)))
