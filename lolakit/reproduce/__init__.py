"""Published numbers beside ours: run results that take long, store them, read them back."""

from lolakit.reproduce.storage import stored

__all__ = ["stored"]
