"""Write NAME VALUE ... into the run that MLFLOW_RUN_ID names, in the sqlite store."""

import os
import sqlite3
import sys

store = sqlite3.connect(os.environ["MLFLOW_TRACKING_URI"].removeprefix("sqlite:///"), timeout=60)
run, names, values = os.environ["MLFLOW_RUN_ID"], sys.argv[1::2], sys.argv[2::2]
for step, (name, value) in enumerate(zip(names, values, strict=True)):
    row = (name, float(value), 0, step, False, run)
    store.execute(
        "INSERT INTO metrics (key, value, timestamp, step, is_nan, run_uuid) VALUES (?, ?, ?, ?, ?, ?)", row
    )
    store.execute(
        "INSERT OR REPLACE INTO latest_metrics (key, value, timestamp, step, is_nan, run_uuid)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        row,
    )
store.commit()
