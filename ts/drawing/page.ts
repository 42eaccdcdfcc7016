/** The page around the figures: one file, no script, no network, light and dark. */
import { type Html, html, lines, raw } from './html.js'
import { paletteCss } from './theme.js'

/** One of the three questions a reader comes with. */
export interface Answer {
  question: string
  /** The figure that answers it; its decimals are those of `text`. */
  figure: string
  /** One or two words. */
  verdict: string
  tone: 'good' | 'bad' | 'open'
  /** One line or several, a paragraph each. */
  text: string
}

/** A statement the reader must not miss. */
export interface Notice {
  kind: 'warning' | 'note'
  text: string
}

/** A section with a heading and a sentence that says what it answers. */
export interface Section {
  title: string
  lead: string
  body: Html
}

/** What the page is made of. */
export interface Page {
  title: string
  subtitle: string
  headline: string
  /** The three questions of a reader, answered. */
  answers: readonly Answer[]
  facts: readonly (readonly [string, string])[]
  notices: readonly Notice[]
  sections: readonly Section[]
  footer: string
}

/** The whole document. */
export function pageHtml({ title, subtitle, headline, answers, facts, notices, sections, footer }: Page): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>
${raw(paletteCss())}
${raw(CSS)}
</style>
</head>
<body>
<main>
<header>
<p class="kicker">${subtitle}</p>
<h1>${title}</h1>
<p class="headline">${headline}</p>
${answers.length > 0 && html`<div class="answers">${lines(answers.map(answerHtml))}</div>`}
${lines(notices.map(({ kind, text }) => html`<p class="notice ${kind}">${text}</p>`))}
<dl class="facts">${facts.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>
</header>
${lines(sections.map(({ title: what, lead, body }) => html`<section><h2>${what}</h2><p class="lead">${lead}</p>\n${body}</section>`))}
<footer>${footer}</footer>
</main>
</body>
</html>
`.text
}

function answerHtml({ question, figure, verdict, tone, text }: Answer): Html {
  const paragraphs = text.split('\n').map((line) => html`<p>${line}</p>`)
  return html`<div class="answer ${tone}"><h2>${question}</h2><p class="figure">${figure} <span class="verdict">${verdict}</span></p>${paragraphs}</div>`
}

const CSS = `
*{box-sizing:border-box}
body{margin:0;background:var(--x-page);color:var(--x-ink);font:16px/1.6 Inter,system-ui,-apple-system,"Segoe UI",Helvetica,Arial,sans-serif;-webkit-font-smoothing:antialiased;font-feature-settings:"kern","liga"}
main{max-width:1080px;margin:0 auto;padding:56px 32px 96px}
h1,h2,h3{line-height:1.25;text-wrap:balance}
h1{font-size:2.1rem;font-weight:680;letter-spacing:-.02em;margin:.1em 0 .5em}
h2{font-size:1.4rem;font-weight:660;letter-spacing:-.012em;margin:0 0 .2em}
h3{font-size:1.02rem;font-weight:640;margin:0 0 .5em}
.kicker{margin:0;color:var(--x-muted);font-size:.82rem;font-weight:600;letter-spacing:.06em;text-transform:uppercase}
.headline{font-size:1.2rem;line-height:1.5;max-width:54em;margin:0 0 1.3em;text-wrap:pretty;font-variant-numeric:tabular-nums}
.lead{color:var(--x-muted);max-width:46em;margin:0 0 1.4em;text-wrap:pretty}
section{margin-top:72px}
.facts{display:grid;grid-template-columns:repeat(auto-fit,minmax(140px,1fr));gap:14px 28px;margin:1.8em 0 0;padding:18px 0 0;border-top:1px solid var(--x-line)}
.facts div{min-width:0}
.answers{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(280px,100%),1fr));gap:16px;margin:0 0 1.2em}
.answer{padding:16px 20px 18px;background:var(--x-paper);border:1px solid var(--x-line);border-top:3px solid var(--x-other);border-radius:10px}
.answer.good{border-top-color:var(--x-better)}
.answer.bad{border-top-color:var(--x-worse)}
.answer h2{font-size:.95rem;font-weight:640;letter-spacing:0;margin:0}
.answer p{margin:0 0 .35em;font-size:.88rem;line-height:1.5;color:var(--x-muted);font-variant-numeric:tabular-nums}
.answer .figure{font-size:1.75rem;font-weight:680;letter-spacing:-.02em;line-height:1.35;color:var(--x-ink);margin:2px 0 4px}
.verdict{font-size:.88rem;font-weight:600;letter-spacing:0;color:var(--x-muted);vertical-align:.28em;margin-left:4px}
.good .verdict{color:var(--x-better)}
.bad .verdict{color:var(--x-worse)}
dt{color:var(--x-muted);font-size:.78rem}
dd{margin:0;font-size:.92rem;overflow-wrap:anywhere;font-variant-numeric:tabular-nums}
.notice{max-width:60em;margin:.5em 0;padding:9px 14px;border-left:3px solid var(--x-other);background:var(--x-paper);border-radius:0 6px 6px 0;font-size:.94rem}
.notice.warning{border-left-color:var(--x-poor)}
figure{margin:0 0 32px;padding:22px 24px 20px;background:var(--x-paper);border:1px solid var(--x-line);border-radius:10px;break-inside:avoid}
.pictures{display:flex;flex-wrap:wrap;gap:8px 24px;align-items:flex-start}
.picture{min-width:0;max-width:100%;overflow-x:auto}
.picture svg{display:block;width:100%;height:auto}
figcaption{margin-top:14px;color:var(--x-muted);font-size:.9rem;line-height:1.55;max-width:68em;text-wrap:pretty}
.legend{display:flex;flex-wrap:wrap;gap:4px 18px;margin:0 0 12px;padding:0;list-style:none;color:var(--x-muted);font-size:.84rem}
.legend li{display:flex;align-items:center;gap:6px}
.key{width:18px;height:12px;flex:none}
.scroll{overflow-x:auto;margin:0 0 28px;background:var(--x-paper);border:1px solid var(--x-line);border-radius:10px}
table{border-collapse:collapse;width:100%;font-size:.88rem;font-variant-numeric:tabular-nums}
caption{text-align:left;font-weight:640;font-size:1.02rem;padding:18px 24px 8px}
caption small{font-weight:400}
th,td{padding:7px 9px;text-align:right;vertical-align:top;white-space:nowrap}
th:first-child{text-align:left;padding-left:24px}
td:last-child,th:last-child{padding-right:24px}
thead th{color:var(--x-muted);font-weight:500;font-size:.82rem;padding-block:3px}
thead th{white-space:normal;min-width:4.5em;vertical-align:bottom}
td small{font-size:.74rem}
tbody th{font-weight:500}
tbody tr{border-top:1px solid var(--x-line)}
tbody tr:last-child>*{padding-bottom:14px}
tr.base{color:var(--x-muted)}
tr.main{background:color-mix(in srgb,var(--x-critical) 8%,transparent)}
tr.main th{font-weight:660}
small{display:block;color:var(--x-muted);font-size:.8rem;line-height:1.35}
.unshown{color:var(--x-muted)}
tr>:is(th,td):not(:first-child){padding-inline:5px}
tr>:is(th,td):not(:first-child,.joined){padding-left:11px}
tr>:is(th,td):last-child{padding-right:20px}
table:is(.ablations,.transfer) td:nth-child(-n+3){text-align:left}
details{margin:0 0 24px}
summary{cursor:pointer;color:var(--x-muted);font-size:.92rem;margin-bottom:12px}
pre{overflow:auto;margin:0;padding:18px 22px;background:var(--x-paper);border:1px solid var(--x-line);border-radius:10px;font:12.5px/1.55 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
.steps{width:auto;min-width:320px}
.scroll:has(.steps){width:fit-content;max-width:100%}
footer{margin-top:64px;padding-top:18px;border-top:1px solid var(--x-line);color:var(--x-muted);font-size:.84rem}
@media (max-width:640px){main{padding:32px 16px 64px}figure{padding:16px 14px}h1{font-size:1.6rem}}
@media print{body{background:#fff}main{max-width:none;padding:0}section{margin-top:32px}}
`
