"""A binding that Azure ML does not read as one, or that names a scope unknown where it stands.

Bad:
    inputs:
      data: ${{inputs.customers}}
      rate: ${parent.inputs.rate}

Fix: a step is bound to its pipeline, ``${{parent.inputs.customers}}`` or
``${{parent.jobs.prepare.outputs.data}}``; a command knows its own ``${{inputs.data}}``.

Source: https://learn.microsoft.com/azure/machine-learning/reference-yaml-core-syntax, "Binding inputs and
outputs"; azure-ai-ml _utils/utils.py, get_all_data_binding_expressions.
"""

# Found by the core while it reads and links the specs.
