"""The core: bytes in, digits out. Knows nothing of HTTP."""

import os

# By default ONNX Runtime reports its use to Microsoft, from a thread that starts on import. This
# protects the users' privacy, and no thread may run when Gunicorn forks its workers.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
