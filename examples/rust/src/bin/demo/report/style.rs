//! How the report looks: light or dark as the reader has it, from a telephone's width on.

pub(super) const STYLE: &str = "
:root {
  --ground: #fbfaf7; --card: #fff; --ink: #1d2329; --quiet: #5c6670; --line: #e2dfd7; --accent: #0b6e7f;
  --good: #1c7040; --good-ground: #e3f3e8; --fair: #85560a; --fair-ground: #faefd6; --bad: #a3302a; --bad-ground: #fae5e2;
  --mark: #ffe9a3;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #14181c; --card: #1b2126; --ink: #e6e8ea; --quiet: #9ba5ae; --line: #2e363d; --accent: #5cc2d3;
    --good: #79d19c; --good-ground: #173424; --fair: #e8bb67; --fair-ground: #392c12; --bad: #f0948d; --bad-ground: #3e1c1a;
    --mark: #5d4d12;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 1rem/1.55 system-ui, 'Segoe UI', sans-serif; }
main, footer { max-width: 70rem; margin: 0 auto; padding: 0 1.25rem; }
header { padding: 3.5rem 0 1rem; }
h1, h2 { font-family: Charter, 'Bitstream Charter', Cambria, Georgia, serif; font-weight: 600; line-height: 1.15; margin: 0; }
h1 { font-size: clamp(2rem, 6vw, 3.2rem); letter-spacing: -.02em; }
h2 { font-size: clamp(1.5rem, 4vw, 2rem); }
h3 { font-size: 1.02rem; margin: 0; overflow-wrap: anywhere; }
.brand { color: var(--accent); font-weight: 700; letter-spacing: .18em; margin: 0 0 .5rem; }
.lead { max-width: 44rem; color: var(--quiet); margin: .6rem 0 1.25rem; }
header .lead { font-size: 1.12rem; }
section { border-top: 1px solid var(--line); padding: 2.25rem 0 2.5rem; }
section h3 + p { margin-top: .3rem; }
.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)); gap: .75rem; margin: 1.5rem 0; }
.facts div { display: flex; flex-direction: column-reverse; justify-content: flex-end; background: var(--card);
  border: 1px solid var(--line); border-radius: .7rem; padding: .8rem 1rem; }
.facts dt { color: var(--quiet); font-size: .88rem; }
.facts dd { margin: 0; font-size: 1.5rem; font-weight: 650; font-variant-numeric: tabular-nums; }
table { width: 100%; border-collapse: collapse; }
th { text-align: left; font-size: .85rem; color: var(--quiet); font-weight: 600; }
th, td { padding: .5rem .9rem .5rem 0; border-bottom: 1px solid var(--line); vertical-align: top; overflow-wrap: anywhere; }
code { font: .86em ui-monospace, 'DejaVu Sans Mono', monospace; overflow-wrap: anywhere; }
.chip { display: inline-block; font-size: .82rem; font-weight: 600; padding: .08rem .55rem; border-radius: 1rem; }
.good { color: var(--good); } .fair { color: var(--fair); } .bad { color: var(--bad); }
.chip.good { background: var(--good-ground); } .chip.fair { background: var(--fair-ground); }
.chip.bad { background: var(--bad-ground); }
.mark { font-size: .82rem; font-weight: 600; white-space: nowrap; }
.reason { display: block; color: var(--quiet); font-size: .92rem; }
.quiet { color: var(--quiet); font-size: .88rem; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: .7rem; overflow: hidden; margin: 0; }
article.card { padding: 1rem 1.15rem; }
.grid { display: grid; grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr)); gap: 1rem; }
.grid img { display: block; width: 100%; height: 11rem; object-fit: contain; background: #fff; }
figcaption { color: var(--quiet); font-size: .92rem; }
.grid figcaption { padding: .75rem 1rem 1rem; display: grid; gap: .15rem; color: var(--ink); }
figure { margin: 0 0 1.75rem; }
blockquote { margin: .4rem 0 0; padding-left: .8rem; border-left: 3px solid var(--line); font-size: .95rem; overflow-wrap: anywhere; }
.grid blockquote { max-height: 7.5rem; overflow: auto; font-size: .85rem; }
.grid .quiet { margin: 0; }
.searches, .turns { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 25rem), 1fr)); gap: 1rem; }
.searches h3, .searches li { display: flex; gap: .75rem; align-items: flex-start; }
.searches h3 { align-items: center; }
.searches .card > p { margin: .1rem 0 .6rem; }
ol { margin: 0; padding: 0; list-style: none; }
li { padding: .6rem 0; border-top: 1px solid var(--line); }
li p { margin: .15rem 0 0; font-size: .93rem; }
.small { width: 3.5rem; height: 3.5rem; flex: none; object-fit: contain; background: #fff; border-radius: .4rem;
  border: 1px solid var(--line); }
mark { background: var(--mark); color: inherit; border-radius: .2rem; padding: 0 .1rem; }
svg { display: block; width: 100%; max-width: 52rem; height: auto; margin-bottom: .5rem; }
svg text { font: 15px system-ui, sans-serif; fill: var(--quiet); }
.rule { stroke: var(--line); }
.curve { fill: none; stroke: var(--accent); stroke-width: 2.5; stroke-linejoin: round; }
.gauge { max-width: 16rem; }
.track, .value { fill: none; stroke-width: 22; } .track { stroke: var(--line); } .value { stroke: var(--accent); }
svg .number { font-size: 30px; font-weight: 650; fill: var(--ink); }
footer { border-top: 1px solid var(--line); padding-top: 1rem; padding-bottom: 3rem; color: var(--quiet); font-size: .9rem; }
@media (max-width: 40rem) {
  header { padding-top: 2rem; }
  .stack thead { position: absolute; clip-path: inset(50%); }
  .stack, .stack tbody, .stack tr, .stack td { display: block; }
  .stack tr { padding: .7rem 0; border-bottom: 1px solid var(--line); }
  .stack td { border: 0; padding: .1rem 0; }
  .stack td[data-label]::before { content: attr(data-label) ': '; color: var(--quiet); font-size: .85rem; }
  .grid { grid-template-columns: 1fr 1fr; gap: .6rem; }
  .grid img { height: 8rem; }
  .grid figcaption { padding: .6rem .7rem .8rem; }
  svg text { font-size: 22px; }
}
";
