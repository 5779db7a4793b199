"""The rules, one module each: its docstring is the published documentation.

A rule has an ``ID`` (its file's name with hyphens) and ``check(project)``, which yields findings for
every document and component of the project.
"""

from importlib import import_module

RULES = tuple(
    import_module(f"{__name__}.{name}")
    for name in (
        "clear_secret",
        "compute_size",
        "conda_file",
        "cycle",
        "datastore_path",
        "deployment_settings",
        "duplicate_key",
        "early_termination",
        "empty_pipeline",
        "environment_definition",
        "environment_variable",
        "file_or_folder",
        "git_code",
        "ignored_key",
        "include_collision",
        "init_finalize",
        "input_declaration",
        "invalid_name",
        "literal_value",
        "malformed_binding",
        "missing_environment",
        "missing_file",
        "missing_input",
        "missing_key",
        "missing_script",
        "mltable_path",
        "moving_reference",
        "name_clash",
        "no_compute",
        "old_image",
        "open_quote",
        "optional_section",
        "optional_to_required",
        "pip_requirement",
        "port_name",
        "reserved_name",
        "sampling",
        "schedule_trigger",
        "script_options",
        "script_syntax",
        "search_space",
        "shared_output",
        "split_command",
        "step_type",
        "supplied_key",
        "swallowed_command",
        "sweep_settings",
        "traffic",
        "type_mismatch",
        "undeclared_in_command",
        "unknown_binding",
        "unknown_ignore",
        "unknown_key",
        "unknown_port",
        "untyped_output",
        "unused_in_command",
        "unused_port",
        "wrong_file_kind",
        "wrong_spec_kind",
        "wrong_type",
        "wrong_value",
        "yaml_exponent",
        "yaml_syntax",
        "yaml_trap",
    )
)

IDS = tuple(rule.ID for rule in RULES)
