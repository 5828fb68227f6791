"""Why a fit may have no result. Owns the kinds; what becomes of them is the search's or the refit's to say."""


class FitError(Exception):
    """A fit came to no result, for a reason that lies in its configuration or the machine, not in the program."""


class DivergedError(FitError):
    """A loss is not finite."""


class OutOfTimeError(FitError):
    """The time limit has passed."""
