"""A plain table of jobs by Pillow, as anybody would draw it: one RGB image, one font in two sizes, a line a text."""

import io
import sys
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

WIDTH, HEAD, ROW = 1080, 124, 180


def draw(rows: list[tuple[str, str, str, str]], font_file: Path, index: int) -> bytes:
    """Name, state, what is new, configuration of each job."""
    large, small = (ImageFont.truetype(font_file, size, index=index) for size in (34, 28))
    image = Image.new("RGB", (WIDTH, HEAD + len(rows) * (ROW + 16)), (238, 241, 245))
    pen = ImageDraw.Draw(image)
    pen.text((40, 40), "任务列表", font=large, fill=(28, 33, 40))
    for place, (name, state, now, rest) in enumerate(rows):
        top = HEAD + place * (ROW + 16)
        pen.rounded_rectangle((32, top, WIDTH - 32, top + ROW), 22, fill=(255, 255, 255))
        pen.ellipse((60, top + 22, 106, top + 68), fill=(0, 138, 102))
        pen.text((132, top + 20), name, font=large, fill=(28, 33, 40))
        pen.text((1016, top + 24), state, font=small, fill=(0, 138, 102), anchor="ra")
        pen.text((132, top + 70), now, font=large, fill=(28, 33, 40))
        pen.text((132, top + 122), rest, font=small, fill=(92, 101, 114))
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


if __name__ == "__main__":
    sys.stdout.buffer.write(draw([("一", "二", "三", "四")], Path(sys.argv[1]), int(sys.argv[2])))
