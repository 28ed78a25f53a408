/// The style sheet of the HTML page.
module Qwem.Reports.Style

/// Light and dark after the reader's scheme; readable from 380 px to a wide screen and on paper.
let sheet =
    let variables scheme =
        [
            "ink", Palette.ink
            "mut", Palette.muted
            "grd", Palette.grid
            "bg", Palette.background
            "link", Palette.categorical[0]
        ]
        |> List.map (fun (name, colour) -> $"--{name}:{scheme colour}")
        |> String.concat ";"

    let light = variables (fun (colour: Palette.Colour) -> colour.Light)
    let dark = variables (fun (colour: Palette.Colour) -> colour.Dark)

    $":root{{{light};--pass:#0b6e4f;--fail:#b3261e;color-scheme:light dark}}
@media (prefers-color-scheme:dark){{:root{{{dark};--pass:#4cc79c;--fail:#ff8a80}}}}
@media print{{:root{{{light};--pass:#0b6e4f;--fail:#b3261e;color-scheme:light}}}}
"
    + """*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;text-size-adjust:100%}
body{margin:0;background:var(--bg);color:var(--ink);font:16px/1.55 system-ui,-apple-system,'Segoe UI',Roboto,'Liberation Sans',Arial,sans-serif}
header,nav,main,footer{max-width:76rem;margin:0 auto;padding:0 1rem}
header{padding-top:2rem}
h1{font-size:1.9rem;line-height:1.2;margin:0 0 .8rem}
h2{font-size:1.35rem;line-height:1.3;margin:2.6rem 0 .6rem;padding-top:.5rem;border-top:1px solid var(--grd)}
h3{font-size:1.05rem;margin:1.6rem 0 .4rem}
h1,h2,h3,p,li,figcaption,dd{overflow-wrap:anywhere}
p,ul,ol,figcaption,details{max-width:70ch}
a{color:var(--link)}
code{font:.88em/1.4 ui-monospace,'Liberation Mono',Menlo,Consolas,monospace;overflow-wrap:anywhere}
sub,sup{line-height:0;font-size:.75em}
.count{font-weight:600}
.pass,.fail{font-weight:700;white-space:nowrap}
.pass{color:var(--pass)}
.fail{color:var(--fail)}
.scroll{overflow-x:auto;max-width:100%;margin:.8rem 0}
table{border-collapse:collapse;font-size:.9rem;line-height:1.4}
caption{text-align:left;color:var(--mut);padding-bottom:.3rem}
th,td{padding:.35rem .7rem .35rem 0;text-align:left;vertical-align:top;border-bottom:1px solid var(--grd)}
th{border-bottom-color:var(--mut);white-space:nowrap}
td.id{min-width:10rem;overflow-wrap:anywhere}
td.claim{min-width:16rem;max-width:36rem}
td.num,th.num{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}
figure{margin:1.6rem 0}
figure .scroll{margin:0 0 .5rem}
figure svg{display:block;max-width:100%;min-width:36rem;height:auto}
figure.wide svg{min-width:50rem}
figcaption{font-size:.92rem}
details{margin:.3rem 0;padding:.3rem 0;border-bottom:1px solid var(--grd)}
summary{cursor:pointer}
details dl{margin:.4rem 0 .4rem 1rem}
dt{color:var(--mut);font-size:.85rem}
dd{margin:0 0 .4rem}
nav ol{padding-left:1.4rem}
footer{padding-top:1rem;padding-bottom:3rem}
@media print{body{font-size:10pt}nav{display:none}figure svg,figure.wide svg{min-width:0}.scroll{overflow:visible}figure,tr{break-inside:avoid}h2,h3{break-after:avoid}th{white-space:normal}td.id{min-width:7rem}td.claim{min-width:11rem}table{font-size:8pt}details::details-content{content-visibility:visible;block-size:auto}}
"""
