/** The page around the figures: one file, no script, no network, light and dark. */
import { type Html, html, lines, raw } from './html.js'
import { CSS } from './style.js'
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
  /** What a link to it is called; unique on the page. */
  id: string
  title: string
  lead: string
  /** What its words mean, where they stand for the first time. */
  words?: Html
  body: Html
}

/** What the page is made of. */
export interface Page {
  title: string
  subtitle: string
  headline: string
  /** What the words of the headline mean, and those of the answers and notices. */
  words?: { headline?: Html; answers?: Html }
  /** The three questions of a reader, answered. */
  answers: readonly Answer[]
  notices: readonly Notice[]
  /** Names and values, under everything that is said. */
  facts: readonly (readonly [string, string])[]
  sections: readonly Section[]
  footer: string
}

/** The whole document; by its policy a browser runs and loads nothing, whatever the records held. */
export function pageHtml({ title, subtitle, headline, words, answers, notices, facts, sections, footer }: Page): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
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
${words?.headline}
${answers.length > 0 && html`<div class="answers">${lines(answers.map(answerHtml))}</div>`}
${lines(notices.map(({ kind, text }) => html`<p class="notice ${kind}">${text}</p>`))}
${words?.answers}
${facts.length > 0 && factsHtml(facts)}
</header>
${sections.length > 1 && contentsHtml(sections)}
${lines(sections.map(sectionHtml))}
<footer>${footer}</footer>
</main>
</body>
</html>
`.text
}

/** Names and their values in a row of columns. */
export function factsHtml(facts: Page['facts']): Html {
  return html`<dl class="facts">${facts.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`
}

/** Something that is read on demand; on paper it lies open. */
export function foldHtml(summary: string, body: Html, id?: string): Html {
  return html`<details${id !== undefined && html` id="${id}"`}><summary>${summary}</summary>\n${body}</details>`
}

function sectionHtml({ id, title, lead, words, body }: Section): Html {
  return html`<section id="${id}"><h2>${title}</h2><p class="lead">${lead}</p>${words}\n${body}</section>`
}

function contentsHtml(sections: readonly Section[]): Html {
  return html`<nav aria-label="Contents"><ol>${sections.map(({ id, title }) => html`<li><a href="#${id}">${title}</a></li>`)}</ol></nav>`
}

function answerHtml({ question, figure, verdict, tone, text }: Answer): Html {
  const paragraphs = text.split('\n').map((line) => html`<p>${line}</p>`)
  return html`<div class="answer ${tone}"><h2>${question}</h2><p class="figure">${figure} <span class="verdict">${verdict}</span></p>${paragraphs}</div>`
}
