// BlurHash (https://github.com/woltapp/blurhash): a picture's rough colours in about thirty characters.

const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz#$%*+,-.:;=?@[]^_{|}~";

type Colour = [r: number, g: number, b: number];

const linear = (value: number) => {
  const v = value / 255;
  return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
};
const screen = (value: number) => {
  const v = Math.max(0, Math.min(1, value));
  return Math.trunc((v <= 0.0031308 ? v * 12.92 : 1.055 * v ** (1 / 2.4) - 0.055) * 255 + 0.5);
};
const signed = (value: number, power: number) => Math.sign(value) * Math.abs(value) ** power;

const encode83 = (value: number, length: number) => {
  let text = "";
  for (let i = length - 1; i >= 0; i--) text += digits[Math.floor(value / 83 ** i) % 83];
  return text;
};
const decode83 = (text: string) => [...text].reduce((sum, digit) => sum * 83 + digits.indexOf(digit), 0);

/** @param pixels RGBA @param across, down components, 1–9 each */
export function encodeBlurhash(pixels: Uint8ClampedArray, w: number, h: number, across = 4, down = 3): string {
  const factors: Colour[] = [];
  for (let y = 0; y < down; y++) for (let x = 0; x < across; x++) factors.push(factor(pixels, w, h, x, y));
  const [dc, ...ac] = factors as [Colour, ...Colour[]];
  const largest = Math.max(...ac.flat().map(Math.abs), 0);
  const quantised = Math.max(0, Math.min(82, Math.floor(largest * 166 - 0.5)));
  const scale = ac.length > 0 ? (quantised + 1) / 166 : 1;
  const step = (value: number) => Math.max(0, Math.min(18, Math.floor(signed(value / scale, 0.5) * 9 + 9.5)));
  return (
    encode83(across - 1 + (down - 1) * 9, 1) +
    encode83(ac.length > 0 ? quantised : 0, 1) +
    encode83(screen(dc[0]) * 65_536 + screen(dc[1]) * 256 + screen(dc[2]), 4) +
    ac.map(([r, g, b]) => encode83((step(r) * 19 + step(g)) * 19 + step(b), 2)).join("")
  );
}

function factor(pixels: Uint8ClampedArray, w: number, h: number, i: number, j: number): Colour {
  const sum: Colour = [0, 0, 0];
  for (let y = 0; y < h; y++) {
    for (let x = 0; x < w; x++) {
      const wave = Math.cos((Math.PI * i * x) / w) * Math.cos((Math.PI * j * y) / h);
      for (let c = 0; c < 3; c++) sum[c]! += wave * linear(pixels[(y * w + x) * 4 + c]!);
    }
  }
  const norm = (i === 0 && j === 0 ? 1 : 2) / (w * h);
  return sum.map((value) => value * norm) as Colour;
}

/** Pixels (RGBA) of a BlurHash, or nothing when it is none. */
export function decodeBlurhash(hash: string, w: number, h: number): Uint8ClampedArray<ArrayBuffer> | undefined {
  if (hash.length < 6 || ![...hash].every((digit) => digits.includes(digit))) return undefined;
  const flag = decode83(hash[0]!);
  const [across, down] = [(flag % 9) + 1, Math.floor(flag / 9) + 1];
  if (hash.length !== 4 + 2 * across * down) return undefined;
  const scale = (decode83(hash[1]!) + 1) / 166;
  const dc = decode83(hash.slice(2, 6));
  const colours: Colour[] = [[linear(dc >> 16), linear((dc >> 8) & 255), linear(dc & 255)]];
  for (let i = 1; i < across * down; i++) {
    const value = decode83(hash.slice(4 + i * 2, 6 + i * 2));
    const part = (step: number) => signed((step - 9) / 9, 2) * scale;
    colours.push([part(Math.floor(value / 361)), part(Math.floor(value / 19) % 19), part(value % 19)]);
  }
  const pixels = new Uint8ClampedArray(w * h * 4);
  for (let y = 0; y < h; y++) {
    for (let x = 0; x < w; x++) {
      const sum: Colour = [0, 0, 0];
      colours.forEach((colour, k) => {
        const [i, j] = [k % across, Math.floor(k / across)];
        const wave = Math.cos((Math.PI * i * x) / w) * Math.cos((Math.PI * j * y) / h);
        for (let c = 0; c < 3; c++) sum[c]! += colour[c]! * wave;
      });
      pixels.set([...sum.map(screen), 255], (y * w + x) * 4);
    }
  }
  return pixels;
}
