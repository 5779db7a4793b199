"""Write NAME VALUE ... into the run that MLFLOW_RUN_ID names, in the sqlite store or through its server."""

import json
import os
import sqlite3
import sys
import urllib.request

run, names, values = os.environ["MLFLOW_RUN_ID"], sys.argv[1::2], sys.argv[2::2]
address = os.environ["MLFLOW_TRACKING_URI"]
rows = [(name, float(value), 0, step) for step, (name, value) in enumerate(zip(names, values, strict=True))]
if address.startswith("http"):
    for row in rows:
        body = dict(zip(("key", "value", "timestamp", "step"), row, strict=True)) | {"run_id": run}
        headers = {"Content-Type": "application/json"}
        url = f"{address}/api/2.0/mlflow/runs/log-metric"
        urllib.request.urlopen(urllib.request.Request(url, json.dumps(body).encode(), headers)).close()
    sys.exit()
store = sqlite3.connect(address.removeprefix("sqlite:///"), timeout=60)
for row in rows:
    store.execute(
        "INSERT INTO metrics (key, value, timestamp, step, is_nan, run_uuid) VALUES (?, ?, ?, ?, FALSE, ?)",
        (*row, run),
    )
    store.execute(
        "INSERT OR REPLACE INTO latest_metrics (key, value, timestamp, step, is_nan, run_uuid)"
        " VALUES (?, ?, ?, ?, FALSE, ?)",
        (*row, run),
    )
store.commit()
