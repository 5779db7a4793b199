"""The shared core: YAML documents with positions, references, bindings and the pipeline graph.

Nothing here prints, starts a process or knows MLflow. Modules, in the order they build on each other:
finding, compose, document, binding, reference, component, kind, project.
"""
