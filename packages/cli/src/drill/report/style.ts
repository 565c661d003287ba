/** The report's own look: light and dark as its reader has it, and on paper. */
export const style = `
:root {
  color-scheme: light dark;
  --paper: #fff; --ground: #f6f7f9; --ink: #17202b; --soft: #5b6776; --edge: #dfe3e8;
  --good: #1a7f4b; --good-soft: #e3f4ea; --bad: #c0332b; --bad-soft: #fbe9e7; --fair: #9a6200; --fair-soft: #fdf2dc;
  --acknowledged: #3f7fc4; --failed: #d9483d; --latency: #7b4fb5; --open: #2f8f63; --taking-over: #e0a93a; --answer: #3f7fc4; --redundant: #6b7c93;
  --band: #d9483d1a; --grid: #e8ebef;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #161b22; --ground: #0d1117; --ink: #e6ebf1; --soft: #98a4b3; --edge: #2c343f;
    --good: #56c98b; --good-soft: #12301f; --bad: #ff7b72; --bad-soft: #3a1715; --fair: #e3b341; --fair-soft: #33270c;
    --acknowledged: #5b9bdf; --failed: #f0695f; --latency: #b392f0; --open: #3fa876; --taking-over: #c9952f; --answer: #5b9bdf; --redundant: #64748b;
    --band: #ff7b7222; --grid: #252d37;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
main { max-width: 1200px; margin: 0 auto; padding: 32px 24px 48px; }
header { margin-bottom: 20px; }
h1 { margin: 8px 0 4px; font-size: 28px; line-height: 1.25; letter-spacing: -0.01em; overflow-wrap: anywhere; }
h2 { margin: 0 0 12px; font-size: 17px; }
h3 { margin: 20px 0 6px; font-size: 14px; overflow-wrap: anywhere; }
p { margin: 0 0 10px; overflow-wrap: anywhere; }
.soft, .meta { color: var(--soft); }
.meta { font-size: 14px; }
.outcome { display: inline-block; padding: 3px 12px; border-radius: 999px; font-weight: 650; font-size: 14px; }
.good { color: var(--good); } .bad { color: var(--bad); } .fair { color: var(--fair); }
.outcome.good { background: var(--good-soft); } .outcome.bad { background: var(--bad-soft); } .outcome.fair { background: var(--fair-soft); }
section { margin: 0 0 16px; padding: 20px 22px; background: var(--paper); border: 1px solid var(--edge); border-radius: 10px; }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(170px, 1fr)); gap: 12px; margin-bottom: 16px; }
.card { padding: 14px 16px; background: var(--paper); border: 1px solid var(--edge); border-radius: 10px; }
.card .name { color: var(--soft); font-size: 13px; }
.card .value { font-size: 25px; font-weight: 650; line-height: 1.3; font-variant-numeric: tabular-nums; }
.card .note { font-size: 13px; }
.columns { display: grid; grid-template-columns: repeat(auto-fit, minmax(300px, 1fr)); gap: 6px 36px; }
.wide { overflow-x: auto; }
.wide table { min-width: 620px; } .wide tbody th { min-width: 10em; }
table { width: 100%; border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: 6px 14px 6px 0; border-bottom: 1px solid var(--edge); text-align: left; vertical-align: top; overflow-wrap: anywhere; }
tr:last-child > * { border-bottom: 0; }
thead th { color: var(--soft); font-size: 13px; font-weight: 500; white-space: nowrap; }
tbody th { font-weight: 500; }
.number { text-align: right; white-space: nowrap; }
.number:last-child { padding-right: 0; }
.facts th { width: 1%; min-width: 9em; overflow-wrap: normal; }
code, pre { font: 13px/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; }
code { overflow-wrap: anywhere; }
pre { margin: 0 0 10px; padding: 12px 14px; background: var(--ground); border: 1px solid var(--edge); border-radius: 8px; white-space: pre-wrap; overflow-wrap: anywhere; }
.picture { overflow-x: auto; }
svg { display: block; width: 100%; min-width: 760px; height: auto; font: 12px system-ui, -apple-system, "Segoe UI", Roboto, Arial, sans-serif; }
svg text { fill: var(--ink); paint-order: stroke; stroke: var(--paper); stroke-width: 3px; stroke-linejoin: round; } svg .tick, svg .soft { fill: var(--soft); font-size: 11px; }
svg .of { font-weight: 600; } svg .region { font-weight: 600; }
svg .grid { stroke: var(--grid); } svg .axis { stroke: var(--soft); } svg .lane { stroke: var(--edge); stroke-dasharray: 2 4; }
svg .acknowledged { fill: var(--acknowledged); } svg .failed { fill: var(--failed); } svg .answer { fill: var(--answer); }
svg .redundant { fill: var(--redundant); } svg .open { fill: var(--open); } svg .taking-over { fill: var(--taking-over); }
svg .latency { fill: none; stroke: var(--latency); stroke-width: 1.8; stroke-linejoin: round; stroke-linecap: round; }
svg .on-bar { fill: #fff; font-size: 11px; stroke: none; }
svg .band { fill: var(--band); } svg .made { stroke: var(--bad); stroke-dasharray: 4 3; } svg .fault { fill: var(--bad); font-weight: 600; }
svg .mark line { stroke: var(--ink); stroke-opacity: 0.55; stroke-dasharray: 2 3; } svg .mark circle { fill: var(--ink); }
svg .mark.acknowledged line { stroke: var(--good); stroke-opacity: 1; } svg .mark.acknowledged text, svg .mark.acknowledged circle { fill: var(--good); }
svg .mark.acknowledged text { font-weight: 650; }
footer { color: var(--soft); font-size: 13px; overflow-wrap: anywhere; }
@page { margin: 12mm; }
@media print {
  :root {
    --paper: #fff; --ground: #fff; --ink: #000; --soft: #444; --edge: #ccc; --grid: #e5e5e5; --good: #1a7f4b; --bad: #c0332b; --fair: #9a6200;
    --good-soft: #e3f4ea; --bad-soft: #fbe9e7; --fair-soft: #fdf2dc; --band: #d9483d1a;
    --acknowledged: #3f7fc4; --failed: #d9483d; --latency: #7b4fb5; --open: #2f8f63; --taking-over: #e0a93a; --answer: #3f7fc4; --redundant: #6b7c93;
  }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  body { font-size: 11px; } main { max-width: none; padding: 0; } section, .card { padding: 10px 12px; break-inside: avoid; } h2 { break-after: avoid; }
  .picture, .wide { overflow: visible; } svg, .wide table { min-width: 0; } thead .number { white-space: normal; }
}
`
