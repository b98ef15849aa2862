"""Convert folds of an event between arrays and the compressed row indices that the database stores."""

from io import BytesIO
from typing import TYPE_CHECKING

from databoard.models import Event

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike

    from databoard.kits import Fold


def folds_of(event: Event) -> "tuple[Fold, ...]":
    """Return the frozen folds of an event as arrays of row indices."""
    from databoard.kits import Fold

    return tuple(
        Fold(row.number, decode_indices(row.train_is), decode_indices(row.test_is)) for row in event.cv_folds
    )


def encode_indices(indices: "ArrayLike") -> bytes:
    """Return row indices as an .npy file without pickles."""
    import numpy as np

    buffer = BytesIO()
    np.save(buffer, np.asarray(indices, dtype=np.int64), allow_pickle=False)
    return buffer.getvalue()


def decode_indices(content: bytes) -> "np.ndarray":
    import numpy as np

    indices: np.ndarray = np.load(BytesIO(content), allow_pickle=False)
    return indices
