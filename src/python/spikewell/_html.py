"""What notebooks show of objects: tables, and matrices as pictures. The standard library and NumPy alone."""
from __future__ import annotations

import base64
import html
import struct
import zlib
from collections.abc import Sequence

import numpy as np

from ._types import ArrayLike

__all__: list[str] = []

_MOST_PIXELS = 512  # of a side: larger matrices are sampled


def _png(grey: ArrayLike) -> bytes:
    """An image of 8-bit grey, [rows, columns]."""
    grey = np.ascontiguousarray(grey, dtype=np.uint8)
    rows, columns = grey.shape
    lines = b"".join(b"\0" + row.tobytes() for row in grey)

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", columns, rows, 8, 0, 0, 0, 0))
            + chunk(b"IDAT", zlib.compress(lines)) + chunk(b"IEND", b""))


def picture(matrix: ArrayLike, title: str, *, height_px: int = 120) -> str:
    """A matrix in grey from its least to its greatest value, which are told."""
    matrix = np.asarray(matrix, dtype=float)
    steps = [max(1, -(-side // _MOST_PIXELS)) for side in matrix.shape]
    shown = matrix[::steps[0], ::steps[1]]
    low, high = float(shown.min()), float(shown.max())
    grey = np.zeros(shown.shape) if high == low else 255 * (shown - low) / (high - low)
    data = base64.b64encode(_png(np.rint(grey))).decode()
    said = html.escape(f"{title}: black {low:.3g}, white {high:.3g}")
    return (f'<figure style="display:inline-block;margin:4px 12px 4px 0"><img alt="{said}" style="height:{height_px}px;'
            f'image-rendering:pixelated" src="data:image/png;base64,{data}"><figcaption>{said}</figcaption></figure>')


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A table; cells are told as str says them."""
    head = "".join(f"<th>{html.escape(column)}</th>" for column in columns)
    body = "".join("<tr>" + "".join(f"<td>{html.escape(str(cell))}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><caption>{html.escape(title)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
