"""Why a fit may have no result. Owns the kinds of error; the search and the refit handle them."""


class FitError(Exception):
    """A fit has no result because of its configuration or the machine, not because of a bug."""


class DivergedError(FitError):
    """A loss is not finite."""


class OutOfTimeError(FitError):
    """The fit's timeout has passed."""
