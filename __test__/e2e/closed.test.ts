/** A whole run closed in: Node refuses code made of text, nothing connects, and its pages run and load nothing. */
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { command, commandLine, folder, root, TINY } from '../helpers.js'

/** Ends the process that connects, looks up a name or sends a datagram; read by every process of a run. */
const NO_NETWORK = `
import dgram from 'node:dgram'
import dns from 'node:dns'
import net from 'node:net'
const refuse = (what) => () => { process.stderr.write('reached for the network: ' + what + '\\n'); process.exit(99) }
const connect = net.Socket.prototype.connect
// Pipes between processes of a run are no network.
net.Socket.prototype.connect = function (...args) {
  const [to] = args.flat()
  return typeof to === 'object' && to?.path ? connect.apply(this, args) : refuse('connect')()
}
net.Server.prototype.listen = refuse('listen')
dgram.createSocket = refuse('datagram')
for (const name of ['lookup', 'resolve', 'resolve4']) dns[name] = refuse('names')
globalThis.fetch = refuse('fetch')
`

/** Words that a browser would take for markup, where users have a word. */
const HOSTILE = '<img src=x onerror=alert(1)>"\'&<script>alert(2)</script>'

const ELEMENTS = new Set(
  `html head meta title style body main header nav section footer div p h1 h2 h3 h4 dl dt dd ol ul li a b i em strong small span code details
   summary table thead tbody tfoot tr th td caption figure figcaption picture br hr sub sup pre svg g path rect circle ellipse line polyline
   polygon text tspan title desc defs clippath lineargradient stop marker use pattern`.match(/\S+/g)
)

/** What a page holds that would run or load something: elements and attributes that are not known to be harmless. */
function reaches(page: string): string[] {
  const found: string[] = []
  const [styles, rest] = [
    [...page.matchAll(/<style>([\s\S]*?)<\/style>/g)].map(([, css]) => css),
    page.replace(/<style>[\s\S]*?<\/style>/g, '<style>')
  ]
  const css = [...styles, ...[...rest.matchAll(/ style="([^"]*)"/g)].map(([, text]) => text)]
  for (const text of css) found.push(...(text.match(/@import|url\((?!#)|image-set|expression\(|behavior:/g) ?? []))
  for (const [tag, name, attributes] of rest.matchAll(/<\/?([a-zA-Z][^\s/>]*)((?:\s+[^\s=>/]+(?:="[^"]*"|='[^']*'|=[^\s>]*)?)*)\s*\/?>/g)) {
    if (!ELEMENTS.has(name.toLowerCase())) found.push(tag)
    for (const [, attribute, , value] of attributes.matchAll(/([^\s=]+)(=(?:"([^"]*)"|[^\s>]*))?/g)) {
      if (/^(on|src|srcset|srcdoc|action|formaction|background|poster|ping|data$|xml:base)/i.test(attribute)) found.push(tag)
      if (/href$/i.test(attribute) && !value?.startsWith('#')) found.push(tag)
      if (/url\((?!#)/.test(value ?? '')) found.push(tag)
      if (/^http-equiv$/i.test(attribute) && value !== 'Content-Security-Policy') found.push(tag)
    }
  }
  return found
}

test('what would run or load something is seen', (t) => {
  const bad = `<p><script>1</script><b onclick="x"></b><a href="https://x.org">a</a><img src="x.png"><iframe></iframe><link rel=x href=y>
    <svg><image href="x"/><use href="y.svg#a"/><rect fill="url(http://x)"/></svg><i style="background: url(x)"></i><meta http-equiv="refresh">
    <style>@import 'x'; a { background: url(https://x) }</style><object data="x"></object><base href="x"><form></form>`
  const found = reaches(bad).join('\n')
  for (const what of [
    '<script>',
    'onclick',
    'https://x.org',
    '<img',
    '<iframe>',
    '<link',
    '<image',
    '<use',
    'url(http',
    'refresh',
    '@import',
    '<object',
    '<base',
    '<form>'
  ])
    t.true(found.includes(what), what)
  t.true(reaches('<i style="background: url(x)"></i>').length > 0)
  t.deepEqual(reaches('<p class="a"><a href="#b">5 &lt; 6</a></p><svg><rect fill="url(#g)"/></svg><style>a { b: c }</style>'), [])
})

test('a whole run makes no code of text and reaches for no network, and its pages run and load nothing', async (t) => {
  const path = folder(t)
  const guard = join(path, 'no-network.mjs')
  writeFileSync(guard, NO_NETWORK)
  copyFileSync(join(root, '__test__', 'own', 'worlds', 'point.mjs'), join(path, 'world.mjs'))
  const world = readFileSync(join(path, 'world.mjs'), 'utf8')
  const named = world.replace(/task: \{\s*names: \[[^\]]*\]/, (task) => task.replace(/'[^']*'/, JSON.stringify(HOSTILE)))
  t.not(named, world)
  writeFileSync(join(path, 'world.mjs'), named)
  const spec = { ...TINY, environment: './world.mjs' }
  writeFileSync(join(path, 'spec.json'), JSON.stringify(spec))
  const closed = { NODE_OPTIONS: `--disallow-code-generation-from-strings --import=${guard}` }
  const xmrl = (...args: string[]) => command(process.execPath, [...commandLine, ...args], { cwd: path, env: closed })
  // Two processes, so that those of seeds are closed in as well.
  const run = await xmrl('run', 'spec.json', '--seeds', '0,1', '--jobs', '2', '--out', 'run')
  t.is(run.code, 0, run.stderr)
  const theory = await xmrl('theory', '--out', 'theory')
  t.is(theory.code, 0, theory.stderr)
  for (const file of ['run/report.html', 'theory/theory.html']) {
    const page = readFileSync(join(path, file), 'utf8')
    t.deepEqual(reaches(page), [], file)
    t.true(page.includes(`content="default-src 'none'; style-src 'unsafe-inline'"`), file)
  }
  t.true(readFileSync(join(path, 'run/report.html'), 'utf8').includes('&lt;script&gt;alert(2)'), 'the words are there, as words')
  // The closing in is real.
  for (const reach of ["fetch('http://127.0.0.1:9')", "(await import('node:net')).connect(9)", "new Function('return 1')"]) {
    const done = await command(process.execPath, ['--input-type=module', '-e', reach], { env: closed })
    t.not(done.code, 0, reach)
    t.regex(done.stderr, /reached for the network|Code generation from strings disallowed/)
  }
})
