// Draw a digit: a network that was trained on the page answers, and shows the maps of its layers.
// data: size, mean, std, classes, layers (kind, and weights in half precision as base64), examples {name: bytes as
// base64}, picked

function build(card, data) {
  const n = data.size, zoom = 10, ink = new Float64Array(n * n);
  const layers = data.layers.map(o => o.weight ? {...o, weight: halves(o.weight), bias: halves(o.bias)} : o);
  let pen = [n / 2, n / 2], down = false, last = null, answer = {}, keyed = false;
  const paper = canvas(n * zoom, n * zoom,
    'Paper to draw on. The arrow keys move the pen, the space bar lowers and lifts it');
  const said = el('div', {className: 'formula', role: 'status'}), rows = el('div', {style: 'display:grid;gap:10px'});
  const bars = data.classes.map(() => el('div', {style: 'height:14px;border-radius:4px'}));
  const shares = data.classes.map(() => el('span', {className: 'quiet', style: 'text-align:right'}));

  const NAMES = {relu: 'after convolution and ReLU', pool: 'after max pooling'}; // of the maps that are shown
  const run = { // each layer: a map in, a map out
    conv: (x, o) => correlate(x, o.weight, o.bias, o.size, o.padding),
    relu: x => ({...x, v: x.v.map(v => Math.max(v, 0))}),
    norm: (x, o) => {
      const channel = i => Math.floor(i / (x.h * x.w));
      return {...x, v: x.v.map((v, i) => v * o.weight[channel(i)] + o.bias[channel(i)])};
    },
    pool: (x, o) => {
      const [h, w] = [x.h, x.w].map(v => Math.floor(v / o.size)), out = new Float64Array(x.c * h * w).fill(-Infinity);
      x.v.forEach((v, k) => {
        const row = Math.floor(k / x.w), c = Math.floor(row / x.h);
        const [i, j] = [row % x.h, k % x.w].map(v => Math.floor(v / o.size));
        if (i < h && j < w) out[(c * h + i) * w + j] = Math.max(out[(c * h + i) * w + j], v);
      });
      return {c: x.c, h, w, v: out};
    },
    linear: (x, o) => {
      const wide = x.v.length, one = (b, i) => x.v.reduce((sum, v, j) => sum + v * o.weight[i * wide + j], b);
      return {c: o.bias.length, h: 1, w: 1, v: o.bias.map(one)};
    }};

  function centred() { // the drawing moved by whole pixels, its centre of mass in the middle, as MNIST's are
    let [sum, y, x] = [0, 0, 0];
    ink.forEach((v, i) => { sum += v; y += v * Math.floor(i / n); x += v * (i % n); });
    if (!sum || !centre.value) return ink.slice();
    const dy = Math.round((n - 1) / 2 - y / sum), dx = Math.round((n - 1) / 2 - x / sum), out = new Float64Array(n * n);
    ink.forEach((v, i) => {
      const r = Math.floor(i / n) + dy, c = i % n + dx;
      if (r >= 0 && r < n && c >= 0 && c < n) out[r * n + c] = v;
    });
    return out;
  }

  function forward() {
    const input = centred(), shown = [{name: 'input', c: 1, h: n, w: n, v: input}];
    let x = {c: 1, h: n, w: n, v: input.map(v => (v - data.mean) / data.std)};
    for (const o of layers) {
      x = run[o.kind](x, o);
      if (NAMES[o.kind]) shown.push({...x, name: NAMES[o.kind]});
    }
    const most = Math.max(...x.v), e = [...x.v].map(v => Math.exp(v - most)), total = e.reduce((a, v) => a + v, 0);
    answer = {input, logits: [...x.v], shares: e.map(v => v / total), shown};
  }

  function drawPaper() {
    paint(paper.pen, n, n, i => GREY(ink[i]), [0, 0, n * zoom, n * zoom]);
    const box = [n / 7, n / 7, n * 5 / 7, n * 5 / 7].map(v => v * zoom); // MNIST's digits fill 20 of 28 pixels
    frame(paper.pen, box, 'rgba(255, 255, 255, .3)', 1);
    const dot = [pen[0] - 1, pen[1] - 1, 2, 2].map(v => v * zoom);
    if (keyed) frame(paper.pen, dot, down ? COLOURS.orange : '#8ea6e2', 3);
  }

  function drawMaps() {
    const wide = 1400, most = card.clientWidth < 500 ? 8 : 16; // maps side by side
    rows.replaceChildren(...answer.shown.slice(1).map(o => {
      const cols = Math.min(o.c, most), tile = Math.floor(wide / Math.max(cols, 8)), lines = Math.ceil(o.c / cols);
      const text = `${o.name}: ${o.c} maps of ${o.h}×${o.w}`, white = o.v.reduce((a, v) => Math.max(a, v), 1e-9);
      const view = canvas(wide, tile * lines, text);
      for (let c = 0; c < o.c; c++) {
        paint(view.pen, o.w, o.h, i => GREY(o.v[c * o.h * o.w + i] / white),
              [c % cols * tile + 3, Math.floor(c / cols) * tile + 3, tile - 6, tile - 6]);
      }
      return titled(view, text);
    }));
  }

  function update() {
    forward();
    drawPaper();
    drawMaps();
    const blank = ink.every(v => !v), best = answer.shares.indexOf(Math.max(...answer.shares));
    const name = el('b', {textContent: data.classes[best]}), sure = ` with ${(100 * answer.shares[best]).toFixed(0)} %`;
    said.replaceChildren(...(blank ? ['Draw a digit here.'] : ['It says ', name, sure]));
    answer.shares.forEach((p, i) => {
      bars[i].style.width = `${100 * p}%`;
      bars[i].style.background = i === best ? COLOURS.orange : COLOURS.blue;
      shares[i].textContent = `${(100 * p).toFixed(0)} %`;
    });
  }

  function stamp(x, y) { // a soft round pen
    for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) {
      const d = Math.hypot(j + .5 - x, i + .5 - y);
      ink[i * n + j] = Math.max(ink[i * n + j], clamp((1.9 - d) / 1.2, 0, 1));
    }
  }
  function line([x0, y0], [x1, y1]) {
    const steps = Math.max(1, Math.ceil(Math.hypot(x1 - x0, y1 - y0) * 2));
    for (let i = 0; i <= steps; i++) stamp(x0 + (x1 - x0) * i / steps, y0 + (y1 - y0) * i / steps);
  }
  points(paper, (x, y, e) => {
    const here = [x * n, y * n];
    keyed = false;
    line(e.type === 'pointerdown' || !last ? here : last, here);
    last = here;
    update();
  }, (dx, dy) => {
    const here = [clamp(pen[0] + dx, 0, n), clamp(pen[1] + dy, 0, n)];
    keyed = true;
    if (down) line(pen, here);
    pen = here;
    update();
  }, {drag: true});
  paper.addEventListener('keydown', e => {
    if (e.key !== ' ') return;
    e.preventDefault();
    [down, keyed] = [!down, true];
    if (down) stamp(...pen);
    update();
  });
  const set = values => { ink.set(values); last = null; update(); };
  const inked = name => [...bytes(data.examples[name])].map(b => b / 255);
  const examples = Object.keys(data.examples).map(name => button(name, () => set(inked(name))));
  const centre = tick('move it to the middle', true, () => update());
  card.append(
    el('style', {textContent: '.answer { display: grid; grid-template-columns: 1em 1fr 3em; gap: 8px }'}),
    el('div', {className: 'row', style: 'align-items:flex-start'},
    el('div', {style: 'flex:1 1 200px;max-width:300px'}, paper),
    el('div', {className: 'grow', style: 'display:grid;gap:3px'}, said, ...data.classes.map((c, i) =>
      el('div', {className: 'answer'}, c, el('div', {}, bars[i]), shares[i])))),
    el('div', {className: 'row', style: 'gap:8px'}, button('clear', () => set(new Float64Array(n * n))),
      el('span', {className: 'quiet', textContent: 'or begin with'}), ...examples, centre.box), rows);
  set(inked(data.picked));
  return {values: () => ({ink: [...ink], input: [...answer.input], logits: answer.logits, shares: answer.shares,
                          maps: answer.shown.slice(1).map(o => [...o.v])})};
}
