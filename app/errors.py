"""The errors that a client is told, one exception class each.

A ``Problem`` carries what a client needs: the HTTP status, a code for programs, and a
``detail`` for people that says what to do next. Nothing here knows Flask; the web layer
turns a problem into an answer in one place (``app.web.problems``).
"""


class Problem(Exception):
    """An error of the request, or of the service for a while; the client receives ``detail``."""

    status = 500
    code = "internal_error"

    def __init__(self, detail: str, *, headers: dict[str, str] | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.headers = headers or {}


class MalformedRequest(Problem):
    """The body or the query does not have the form that this endpoint expects."""

    status, code = 400, "malformed_request"


class EmptyBody(Problem):
    """The body has no bytes: there is nothing to classify."""

    status, code = 400, "empty_body"


class UnknownModel(Problem):
    """No model of this name is served."""

    status, code = 404, "unknown_model"


class UnknownVersion(Problem):
    """The model is served, but not in this version."""

    status, code = 404, "unknown_version"


class Unauthorised(Problem):
    """The request carries no valid API key."""

    status, code = 401, "unauthorised"


class ControlForbidden(Problem):
    """Clients may not load and unload models here."""

    status, code = 403, "model_control_off"


class BodyTimeout(Problem):
    """The body did not arrive in time."""

    status, code = 408, "body_timeout"


class LengthRequired(Problem):
    """The body is sent in chunks, so that its size is not known beforehand."""

    status, code = 411, "length_required"


class BodyTooLarge(Problem):
    """The body has more bytes than DIGITS_MAX_BODY_BYTES."""

    status, code = 413, "body_too_large"


class TooManyImages(Problem):
    """The request holds more pictures than DIGITS_MAX_BATCH."""

    status, code = 413, "too_many_images"


class UnsupportedEncoding(Problem):
    """The body has a Content-Encoding that is not supported."""

    status, code = 415, "unsupported_encoding"


class UnsupportedImage(Problem):
    """The bytes are no image file, or one of a format that is not supported."""

    status, code = 415, "unsupported_image"


class UndecodableImage(Problem):
    """The bytes begin like an image file, but cannot be decoded."""

    status, code = 422, "undecodable_image"


class TooManyPixels(Problem):
    """The picture has more pixels than DIGITS_MAX_PIXELS; its file may be small."""

    status, code = 422, "too_many_pixels"


class NotReady(Problem):
    """The default model is not served, or misclassifies the known digits: try again soon."""

    status, code = 503, "not_ready"


class ModelError(Exception):
    """A model on disk must not be served; the message says why."""


class DeviceError(Exception):
    """The device that DIGITS_DEVICE asks for cannot be used; the message says why."""
