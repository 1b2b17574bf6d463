"""Logs points with MLflow's own client, async: python mlflow_peer.py URL STEPS METRICS. Prints the seconds from the first to the last sent."""
import sys
import time

import mlflow

url, steps, metrics = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
mlflow.set_tracking_uri(url)
mlflow.set_experiment("peer")
mlflow.config.enable_async_logging()
with mlflow.start_run():
    began = time.perf_counter()
    for step in range(steps):
        mlflow.log_metrics({f"metric{index}": 1 / (step + index + 1) for index in range(metrics)}, step=step)
    mlflow.flush_async_logging()
    print(time.perf_counter() - began)
