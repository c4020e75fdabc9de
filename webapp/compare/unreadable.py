"""A text that has no normal form."""


class Unreadable(Exception):
    """Why a text has no normal form, in a few words."""


TOO_LARGE = "it is too large for a normal form on this page"
TOO_DEEP = "it is nested too deep"
