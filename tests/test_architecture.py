"""The rules of the house: who may import whom, and what serving never loads."""

import ast
import subprocess
import sys

import pytest

from tests.conftest import ROOT

ALLOWED = {
    "app/errors.py": set(),
    "app/settings.py": set(),
    "app/keys.py": {"app.settings"},
    "app/recognition/levels.py": set(),
    "app/recognition/colour.py": set(),
    "app/recognition/fields.py": {"app.recognition.levels"},
    "app/recognition/paper.py": {"app.recognition.levels"},
    "app/recognition/specks.py": {"app.recognition.levels"},
    "app/recognition/ink.py": {
        "app.recognition.fields",
        "app.recognition.levels",
        "app.recognition.paper",
        "app.recognition.specks",
    },
    "app/recognition/images.py": {
        "app.recognition.colour",
        "app.errors",
        "app.recognition.ink",
        "app.recognition.levels",
    },
    "app/recognition/cuda.py": set(),
    "app/recognition/": {"app.errors", "app.settings", "app.recognition"},
    "app/telemetry/": {"app.recognition", "app.settings", "app.telemetry"},
    "app/server/": {"app.errors", "app.server", "app.settings", "app.telemetry"},
    "app/web/": {
        "app.__version__",
        "app.errors",
        "app.keys",
        "app.recognition",
        "app.settings",
        "app.telemetry",
        "app.web",
    },
    "training/": {"app.errors", "app.recognition", "training"},
}

TRAINING = (  # wings and modules of training/, the highest first: each imports only what is below
    "__main__", "reader", "reader_model", "tune", "inspection", "reader_inspection", "train",
    "commands", "experiment", "fine_tuning", "epochs", "lines",
    "material", "runs", "learning", "networks", "evaluation", "mnist", "synthesis", "options",
    "config",
)  # fmt: skip


def own_imports(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            whole = node.module in ("app", "app.web", "training", "tests")  # its modules are meant
            yield from (f"{node.module}.{n.name}" if whole else node.module for n in node.names)
        elif isinstance(node, ast.Import):
            yield from (name.name for name in node.names)


@pytest.mark.parametrize("package", ALLOWED)
def test_dependencies_point_one_way(package):
    paths = list((ROOT / package).rglob("*.py")) if package.endswith("/") else [ROOT / package]
    assert paths
    for path in paths:
        name = path.relative_to(ROOT).as_posix()
        allowed = ALLOWED[name] if name in ALLOWED else ALLOWED[package]
        for module in own_imports(path):
            if module.split(".")[0] in ("app", "training", "tests"):
                assert any(module == m or module.startswith(f"{m}.") for m in allowed), (
                    f"{name} imports {module}"
                )


def test_every_wing_of_training_has_its_place_in_the_order():
    home = ROOT / "training"
    modules = {path.stem for path in home.glob("*.py")} - {"__init__"}
    assert modules | {path.parent.name for path in home.glob("*/__init__.py")} == set(TRAINING)


@pytest.mark.parametrize("wing", TRAINING)
def test_wings_of_training_import_only_what_is_below_them(wing):
    place = ROOT / "training" / wing
    paths = list(place.rglob("*.py")) if place.is_dir() else [place.with_suffix(".py")]
    assert paths
    below = TRAINING[TRAINING.index(wing) :]
    for path in paths:
        for module in own_imports(path):
            top, *rest = module.split(".")
            assert top != "training" or rest[0] in below, f"{path} imports {module}"


@pytest.mark.parametrize(("one", "other"), [("pages", "protocol"), ("protocol", "pages")])
def test_pages_and_protocol_know_nothing_of_each_other(one, other):
    for path in (ROOT / "app" / "web" / one).rglob("*.py"):
        assert not any(m.startswith(f"app.web.{other}") for m in own_imports(path)), path


def loaded_after(code):
    listing = f"{code}; import sys; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", listing], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return {name.split(".")[0] for name in done.stdout.split()}


def test_serving_never_loads_what_training_needs():
    loaded = loaded_after("import app; app.create_app()")
    assert "onnxruntime" in loaded
    assert loaded.isdisjoint({"torch", "onnx", "onnxscript", "training"})


def test_traces_load_nothing_where_they_are_not_wanted():
    assert "opentelemetry" not in loaded_after("import app; app.create_app()")


def test_gunicorns_settings_load_no_onnx_runtime():
    assert "onnxruntime" not in loaded_after("import app.server.config")


def test_core_knows_nothing_of_http():
    assert "flask" not in loaded_after("import app.recognition.repository")


def test_start_without_a_gpu_is_quiet():
    done = subprocess.run(
        [sys.executable, "-c", "import app; app.create_app()"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert (done.stdout, done.stderr) == ("", "")
