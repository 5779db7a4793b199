"""Azure ML YAML on one machine: a validator and a local runner on one shared core."""
