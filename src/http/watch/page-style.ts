/** What all pages look like; each adds its own. */
export const PAGE_STYLE = `
:root { color-scheme: dark; --bg: #101214; --panel: #1a1d21; --line: #333a41; --ink: #eceff1; --dim: #9aa4ad; --accent: #ffb454 }
* { box-sizing: border-box }
[hidden] { display: none !important }
body { margin: 0; min-height: 100vh; background: var(--bg); color: var(--ink); font: 16px/1.5 system-ui, sans-serif }
main { max-width: 1100px; margin: 0 auto; padding: 24px 16px }
h1 { font-size: 20px; font-weight: 600; margin: 0 0 16px; overflow-wrap: anywhere }
select, input, button { background: var(--panel); color: var(--ink); border: 1px solid var(--line); border-radius: 6px;
  padding: 6px 10px; font: inherit }
a { color: var(--accent) }
`
