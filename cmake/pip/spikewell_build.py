"""What pip calls to make a wheel (PEP 517): CMake builds the module, this packs it. Standard library only, no network.

    pip install .
    pip install . --config-settings build-dir=build/release     # takes what is built there
"""
import base64
import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tempfile
import zipfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
NAME = "spikewell"


def _version():
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    return re.search(r'^version = "(.*)"$', text, re.MULTILINE).group(1)


def _tag():
    python = f"cp{sys.version_info.major}{sys.version_info.minor}"
    platform = re.sub(r"[-.]", "_", sysconfig.get_platform())
    return f"{python}-{python}-{platform}"


def _metadata():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    return "\n".join([
        "Metadata-Version: 2.1", f"Name: {NAME}", f"Version: {_version()}",
        "Summary: The free-energy attractor network in rates and in spikes; an event-driven simulator of spiking networks",
        "License: Apache-2.0", "Requires-Python: >=3.9", "Requires-Dist: numpy", "Description-Content-Type: text/markdown",
        "", readme])


def _wheel_file():
    return f"Wheel-Version: 1.0\nGenerator: spikewell_build\nRoot-Is-Purelib: false\nTag: {_tag()}\n"


def _run(*command):
    """The command's output is shown where it fails, and with `pip install -v`."""
    if shutil.which(command[0]) is None:
        raise SystemExit(f"spikewell: {command[0]} is not there; Debian: apt-get install cmake g++, and what README.md names")
    # pip hides the system's packages from Python here, by these; CMake asks Python for NumPy.
    environment = {key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "PYTHONNOUSERSITE")}
    try:
        subprocess.run(command, check=True, env=environment)
    except subprocess.CalledProcessError as error:
        raise SystemExit(f"spikewell: {' '.join(command[:2])} .. failed (exit code {error.returncode}); what it said is above, "
                         "with pip install -v") from None


def _build_dir(config_settings):
    given = (config_settings or {}).get("build-dir")
    return pathlib.Path(given).resolve() if given else ROOT / "build" / "pip"


def _installed_package(config_settings, prefix):
    """Builds the module and installs it below `prefix`; the folder of the package there."""
    build = _build_dir(config_settings)
    if not (build / "CMakeCache.txt").exists():
        ninja = ["-G", "Ninja"] if shutil.which("ninja") else []
        _run("cmake", "-S", str(ROOT), "-B", str(build), *ninja, "-DCMAKE_BUILD_TYPE=Release", "-DSPIKEWELL_PYTHON=ON",
             "-DSPIKEWELL_TESTS=OFF", "-DCMAKE_UNITY_BUILD=ON", f"-DPython3_EXECUTABLE={_base_python()}")
    _run("cmake", "--build", str(build), "--target", "spikewell_python", "--parallel", str(os.cpu_count() or 1))
    _run("cmake", "--install", str(build), "--component", "python", "--prefix", str(prefix))
    packages = list(pathlib.Path(prefix).glob(f"lib/python*/site-packages/{NAME}"))
    if len(packages) != 1 or not list(packages[0].glob("_spikewell*.so")):
        raise SystemExit(f"spikewell: the build in {build} made no Python module")
    return packages[0]


def _base_python():
    """The interpreter that has NumPy and headers: pip runs this in an environment of its own."""
    return os.path.realpath(sys.executable)


def _record_line(name, content):
    digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
    return f"{name},sha256={digest},{len(content)}"


def get_requires_for_build_wheel(config_settings=None):
    return []


def get_requires_for_build_sdist(config_settings=None):
    return []


def prepare_metadata_for_build_wheel(metadata_directory, config_settings=None):
    folder = f"{NAME}-{_version()}.dist-info"
    path = pathlib.Path(metadata_directory) / folder
    path.mkdir()
    (path / "METADATA").write_text(_metadata(), encoding="utf-8")
    (path / "WHEEL").write_text(_wheel_file(), encoding="utf-8")
    return folder


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    name = f"{NAME}-{_version()}-{_tag()}.whl"
    info = f"{NAME}-{_version()}.dist-info"
    with tempfile.TemporaryDirectory() as prefix:
        package = _installed_package(config_settings, prefix)
        files = {f"{NAME}/{path.relative_to(package)}": path.read_bytes() for path in sorted(package.rglob("*")) if path.is_file()}
    files[f"{info}/METADATA"] = _metadata().encode()
    files[f"{info}/WHEEL"] = _wheel_file().encode()
    files[f"{info}/LICENSE"] = (ROOT / "LICENSE").read_bytes()
    record = [_record_line(key, content) for key, content in files.items()] + [f"{info}/RECORD,,"]
    files[f"{info}/RECORD"] = ("\n".join(record) + "\n").encode()
    with zipfile.ZipFile(pathlib.Path(wheel_directory) / name, "w", zipfile.ZIP_DEFLATED) as wheel:
        for key, content in files.items():
            entry = zipfile.ZipInfo(key)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = (0o755 if key.endswith(".so") else 0o644) << 16
            wheel.writestr(entry, content)
    return name


def build_sdist(sdist_directory, config_settings=None):
    base = f"{NAME}-{_version()}"
    listed = subprocess.run(["git", "-C", str(ROOT), "ls-files", "-z"], capture_output=True, check=True).stdout
    with tarfile.open(pathlib.Path(sdist_directory) / f"{base}.tar.gz", "w:gz") as archive:
        for path in sorted(filter(None, listed.decode().split("\0"))):
            archive.add(ROOT / path, f"{base}/{path}", recursive=False)
    return f"{base}.tar.gz"
