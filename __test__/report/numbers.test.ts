import test from 'ava'
import { textWidth } from '../../ts/drawing/letters.js'
import { fitted, planeNumbers } from '../../ts/report/figures/numbers.js'
import { parameterText, unitOf } from '../../ts/report/figures/task.js'
import { draws } from '../../ts/statistics/index.js'

test('numbers under an axis: poor tasks first, none on another, as many as there is room for', (t) => {
  const places = Array.from({ length: 50 }, (_, i) => ({ at: 4 * i, task: 10 + i, poor: i >= 45 }))
  const shown = fitted(places, 2)
  for (const place of places.slice(45, 47))
    t.true(
      shown.some(({ task }) => task === place.task),
      `poor task ${place.task}`
    )
  // Two digits of 12.5 pixels are at least 12 pixels wide in any font.
  for (const a of shown) for (const b of shown) t.true(a === b || a.row !== b.row || Math.abs(a.at - b.at) >= 12)
  t.true(shown.length >= 15 && shown.length < 50, String(shown.length))
  const wide = places.map((place) => ({ ...place, at: 10 * place.at }))
  t.is(fitted(wide, 1).length, 50)
})

test('numbers in a plane lie beside their marks and on nothing else', (t) => {
  const source = draws(3, 5, 0)
  const marks = Array.from({ length: 40 }, (_, task) => ({
    x: 400 * source.uniform(),
    y: 400 * source.uniform(),
    radius: 6,
    task,
    rank: task
  }))
  const others = Array.from({ length: 40 }, () => ({ x: 400 * source.uniform(), y: 400 * source.uniform(), radius: 3 }))
  const svg = planeNumbers(marks, others, [400, 400])
  const texts = [...svg.matchAll(/ x="([\d.]+)" y="([\d.]+)">(\d+)</g)].map(([, x, y, task]) => ({
    x: Number(x),
    y: Number(y),
    task: Number(task)
  }))
  t.true(texts.length >= 20, String(texts.length))
  for (const { x, y, task } of texts) {
    const [half, height] = [String(task).length * 3.5, 9]
    t.true(x - half >= 0 && x + half <= 401 && y - height >= -0.5 && y <= 400.5)
    t.true(Math.hypot(marks[task].x - x, marks[task].y - y) < 25, 'near its own mark')
    for (const mark of [...marks, ...others]) {
      const apart =
        Math.abs(mark.x - x) >= half + mark.radius - 0.6 || mark.y - mark.radius >= y - 0.3 || mark.y + mark.radius <= y - height + 0.6
      t.true(apart, `number ${task} on a mark`)
    }
    for (const other of texts) t.true(other.task === task || Math.abs(other.x - x) >= 6 || Math.abs(other.y - y) >= 9)
  }
})

test('a parameter’s unit stands behind its value', (t) => {
  t.deepEqual(unitOf('goal velocity (m/s)'), { name: 'goal velocity', unit: 'm/s' })
  t.deepEqual(unitOf('direction'), { name: 'direction', unit: '' })
  t.is(parameterText({ taskNames: ['goal x (m)', 'period'] }, [-1.234, 7]), 'goal x −1.23 m, period 7')
})

test('a text is taken for no narrower than DejaVu Sans draws it', (t) => {
  // Widths of DejaVu Sans in ems: advance widths of its glyphs over 2048 units.
  const glyphs: Readonly<Record<string, number>> = {
    '0': 0.636,
    '8': 0.636,
    a: 0.613,
    e: 0.615,
    m: 0.974,
    w: 0.818,
    i: 0.278,
    r: 0.411,
    t: 0.392,
    M: 0.863,
    W: 0.989,
    X: 0.685,
    Q: 0.787,
    L: 0.557,
    ' ': 0.318,
    '.': 0.318,
    ',': 0.318,
    '[': 0.39,
    '(': 0.39,
    '-': 0.361,
    '+': 0.838,
    '−': 0.838,
    '%': 0.95,
    ω: 0.837
  }
  for (const [letter, ems] of Object.entries(glyphs)) t.true(textWidth(letter, 1000) >= 1000 * ems, letter)
  const real = [...'+0.077 [+0.015, +0.140]'].reduce((sum, letter) => sum + (glyphs[letter] ?? glyphs['0']), 0)
  t.true(textWidth('+0.077 [+0.015, +0.140]', 100) < 115 * real, 'and not much wider')
})
