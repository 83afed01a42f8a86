// A plot as SVG: lines over a logarithmic or linear x, y from zero. Light and dark pages show it alike.
const width = 640;
const height = 300;
const left = 64;
const right = 150;
const top = 16;
const bottom = 48;
const colours = ['#2a78d6', '#8a8a85'];

const escape = (text) => text.replace(/[&<>]/g, (sign) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[sign]);
const short = (number) => String(Number(number.toPrecision(3)));

/** A round number a little above, for the axis to end at. */
function ceiling(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 1.5, 2, 3, 4, 5, 6, 8, 10].map((step) => step * power).find((step) => step >= value);
}

function axisX(xs) {
  const logarithmic = Math.max(...xs) / Math.min(...xs) >= 20;
  const place = logarithmic ? Math.log : (x) => x;
  const [low, high] = [place(Math.min(...xs)), place(Math.max(...xs))];
  return (x) => left + ((place(x) - low) / (high - low || 1)) * (width - left - right);
}

const text = (x, y, words, anchor = 'middle') =>
  `<text x="${short(x)}" y="${short(y)}" text-anchor="${anchor}">${escape(words)}</text>`;

function grid(most, unit, toY) {
  const lines = [0, 0.25, 0.5, 0.75, 1].map((part) => part * most);
  return lines.map((y) => `<line class="grid" x1="${left}" x2="${width - right}" y1="${short(toY(y))}" y2="${short(toY(y))}"/>
${text(left - 8, toY(y) + 4, short(y), 'end')}`).join('\n') + `\n${text(left - 48, top - 4, unit, 'start')}`;
}

function line({ name, points }, colour, toX, toY) {
  const at = points.map(([x, y]) => [toX(x), toY(y)]);
  const [endX, endY] = at.at(-1);
  return `<polyline fill="none" stroke="${colour}" stroke-width="2" points="${at.map((p) => p.map(short).join(',')).join(' ')}"/>
${at.map(([x, y]) => `<circle cx="${short(x)}" cy="${short(y)}" r="3.5" fill="${colour}"/>`).join('\n')}
${text(endX + 10, endY + 4, name, 'start')}`;
}

/** lines: [{name, points: [[x, y], …]}], two at most; unit: of y. */
export function plot({ lines, x, unit }) {
  const points = lines.flatMap((each) => each.points);
  const most = ceiling(Math.max(...points.map(([, y]) => y)));
  const xs = [...new Set(points.map(([at]) => at))];
  const toX = axisX(xs);
  const toY = (y) => top + 12 + (1 - y / most) * (height - top - 12 - bottom);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12">
<style>
svg { background: #ffffff } text { fill: #41403d } .grid { stroke: #e4e3df }
@media (prefers-color-scheme: dark) { svg { background: #1a1a19 } text { fill: #c9c8c3 } .grid { stroke: #3a3a37 } }
</style>
${grid(most, unit, toY)}
${xs.map((at) => text(toX(at), height - bottom + 20, String(at))).join('\n')}
${text((left + width - right) / 2, height - 8, x)}
${lines.map((each, index) => line(each, colours[index], toX, toY)).join('\n')}
</svg>
`;
}
