"""What the tests of the module share."""
import os
import tempfile
import unittest


class InFolder(unittest.TestCase):
    """Each test has a folder of its own, which goes with it."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def path(self, name):
        return os.path.join(self.folder, name)
