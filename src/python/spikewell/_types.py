"""What annotations of the module name."""
import os
from typing import Any, Callable, Dict, Tuple, Union

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["Array", "ArrayLike", "Document", "Floats", "Indices", "Integers", "Path", "Progress", "Spikes"]

Array = NDArray[Any]
Floats = NDArray[np.float64]
Indices = NDArray[np.uint32]
Integers = NDArray[np.int64]
Spikes = Tuple[Floats, Indices]  # t_ms and neurons, each [n_spikes]
Path = Union[str, "os.PathLike[str]"]
Document = Dict[str, Any]  # as JSON has it; arrays where JSON has lists
Progress = Union[bool, Callable[[float], object], None]
