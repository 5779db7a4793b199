"""The rules by subject, for those who read about them."""

GROUPS: dict[str, tuple[str, ...]] = {
    "YAML": ("duplicate-key", "yaml-exponent", "yaml-syntax", "yaml-trap"),
    "Keys and values": (
        *("ignored-key", "invalid-name", "missing-key", "reserved-name", "supplied-key", "unknown-key"),
        *("wrong-type", "wrong-value"),
    ),
    "References and files": (
        *("address", "file-or-folder", "idle-ignore-file", "include-collision", "missing-file"),
        *(
            "missing-path",
            "missing-version",
            "mltable-path",
            "moving-reference",
            "remote-code",
            "unwanted-upload",
            "wrong-file-kind",
            "wrong-spec-kind",
        ),
    ),
    "Bindings": ("malformed-binding", "undeclared-in-command", "unknown-binding"),
    "Inputs and outputs": (
        *(
            "input-declaration",
            "literal-output",
            "literal-value",
            "missing-input",
            "name-clash",
            "optional-default",
            "optional-to-required",
        ),
        *("port-name", "type-mismatch", "unknown-port", "untyped-output", "unused-in-command"),
        "unused-port",
    ),
    "Pipelines": (
        *("cycle", "empty-pipeline", "init-finalize", "missing-environment", "no-compute", "shared-output"),
        "step-type",
    ),
    "Commands and scripts": (
        *(
            "missing-module",
            "missing-script",
            "misstarted-script",
            "open-quote",
            "optional-section",
            "script-options",
        ),
        *("script-syntax", "split-command", "swallowed-command", "typographic-mark"),
    ),
    "Environments": (
        *("conda-file", "environment-definition", "environment-variable", "logged-models"),
        *("missing-package", "old-image", "out-of-support", "package-name", "pip-requirement"),
        "unavailable-package",
    ),
    "Sweeps and Spark": (
        *(
            "early-termination",
            "sampling",
            "search-space",
            "spark-settings",
            "sweep-settings",
            "unlogged-metric",
        ),
    ),
    "Serving and resources": (
        *("clear-secret", "compute-size", "deployment-settings", "idle-schedule"),
        *("no-inference-server", "schedule-trigger", "scoring-script", "traffic"),
    ),
    "The validator itself": ("broad-ignore", "configuration", "unknown-ignore", "unused-ignore"),
}
