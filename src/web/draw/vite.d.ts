/// <reference types="vite/client" />

/** Made by vite.config.ts from src/web/build/public-api.ts. */
declare module 'virtual:public-api' {
  export const api: readonly {
    readonly name: string;
    readonly kind: 'function' | 'type' | 'constant';
    readonly signature: string;
    readonly says: string;
  }[];
}
