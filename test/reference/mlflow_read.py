"""Reads a run back with MLflow's own client: python mlflow_read.py URL EXPERIMENT. Prints JSON of its newest run."""
import json
import sys

from mlflow import MlflowClient

client = MlflowClient(sys.argv[1])
experiment = client.get_experiment_by_name(sys.argv[2])
run = client.search_runs([experiment.experiment_id], order_by=["attributes.start_time DESC"])[0]


def artifacts(path=None):
    for info in client.list_artifacts(run.info.run_id, path):
        if info.is_dir:
            yield from artifacts(info.path)
        else:
            yield info.path, info.file_size


history = {name: [[m.step, m.value, m.timestamp] for m in client.get_metric_history(run.info.run_id, name)] for name in run.data.metrics}
print(json.dumps({
    "status": run.info.status,
    "name": run.info.run_name,
    "params": run.data.params,
    "tags": run.data.tags,
    "metrics": history,
    "artifacts": dict(artifacts()),
}))
