// A picture of a few flat colours as a PNG with a palette: small, and what is frequent keeps its colour exactly. Takes a PNG in
// base64 and how many colours it may have; calls its last argument with the other one.
const [data, most, done] = arguments;

/** Each colour of the picture, and the one of the palette that stands for it. */
function paletteOf(dots) {
  const counts = new Map();
  for (const dot of dots) counts.set(dot, (counts.get(dot) ?? 0) + 1);
  const part = (dot, shift) => (dot >> shift) & 255;
  const parts = (dot) => [0, 8, 16].map((shift) => part(dot, shift));
  // A hue that is rare says more than one more grey of the edges of letters.
  const weight = ([dot, count]) => count * (1 + (Math.max(...parts(dot)) - Math.min(...parts(dot))) / 8);
  const kept = [...counts].sort((one, other) => weight(other) - weight(one)).slice(0, most).map(([dot]) => dot);
  const apart = (one, other) => [0, 8, 16].reduce((sum, shift) => sum + (part(one, shift) - part(other, shift)) ** 2, 0);
  const places = new Map(kept.map((dot, place) => [dot, place]));
  for (const dot of counts.keys()) {
    if (!places.has(dot)) places.set(dot, kept.reduce((best, one, place) => (apart(dot, one) < apart(dot, kept[best]) ? place : best), 0));
  }
  return { kept, places };
}

const CRC = Uint32Array.from({ length: 256 }, (_, byte) => {
  let rest = byte;
  for (let bit = 0; bit < 8; bit++) rest = rest & 1 ? 0xedb88320 ^ (rest >>> 1) : rest >>> 1;
  return rest;
});

function chunk(name, content) {
  const bytes = new Uint8Array(12 + content.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, content.length);
  bytes.set(new TextEncoder().encode(name), 4);
  bytes.set(content, 8);
  const sum = bytes.subarray(4, 8 + content.length).reduce((crc, byte) => CRC[(crc ^ byte) & 255] ^ (crc >>> 8), 0xffffffff);
  view.setUint32(8 + content.length, sum ^ 0xffffffff);
  return bytes;
}

async function packed(bytes) {
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

async function shrink() {
  // From its bytes: an address with data in it is not for pages of the product.
  const picture = await createImageBitmap(new Blob([Uint8Array.from(atob(data), (sign) => sign.charCodeAt(0))]));
  const { width, height } = picture;
  const plane = new OffscreenCanvas(width, height).getContext("2d", { alpha: false });
  plane.drawImage(picture, 0, 0);
  const dots = new Uint32Array(plane.getImageData(0, 0, width, height).data.buffer);
  const { kept, places } = paletteOf(dots);
  // Each row begins with the filter it has: none.
  const rows = new Uint8Array((width + 1) * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) rows[y * (width + 1) + 1 + x] = places.get(dots[y * width + x]);
  }
  const head = new Uint8Array(13);
  new DataView(head.buffer).setUint32(0, width);
  new DataView(head.buffer).setUint32(4, height);
  head.set([8, 3], 8);
  const colours = Uint8Array.from(kept.flatMap((dot) => [dot & 255, (dot >> 8) & 255, (dot >> 16) & 255]));
  const begin = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
  const parts = [begin, chunk("IHDR", head), chunk("PLTE", colours), chunk("IDAT", await packed(rows)), chunk("IEND", new Uint8Array())];
  let text = "";
  for (const part of parts) for (const byte of part) text += String.fromCharCode(byte);
  return btoa(text);
}

shrink().then(done, (error) => done(`error: ${error}`));
