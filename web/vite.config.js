import { readFileSync } from 'node:fs';
import { defineConfig } from 'vite';

// LEAT_SERVER: where `leat serve` listens while developing with `npm run dev`.
const server = process.env.LEAT_SERVER ?? 'http://127.0.0.1:7070';

// What the bundle contains is named, with its terms, in a file beside it.
const licences = {
  name: 'licences',
  generateBundle() {
    const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8'));
    const texts = Object.entries(dependencies).map(
      ([name, version]) => `${name} ${version}\n\n${readFileSync(`node_modules/${name}/LICENSE`, 'utf8')}`,
    );
    this.emitFile({ type: 'asset', fileName: 'licences.txt', source: texts.join('\n\n') });
  },
};

export default defineConfig({
  base: './', // works at any path
  esbuild: { jsx: 'automatic', jsxImportSource: 'preact' },
  plugins: [licences],
  build: {
    target: 'es2022',
    assetsInlineLimit: 0, // the content security policy allows no data: addresses
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  server: { proxy: { '/v1': { target: server, changeOrigin: true } } },
});
