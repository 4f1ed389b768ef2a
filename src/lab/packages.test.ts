import { describe, expect, test } from 'vitest';
import { Problem } from '../base/problem.ts';
import { isSeries, relocate } from './kernel-tree.ts';
import { newestRelease, packagesFor } from './packages.ts';

const names = [
  'linux-headers-6.1.0-9-cloud-amd64',
  'linux-headers-6.1.0-47-cloud-amd64',
  'linux-headers-6.1.0-47-rt-amd64',
  'linux-headers-6.1.0-47-common',
  'linux-headers-6.12-cloud-amd64',
  'linux-headers-6.12.9+deb12-cloud-amd64',
  'linux-headers-6.12.113+deb12-cloud-amd64',
  '',
];

describe('the newest kernel of a series', () => {
  test('numbers count as numbers, and other flavours not at all', () => {
    expect(newestRelease(names, '6.1')).toBe('6.1.0-47-cloud-amd64');
  });
  test('6.12 is not 6.1, and a name without a kernel is none', () => {
    expect(newestRelease(names, '6.12')).toBe('6.12.113+deb12-cloud-amd64');
  });
  test('a series that apt does not know is said to be unknown', () => {
    expect(() => newestRelease(names, '5.10')).toThrowError(
      'apt knows no kernel 5.10 (cloud-amd64), but 6.1, 6.12',
    );
    expect(() => newestRelease(['linux-headers-6.12-cloud-amd64'], '6.12')).toThrow(Problem);
  });
});

describe('the packages of a kernel', () => {
  const depends = `linux-headers-6.12.117+deb12-cloud-amd64
  Depends: linux-base
  Depends: linux-headers-6.12.117+deb12-common
 |Depends: linux-image-6.12.117+deb12-cloud-amd64
  Depends: linux-image-6.12.117+deb12-cloud-amd64-unsigned
  Depends: linux-kbuild-6.12.117+deb12
  Depends: gcc-12
`;
  test('image, headers, and what the headers need to build', () => {
    expect(packagesFor('6.12.117+deb12-cloud-amd64', depends)).toEqual([
      'linux-image-6.12.117+deb12-cloud-amd64',
      'linux-headers-6.12.117+deb12-cloud-amd64',
      'linux-headers-6.12.117+deb12-common',
      'linux-kbuild-6.12.117+deb12',
    ]);
  });
  test('headers that name no kbuild are refused', () => {
    expect(() => packagesFor('6.1', depends.replace('linux-kbuild', 'linux-other'))).toThrow(
      Problem,
    );
  });
});

test('headers are moved once, and again when the folder has moved', () => {
  const packaged = 'include /usr/src/linux-headers-6.1.0-56-common/Makefile\n';
  const moved = relocate(packaged, '/a/k');
  expect(moved).toBe('include /a/k/usr/src/linux-headers-6.1.0-56-common/Makefile\n');
  expect(relocate(moved, '/a/k')).toBe(moved);
  expect(relocate(moved, '/b')).toBe(relocate(packaged, '/b'));
});

test('a series is told from a folder', () => {
  expect(['6.1', '6.12'].map(isSeries)).toEqual([true, true]);
  expect(['/k/6.1', 'tree', '6', '6.1.0'].map(isSeries)).toEqual([false, false, false, false]);
});
