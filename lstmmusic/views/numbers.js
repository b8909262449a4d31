// Arithmetic that several views share.

/** @param {number} value @param {number} low @param {number} high */
export const clamp = (value, low, high) => Math.max(low, Math.min(value, high));

/** A number of things, such as "1 note" or "12 notes": @param {number} number @param {string} noun */
export const countOf = (number, noun) => `${number} ${noun}${number === 1 ? "" : "s"}`;

/**
 * Index of the first of `size` items that passes `test`, as all after it then do; `size` if none passes.
 * @param {number} size @param {(index: number) => boolean} test
 */
export function firstIndex(size, test) {
  let [low, high] = [0, size];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (test(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/**
 * Round numbers from low to high, about `count` of them; their distance is one of `steps` times a power of `base`.
 * @param {number} low @param {number} high @param {number} count
 */
export function ticks(low, high, count, steps = [1, 2, 5], base = 10) {
  const wanted = (high - low) / Math.max(count, 1);
  const power = base ** Math.floor(Math.log(wanted) / Math.log(base));
  const distance = power * ([...steps, base].find((step) => step * power >= wanted * 0.999) ?? base);
  const values = [];
  const first = Math.ceil(low / distance - 1e-9) || 0; // never -0, which would be written as such
  for (let index = first; index * distance <= high + distance * 1e-9; index++) values.push(index * distance);
  return { distance, values };
}

/**
 * Round times for about `count` ticks below steps, in seconds, beats or steps, of which a step lasts `step`.
 * @param {number} step @param {string} unit @param {number} first @param {number} span @param {number} count
 */
export function timeTicks(step, unit, first, span, count) {
  const [from, to] = [first * step, (first + span) * step];
  return unit === "beats" ? ticks(from, to, count, [1], 2) : ticks(from, to, count);
}

/** A tick with as many decimals as their distance needs: @param {number} value @param {number} distance */
export function tickText(value, distance) {
  let digits = 0;
  while (digits < 6 && Math.abs(Number(distance.toFixed(digits)) - distance) > distance * 1e-6) digits++;
  return value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}
