// Files become one zip archive, stored without compression (PKWARE's APPNOTE, 4.3).

const UTF8_NAMES = 0x0800;
const JANUARY_1980 = 0x0021; // a zip must have a date; the same files give the same bytes

const TABLE = Uint32Array.from({ length: 256 }, (_, value) => {
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

// files is a list of [name, Uint8Array].
export function zip(files) {
  const parts = [];
  const directory = [];
  let offset = 0;
  for (const [name, bytes] of files) {
    const title = new TextEncoder().encode(name);
    const header = [
      [2, 20], [2, UTF8_NAMES], [2, 0], [2, 0], [2, JANUARY_1980],
      [4, crc32(bytes)], [4, bytes.length], [4, bytes.length], [2, title.length], [2, 0],
    ];
    parts.push(pack([[4, 0x04034b50], ...header]), title, bytes);
    const rest = [[2, 0], [2, 0], [2, 0], [4, 0], [4, offset]];
    directory.push(pack([[4, 0x02014b50], [2, 20], ...header, ...rest]), title);
    offset += 30 + title.length + bytes.length;
  }
  const size = directory.reduce((sum, part) => sum + part.length, 0);
  const count = files.length;
  const end = pack([[4, 0x06054b50], [4, 0], [2, count], [2, count], [4, size], [4, offset], [2, 0]]);
  return new Blob([...parts, ...directory, end], { type: "application/zip" });
}

function crc32(bytes) {
  let crc = -1;
  for (const byte of bytes) crc = TABLE[(crc ^ byte) & 255] ^ (crc >>> 8);
  return ~crc >>> 0;
}

// numbers is a list of [bytes, value], little endian.
function pack(numbers) {
  const packed = new Uint8Array(numbers.reduce((sum, [length]) => sum + length, 0));
  let place = 0;
  for (const [length, value] of numbers) {
    for (let i = 0; i < length; i++) packed[place++] = Math.floor(value / 256 ** i) & 255;
  }
  return packed;
}
