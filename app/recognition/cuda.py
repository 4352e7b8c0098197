"""What ONNX Runtime needs to compute on an NVIDIA GPU, and which part of it is missing here."""

from __future__ import annotations

import contextlib
import ctypes
import io
import sys

import onnxruntime as ort

PROVIDER = "CUDAExecutionProvider"
DRIVER = "libcuda.so.1"
INSTALL = "`pip install -r app/requirements-gpu.txt`"

# What libonnxruntime_providers_cuda.so of 1.31.1 is linked with or opens as it runs.
LIBRARIES = {
    DRIVER: "NVIDIA driver 580 or later",
    "libcudart.so.13": "CUDA 13",
    "libcublas.so.13": "cuBLAS of CUDA 13",
    "libcublasLt.so.13": "cuBLAS of CUDA 13",
    "libcurand.so.10": "cuRAND of CUDA 13",
    "libcufft.so.12": "cuFFT of CUDA 13",
    "libcudnn.so.9": "cuDNN 9",
}

OPTIONS = {
    "cudnn_conv_algo_search": "HEURISTIC",  # the default tries all algorithms at each new size
    "cudnn_conv_use_max_workspace": "0",  # workspace is for networks a hundred times as large
    "arena_extend_strategy": "kSameAsRequested",  # no doubling: several workers share the GPU
    "gpu_mem_limit": str(512 << 20),
    "use_tf32": "0",  # TF32 has 10 bits of mantissa: answers would differ from the CPU's
    "do_copy_in_default_stream": "1",
}


def has_driver() -> bool:
    """Whether an NVIDIA driver is installed."""
    return _loads("nvcuda.dll" if sys.platform == "win32" else DRIVER)


def missing() -> list[str]:
    """List the missing libraries, each with the version needed; empty if CUDA can be used."""
    if PROVIDER not in ort.get_available_providers():
        return [f"CUDA in the installed package of ONNX Runtime {ort.__version__}"]
    load_packaged_libraries()
    if sys.platform == "win32":
        return [] if has_driver() else ["nvcuda.dll (NVIDIA driver 580 or later)"]
    return [f"{name} ({what})" for name, what in LIBRARIES.items() if not _loads(name)]


def versions() -> dict[str, str]:
    """Return the installed versions by name, ``"none"`` where a library cannot be loaded.

    The libraries themselves tell them; ONNX Runtime may be built for others.
    """
    driver = _asked(DRIVER, "cuDriverGetVersion")
    runtime = _asked("libcudart.so.13", "cudaRuntimeGetVersion")
    cudnn = int(ctypes.CDLL("libcudnn.so.9").cudnnGetVersion()) if _loads("libcudnn.so.9") else 0
    return {
        "NVIDIA driver": f"for CUDA up to {_dotted(driver, 1000, 10)}" if driver else "none",
        "CUDA runtime": _dotted(runtime, 1000, 10) if runtime else "none",
        "cuDNN": _dotted(cudnn, 10000, 100) if cudnn else "none",
    }


def _dotted(number: int, major: int, minor: int) -> str:
    return f"{number // major}.{number % major // minor}"


def _asked(library: str, function: str) -> int:
    number = ctypes.c_int(0)
    if _loads(library):
        getattr(ctypes.CDLL(library), function)(ctypes.byref(number))
    return number.value


def load_packaged_libraries() -> None:
    """Load CUDA's and cuDNN's libraries from their PyPI packages, which no loader path names."""
    with contextlib.redirect_stdout(io.StringIO()):  # it prints what it does not find
        ort.preload_dlls(directory="")


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True
