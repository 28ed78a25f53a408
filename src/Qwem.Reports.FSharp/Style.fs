/// The style sheet of the HTML pages.
module Qwem.Reports.Style

/// Light and dark after the reader's scheme; readable from 360 px to a wide screen and on paper.
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

    $":root{{{light};--pass:#0b6e4f;--weak:#7a5900;--fail:#b3261e;color-scheme:light dark}}
@media (prefers-color-scheme:dark){{:root{{{dark};--pass:#4cc79c;--weak:#e8be3c;--fail:#ff8a80}}}}
@media print{{:root{{{light};--pass:#0b6e4f;--weak:#7a5900;--fail:#b3261e;color-scheme:light}}}}
"
    + """*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;text-size-adjust:100%}
body{margin:0;background:var(--bg);color:var(--ink);font:16px/1.55 system-ui,-apple-system,'Segoe UI',Roboto,'Liberation Sans',Arial,sans-serif}
header,main,footer{max-width:76rem;margin:0 auto;padding:0 1rem}
header{padding-top:1.5rem}
footer{padding-top:1.5rem;padding-bottom:3rem}
nav{display:flex;flex-wrap:wrap;gap:.3rem 1.4rem;margin:0 0 1rem}
.skip{position:absolute;left:-99rem}
.skip:focus{left:1rem;top:.3rem;background:var(--bg)}
h1{font-size:1.9rem;line-height:1.2;margin:0 0 .8rem}
h2{font-size:1.35rem;line-height:1.3;margin:2.2rem 0 .6rem;padding-top:.5rem;border-top:1px solid var(--grd)}
h3{font-size:1.05rem;margin:0 0 .4rem}
h1,h2,h3,p,li,figcaption,dd{overflow-wrap:anywhere}
p,figcaption,dd{max-width:70ch}
a{color:var(--link)}
code{font:.88em/1.4 ui-monospace,'Liberation Mono',Menlo,Consolas,monospace;overflow-wrap:anywhere}
sub,sup{line-height:0;font-size:.75em}
:focus-visible{outline:2px solid var(--link);outline-offset:2px}
.count{font-weight:600}
.confirmed,.not-confirmed,.contradicted{font-weight:700}
.confirmed{color:var(--pass)}
.not-confirmed{color:var(--weak)}
.contradicted{color:var(--fail)}
.answer{font-size:1.08rem}
.claims .answer{font-size:inherit}
.scroll{overflow-x:auto;max-width:100%;margin:.8rem 0;background:linear-gradient(to left,var(--bg) 60%,transparent) right/2.5rem 100% no-repeat local,linear-gradient(to left,var(--mut),transparent) right/.4rem 100% no-repeat scroll}
table{border-collapse:collapse;font-size:.9rem;line-height:1.4}
caption{text-align:left;color:var(--mut);padding-bottom:.3rem;max-width:calc(100vw - 2rem)}
th,td{padding:.35rem .7rem .35rem 0;text-align:left;vertical-align:top;border-bottom:1px solid var(--grd)}
th{border-bottom-color:var(--mut);white-space:nowrap}
th[scope=row]{border-bottom-color:var(--grd);white-space:normal;min-width:9rem}
.plot thead th.num{white-space:normal;min-width:4.5rem;max-width:14rem}
td.id{min-width:10rem;overflow-wrap:anywhere}
td.claim{min-width:16rem;max-width:36rem}
.beside th[scope=row]{white-space:normal;font-weight:normal;min-width:11rem}
td.num,th.num{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}
.beside td,.beside td.num{white-space:normal;min-width:6.5rem;max-width:20rem}
.claims{list-style:none;margin:0;padding:0;display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,22rem),1fr));gap:1.2rem}
.claims li{border:1px solid var(--grd);border-radius:4px;padding:.8rem}
.claims p{margin:.3rem 0}
.exceptions{list-style:none;margin:0;padding:0}
.exceptions li{border-left:3px solid var(--mut);padding-left:.8rem;margin:0 0 1rem}
.exceptions p{margin:.2rem 0}
.thumbnail img{display:block;width:100%;height:11rem;object-fit:contain;margin-bottom:.6rem}
.verdict{margin:0 0 1rem;padding:.7rem 0;border-bottom:1px solid var(--grd)}
.verdict p{margin:.2rem 0 .5rem}
dl{margin:0}
dt{color:var(--mut);font-size:.85rem}
dd{margin:0 0 .5rem}
dd ul{margin:0;padding-left:1.2rem}
.matrix{max-height:85vh;overflow:auto;background:none;border:1px solid var(--grd)}
.matrix table{border-collapse:separate;border-spacing:0;font-size:.8rem;line-height:1.2}
.matrix th,.matrix td{padding:.15rem .3rem;border-bottom:1px solid var(--grd);background:var(--bg)}
.matrix td{text-align:center;min-width:1.5rem}
.matrix thead th{position:sticky;top:0;z-index:1;vertical-align:bottom;border-bottom-color:var(--mut)}
.matrix .gate span{display:inline-block;writing-mode:vertical-rl;transform:rotate(180deg);max-height:13rem;overflow-wrap:anywhere;text-align:left}
.matrix th[scope=row],.matrix thead th:first-child{position:sticky;left:0;z-index:1;text-align:left;border-right:1px solid var(--mut)}
.matrix thead th:first-child{z-index:2}
.matrix caption{position:sticky;left:0}
.matrix th[scope=row] a,.matrix th[scope=row]{overflow-wrap:anywhere;white-space:normal}
.matrix th[scope=row]{min-width:8rem;max-width:14rem}
.matrix td.first,.matrix th.first{border-left:1px solid var(--mut)}
.matrix td.num{white-space:nowrap}
.legend{list-style:none;margin:.6rem 0;padding:0}
.legend .cell{display:inline-block;width:1.5rem;text-align:center;line-height:1.3}
td.rejected,.legend .rejected{background:var(--pass);color:var(--bg);font-weight:700}
td.survives,.legend .survives{color:var(--fail);font-weight:700;box-shadow:inset 0 0 0 2px var(--fail)}
.matrix td:not([class]),td.blind,.legend .blind{color:var(--mut)}
.matrix tr.uncaught th[scope=row]{color:var(--fail)}
.bar{max-width:24rem;height:.7rem;margin:.3rem 0;border:1px solid var(--mut);border-radius:2px;print-color-adjust:exact;-webkit-print-color-adjust:exact}
.bar span{display:block;height:100%;min-width:1px;background:var(--pass)}
.bar.over span{background:var(--fail)}
figure{margin:1.6rem 0}
figure .scroll{margin:0 0 .5rem}
figure img{display:block;max-width:100%;min-width:38rem;height:auto}
.drawn .picture{display:none}
@media screen and (prefers-color-scheme:dark){figure img,.thumbnail img{filter:invert(.91) hue-rotate(180deg)}}
@media (min-width:70rem){.lead{display:grid;grid-template-columns:minmax(0,24rem) minmax(0,1fr);gap:0 2rem}.lead>:only-child{grid-column:1/-1}}
figcaption{font-size:.92rem}
.tools{display:flex;flex-wrap:wrap;gap:.4rem 1.2rem;align-items:center;margin:.4rem 0;font-size:.9rem}
.tools label{display:inline-flex;flex-wrap:wrap;gap:.4rem;align-items:center;max-width:100%}
.tools>*{min-width:0;max-width:100%}
.tools select{font:inherit;max-width:100%;min-width:0}
.tools input[type=range]{width:16rem;max-width:100%}
output{display:block;min-height:1.5em;font-size:.9rem;font-variant-numeric:tabular-nums}
summary{cursor:pointer}
.plot[hidden]{display:none}
@media (max-width:40rem){.matrix th[scope=row]{min-width:6rem;max-width:7rem}}
@media print{body{font-size:10pt}nav,.skip,.plot{display:none}.drawn .picture{display:block}figure img{min-width:0;max-height:11cm}.scroll{overflow:visible;background:none}figure,tr,.verdict,.claims li{break-inside:avoid}h2,h3{break-after:avoid}th{white-space:normal}td.id{min-width:7rem}td.claim{min-width:11rem}table{font-size:8pt}.matrix{max-height:none;overflow:visible}td.rejected,.legend .rejected{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
"""
