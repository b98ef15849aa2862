"""Read the files of a submission from a folder. Called by ``fab add_submission``."""

from pathlib import Path

from databoard.errors import NotFound
from databoard.kits import starting_kit_files


def files(path: str, name: str, kit_path: Path, *, team: str = "") -> dict[str, bytes]:
    """Return the content of the files in a folder by file name.

    Parameters
    ----------
    path : str
        The folder. Empty stands for ``submissions/<name>/`` in the kit, or as in kits of 2016 for
        ``deposited_submissions/<team>/<name>/``; ``starting_kit`` for the kit's own.

    Raises
    ------
    NotFound
        If the folder does not exist.
    """
    if not path and name == "starting_kit":
        return starting_kit_files(kit_path)
    folder = Path(path) if path else _of_kit(kit_path, name, team)
    if not folder.is_dir():
        raise NotFound(f"Expected a folder with the files of {name}, got {folder}, which does not exist.")
    return {file.name: file.read_bytes() for file in folder.iterdir() if file.is_file()}


def _of_kit(kit_path: Path, name: str, team: str) -> Path:
    """Return the folder of a submission that came with the kit; the team's own first."""
    own = kit_path / "deposited_submissions" / team / name
    return own if team and own.is_dir() else kit_path / "submissions" / name
