// What is inside of the page itself, where the pages are one file: workers and data as JSON strings in script
// elements that no browser runs. Beside other pages they are files.

/** Undefined where the page has no such thing inside. */
function embedded(name: string): string | undefined {
  const text = document.querySelector(`script[data-inside="${name}"]`)?.textContent;
  return typeof text === 'string' ? (JSON.parse(text) as string) : undefined;
}

const addresses = new Map<string, string>();

/** Starts a worker that is inside of the page. */
export function embeddedWorker(name: string): Worker {
  let address = addresses.get(name);
  if (address === undefined) {
    const text = embedded(name);
    if (text === undefined) throw new Error(`no ${name} in this file`);
    address = URL.createObjectURL(new Blob([text], { type: 'text/javascript' }));
    addresses.set(name, address);
  }
  return new Worker(address);
}

/** A file that belongs to the pages: `./data/rules.json`. */
export async function fetchOwn(path: string): Promise<Response> {
  const inside = embedded(path);
  if (inside === undefined) return await fetch(path);
  if (path.endsWith('.json')) return new Response(inside);
  return new Response(Uint8Array.from(atob(inside), (letter) => letter.charCodeAt(0)));
}
