// Which Debian packages make one kernel of the lab, worked out of what apt says. Nothing here runs apt.

import { Problem } from '../base/problem.ts';

const FLAVOUR = 'cloud-amd64';

/** What `uname -r` will say of the newest packaged kernel of a series. */
export function newestRelease(packageNames: readonly string[], series: string): string {
  const releases = packageNames.flatMap((name) => {
    const release = new RegExp(`^linux-headers-(.+-${FLAVOUR})$`).exec(name)?.[1];
    return release !== undefined && isOfSeries(release, series) ? [release] : [];
  });
  const newest = releases.sort(byVersion).at(-1);
  if (newest !== undefined) return newest;
  const others = seriesOf(packageNames);
  const known = others.length === 0 ? '' : `, but ${others.join(', ')}`;
  throw new Problem('LUF-E201', `apt knows no kernel ${series} (${FLAVOUR})${known}`, {
    where: 'lufcheck lab setup',
    hint: 'apt-get update; or give --kernel a folder with unpacked linux-image and linux-headers',
  });
}

/** The series of which there are headers, each once. */
function seriesOf(packageNames: readonly string[]): string[] {
  const found = packageNames.flatMap(
    (name) => /^linux-headers-(\d+\.\d+)\..*-cloud-amd64$/.exec(name)?.[1] ?? [],
  );
  return [...new Set(found)].sort(byVersion);
}

/** `6.1.0-56-cloud-amd64` is of the series 6.1, `6.12-cloud-amd64` (a name without a kernel) of none. */
function isOfSeries(release: string, series: string): boolean {
  return release.startsWith(`${series}.`);
}

/** Numbers as numbers, whatever stands between them. */
function byVersion(a: string, b: string): number {
  const [one, two] = [a, b].map((text) => (text.match(/\d+/g) ?? []).map(Number));
  for (let i = 0; i < Math.max(one?.length ?? 0, two?.length ?? 0); i++) {
    const difference = (one?.[i] ?? -1) - (two?.[i] ?? -1);
    if (difference !== 0) return difference;
  }
  return 0;
}

/**
 * The packages to fetch for a release: its image, its headers, and what those need to build a module
 * against them. `depends`: what `apt-cache depends linux-headers-RELEASE` prints.
 *
 * @example
 * ```ts
 * packagesFor('6.1.0-56-cloud-amd64', '  Depends: linux-headers-6.1.0-56-common\n  Depends: linux-kbuild-6.1\n')
 * // => ['linux-image-6.1.0-56-cloud-amd64', 'linux-headers-6.1.0-56-cloud-amd64',
 * //     'linux-headers-6.1.0-56-common', 'linux-kbuild-6.1']
 * ```
 */
export function packagesFor(release: string, depends: string): string[] {
  const needed = [...depends.matchAll(/^\s*\|?Depends: (\S+)$/gm)].map(([, name = '']) => name);
  const building = needed.filter((name) => /^linux-(headers-.*-common|kbuild-)/.test(name));
  if (building.length < 2) {
    throw new Problem('LUF-E201', `linux-headers-${release} names no common headers or no kbuild`, {
      where: 'apt-cache depends',
      hint: 'apt-get update, then again',
    });
  }
  return [`linux-image-${release}`, `linux-headers-${release}`, ...building];
}
