// Light or dark: as the system is, until the user says otherwise.

export type Theme = 'light' | 'dark';
const KEY = 'lufcheck.theme';

export function themeNow(): Theme {
  const kept = read();
  if (kept === 'light' || kept === 'dark') return kept;
  return window.matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
}

export function nextTheme(theme: Theme): Theme {
  const next = theme === 'dark' ? 'light' : 'dark';
  try {
    window.localStorage.setItem(KEY, next);
  } catch {
    // A page that may keep nothing forgets it.
  }
  return next;
}

export function applyTheme(theme: Theme): void {
  document.documentElement.dataset.theme = theme;
}

function read(): string | null {
  try {
    return window.localStorage.getItem(KEY);
  } catch {
    return null;
  }
}
