/// <reference types="vite/client" />

/** Made by vite.config.ts with src/web/build/type-files.ts. */
declare module 'virtual:type-files' {
  export const files: Readonly<Record<string, string>>;
}
