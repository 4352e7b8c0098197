"""The core: bytes in, digits out. Knows nothing of HTTP."""

import os

# Or ONNX Runtime reports its use to Microsoft, by a thread that starts when it is imported. That is
# nobody's business here, and a thread does not survive the fork of Gunicorn's workers.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
