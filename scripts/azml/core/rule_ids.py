"""The ids of the rules that are checked while specs are read and linked."""

YAML_SYNTAX = "yaml-syntax"
DUPLICATE_KEY = "duplicate-key"
CYCLE = "cycle"
MISSING_FILE = "missing-file"
UNKNOWN_BINDING = "unknown-binding"
UNDECLARED_IN_COMMAND = "undeclared-in-command"
MALFORMED_BINDING = "malformed-binding"
