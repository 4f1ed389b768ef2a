// How much is left when a search is cut short, as far as its levels tell. Levels of such spaces grow,
// then shrink, roughly as a bell: the logarithm of their sizes is fitted by a parabola (least
// squares over the last levels), and the rest of the bell is summed up. This is a guess and is
// called one; it says nothing while levels still grow faster and faster.

export interface Estimate {
  /** States in all, found ones included; undefined where the levels do not tell. */
  readonly states?: number;
  /** How that is known, in words. */
  readonly how: string;
}

const WINDOW = 12;

export function estimateOf(levels: readonly number[]): Estimate {
  const found = levels.reduce((sum, n) => sum + n, 0);
  const recent = levels.slice(-WINDOW);
  if (recent.length < 6) return { how: 'too few levels to tell how much is left' };
  const [a, b, c] = parabola(recent.map((n) => Math.log(n)));
  if (a > -1e-4) return { how: 'levels still grow faster and faster: no end in sight' };
  let left = 0;
  for (let x = recent.length; x < recent.length + 100_000; x++) {
    const size = Math.exp(a * x * x + b * x + c);
    if (size < 1 && 2 * a * x + b < 0) break;
    left += size;
  }
  return {
    states: Number((found + left).toPrecision(2)),
    how: `a guess: the bell that the sizes of the last ${recent.length} levels fit`,
  };
}

/** Coefficients of the least-squares fit a x^2 + b x + c through (0, y0), (1, y1), ... */
function parabola(ys: readonly number[]): readonly [number, number, number] {
  const n = ys.length;
  const middle = (n - 1) / 2;
  let [s2, s4, y0, y1, y2] = [0, 0, 0, 0, 0];
  ys.forEach((y, i) => {
    const x = i - middle;
    s2 += x * x;
    s4 += x ** 4;
    y0 += y;
    y1 += y * x;
    y2 += y * x * x;
  });
  // Around the middle the odd sums vanish.
  const a = (n * y2 - s2 * y0) / (n * s4 - s2 * s2);
  const slope = y1 / s2;
  const base = (y0 - a * s2) / n;
  return [a, slope - 2 * a * middle, base - slope * middle + a * middle * middle];
}
