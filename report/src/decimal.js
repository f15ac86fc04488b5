// Exact decimals: sums come as text with up to 15 places, and stay exact until they are shown.
const SCALE = 15;

// Text to a BigInt in 10^-15.
export function toUnits(text) {
  const [whole, fraction = ""] = text.split(".");
  const units = BigInt(whole.replace("-", "") + fraction.padEnd(SCALE, "0"));
  return text.startsWith("-") ? -units : units;
}

// 1234567 in 10^-2 is "12,345.67"; a number or a BigInt.
export function grouped(value, places) {
  const negative = value < 0;
  const digits = String(negative ? -value : value).padStart(places + 1, "0");
  const whole = digits.slice(0, digits.length - places).replace(/\B(?=(\d{3})+$)/g, ",");
  return (negative ? "−" : "") + whole + (places > 0 ? "." + digits.slice(-places) : "");
}

// Units to text with that many places, rounded half away from zero as SQL's round() does.
export function shown(units, places) {
  const unit = 10n ** BigInt(SCALE - places);
  const rounded = units < 0n ? -((-units + unit / 2n) / unit) : (units + unit / 2n) / unit;
  return grouped(rounded, places);
}
