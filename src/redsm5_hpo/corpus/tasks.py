"""What each architecture is asked.

Owns that table alone, apart from the tensors: scores and reports need it without them.
"""


def learns_status(architecture: str) -> bool:
    """Whether an architecture answers with a status."""
    return architecture != "evidence"


def learns_spans(architecture: str) -> bool:
    """Whether an architecture answers with a span."""
    return architecture != "criteria"
