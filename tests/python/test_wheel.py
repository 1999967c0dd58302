"""What pip asks for is made without a network, and is a whole package: test_wheel.py SOURCE BUILD"""
import base64
import hashlib
import os
import subprocess
import sys
import tempfile
import unittest
import zipfile

BUILD, SOURCE = sys.argv.pop(2), sys.argv.pop(1)
sys.path.insert(0, os.path.join(SOURCE, "cmake/pip"))
import spikewell_build  # noqa: E402


class Wheel(unittest.TestCase):
    def test_the_wheel_is_whole_and_is_imported(self):
        self.assertEqual(spikewell_build.get_requires_for_build_wheel(), [])
        with tempfile.TemporaryDirectory() as folder:
            info = spikewell_build.prepare_metadata_for_build_wheel(folder)
            with open(os.path.join(folder, info, "METADATA"), encoding="utf-8") as file:
                self.assertIn("Name: spikewell\nVersion: ", file.read())
            name = spikewell_build.build_wheel(folder, {"build-dir": BUILD})
            with zipfile.ZipFile(os.path.join(folder, name)) as wheel:
                names = wheel.namelist()
                record = wheel.read(f"{info}/RECORD").decode().splitlines()
                self.assertEqual([line.split(",")[0] for line in record], names)
                for line in record[:-1]:
                    path, digest, size = line.split(",")
                    content = wheel.read(path)
                    self.assertEqual(int(size), len(content))
                    found = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
                    self.assertEqual(digest, f"sha256={found}")
                wheel.extractall(os.path.join(folder, "site"))
            here = os.path.join(SOURCE, "src/python/spikewell")
            sources = {f"spikewell/{file}" for file in os.listdir(here) if file.endswith((".py", ".pyi", ".typed"))}
            self.assertEqual({path for path in names if path.startswith("spikewell/") and not path.endswith(".so")}, sources)
            code = "import spikewell as sw; print(sw.__version__, len(sw.Network().population('poisson', 3, rate_Hz=1)))"
            environment = {**os.environ, "PYTHONPATH": os.path.join(folder, "site")}
            out = subprocess.run([sys.executable, "-c", code], cwd=folder, env=environment, check=True, capture_output=True,
                                 text=True).stdout
            self.assertEqual(out, f"{info.split('-')[1].removesuffix('.dist')} 3\n")

    def test_what_fails_is_told_in_a_line(self):
        with tempfile.TemporaryDirectory() as folder:
            with open(os.path.join(folder, "CMakeCache.txt"), "w", encoding="utf-8"):
                pass
            with self.assertRaises(SystemExit) as caught:
                spikewell_build.build_wheel(folder, {"build-dir": folder})
            self.assertIn("spikewell: cmake --build .. failed (exit code 1)", str(caught.exception))


if __name__ == "__main__":
    unittest.main()
