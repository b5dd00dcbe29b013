"""``python -m scripts.pictures``: run ``mochok`` against a real S3 server and draw ``docs/images/*.svg``.

What depends on the moment, such as seconds and rates, changes with every run; a picture that differs from the
one in ``docs/images`` only in that is left alone. The commands speak of yesterday and today, so the pictures
show the day on which they were made. Needs the extra ``dev`` and Linux or macOS; takes two minutes.
"""

from __future__ import annotations

from scripts.pictures.files import IMAGES, write
from scripts.pictures.scenes import SCENES


def main() -> None:
    IMAGES.mkdir(exist_ok=True)
    for scene in SCENES:
        for name, picture in scene():
            write(IMAGES / f"{name}.svg", picture)


if __name__ == "__main__":
    main()
