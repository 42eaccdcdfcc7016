// The picture of README.md from a real report: node scripts/picture.mjs <report.html> [docs/images/report.png]
// Needs chromium on the PATH; light theme, 1560 pixels wide.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

const [report, out = 'docs/images/report.png'] = process.argv.slice(2)
if (!report) throw new Error('usage: node scripts/picture.mjs <report.html> [out.png]')
const html = readFileSync(report, 'utf8')
// The light palette only, whatever the browser prefers.
const style = /<style>([\s\S]*?)<\/style>/.exec(html)[1].replace(/@media \(prefers-color-scheme:dark\)\{.*\}\}/, '')
/** A figure of the report with some of its panels and no caption. */
const figure = (id, panels, share) => {
  const [text] = new RegExp(`<figure id="${id}">[\\s\\S]*?</figure>`).exec(html)
  const pictures = text.match(/<div class="picture"[\s\S]*?<\/svg><\/div>/g)
  const head = text.slice(0, text.indexOf('<div class="pictures">')).replace('<figure', `<figure style="flex:${share} 1 0"`)
  return `${head}<div class="pictures">${panels.map((panel) => pictures[panel]).join('')}</div></figure>`
}
const page = `<!doctype html><meta charset="utf-8"><style>${style}
:root{color-scheme:light}body{width:1040px;padding:14px}.row{display:flex;gap:14px;margin-bottom:14px}
figure{margin:0;padding:14px 16px 6px;min-width:0}h3{font-size:.95rem}.legend{font-size:.7rem;gap:1px 10px;margin:0 0 6px}
.pictures{flex-wrap:nowrap}.picture{flex-basis:0!important}.picture svg{min-width:0!important;max-width:none!important}</style>
<div class="row">${figure('omega', [0], 61)}${figure('dumbbells', [0], 39)}</div>
<div class="row">${figure('map', [0], 29)}${figure('flights', [0, 1], 71)}</div>`
const folder = mkdtempSync(join(tmpdir(), 'xmrl-picture-'))
try {
  writeFileSync(join(folder, 'page.html'), page)
  const quiet = ['disable-gpu', 'disable-quic', 'no-first-run', 'disable-background-networking', 'disable-component-update', 'disable-sync']
  const height = Number(process.env.HEIGHT ?? 804)
  const flags = ['headless', 'no-sandbox', ...quiet, 'hide-scrollbars', 'force-device-scale-factor=1.5', `window-size=1040,${height}`]
  const run = spawnSync('chromium', [
    ...flags.map((flag) => `--${flag}`),
    `--user-data-dir=${join(folder, 'profile')}`,
    `--screenshot=${resolve(out)}`,
    `file://${join(folder, 'page.html')}`
  ])
  if (run.status !== 0) throw new Error(`chromium: ${run.error ?? run.stderr}`)
} finally {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
}
