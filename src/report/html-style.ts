/** The look of the page: dark and light by the reader's setting, narrow screens, paper. */
export const style = `
:root{color-scheme:light dark;--back:light-dark(#fff,#16181d);--text:light-dark(#1c1e21,#dfe2e7);--soft:light-dark(#5c6370,#9aa2ae);
--line:light-dark(#dfe2e7,#333842);--code:light-dark(#f5f6f8,#1e2128);--link:light-dark(#0b57d0,#7cacf8);
--critical:light-dark(#8c1d18,#f2b8b5);--high:light-dark(#b3261e,#ee675c);--medium:light-dark(#8a5300,#fcad70);--low:light-dark(#33618d,#8ab4f8);--info:var(--soft);
--added:light-dark(#176639,#81c995);--removed:light-dark(#b3261e,#ee675c)}
*{box-sizing:border-box}
body{max-width:62rem;margin:0 auto;padding:1rem;background:var(--back);color:var(--text);font:1rem/1.5 system-ui,sans-serif;overflow-wrap:anywhere}
h1{font-size:1.5rem;margin:.5rem 0}h2{font-size:1.1rem;margin:1.5rem 0 .5rem}h3{font-size:1rem;margin:0 0 .25rem}
p{margin:.4rem 0}a{color:var(--link)}small,.facts,.place,footer{color:var(--soft)}
pre{background:var(--code);border:1px solid var(--line);border-radius:.3rem;padding:.5rem .7rem;overflow-x:auto;white-space:pre}
code{font:.875rem/1.45 ui-monospace,monospace;overflow-wrap:normal}
article{border-left:.25rem solid var(--line);padding:.2rem 0 .2rem .8rem;margin:1rem 0}
.badge{display:inline-block;border:1px solid currentColor;border-radius:.3rem;padding:0 .4rem;font-size:.85rem;font-weight:600}
.critical{color:var(--critical)}.high{color:var(--high)}.medium{color:var(--medium)}.low{color:var(--low)}.info{color:var(--info)}
.filter{border:1px solid var(--line);border-radius:.3rem;padding:.3rem .6rem;margin:.4rem 0}.filter label{display:inline-block;margin:.15rem 1rem .15rem 0}
summary{cursor:pointer}.problem{color:var(--high)}
.comment{color:var(--soft);font-style:italic}.string{color:light-dark(#176639,#81c995)}.number{color:light-dark(#8a5300,#fcad70)}.keyword{color:light-dark(#7b2d8b,#d7aefb)}
.diff .added{color:var(--added)}.diff .removed{color:var(--removed)}.diff .hunk{color:var(--low)}.diff .head{font-weight:600}
table{border-collapse:collapse}td,th{border:1px solid var(--line);padding:.2rem .5rem}footer{margin:2rem 0 1rem;font-size:.85rem}
@media (max-width:40rem){body{padding:.6rem}.filter label{display:block}}
@media print{.filter{display:none}body{max-width:none}pre{white-space:pre-wrap}article,pre{break-inside:avoid}h2,h3{break-after:avoid}}
`
