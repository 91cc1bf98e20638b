import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(scope="session")
def warm_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache folder that holds the launcher and both kernels."""
    from handwritten import finish, python

    folder = tmp_path_factory.mktemp("warm")
    code = "from handwritten import *\naxpy_plan(), polynomial_plan(), native.flat"
    finish(python(code, folder))
    return folder
