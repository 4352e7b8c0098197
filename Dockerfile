# The serving image. Its steps are those of `make serve`: the same requirements, the same command.
#   docker build --tag digits .                        on the CPU
#   docker build --tag digits:gpu --build-arg GPU=1 .  with CUDA 13 and cuDNN 9 (driver 580 or later)
FROM python:3.11-slim-bookworm AS packages
ARG GPU=0
WORKDIR /digits
COPY app/requirements.txt app/requirements-gpu.txt app/
# Without a GPU, the GPU build's provider libraries (285 MB) would never be loaded.
RUN python -m venv /venv \
    && if [ "$GPU" = 1 ]; then suffix=-gpu; else suffix=; fi \
    && /venv/bin/pip install --no-cache-dir --requirement "app/requirements$suffix.txt" \
    && if [ "$GPU" != 1 ]; then rm -f /venv/lib/python*/site-packages/onnxruntime/capi/libonnxruntime_providers_*; fi

FROM python:3.11-slim-bookworm
LABEL org.opencontainers.image.title="Digits" org.opencontainers.image.version="0.1.0"
RUN useradd --system --uid 10001 digits
WORKDIR /digits
COPY --from=packages /venv /venv
COPY app app
COPY models models
RUN /venv/bin/python -m compileall -q app
ENV PATH="/venv/bin:$PATH" PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 DIGITS_BIND=0.0.0.0:8000
USER 10001
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=5s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/readyz', timeout=2)"]
CMD ["python", "-m", "app"]
