// Numbers as the report shows them.
const names = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
const minus = text => text.replace(/^-/, "\u2212");
const trimmed = (value, digits) => minus(String(Number(value.toFixed(digits))));

export function bytes(value) {
  let unit = 0;
  for (; Math.abs(value) >= 1024 && unit < names.length - 1; unit++)
    value /= 1024;
  return trimmed(value, unit === 0 || Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2) + " " + names[unit];
}

export const count = value => minus(Math.round(value).toLocaleString("en-US"));
export const signed = (value, text) => (value > 0 ? "+" : "") + text(value);
export const percent = ratio => trimmed(100 * ratio, Math.abs(ratio) < 0.1 ? 1 : 0) + " %";
export const address = value => "0x" + value.toString(16).padStart(12, "0");

export function rate(perSecond) {
  if (perSecond === null || perSecond === undefined)
    return "unknown";
  const size = Math.abs(perSecond);
  return size === 0 ? "0" : size >= 1 ? bytes(perSecond) + "/s" : size >= 1 / 60 ? bytes(perSecond * 60) + "/min"
    : size >= 1 / 3600 ? bytes(perSecond * 3600) + "/h" : bytes(perSecond * 86400) + "/d";
}

export function duration(seconds) {
  return seconds === 0 ? "0 s" : seconds < 0.001 ? trimmed(seconds * 1e6, 0) + " µs"
    : seconds < 1 ? trimmed(seconds * 1e3, seconds < 0.1 ? 2 : 0) + " ms" : seconds < 120 ? trimmed(seconds, 2) + " s"
    : seconds < 7200 ? trimmed(seconds / 60, 1) + " min" : seconds < 172800 ? trimmed(seconds / 3600, 1) + " h"
    : trimmed(seconds / 86400, 1) + " d";
}

// The unit that an axis counts in, so that its ticks are round numbers of it.
export function byteScale(most) {
  let unit = 0, size = 1;
  for (; most >= 10 * 1024 * size && unit < names.length - 1; unit++)
    size *= 1024;
  return { size, name: names[unit] };
}

export const timeScale = most => most < 240 ? { size: 1, name: "s" } : most < 14400 ? { size: 60, name: "min" }
  : most < 345600 ? { size: 3600, name: "h" } : { size: 86400, name: "d" };
