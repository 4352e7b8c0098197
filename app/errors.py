"""Everything that can be wrong with a request, each as one small exception.

A ``Problem`` carries what a client needs: the HTTP status, a code for programs, and a
``detail`` for people that says what to do next. Nothing here knows Flask; the web layer
turns a problem into an answer in one place (``app.web.problems``).
"""


class Problem(Exception):
    """A fault of the request or of the moment, to be told to the client as it is."""

    status = 500
    code = "internal_error"

    def __init__(self, detail: str, *, headers: dict[str, str] | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.headers = headers or {}


class MalformedRequest(Problem):
    """The body or the query is not of the form that this route takes."""

    status, code = 400, "malformed_request"


class EmptyBody(Problem):
    """There is nothing to classify."""

    status, code = 400, "empty_body"


class UnknownModel(Problem):
    """No model of this name is served."""

    status, code = 404, "unknown_model"


class UnknownVersion(Problem):
    """The model is served, but not in this version."""

    status, code = 404, "unknown_version"


class Unauthorised(Problem):
    """The request carries no API key that is known."""

    status, code = 401, "unauthorised"


class ControlForbidden(Problem):
    """Clients may not load and unload models here."""

    status, code = 403, "model_control_off"


class BodyTimeout(Problem):
    """The body did not arrive in time."""

    status, code = 408, "body_timeout"


class LengthRequired(Problem):
    """The body comes in chunks, so that its size is not known beforehand."""

    status, code = 411, "length_required"


class BodyTooLarge(Problem):
    """The body has more bytes than are taken."""

    status, code = 413, "body_too_large"


class TooManyImages(Problem):
    """The request holds more pictures than are taken at once."""

    status, code = 413, "too_many_images"


class UnsupportedEncoding(Problem):
    """The body is compressed in a way that is not read."""

    status, code = 415, "unsupported_encoding"


class UnsupportedImage(Problem):
    """The bytes are no picture, or one of a format that is not read."""

    status, code = 415, "unsupported_image"


class UndecodableImage(Problem):
    """The bytes begin like a picture and cannot be decoded."""

    status, code = 422, "undecodable_image"


class TooManyPixels(Problem):
    """The picture is small as a file and too large in memory."""

    status, code = 422, "too_many_pixels"


class NotReady(Problem):
    """The default model is not served, or misreads the known digits: try again soon."""

    status, code = 503, "not_ready"


class ModelError(Exception):
    """A model on disk that must not be served; the message says what is wrong with it."""


class DeviceError(Exception):
    """The device that the settings ask for is not to be had; the message says why."""
