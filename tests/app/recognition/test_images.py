import zlib

import numpy as np
import pytest
from PIL import Image, ImageDraw

from app.errors import TooManyPixels, UndecodableImage, UnsupportedImage
from app.recognition import images
from app.recognition.ink import lasting
from app.recognition.specks import label_parts
from tests.app.recognition import golden
from tests.support.pictures import file_of, inverted, plain, transparent

LIMIT = 1_000_000


def read(data):
    return images.read(data, max_pixels=LIMIT)


def grey_of(image, file_format="PNG", **options):
    decoded = images.decode(file_of(image, file_format, **options), max_pixels=LIMIT)
    return np.asarray(decoded)


def test_pictures_of_all_sorts_are_seen_as_ever():
    made, kept = golden.made(), golden.kept()
    assert made.shape == kept.shape
    assert np.abs(made.astype(int) - kept).max() <= 1


def test_mnist_digits_stay_as_they_are(mnist):
    moved = [np.abs(read(plain(d)).pixels * 255 - d).mean() > 2 for d in mnist.images[:1000]]
    assert np.mean(moved) < 0.05  # those whose centre of mass lies on a pixel's border


@pytest.mark.parametrize("changed", [inverted, transparent])
def test_polarity_and_transparency_make_no_difference(mnist, changed):
    for digit in mnist.images[:50]:
        assert np.array_equal(read(changed(digit)).pixels, read(plain(digit)).pixels)


def test_ink_is_scaled_to_20_pixels_and_centred_by_mass():
    page = np.full((300, 500), 255, np.uint8)
    page[40:240, 100:140] = 0  # a bar of 40x200, far from the middle
    drawing = images.normalise(page)
    rows, columns = np.nonzero(drawing.pixels > 0.5)
    assert np.ptp(rows) + 1 == pytest.approx(20, abs=1)
    assert np.ptp(columns) + 1 == pytest.approx(4, abs=1)
    assert (rows.mean(), columns.mean()) == pytest.approx((14, 14), abs=0.5)
    assert drawing.box == pytest.approx((100, 40, 40, 200), abs=2)


def test_uneven_light_is_no_ink(mnist):
    digit = np.asarray(Image.fromarray(mnist.images[0]).resize((280, 280)), np.float64)
    reflected = 1 - 0.6 * digit / 255
    lit, plainly = (
        images.normalise((light * reflected).astype(np.uint8)).pixels
        for light in (np.linspace(120, 240, 280), 240)
    )
    assert np.abs(lit - plainly).mean() < 0.02


@pytest.mark.parametrize("shade", [0.3, 0.5, 0.7])
def test_shadow_across_half_the_paper_is_no_ink(mnist, shade):
    digit = np.asarray(Image.fromarray(mnist.images[0]).resize((140, 140)), np.float64)
    page = np.full((300, 400), 230.0)
    page[80:220, 130:270] *= 1 - 0.8 * digit / 255
    plainly = images.normalise(page.astype(np.uint8)).pixels
    page *= np.interp(np.arange(400), (195, 225), (shade, 1))  # its edge runs through the digit
    assert np.abs(images.normalise(page.astype(np.uint8)).pixels - plainly).mean() < 0.03


def test_lines_of_the_paper_are_no_ink(mnist):
    page = np.full((300, 400), 230, np.uint8)
    digit = np.asarray(Image.fromarray(mnist.images[0]).resize((140, 140)))
    page[80:220, 130:270] -= (digit * 0.7).astype(np.uint8)
    plainly = images.normalise(page).pixels
    page[10::30] = np.minimum(page[10::30], 170)
    page[:, 10::30] = np.minimum(page[:, 10::30], 170)
    assert np.abs(images.normalise(page).pixels - plainly).mean() < 0.02


