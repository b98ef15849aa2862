"""Read the files of a submission from a folder. Called by ``fab add_submission``."""

from pathlib import Path

from databoard.errors import NotFound
from databoard.kits import starting_kit_files


def files(path: str, name: str, kit_path: Path) -> dict[str, bytes]:
    """Return the content of the files in a folder by file name.

    Parameters
    ----------
    path : str
        The folder. Empty stands for ``submissions/<name>/`` in the kit; ``starting_kit`` for the kit's own.

    Raises
    ------
    NotFound
        If the folder does not exist.
    """
    if not path and name == "starting_kit":
        return starting_kit_files(kit_path)
    folder = Path(path) if path else kit_path / "submissions" / name
    if not folder.is_dir():
        raise NotFound(f"Expected a folder with the files of {name}, got {folder}, which does not exist.")
    return {file.name: file.read_bytes() for file in folder.iterdir() if file.is_file()}
