"""Flask without the two cases in which it answers programs in HTML."""

from __future__ import annotations

from typing import Any

from flask import Flask, Response


class Application(Flask):
    """A Flask application without redirects, and without a type of content for no content."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.url_map.merge_slashes = False  # it would redirect, with a page in HTML

    def make_default_options_response(self) -> Response:
        """Answer OPTIONS with the header Allow and no content."""
        response = super().make_default_options_response()
        response.status_code = 204
        del response.headers["Content-Type"]
        return response
