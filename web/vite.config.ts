import { defineConfig } from 'vitest/config'
import type { Plugin } from 'vite'
import react from '@vitejs/plugin-react'
import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'

const gateway = process.env.HIGHSEAS_URL ?? 'http://127.0.0.1:8080'

/** Packs every built text file beside itself; the gateway sends the packed one. */
function packed(): Plugin {
  return {
    name: 'packed',
    apply: 'build',
    writeBundle({ dir }) {
      for (const file of readdirSync(dir!, { recursive: true, encoding: 'utf8' }))
        if (/\.(js|css|svg|html)$/.test(file)) writeFileSync(`${dir}/${file}.gz`, gzipSync(readFileSync(`${dir}/${file}`), { level: 9 }))
    },
  }
}

export default defineConfig({
  plugins: [react(), packed()],
  resolve: { alias: { '@': fileURLToPath(new URL('src', import.meta.url)) } },
  build: { target: 'es2022', chunkSizeWarningLimit: 900, modulePreload: { polyfill: false }, manifest: true },
  server: { proxy: { '/api': gateway } },
  test: { environment: 'jsdom', include: ['src/**/*.test.ts'] },
})