@pytest.mark.parametrize("length", range(2, 42))
def test_what_lasts_along_a_row_is_its_quantile(length):
    depths = np.random.default_rng(length).integers(0, 256, (50, length), np.uint8)
    assert np.array_equal(lasting(depths), np.quantile(depths, 0.15, axis=1).astype(np.uint8))


def test_bold_digit_cut_out_tightly_keeps_its_polarity():
    ring = Image.new("L", (16, 16), 0)
    ImageDraw.Draw(ring).ellipse((0, 0, 15, 15), outline=255, width=6)
    assert np.asarray(ring).mean() > 127  # more ink than paper
    seen = images.normalise(np.asarray(ring)).pixels
    assert seen[14, 14] < 0.2
    assert seen[0, 0] == 0


def test_dirt_and_what_hangs_in_from_the_border_are_no_ink(mnist):
    page = np.full((300, 300), 240, np.uint8)
    digit = Image.fromarray(mnist.images[0]).resize((140, 140))
    page[80:220, 80:220] -= (np.asarray(digit) * 0.8).astype(np.uint8)
    clean = images.normalise(page).pixels
    page[10:14, 10:14] = 30  # a speck
    page[290:300, 200:300] = 30  # a table's edge
    assert np.abs(images.normalise(page).pixels - clean).mean() < 0.01


def test_dot_and_broken_stroke_are_kept():
    page = np.full((300, 300), 255, np.uint8)
    page[40:140, 140:160] = 0
    page[160:260, 140:160] = 0  # below a gap
    rows, _ = np.nonzero(images.normalise(page).pixels > 0.5)
    assert np.ptp(rows) + 1 >= 19


def test_parts_that_touch_share_a_label():
    mask = np.array([[1, 0, 1, 0, 0], [0, 1, 0, 0, 1], [0, 0, 0, 0, 1]], bool)
    assert label_parts(mask).tolist() == [
        [0, -1, 0, -1, -1],
        [-1, 0, -1, -1, 1],
        [-1, -1, -1, -1, 1],
    ]


def test_no_part_is_split(mnist):
    for digit in mnist.images[:300]:
        labels = label_parts(digit > 64)
        assert np.array_equal(labels >= 0, digit > 64)
        image = Image.fromarray(digit).point(lambda v: 255 * (v > 64))
        for part in range(
            labels.max() + 1
        ):  # Pillow's own flood fill is the oracle for 4-connection
            row, column = np.argwhere(labels == part)[0]
            filled = image.copy()
            ImageDraw.floodfill(filled, (int(column), int(row)), 100)
            assert set(labels[np.asarray(filled) == 100]) == {part}


@pytest.mark.parametrize("level", [0, 128, 255])
@pytest.mark.parametrize("size", [(1, 1), (28, 28), (3, 500)])
def test_picture_of_one_colour_is_blank(level, size):
    drawing = read(file_of(Image.new("L", size, level)))
    assert drawing.is_blank
    assert not drawing.pixels.any()


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16", "F"])
def test_every_mode_gives_the_same_grey(mnist, mode):
    digit = Image.fromarray(mnist.images[0]).point(lambda v: 255 * (v > 127))
    if mode == "I;16":
        converted = Image.fromarray(np.asarray(digit).astype(np.uint16) * 257)
    else:
        converted = digit.convert(mode)
    file_format = "TIFF" if mode in ("CMYK", "F") else "PNG"
    assert np.abs(grey_of(converted, file_format) - np.asarray(digit, np.int16)).max() <= 1


@pytest.mark.parametrize("file_format", ["PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF"])
def test_every_format_is_read(mnist, file_format):
    digit = Image.fromarray(mnist.images[0]).resize((112, 112)).convert("RGB")
    assert np.abs(grey_of(digit, file_format) - np.asarray(digit.convert("L"), np.int16)).max() < 60


