"""The long-lived parent: decides and stores, never sees a secret."""

DISTRIBUTION = "healthsup"  # PyPI has another distribution whose import name is `supervisor`; see __main__
__version__ = "0.1.0"
