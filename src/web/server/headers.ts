// What every answer says about what a browser may do with it.

const page =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/** Models are compiled to functions, and recordings unpacked by WebAssembly that comes as a data address: in workers, which see no page. */
const worker =
  "default-src 'none'; script-src 'self' 'unsafe-eval' 'wasm-unsafe-eval'; connect-src 'self' data:";

/** Scripts that only workers run are built under such names. */
const workers = /-worker-[\w-]+\.js$/;

export function headersFor(path: string): readonly (readonly [string, string])[] {
  return [
    ['Content-Security-Policy', workers.test(path) ? worker : page],
    ['X-Content-Type-Options', 'nosniff'],
    ['Referrer-Policy', 'no-referrer'],
    ['Cross-Origin-Opener-Policy', 'same-origin'],
    ['Cross-Origin-Resource-Policy', 'same-origin'],
    ['Cache-Control', 'no-cache'],
  ];
}