@pytest.mark.parametrize("file_format", ["PNG", "JPEG", "WEBP", "TIFF"])
def test_picture_turned_by_exif_is_upright(file_format):
    tall = Image.new("L", (20, 40), 255)
    tall.paste(0, (0, 0, 20, 10))  # ink at the top
    exif = Image.Exif()
    exif[0x0112] = 6  # "turn by 90 degrees clockwise to see it upright"
    sideways = tall.transpose(Image.Transpose.ROTATE_90)
    grey = grey_of(sideways, file_format, exif=exif)
    assert grey.shape == (40, 20)
    assert np.abs(grey - np.asarray(tall, np.int16)).max() < 60


def test_white_ink_on_a_transparent_ground_is_found(mnist):
    ink = Image.new("RGBA", (28, 28), (255, 255, 255, 0))
    ink.putalpha(Image.fromarray(mnist.images[0]))
    assert np.array_equal(read(file_of(ink)).pixels, read(plain(mnist.images[0])).pixels)


def test_first_frame_of_an_animation_counts():
    frames = [Image.new("L", (9, 9), level) for level in (0, 200)]
    assert grey_of(frames[0], "GIF", save_all=True, append_images=frames[1:]).max() == 0


def test_text_is_no_image():
    with pytest.raises(UnsupportedImage, match="PNG"):
        read(b"seven")


@pytest.mark.parametrize("file_format", images.FORMATS)
def test_file_with_a_damaged_header_is_told_from_what_is_no_image(file_format):
    whole = file_of(Image.new("L", (28, 28)), file_format)
    with pytest.raises(UndecodableImage, match="file"):
        read(whole[:16] + b"\xff" * 40)


def test_png_cut_within_its_header_is_to_be_sent_again():
    with pytest.raises(UndecodableImage, match="is damaged .*: send it again whole"):
        images.decode(plain(np.zeros((28, 28), np.uint8))[:20], max_pixels=10_000)


def test_png_without_pixels_is_damaged():
    whole = bytearray(file_of(Image.new("L", (28, 28))))
    whole[16:24] = bytes(8)
    whole[29:33] = zlib.crc32(whole[12:29]).to_bytes(4)
    with pytest.raises(UndecodableImage, match="no pixels"):
        read(bytes(whole))


def test_format_beyond_the_list_is_no_image():
    with pytest.raises(UnsupportedImage):
        read(file_of(Image.new("L", (9, 9)), "PPM"))


@pytest.mark.parametrize("file_format", ["PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF"])
def test_half_a_file_is_damaged(file_format):
    noise = np.random.default_rng(0).integers(0, 255, (90, 90), np.uint8)
    whole = file_of(Image.fromarray(noise), file_format)
    with pytest.raises((UndecodableImage, UnsupportedImage)):
        read(whole[: len(whole) // 2])


@pytest.mark.parametrize("side", [1001, 11_000, 20_000])
def test_bomb_is_refused_before_it_is_unpacked(side):
    with pytest.raises(TooManyPixels, match="1,000,000"):
        read(png_header(side))


def png_header(side):
    """A PNG that says it has side x side pixels, and ends there."""
    small = bytearray(file_of(Image.new("L", (1, 1))))
    small[16:24] = side.to_bytes(4, "big") * 2
    small[29:33] = zlib.crc32(small[12:29]).to_bytes(4, "big")
    return bytes(small)


def test_mutated_files_raise_nothing_but_problems():
    rng = np.random.default_rng(0)
    noise = Image.fromarray(rng.integers(0, 255, (40, 40), np.uint8))
    for file_format in images.FORMATS:
        whole = np.frombuffer(file_of(noise, file_format), np.uint8)
        for _ in range(100):
            broken = whole.copy()
            broken[rng.integers(0, min(len(broken), 300), 4)] = rng.integers(0, 255, 4)
            try:
                drawing = read(broken.tobytes())
            except (UnsupportedImage, UndecodableImage, TooManyPixels):
                continue
            assert drawing.pixels.shape == (28, 28)
            assert np.isfinite(drawing.pixels).all()
