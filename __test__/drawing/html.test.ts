import test from 'ava'
import { figureHtml, html, lines, pageHtml, raw, say } from '../../ts/drawing/index.js'

test('what a template is filled with is text, unless it is markup', (t) => {
  const evil = '<b title="x">&</b>'
  const escaped = '&lt;b title=&quot;x&quot;&gt;&amp;&lt;/b&gt;'
  t.is(html`<p class="${evil}">${evil}</p>`.text, `<p class="${escaped}">${escaped}</p>`)
  t.is(html`<p>${html`<i>${evil}</i>`}${raw('<hr>')}</p>`.text, `<p><i>${escaped}</i><hr></p>`)
})

test('lists are joined, numbers written, and what is not there is nothing', (t) => {
  t.is(html`${[html`<i>1</i>`, '<', 2, ['a', false]]}${undefined}${false}${0}`.text, '<i>1</i>&lt;2a0')
  t.is(lines([html`<i>a</i>`, undefined, false, html``, html`<i>b</i>`]).text, '<i>a</i>\n<i>b</i>')
  t.is(`${html`<i>`}`, '<i>')
})

test('a text of sentences holds those that are there', (t) => {
  t.is(say('One.', false, undefined, '', 'Two.'), 'One. Two.')
})

test('nothing that a page or a figure is given can write markup of its own', (t) => {
  const evil = '<script>"&'
  const figure = figureHtml({
    id: 'f',
    title: evil,
    svg: ['<svg style="max-width:100px"></svg>'],
    legend: [{ label: evil, colour: 'ink', mark: 'dot' }],
    caption: evil
  })
  const page = pageHtml({
    title: evil,
    subtitle: evil,
    headline: evil,
    answers: [{ question: evil, figure: evil, verdict: evil, tone: 'good', text: `${evil}\n${evil}` }],
    facts: [[evil, evil]],
    notices: [{ kind: 'note', text: evil }],
    sections: [{ id: 's', title: evil, lead: evil, body: figure }],
    footer: evil
  })
  t.false(page.includes('<script'))
  const places = { page: 4, answer: 5, fact: 2, notice: 1, section: 2, figure: 3, footer: 1 }
  const count = Object.values(places).reduce((sum, each) => sum + each, 0)
  t.is(page.split('&lt;script&gt;&quot;&amp;').length - 1, count)
})
