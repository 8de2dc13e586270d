"""Uploading a model folder to the Hugging Face hub, with the user's own token."""

from __future__ import annotations

from pathlib import Path

from stancekit.errors import ConfigError, ModelError
from stancekit.inference.folder import ModelFolder

# What training leaves in the folder for itself.
_OWN = ["checkpoints/**", "folds/**"]


def check_token() -> None:
    """Makes sure that there is a token, so that a long training does not end without an upload.

    Raises:
        ConfigError: There is none.
    """
    from huggingface_hub import get_token

    if not get_token():
        raise ConfigError(
            "hub: no token of the Hugging Face hub was found; run 'hf auth login' or set HF_TOKEN"
        )


def push_to_hub(
    folder: str | Path, model_id: str, *, private: bool = True, token: str | None = None
) -> str:
    """Uploads a model folder and its card; the repository is made where there is none.

    Args:
        folder: A model folder.
        model_id: ``owner/name``.
        private: Whether a new repository is private.
        token: By default the one that ``hf auth login`` keeps, or ``HF_TOKEN``.

    Returns:
        The repository's address.

    Raises:
        ModelError: It is no model folder, or the hub refuses it.
    """
    from huggingface_hub import HfApi
    from huggingface_hub.errors import HfHubHTTPError

    ModelFolder.open(folder)
    api = HfApi(token=token)
    try:
        url = api.create_repo(model_id, private=private, exist_ok=True)
        api.upload_folder(
            repo_id=model_id,
            folder_path=str(folder),
            ignore_patterns=_OWN,
            commit_message="Model folder of stancekit",
        )
    except (HfHubHTTPError, OSError) as error:
        first = (str(error).strip() or repr(error)).splitlines()[0]
        raise ModelError(f"{model_id}: the hub refused the upload: {first}") from error
    return str(url)
