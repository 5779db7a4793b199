"""A package of a conda file's pip section that the package index does not have as declared.

Bad:
    - python=3.11
    - pip:
        - numpy==1.16.99                 # there is no such version
        - pandas==2.2.3
        - tensorflow==1.15.0             # no wheel for Python 3.11
        - azureml-mlflow==1.50.0         # in conflict with the next line
        - mlflow==3.1.0

Fix: name versions that exist for this Python and go together. ``azml validate --environments`` asks the
package index through uv. Conda's own packages, packages from an address and Dockerfiles are not looked at. A
warning for a version that its authors took back, which pip installs where exactly that one is named, and for
a source distribution that cannot be built on this machine.

Source: https://pip.pypa.io/en/stable/topics/dependency-resolution/; https://peps.python.org/pep-0592/ (what
authors take back, "yanked").
"""

from azml.validator.rule import Rule

RULE = Rule("unavailable-package", precedence=2, needs_index=True, since="0.2")
