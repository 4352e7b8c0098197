"""Flask, but for two places where it answers programs in HTML."""

from __future__ import annotations

from typing import Any

from flask import Flask, Response


class Application(Flask):
    """A Flask application that neither redirects nor calls an empty answer HTML."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.url_map.merge_slashes = False  # it would redirect, with a page in HTML

    def make_default_options_response(self) -> Response:
        """Answer OPTIONS by the header Allow alone."""
        response = super().make_default_options_response()
        response.status_code = 204
        del response.headers["Content-Type"]
        return response
