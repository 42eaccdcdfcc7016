/** The style of a page: screen, narrow screen, paper. */

export const CSS = `
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
section{margin-top:72px;scroll-margin-top:24px}
nav ol{display:flex;flex-wrap:wrap;gap:4px 22px;margin:2em 0 0;padding:14px 0 0;border-top:1px solid var(--x-line);list-style:none;font-size:.9rem}
a{color:var(--x-critical);text-underline-offset:.18em;text-decoration-thickness:1px}
a:not(:hover){text-decoration-color:var(--x-line)}
.words{margin:0 0 1.5em;color:var(--x-muted);font-size:.82rem;line-height:1.5;columns:2 26em;column-gap:36px;text-wrap:pretty}
.words span{display:block;break-inside:avoid;margin:0 0 .22em}
.words b{color:var(--x-ink);font-weight:600}
.words a{color:inherit}
.lead+.words{margin-top:-.8em}
.notice+.words,.answers+.words{margin-top:1.1em}
.headline+.words{margin-top:-.7em}
.said{max-width:52em;margin:0 0 1.4em;text-wrap:pretty}
:focus-visible{outline:2px solid var(--x-critical);outline-offset:2px}
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
.block{margin:0 0 28px;padding:18px 0 0;background:var(--x-paper);border:1px solid var(--x-line);border-radius:10px;break-inside:avoid}
.block h3{padding:0 24px;margin:0 0 .3em}
.block>p{padding:0 24px;margin:0 0 .5em;color:var(--x-muted);font-size:.84rem;line-height:1.45;max-width:72em}
.block .scroll{margin:0;border:0}
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
details{margin:0 0 10px}
summary{cursor:pointer;width:fit-content;padding:5px 0;color:var(--x-ink);font-size:.95rem;font-weight:560}
details[open]>summary{margin-bottom:10px}
.terms{display:grid;grid-template-columns:minmax(9em,max-content) 1fr;gap:7px 22px;margin:0 0 24px;max-width:62em;font-size:.92rem}
.terms dt{display:flex;gap:8px;align-items:baseline;font-size:.92rem;font-weight:600;color:var(--x-ink)}
.terms dt code{font:12px ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;color:var(--x-muted);font-weight:400}
.terms dd{font-size:.92rem;overflow-wrap:break-word}
h4{margin:1.2em 0 .6em;font-size:.98rem}
pre{overflow:auto;margin:0;padding:18px 22px;background:var(--x-paper);border:1px solid var(--x-line);border-radius:10px;font:12.5px/1.55 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
.steps{width:auto;min-width:320px}
.scroll:has(.steps){width:fit-content;max-width:100%}
footer{margin-top:64px;padding-top:18px;border-top:1px solid var(--x-line);color:var(--x-muted);font-size:.84rem}
@media (max-width:640px){main{padding:32px 16px 64px}figure{padding:16px 14px}.block h3,.block>p{padding-inline:14px}h1{font-size:1.6rem}.headline{font-size:1.08rem}section{margin-top:52px}.terms{grid-template-columns:1fr;gap:2px}.terms dd{margin-bottom:8px}th:first-child{padding-left:14px}.tasks th:first-child,.tasks td:first-child{position:sticky;left:0;background:var(--x-paper)}}
@media (max-width:480px){main{padding-inline:8px}figure{padding-inline:6px}figcaption,figure h3,.legend{padding-inline:6px}}
@media print{
@page{margin:14mm}
:root{color-scheme:light}
body{background:#fff;font-size:11pt}
main{max-width:none;padding:0}
nav,summary::marker{display:none}
section{margin-top:28px}
h2,h3,summary{break-after:avoid}
.answer,.notice,tr{break-inside:avoid}
.scroll,.picture{overflow:visible}
.picture,.picture svg{min-width:0!important;flex-shrink:1!important}
.block{break-inside:auto}
table{font-size:7.5pt}
th,td{white-space:normal;padding:3px 4px}
.tasks td{white-space:nowrap}
small,td small{font-size:6.5pt}
pre{white-space:pre-wrap;font-size:7pt}
details::details-content{content-visibility:visible;block-size:auto}
details>summary{list-style:none}
}
`
