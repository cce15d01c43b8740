"""README's pictures of the board can be taken from the demo's weekend, and the ones in the tree are there."""

from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Browser

from tests.browser.pictures import HOME, PICTURES, take
from tests.support.repository import ROOT

MOST_BYTES: Final = 200_000
PNG: Final = b"\x89PNG\r\n"


def test_the_pictures_can_be_taken(browser: Browser, tmp_path: Path) -> None:
    take(browser, tmp_path)
    for name in PICTURES:
        picture = (tmp_path / name).read_bytes()
        assert picture.startswith(PNG)
        assert len(picture) < MOST_BYTES, name


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_in_the_tree_and_in_readme(name: str) -> None:
    picture = (HOME / name).read_bytes()
    assert picture.startswith(PNG)
    assert len(picture) < MOST_BYTES
    assert f"](ops/pictures/{name})" in (ROOT / "README.md").read_text(encoding="utf-8")
