"""A value that is none of the words, numbers or forms allowed at its place.

Bad:
    type: uri_folders

Fix: use one of the allowed values.

Source: the field classes of azure-ai-ml (_schema/).
"""

# Found by the JSON Schema of the spec's kind.
