"""Names of container images."""


def why_unpinned(image: str) -> str | None:
    """Why an image may change without notice, as the end of a sentence; None where it may not.

    A name that is only known later, through `$`, is left alone.
    """
    if "$" in image or "@" in image:
        return None
    _, colon, tag = image.rpartition("/")[2].partition(":")
    if not colon:
        return "has no tag, so it means “latest”"
    return "is tagged “latest”, which can be another image tomorrow" if tag == "latest" else None
